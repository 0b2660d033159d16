import AgentOSCore
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// The host is killed with -9 while a command-line agent works (INV-4).
@Suite(.serialized) struct AgentKillTests {
    /// An agent that appends a line, says so by a file outside of what is put back, and then works until it may end.
    private static let script = """
        #!/bin/sh
        echo line >> out.txt
        while [ ! -e "$(dirname "$0")/go" ]; do sleep 0.05; done
        wc -l < out.txt
        """

    private static func prepare(_ network: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("agent/run.sh", script)
        chmod(folder.file("agent/run.sh"), 0o755)
        try folder.write(
            "work.yaml",
            """
            name: work
            goal: Write a line.
            agent: {command: ["\(folder.file("agent/run.sh"))", "{goal}"], mount_ro: ["\(folder.file("agent"))"], network: \(network)}
            limits: {time: 5m}
            """ + "\n")
        return folder
    }

    private static func run(_ words: String, _ folder: TemporaryFolder) throws -> ChildProgram.Ended {
        try ChildProgram.run(words.split(separator: " ").map(String.init), folder: folder)
    }

    /// Starts the session under a host that is killed once its agent has written.
    private static func killed(_ folder: TemporaryFolder) throws -> String {
        let host = try ChildProgram(["--no-ui"], folder: folder)
        try host.waitForError("serves")
        let made = try run("session run work.yaml --json", folder)
        let id = try #require(made.json?["sessionId"]?.string, "\(made)")
        let shown = try run("session show \(id) --json", folder)
        let out = try #require(shown.json?["workspace"]?.string, "\(shown)") + "/out.txt"
        let deadline = ContinuousClock.now.advanced(by: .seconds(60))
        while (try? String(contentsOfFile: out, encoding: .utf8)) != "line\n" {
            try #require(ContinuousClock.now < deadline, "the agent never wrote its line")
        }
        host.signal(SIGKILL)
        _ = try host.end()
        try folder.write("agent/go", "")
        return id
    }

    private static func state(
        _ id: String, _ folder: TemporaryFolder, _ host: ChildProgram, _ types: Set<String>
    )
        throws -> JSONValue
    {
        _ = try host.line("an end of \(id)") { line in
            line["sessionId"]?.string == id && types.contains(line["type"]?.string ?? "")
        }
        return try #require(try run("session show \(id) --json", folder).json)
    }

    @Test func whatCouldOnlyChangeTheWorkspaceIsUndoneAndRunAgain() async throws {
        try await onThread {
            let folder = try Self.prepare("none")
            let id = try Self.killed(folder)
            let host = try ChildProgram(["--no-ui"], folder: folder)
            let shown = try Self.state(
                id, folder, host, ["session.completed", "session.failed", "session.paused"])
            #expect(shown["state"] == "COMPLETE", "\(shown)")
            #expect(shown["result"]?["added"] == 1, "the line is there once: \(shown)")
            let log = try Self.run("session log \(id) --json", folder)
            #expect(log.out.contains("and it runs again") && log.out.contains("1 call undone"), "\(log.out)")
            host.signal(SIGTERM)
            #expect(try host.end().code == 0)
            #expect(try Self.run("events verify", folder).code == 0)
        }
    }

    @Test func whatCouldReachOutsideWaitsForAPersonAndIsNeverRunBlindly() async throws {
        try await onThread {
            let folder = try Self.prepare("all")
            let id = try Self.killed(folder)
            let host = try ChildProgram(["--no-ui"], folder: folder)
            let shown = try Self.state(
                id, folder, host, ["session.completed", "session.failed", "session.paused"])
            #expect(shown["state"] == "PAUSED" && shown["reason"] == "recovery", "\(shown)")
            let out = try #require(shown["workspace"]?.string) + "/out.txt"
            #expect(try String(contentsOfFile: out, encoding: .utf8) == "line\n")
            #expect(try Self.run("session resume \(id)", folder).code == 0)
            let ended = try Self.state(id, folder, host, ["session.completed", "session.failed"])
            // A person let it run again, on the files as they are.
            #expect(ended["state"] == "COMPLETE" && ended["result"]?["added"] == 2, "\(ended)")
            host.signal(SIGTERM)
            #expect(try host.end().code == 0)
        }
    }
}
