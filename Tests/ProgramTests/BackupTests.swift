import AgentOSCore
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// A home in use is backed up, and what was restored goes on.
@Suite(.serialized) struct BackupTests {
    @Test func aHomeInUseIsBackedUpAndGoesOnElsewhere() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write(
                "config.yaml",
                "providers: {play: {kind: rehearsal, file: replies.jsonl}}\nmodels: {default: [play/any]}\n")
            func call(_ name: String, _ arguments: String) -> String {
                #"{"text":"x","tool_calls":[{"name":"\#(name)","arguments":\#(arguments)}]}"# + "\n"
            }
            try folder.write(
                "replies.jsonl",
                call("write", #"{"path":"a.txt","content":"one\n"}"#)
                    + call(
                        "shell", #"{"command":"echo half >> a.txt; while [ ! -e go ]; do sleep 0.05; done"}"#)
                    + call("ask", #"{"question":"Go on?"}"#) + #"{"text":"Done."}"# + "\n")
            try folder.write("src/b.txt", "old\n")
            try folder.write("s.yaml", "name: s\ngoal: do\nworkspace: {copy: ./src}\n")
            func run(_ words: String) throws -> ChildProgram.Ended {
                try ChildProgram.run(words.split(separator: " ").map { String($0) }, folder: folder)
            }
            let host = try ChildProgram(["--no-ui"], folder: folder)
            let made = try run("session run s.yaml --json")
            let id = try #require(made.json?["sessionId"]?.string, "\(made)")
            _ = try host.line("the shell call") {
                $0["type"] == "session.tool.started" && $0["call"]?["name"] == "shell"
            }
            let saved = try run("home backup saved.tar --json")
            #expect(saved.code == 0 && saved.json?["file"] != nil, "\(saved)")
            #expect(try run("session show \(id) --json").json?["state"] == "RUNNING")
            #expect(try run("home restore saved.tar").code == 5)
            #expect(try run("home restore saved.tar --home other").code == 0)
            let verdict = try run("events verify --json --home other")
            #expect(verdict.code == 0 && verdict.json?["verified"] == true, "\(verdict)")
            // The call that was cut is undone and run again in the copy, while the first home goes on by itself.
            let second = try ChildProgram(["--no-ui", "--home", "other"], folder: folder)
            _ = try second.line("the call run again") { $0["type"] == "session.tool.undone" }
            _ = try second.line("the shell call") { $0["type"] == "session.tool.started" }
            for home in ["home", "other"] { try folder.write("\(home)/workspaces/main/\(id)/go", "") }
            for (child, home) in [(host, "home"), (second, "other")] {
                let asked = try child.line("the question") { $0["type"] == "session.asked" }
                let item = try #require(asked["itemId"]?.string, "\(asked)")
                #expect(try run("inbox answer \(item) yes --home \(home)").code == 0)
                _ = try child.line("the end") { $0["type"] == "session.completed" }
                #expect(try folder.read("\(home)/workspaces/main/\(id)/a.txt") == "one\nhalf\n", "\(home)")
                child.signal(SIGTERM)
                #expect(try child.end().code == 0)
            }
        }
    }

    @Test func aBackupOfNothingAndOverAFileIsRefused() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            mkdir(folder.file("home"), 0o700)
            let none = try ChildProgram.run(["home", "backup", "b.tar"], folder: folder)
            #expect(
                none.code == 4 && !FileManager.default.fileExists(atPath: folder.file("b.tar")), "\(none)")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("home"))
            #expect(!names.contains { $0.hasPrefix("backup-") }, "\(names)")
        }
    }
}
