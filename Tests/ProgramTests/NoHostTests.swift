import AgentOSCore
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// What is said, and what becomes of a call, where the host of a session that works is gone.
@Suite(.serialized) struct NoHostTests {
    /// A home with a session whose first call writes a file and then waits for a person to make another.
    static func held() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(
            "config.yaml",
            "providers: {play: {kind: rehearsal, file: replies.jsonl}}\nmodels: {default: [play/any]}\n")
        let shell = "echo one >> made; while [ ! -e go ]; do sleep 0.05; done; echo two >> made"
        try folder.write(
            "replies.jsonl",
            #"{"tool_calls":[{"name":"shell","arguments":{"command":"\#(shell)"}}]}"# + "\n"
                + #"{"text":"Done."}"# + "\n")
        try folder.write("held.yaml", "name: held\ngoal: wait\nlimits: {time: 1h}\n")
        return folder
    }

    static func run(_ words: String, _ folder: TemporaryFolder) throws -> ChildProgram.Ended {
        try ChildProgram.run(words.split(separator: " ").map { String($0) }, folder: folder)
    }

    /// The workspace of the session, once its call has written its first line.
    static func workspace(_ folder: TemporaryFolder) throws -> String {
        let shown = try run("session show held --json", folder)
        let path = try #require(shown.json?["workspace"]?.string, "\(shown)")
        let deadline = ContinuousClock.now.advanced(by: .seconds(240))
        while (try? String(contentsOfFile: path + "/made", encoding: .utf8)) != "one\n" {
            try #require(ContinuousClock.now < deadline, "the call never wrote its file")
        }
        return path
    }

    /// Runs the session under a host, and pulls its plug while the call runs.
    private static func killed() throws -> (TemporaryFolder, String) {
        let folder = try held()
        let host = try ChildProgram(["--no-ui"], folder: folder)
        try host.waitForError("serves")
        #expect(try run("session run held.yaml", folder).code == 0)
        let workspace = try workspace(folder)
        host.signal(SIGKILL)
        _ = try host.end()
        return (folder, workspace)
    }

    @Test func whatWorksInTheLogIsSaidToStandStill() async throws {
        try await onThread {
            let (folder, _) = try Self.killed()
            for words in ["session list", "session show held", "inbox list", "look sessions"] {
                for json in ["", " --json"] {
                    let ended = try Self.run(words + json, folder)
                    #expect(
                        ended.code == 0 && ended.err.split(separator: "\n").count == 1, "\(words): \(ended)")
                    #expect(
                        ended.err.hasPrefix("no host runs: ") && ended.err.contains("agentos host start"),
                        "\(words): \(ended)")
                    if !json.isEmpty { #expect(ended.json != nil, "\(ended)") }
                }
                #expect(try Self.run(words + " --quiet", folder).err == "")
            }
            #expect(try Self.run("session show held --json", folder).json?["hosted"] == false)
            for words in ["say held hello", "pause held", "resume held", "checkpoint held"] {
                let ended = try Self.run("session " + words, folder)
                #expect(
                    ended.code == 0 && ended.out.contains("no host runs it: this is kept, and takes effect"),
                    "\(words): \(ended)")
            }
        }
    }

    @Test func aCallThatWasCutInACancelledSessionLeavesItsFiles() async throws {
        try await onThread {
            let (folder, workspace) = try Self.killed()
            #expect(try Self.run("session cancel held", folder).code == 0)
            let host = try ChildProgram(["--no-ui"], folder: folder)
            try host.waitForError("serves")
            let log = try Self.run("session log held", folder)
            #expect(!log.out.contains("undone") && !log.out.contains("and run again"), "\(log.out)")
            #expect(log.out.contains("Its host ended before this call was done."), "\(log.out)")
            let entries = try Self.run("session log held --json", folder)
            #expect(entries.json?.array?.contains { $0["isOpen"] == true } == false, "\(entries.out)")
            #expect(try String(contentsOfFile: workspace + "/made", encoding: .utf8) == "one\n")
            host.signal(SIGTERM)
            #expect(try host.end().code == 0)
        }
    }

    @Test func whatIsCutAndRunAgainIsSaidSoOnceItIs() async throws {
        try await onThread {
            let (folder, workspace) = try Self.killed()
            let host = try ChildProgram(["--no-ui"], folder: folder)
            _ = try host.line("the call undone") { $0["type"] == "session.tool.undone" }
            _ = try host.line("the call again") { $0["type"] == "session.tool.started" }
            #expect(FileManager.default.createFile(atPath: workspace + "/go", contents: nil))
            _ = try host.line("the end") { $0["type"] == "session.completed" }
            let log = try Self.run("session log held", folder)
            #expect(log.out.contains(".c0 and run again"), "\(log.out)")
            #expect(try String(contentsOfFile: workspace + "/made", encoding: .utf8) == "one\ntwo\n")
            host.signal(SIGTERM)
            #expect(try host.end().code == 0)
        }
    }
}
