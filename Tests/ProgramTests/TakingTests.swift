import AgentOSCore
import Glibc
import TestSupport
import Testing

/// Taking results and answering calls, as a person does from a shell.
@Suite(.serialized) struct TakingTests {
    private static func call(_ command: String) -> String {
        #"{"text":"x","tool_calls":[{"name":"shell","arguments":{"command":"\#(command)"}}]}"# + "\n"
    }

    private static func folder(_ replies: String, session: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(
            "config.yaml",
            "providers: {play: {kind: rehearsal, file: replies.jsonl}}\nmodels: {default: [play/any]}\n")
        try folder.write("replies.jsonl", replies)
        try folder.write("s.yaml", session)
        return folder
    }

    @Test func eachDeliveryIsPutBackAndNamed() async throws {
        try await onThread {
            let folder = try Self.folder(
                Self.call("echo new > a.txt; echo b > b.txt") + #"{"text":"Done."}"# + "\n",
                session: "name: s\ngoal: do\nworkspace: {copy: ./src}\n")
            try folder.write("src/a.txt", "old\n")
            func run(_ words: String) throws -> ChildProgram.Ended {
                try ChildProgram.run(words.split(separator: " ").map { String($0) }, folder: folder)
            }
            #expect(try run("session run s.yaml --wait --quiet").code == 0)
            let none = try run("session unapply s")
            #expect(none.code == 0 && none.out.contains("is not applied"), "\(none)")
            for (words, text) in [
                ("session apply s --here --only a.txt", ": 1 file; undo"),
                ("session apply s --here --only b.txt", ": 1 file; undo"),
                ("session unapply s", "1 file put back; what was applied before stays: 1 file; again"),
            ] {
                let ended = try run(words)
                #expect(ended.code == 0 && ended.out.contains(text), "\(words): \(ended)")
            }
            #expect(try folder.read("src/a.txt") == "new\n" && access(folder.file("src/b.txt"), F_OK) != 0)
            let applied = try run("session rollback s c0 --dry-run --json").json?["cannotUndo"]?.array
            #expect(applied == ["applied: here 1 file (unapply puts that back)"])
            #expect(try run("session unapply s").out.hasSuffix(": 1 file put back\n"))
            #expect(try folder.read("src/a.txt") == "old\n")
            #expect(try run("session rollback s c0 --dry-run --json").json?["cannotUndo"] == [])
            #expect(try run("session show s --json").json?["result"]?["state"] == "pending")
        }
    }

    @Test func aRuleForeverMustCoverTheCallThatItAnswers() async throws {
        try await onThread {
            let folder = try Self.folder(
                Self.call("echo one") + Self.call("echo two") + Self.call("echo three; id")
                    + #"{"text":"Done."}"# + "\n",
                session: "name: s\ngoal: do\nask: always\n")
            func run(_ words: String...) throws -> ChildProgram.Ended {
                try ChildProgram.run(words, folder: folder)
            }
            let started = try run("session", "run", "s.yaml", "--wait", "--json")
            #expect(started.code == 6, "\(started)")
            let item = try #require(try run("inbox", "list", "--json").json?.array?.first?["itemId"]?.string)
            for (answer, rule) in [
                ("no", "shell echo *"), ("yes", "echo *"), ("yes", "shell"), ("yes", "* *"), ("yes", ""),
                ("yes", "shell x*"), ("maybe", "shell echo *"),
            ] {
                let ended = try run("inbox", "answer", item, answer, "--always", rule)
                #expect(ended.code == 2 && ended.err.contains("always"), "\(answer) \(rule): \(ended)")
            }
            let host = try ChildProgram(["--no-ui"], folder: folder)
            try host.waitForError("serves")
            #expect(try run("inbox", "answer", item, "yes", "--always", "shell echo *").code == 0)
            // The second call is covered; the third chains a command, which no * covers.
            let asked = try host.line("the third call") { $0["type"] == "session.asked" }
            #expect(asked["call"]?["arguments"]?["command"] == "echo three; id", "\(asked)")
            let third = try #require(asked["itemId"]?.string)
            #expect(try run("inbox", "answer", third, "yes", "--always", "shell echo *").code == 2)
            #expect(try run("inbox", "answer", third, "Not now").code == 0)
            let told = try host.line("the refusal") { $0["type"] == "session.tool.finished" }
            #expect(
                told["text"]?.string?.hasPrefix("A person refused this call: Not now. Do it") == true,
                "\(told)")
            _ = try host.line("the end") { $0["type"] == "session.completed" }
            host.signal(SIGTERM)
            #expect(try host.end().code == 0)
        }
    }
}
