import AgentOSCore
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// Two processes on one home: the host and those who speak to it.
@Suite(.serialized) struct HostTests {
    private static func host(_ folder: TemporaryFolder, _ words: [String] = []) throws -> ChildProgram {
        let child = try ChildProgram(["--no-ui"] + words, folder: folder)
        try child.waitForError("serves")
        return child
    }

    @Test func theHostAnswersOverItsPipesAndEndsWithTheSignal() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let host = try Self.host(folder)
            let config = try JSONText.string(SessionConfig(name: "fix", goal: "do"))
            let create = Command(id: "1", name: "session.create", arguments: ["config": .string(config)])
            host.send(try JSONText.string(create))
            let reply = try host.line("reply 1") { $0["reply"] == "1" }
            #expect(reply["ok"] == true)
            let id = try #require(reply["value"]?["sessionId"]?.string)
            host.send(#"{"id":"2","do":"session.discard","args":{"id":"\#(id)"}}"#)
            let refused = try host.line("reply 2") { $0["reply"] == "2" }
            #expect(refused["ok"] == false && refused["error"]?["code"] == 3)
            host.send("rubbish")
            #expect(try host.line("a rejection") { $0["reply"] == .null }["error"]?["code"] == 2)
            host.closeInput()
            let listed = try ChildProgram.run(["session", "list", "--json"], folder: folder)
            #expect(listed.json?.array?.first?["sessionId"]?.string == id, "\(listed.err)")
            host.signal(SIGTERM)
            let ended = try host.end()
            #expect(ended.code == 0, "\(ended.err)")
            #expect(access(folder.file("home/host.sock"), F_OK) != 0)
        }
    }

    @Test func eventsAreWrittenFromTheStartOn() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write("fix.yaml", "name: fix\ngoal: do\n")
            let host = try Self.host(folder)
            _ = try ChildProgram.run(["session", "create", "fix.yaml"], folder: folder)
            let event = try host.line("session.created") { $0["type"] == "session.created" }
            #expect(event["seq"] == 1 && event["tenantId"] == "main" && event["config"] != nil)
            host.signal(SIGINT)
            #expect(try host.end().code == 0)
        }
    }

    @Test func aSecondHostIsRefusedAndTheFirstIsNamed() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let host = try Self.host(folder, ["--events", "none"])
            let second = try ChildProgram.run(["--no-ui"], folder: folder)
            #expect(second.code == 5)
            #expect(second.err.contains("is held by the host with pid \(host.pid)"), "\(second.err)")
            let status = try ChildProgram.run(["host", "status", "--json"], folder: folder)
            #expect(status.json?["pid"] == .int(Int64(host.pid)), "\(status.err)")
            let look = try ChildProgram.run(["look", "inbox", "--size", "80x24"], folder: folder)
            #expect(
                look.code == 0
                    && look.out.split(separator: "\n", omittingEmptySubsequences: false).count >= 24)
            let stopped = try ChildProgram.run(["host", "stop"], folder: folder)
            #expect(stopped.code == 0, "\(stopped.err)")
            #expect(try host.end().code == 0)
        }
    }

    @Test func whatWasAcknowledgedSurvivesAKill() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write("fix.yaml", "name: fix\ngoal: do\n")
            let host = try Self.host(folder)
            #expect(try ChildProgram.run(["session", "create", "fix.yaml"], folder: folder).code == 0)
            host.signal(SIGKILL)
            #expect(try host.end().code == -SIGKILL)
            let again = try Self.host(folder)
            let listed = try ChildProgram.run(["session", "list", "--json"], folder: folder)
            #expect(listed.json?.array?.count == 1, "\(listed.err)")
            again.signal(SIGTERM)
            #expect(try again.end().code == 0)
        }
    }

    @Test func aHostStartsInTheBackgroundAndStops() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            func run(_ words: String...) throws -> ChildProgram.Ended {
                try ChildProgram.run(words, folder: folder)
            }
            let started = try run("host", "start", "--json")
            #expect(started.code == 0, "\(started.err)")
            let pid = try #require(started.json?["pid"])
            #expect(try run("host", "start", "--json").json?["pid"] == pid)
            let restarted = try run("host", "restart", "--json")
            #expect(restarted.code == 0 && restarted.json?["pid"] != pid, "\(restarted.err)")
            #expect(try run("host", "stop").code == 0)
            #expect(try run("host", "status").code == 5)
            #expect(try folder.read("home/logs/host.log").contains("serves"))
        }
    }

    @Test func aLogOfTheHostThatHasGrownBeginsAnewAndOneOldIsKept() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            _ = try ChildProgram.run(["session", "list"], folder: folder)
            for (text, kept) in [("one\n", false), ("two\n", true), ("three\n", true)] {
                let long = kept ? String(repeating: text, count: 1_500_000) : text
                try folder.write("home/logs/host.log", long)
                #expect(try ChildProgram.run(["host", "start"], folder: folder).code == 0)
                #expect(try ChildProgram.run(["host", "stop"], folder: folder).code == 0)
                let log = try folder.read("home/logs/host.log")
                #expect(log.contains("serves") && log.hasPrefix(text) != kept)
                let old = try? folder.read("home/logs/host.log.old")
                #expect(old == (kept ? long : nil))
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("home/logs"))
            #expect(names.sorted() == ["host.log", "host.log.old"])
        }
    }

    /// INV-7: a key, from the environment or from the file, stays out of the log of a host that complains.
    @Test func theLogOfTheHostHoldsNoSecret() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let keys = ["k3y-of-the-environment", "k3y-of-the-file"]
            func provider(_ name: String, _ key: String) -> String {
                "\(name): {kind: custom, url: \"http://127.0.0.1:9/v1\", key: \"\(key)\"}"
            }
            let providers = "providers: {\(provider("a", "${PLAY_API_KEY}")), \(provider("b", keys[1]))}\n"
            try folder.write("config.yaml", providers + "models: {default: [a/x, b/x]}\n")
            func run(_ words: String) throws -> ChildProgram.Ended {
                try ChildProgram.run(
                    words.split(separator: " ").map { String($0) }, folder: folder,
                    environment: ["PLAY_API_KEY": keys[0]])
            }
            #expect(try run("host start").code == 0)
            #expect(try run("host stop").code == 0)
            // A folder stands where the socket belongs.
            unlink(folder.file("home/host.sock"))
            try folder.write("home/host.sock/x", "")
            let ended = try run("host start")
            #expect(ended.code == 5, "\(ended)")
            let log = try folder.read("home/logs/host.log")
            #expect(log.contains("serves") && log.contains("agentos: "), "\(log)")
            for key in keys { #expect(!(log + ended.err).contains(key), "\(log)") }
        }
    }

    @Test func aHomeThatIsHeldAndSilentIsReportedInTime() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            _ = try ChildProgram.run(["session", "list"], folder: folder)
            let lock = open(folder.file("home/host.lock"), O_RDWR)
            #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
            let ended = try ChildProgram.run(["session", "list"], folder: folder)
            #expect(ended.code == 5)
            #expect(ended.err.contains("which does not answer"), "\(ended.err)")
            close(lock)
        }
    }

    /// A process that hosts its own session runs no other: whoever wants to wait for one waits for the home first.
    @Test(.timeLimit(.minutes(15))) func runsThatWaitTakeTurnsAtTheHome() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write(
                "config.yaml",
                "providers: {play: {kind: rehearsal, file: replies.jsonl}}\nmodels: {default: [play/any]}\n")
            try folder.write("replies.jsonl", #"{"text":"Done.","until_file":"go"}"# + "\n")
            try folder.write("src/a.txt", "a")
            let first = try ChildProgram(["run", "first", "--in", "src", "--wait"], folder: folder)
            defer { first.signal(SIGKILL) }
            try Self.waitForHost(folder)
            let others = try ["second", "third", "fourth"].map {
                try ChildProgram(["run", $0, "--in", "src", "--wait"], folder: folder)
            }
            for other in others {
                try other.waitForError("process \(first.pid) runs work of its own on this home: waiting")
            }
            // One that waits has made nothing, and leaves at once.
            others.last?.signal(SIGINT)
            #expect(try others.last?.end().code == 130)
            try folder.write("go", "")
            for child in [first] + others.dropLast() {
                let ended = try child.end()
                #expect(ended.code == 0, "\(ended.err) \(ended.out)")
            }
            let listed = try ChildProgram.run(["session", "list", "--json"], folder: folder)
            #expect(listed.json?.array?.map { $0["state"] } == ["COMPLETE", "COMPLETE", "COMPLETE"])
        }
    }

    private static func waitForHost(_ folder: TemporaryFolder) throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(240))
        while ContinuousClock.now < deadline {
            if try ChildProgram.run(["host", "status", "--json"], folder: folder).code == 0 { return }
        }
        throw Fault.failed("no host came up")
    }

    @Test func aRunIsHostedForItsOwnSession() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write(
                "config.yaml",
                "providers: {play: {kind: rehearsal, file: replies.jsonl}}\nmodels: {default: [play/any]}\n")
            try folder.write(
                "replies.jsonl",
                #"{"text":"I write.","tool_calls":[{"name":"write","arguments":{"path":"a.txt","content":"hello\n"}}]}"#
                    + "\n"
                    + #"{"text":"Done."}"# + "\n")
            try folder.write("src/b.txt", "old\n")
            let ended = try ChildProgram.run(
                ["run", "write a file", "--in", "src", "--gate", "test -f a.txt", "--wait", "--json"],
                folder: folder)
            #expect(ended.code == 0, "\(ended.err) \(ended.out)")
            #expect(ended.json?["state"] == "COMPLETE")
            let diff = try ChildProgram.run(["session", "diff", "write-a-file"], folder: folder)
            #expect(diff.out.contains("+hello"), "\(diff.err)")
            let transcript = try ChildProgram.run(["session", "log", "write-a-file"], folder: folder)
            #expect(transcript.out.contains("write"), "\(transcript.err)")
            #expect(!FileManager.default.fileExists(atPath: folder.file("src/a.txt")))
            for (globs, isThere) in [("b* a*", true), ("b* --only c* a*", true), ("b* c*", false)] {
                let words = ["session", "apply", "write-a-file", "--patch", "-", "--dry-run", "--only"]
                let tried = try ChildProgram.run(
                    words + globs.split(separator: " ").map { String($0) }, folder: folder)
                #expect((tried.out + tried.err).contains("a.txt") == isThere, "\(globs): \(tried)")
            }
        }
    }
}
