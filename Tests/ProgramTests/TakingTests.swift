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
                ("session apply s --here --only a.txt", ": 1 file (1 of 2; the rest waits"),
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

    /// The item waits until the rest is settled, and JSON says so too.
    @Test func aPartThatIsAppliedLeavesTheRestWaiting() async throws {
        try await onThread {
            let folder = try Self.folder(
                Self.call("echo new > a.txt; echo b > b.txt; echo c > c.txt; echo x > .envrc")
                    + #"{"text":"Done."}"# + "\n",
                session: "name: s\ngoal: do\nworkspace: {copy: ./src}\n")
            try folder.write("src/a.txt", "old\n")
            func run(_ words: String) throws -> ChildProgram.Ended {
                try ChildProgram.run(words.split(separator: " ").map { String($0) }, folder: folder)
            }
            func result() throws -> JSONValue? { try run("session show s --json").json?["result"] }
            #expect(try run("session run s.yaml --wait --quiet").code == 0)
            let refused = try run("session apply s")
            #expect(
                refused.code == 3 && refused.err.contains("without them: agentos session apply")
                    && refused.err.contains("--only '**' '.envrc'"), "\(refused)")
            let part = try run("session apply s --only a.txt")
            #expect(part.code == 0 && part.out.contains("(1 of 4; the rest waits"), "\(part)")
            let waiting = try result()
            #expect(waiting?["state"] == "pending" && waiting?["applied"] == 1, "\(waiting ?? .null)")
            let item = try run("inbox list --json").json?.array?.first
            #expect(item?["text"] == "1 of 4 files applied; the rest waits", "\(item ?? .null)")
            let more = try run("session apply s --only **")
            #expect(more.code == 0 && more.out.contains("(3 of 4; the rest waits"), "\(more)")
            #expect(try folder.read("src/c.txt") == "c\n" && access(folder.file("src/.envrc"), F_OK) != 0)
            let back = try run("session rollback s c0")
            #expect(
                back.out.contains(
                    "what was applied stays: 1 file, 2 files; take it back: agentos session unapply"),
                "\(back)")
            #expect(try run("session undo s").code == 0)
            #expect(try result()?["applied"] == 3)
            let last = try run("session apply s --only .envrc")
            #expect(last.code == 0 && last.out.contains(": 1 file; undo"), "\(last)")
            #expect(try result()?["state"] == "applied")
            #expect(try run("inbox list --json").json == [])
            let three = try run("session unapply s")
            #expect(
                three.out.contains(
                    "what was applied before stays: 2 files, 1 file; each unapply puts back the last"),
                "\(three)")
            #expect(try result()?["state"] == "pending")
            let rest = try run("session discard s")
            #expect(
                rest.code == 0 && rest.out.contains("the rest is discarded, 1 file; the 3 applied stay"),
                "\(rest)")
            #expect(try result()?["state"] == "applied")
            #expect(try run("inbox list --json").json == [])
            for _ in 0..<2 { #expect(try run("session unapply s").code == 0) }
            #expect(try folder.read("src/a.txt") == "old\n")
            #expect(try result()?["state"] == "pending")
            #expect(try run("session discard s").code == 0)
            #expect(try result()?["state"] == "discarded")
        }
    }

    @Test func aDryRunForeseesTheRefusal() async throws {
        try await onThread {
            let folder = try Self.folder(
                Self.call("echo new > a.txt") + #"{"text":"Done."}"# + "\n",
                session: """
                    name: s
                    goal: do
                    workspace: {copy: ./src}
                    on_gate_failure: pause
                    gates: [{name: never, run: "false"}]
                    """)
            try folder.write("src/a.txt", "old\n")
            func run(_ words: String) throws -> ChildProgram.Ended {
                try ChildProgram.run(words.split(separator: " ").map { String($0) }, folder: folder)
            }
            #expect(try run("session run s.yaml --wait --quiet").code == 6)
            let dry = try run("session apply s --dry-run")
            let real = try run("session apply s")
            #expect(dry.code == 3 && real.code == 3, "\(dry) \(real)")
            for ended in [dry.out, real.err] {
                #expect(ended.contains("gate never is not green for these files of"), "\(ended)")
                #expect(ended.contains("resume it to run the gates"), "\(ended)")
            }
            #expect(dry.out.contains("would write 1 file into the files"))
            #expect(try run("session apply s --dry-run --ungated").code == 0)
            #expect(try run("session discard s").code == 3)
            #expect(try run("session apply s --ungated").code == 0)
            #expect(try folder.read("src/a.txt") == "new\n")
        }
    }

    /// The folder is the person's own: a rollback says what of theirs it takes along, and what it leaves.
    @Test func aRollbackInPlaceTellsWhatGoesAlong() async throws {
        try await onThread {
            let replies =
                #"{"tool_calls":[{"name":"write","arguments":{"path":"a.txt","content":"two\n"}}]}"# + "\n"
                + #"{"text":"Done."}"# + "\n"
            let folder = try Self.folder(replies, session: "name: s\ngoal: do\nworkspace: {inplace: ./src}\n")
            try folder.write("src/a.txt", "one\n")
            try folder.write("src/b.txt", "b\n")
            func run(_ words: String) throws -> ChildProgram.Ended {
                try ChildProgram.run(words.split(separator: " ").map { String($0) }, folder: folder)
            }
            #expect(try run("session run s.yaml --wait --quiet").code == 0)
            let shown = try run("session show s --json").json
            #expect(shown?["result"]?["state"] == "applied")
            #expect(try run("inbox list --json").json == [])
            for verb in ["apply", "unapply", "discard"] {
                let ended = try run("session \(verb) s")
                #expect(ended.code == 3 && ended.err.contains("agentos session rollback"), "\(ended)")
            }
            let quiet = try run("session rollback s --dry-run --json").json
            #expect(quiet?["cannotUndo"] == [] && quiet?["changedSince"] == [] && quiet?["notes"] == [])
            try folder.write("src/b.txt", "mine\n")
            try folder.write("src/new.txt", "mine too\n")
            let preview = try run("session rollback s --dry-run")
            #expect(
                preview.out.contains("and taken along: b.txt, new.txt; agentos session undo"), "\(preview)")
            #expect(!preview.out.contains("cannot be put back"))
            let done = try run("session rollback s")
            #expect(
                done.code == 0 && done.out.contains("taken along: b.txt, new.txt; undo brings them back"),
                "\(done)")
            #expect(try folder.read("src/b.txt") == "b\n")
            #expect(try folder.read("src/a.txt") == "one\n")
            #expect(try run("session undo s").code == 0)
            #expect(try folder.read("src/b.txt") == "mine\n")
            #expect(try folder.read("src/new.txt") == "mine too\n")
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
