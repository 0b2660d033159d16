import AgentOSCore
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// A host is killed by SIGKILL while a command-line agent works (INV-4).
@Suite(.serialized) struct AgentKillTests {
    /// A home with a session whose agent tells its workspace that it runs, and then waits for a person.
    private static func folder(network: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let agent =
            "echo begun >> made; while [ ! -e go ]; do sleep 0.05; done; echo done >> made; echo Made."
        try folder.write(
            "held.yaml",
            """
            name: held
            goal: wait
            limits: {time: 1h}
            agent: {command: [sh, -c, '\(agent)', '{goal}'], network: \(network)}
            """)
        return folder
    }

    private static func made(_ workspace: String) -> String? {
        try? String(contentsOfFile: workspace + "/made", encoding: .utf8)
    }

    private static func types(_ folder: TemporaryFolder) throws -> [String] {
        try NoHostTests.run("events", folder).lines.compactMap { $0["type"]?.string }
    }

    /// Runs the session under a host, and pulls its plug once the agent has written its first line; its intent is known.
    private static func killed(_ folder: TemporaryFolder) throws -> String {
        let host = try ChildProgram(["--no-ui"], folder: folder)
        try host.waitForError("serves")
        #expect(try NoHostTests.run("session run held.yaml", folder).code == 0)
        let shown = try NoHostTests.run("session show held --json", folder)
        let workspace = try #require(shown.json?["workspace"]?.string, "\(shown)")
        let deadline = ContinuousClock.now.advanced(by: .seconds(240))
        while made(workspace) != "begun\n" {
            try #require(ContinuousClock.now < deadline, "the agent never wrote its file")
        }
        host.signal(SIGKILL)
        #expect(try host.end().code == -SIGKILL)
        let types = try types(folder)
        #expect(types.filter { $0 == "session.model.started" }.count == 1, "\(types)")
        #expect(!types.contains("session.model.finished") && !types.contains("session.model.failed"))
        return workspace
    }

    private static func end(_ host: ChildProgram, _ folder: TemporaryFolder) throws {
        host.signal(SIGTERM)
        #expect(try host.end().code == 0)
        let verified = try NoHostTests.run("events verify", folder)
        #expect(verified.code == 0, "\(verified.out) \(verified.err)")
    }

    @Test(.timeLimit(.minutes(15))) func aConfinedRunIsUndoneToldAndRunAgain() async throws {
        try await onThread {
            let folder = try Self.folder(network: "none")
            let workspace = try Self.killed(folder)
            let host = try ChildProgram(["--no-ui"], folder: folder)
            _ = try host.line("the run that was cut") { $0["type"] == "session.model.failed" }
            _ = try host.line("the run again") { $0["type"] == "session.model.started" }
            #expect(FileManager.default.createFile(atPath: workspace + "/go", contents: nil))
            _ = try host.line("the end") { $0["type"] == "session.completed" }
            #expect(Self.made(workspace) == "begun\ndone\n")
            let log = try NoHostTests.run("session log held", folder)
            #expect(log.out.contains("the host ended during this run of the agent"), "\(log.out)")
            #expect(log.out.contains("and it runs again"), "\(log.out)")
            try Self.end(host, folder)
        }
    }

    @Test(.timeLimit(.minutes(15))) func aRunThatCouldReachOutsideWaitsForAPerson() async throws {
        try await onThread {
            let folder = try Self.folder(network: "all")
            let workspace = try Self.killed(folder)
            let host = try ChildProgram(["--no-ui"], folder: folder)
            let paused = try host.line("a pause") { $0["type"] == "session.paused" }
            #expect(paused["reason"] == "recovery", "\(paused)")
            #expect(Self.made(workspace) == "begun\n", "its files stay, and it has not run again")
            let types = try Self.types(folder)
            #expect(types.filter { $0 == "session.model.started" }.count == 1, "\(types)")
            let inbox = try NoHostTests.run("inbox list", folder)
            #expect(inbox.out.contains("was cut and may have acted outside"), "\(inbox)")
            #expect(FileManager.default.createFile(atPath: workspace + "/go", contents: nil))
            #expect(try NoHostTests.run("session resume held", folder).code == 0)
            _ = try host.line("the end") { $0["type"] == "session.completed" }
            #expect(Self.made(workspace) == "begun\nbegun\ndone\n")
            try Self.end(host, folder)
        }
    }
}
