import AgentOSCore
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// A home that is mistyped, an id that is empty, a backup that has no place: one clear line, and nothing made.
@Suite(.serialized) struct AbsentHomeTests {
    private static let queries = [
        "session list", "session show x", "session log x", "session checkpoints x", "session diff x",
        "session search word", "session audit x", "session pause x", "inbox list", "inbox answer x.q1 yes",
        "look inbox", "events", "events --follow", "events verify", "cost", "chain list", "chain show x",
        "home size", "home gc", "home backup out.tar", "host status", "host stop", "host drain", "attach",
        "do session.pause x", "home restore none.tar",
    ]

    @Test(arguments: queries) func whatOnlyAsksMakesNoHome(words: String) async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write("project/a.txt", "mine\n")
            chmod(folder.file("project"), 0o755)
            for name in ["none", "project"] {
                let ended = try ChildProgram.run(
                    words.split(separator: " ").map { String($0) } + ["--home", name], folder: folder)
                let code: Int32 = ["host status", "host drain", "attach"].contains(words) ? 5 : 4
                #expect(ended.code == code && ended.out == "", "\(ended)")
                #expect(
                    ended.err.split(separator: "\n").count == 1
                        && ended.err.contains(words.hasSuffix("none.tar") ? "none.tar" : folder.file(name)),
                    "\(ended)")
            }
            #expect(!FileManager.default.fileExists(atPath: folder.file("none")))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("project")) == ["a.txt"])
            var status = stat()
            #expect(stat(folder.file("project"), &status) == 0 && status.st_mode & 0o777 == 0o755)
        }
    }

    @Test func theDoctorMakesNoHome() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let ended = try ChildProgram.run(["doctor", "--json", "--home", "none"], folder: folder)
            let store = ended.json?["checks"]?.array?.first { $0["name"] == "store" }
            #expect(
                store?["ok"] == true && store?["detail"]?.string?.contains("not there yet") == true,
                "\(ended)")
            #expect(!FileManager.default.fileExists(atPath: folder.file("none")))
        }
    }

    @Test func anEmptyIDStandsForNothing() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write("one.yaml", "name: one\ngoal: do\n")
            #expect(try ChildProgram.run(["session", "create", "one.yaml"], folder: folder).code == 0)
            let all: [[String]] = [
                ["session", "show", ""], ["session", "log", ""], ["session", "start", ""],
                ["session", "cancel", ""], ["session", "diff", ""], ["session", "checkpoints", ""],
                ["session", "audit", ""], ["session", "show", " "],
                ["session", "search", "--session", "", "x"],
                ["session", "fork", "", "c0"], ["session", "rollback", "", "--dry-run"],
                ["look", "session", ""], ["inbox", "answer", "", "yes"], ["inbox", "answer", ".q1", "yes"],
                ["chain", "show", ""], ["chain", "pause", ""], ["do", "session.start", ""],
            ]
            for words in all {
                let ended = try ChildProgram.run(words, folder: folder)
                #expect(
                    ended.code == 2 && ended.out == "" && ended.err.split(separator: "\n").count == 1,
                    "\(words): \(ended)")
            }
            let shown = try ChildProgram.run(["session", "show", "one", "--json"], folder: folder)
            #expect(shown.json?["state"] == "CREATED")
        }
    }

    @Test func aBackupWithoutAPlaceSaysWhatIsWrong() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write("one.yaml", "name: one\ngoal: do\n")
            #expect(try ChildProgram.run(["session", "create", "one.yaml"], folder: folder).code == 0)
            try folder.write("there.tar", "")
            try folder.write("dir/x", "")
            let cases: [(String, Int32, String)] = [
                ("nope/x.tar", 4, "there is no folder \(folder.file("nope")); make it first: mkdir -p"),
                ("there.tar", 3, "exists; name a file that does not"),
                ("dir", 2, "is a folder; name a file in it"),
                ("there.tar/x", 2, "is no folder"), ("home/x.tar", 2, "lies in the home itself"),
                ("home/objects/x.tar", 2, "lies in the home itself"),
            ]
            for (place, code, text) in cases {
                let ended = try ChildProgram.run(["home", "backup", place], folder: folder)
                #expect(
                    ended.code == code && ended.err.contains(text)
                        && ended.err.split(separator: "\n").count == 1,
                    "\(place): \(ended)")
            }
            #expect(try folder.read("there.tar") == "")
        }
    }

    /// What was printed only in part for lack of room is a failure; a reader that has gone is none.
    @Test func outputThatFindsNoRoomIsAFailure() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let script = "'\(ChildProgram.path)' session list > /dev/full"
            let full = try ChildProgram.run([script], folder: folder, program: ["sh", "-c"])
            #expect(full.code == 1 && full.err.contains("No space left on device"), "\(full)")
            let closed = try ChildProgram.run(
                [script.replacing("> /dev/full", with: ">&-")], folder: folder, program: ["sh", "-c"])
            #expect(closed.code == 0 && closed.err == "", "\(closed)")
        }
    }

    @Test(arguments: ["session", "inbox", "home", "host", "config", "chain"])
    func aNounAloneIsNoJSON(noun: String) async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let ended = try ChildProgram.run([noun, "--json"], folder: folder)
            #expect(ended.code == 2 && ended.json?["error"]?["code"] == 2, "\(ended)")
            #expect(try ChildProgram.run([noun], folder: folder).out.contains("SUBCOMMANDS"))
        }
    }

    /// A stream that was closed is nobody's: nothing that the program opens takes its number.
    @Test func closedStreamsBecomeNothingElse() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let host = try ChildProgram(
                ["exec '\(ChildProgram.path)' --no-ui <&- >&-"], folder: folder, program: ["sh", "-c"])
            try host.waitForError("serves")
            for descriptor in 0...1 {
                let place = try FileManager.default.destinationOfSymbolicLink(
                    atPath: "/proc/\(host.pid)/fd/\(descriptor)")
                #expect(place == "/dev/null")
            }
            host.signal(SIGTERM)
            #expect(try host.end().code == 0)
        }
    }
}
