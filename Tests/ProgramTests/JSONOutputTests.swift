import AgentOSCore
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// What `--json` leaves on stdout: one array or one object, errors too.
@Suite(.serialized) struct JSONOutputTests {
    @Test(arguments: [
        ("session show zzz", 4), ("session lst", 2), ("session show", 2), ("session create bad.yaml", 2),
        ("host status", 5), ("host drain", 5), ("attach", 5), ("events --follow", 5), ("look garden", 2),
        ("do session.pause zzz", 4), ("session list --tenant big", 4), ("session list --tenant host", 4),
        ("inbox answer zzz.a1 yes", 4), ("home restore none.tar", 4), ("config show --config bad.yaml", 2),
        ("events verify --home none", 4), ("session list --home bad.yaml", 2), ("session diff fix", 3),
        ("session apply fix", 3), ("session log fix --follow", 5), ("session rollback fix --dry-run", 3),
        ("", 2),
    ])
    func anErrorIsOneObject(words: String, code: Int32) async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write("bad.yaml", "name: x\ngaol: y\n")
            if words.contains("fix") {
                try folder.write("fix.yaml", "name: fix\ngoal: do\n")
                #expect(try ChildProgram.run(["session", "create", "fix.yaml"], folder: folder).code == 0)
            }
            let ended = try ChildProgram.run(
                words.split(separator: " ").map { String($0) } + ["--json"], folder: folder)
            #expect(ended.code == code, "\(words): \(ended)")
            #expect(ended.err.hasPrefix("agentos: "), "\(words): \(ended)")
            guard !words.contains("log fix") else {
                // What was asked for stands there already, one entry a line.
                return #expect(ended.lines.allSatisfy { $0["error"] == nil } && !ended.lines.isEmpty)
            }
            #expect(ended.json?["error"]?["code"] == .int(Int64(code)), "\(words): \(ended)")
            #expect(ended.json?["error"]?["message"]?.string?.isEmpty == false, "\(words): \(ended)")
        }
    }

    @Test(arguments: [
        "session list", "inbox list", "config show", "config check", "events verify", "doctor", "host stop",
        "look inbox", "session show fix", "session log fix", "session checkpoints fix",
        "session set fix limits.turns=3",
        "session start fix", "session say fix hello", "session cancel fix",
    ])
    func aValueIsOneLine(words: String) async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write("fix.yaml", "name: fix\ngoal: do\n")
            let made = try ChildProgram.run(["session", "create", "fix.yaml", "--json"], folder: folder)
            #expect(made.json?["sessionId"] != nil)
            let ended = try ChildProgram.run(
                words.split(separator: " ").map { String($0) } + ["--json"], folder: folder)
            #expect(ended.lines.count == 1 && ended.json != nil, "\(words): \(ended)")
            #expect(ended.err == "", "\(words): \(ended)")
        }
    }

    @Test func theDoctorAlwaysPrintsItsObject() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write("bad.yaml", "name: x\ngaol: y\n")
            for words in [
                "--config bad.yaml", "--config none.yaml", "--tenant big", "--home bad.yaml",
                "--home /proc/x",
            ] {
                let ended = try ChildProgram.run(
                    ["doctor", "--json"] + words.split(separator: " ").map { String($0) }, folder: folder)
                let checks = ended.json?["checks"]?.array ?? []
                #expect(checks.count == 5 && ended.code == 1 && ended.err == "", "\(words): \(ended)")
                for check in checks {
                    #expect(check["detail"]?.string?.contains("\n") == false, "\(words): \(check)")
                }
                let store = checks.first { $0["name"] == "store" }?["ok"]
                #expect(store == .bool(words.contains("--config")), "\(words): \(checks)")
            }
        }
    }

    @Test func theNameToActUnderReachesTheLog() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write("fix.yaml", "name: fix\ngoal: do\n")
            func run(_ words: String) throws -> ChildProgram.Ended {
                try ChildProgram.run(words.split(separator: " ").map { String($0) }, folder: folder)
            }
            #expect(try run("--as ana session create fix.yaml").code == 0)
            let host = try ChildProgram(["--no-ui"], folder: folder)
            try host.waitForError("serves")
            #expect(try run("session set fix limits.turns=2 --as bob").code == 0)
            let actors = try run("events").lines.map { $0["actor"] }
            #expect(actors.map { $0?["name"] } == ["ana", "bob"], "\(actors)")
            #expect(actors.allSatisfy { $0?["uid"] == .int(Int64(getuid())) })
            host.signal(SIGTERM)
            #expect(try host.end().code == 0)
        }
    }
}
