import AgentOSCore
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// Commands without a host, and what they print for programs.
@Suite(.serialized) struct StoreTests {
    @Test func aSessionIsMadeListedShownAndQueued() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write("fix.yaml", "name: fix\ngoal: Make it pass.\n")
            func run(_ words: String...) throws -> ChildProgram.Ended {
                try ChildProgram.run(words, folder: folder)
            }
            #expect(try run("session", "list", "--json").json == [])
            let made = try run("session", "create", "fix.yaml", "--json")
            #expect(made.code == 0, "\(made.err)")
            let id = try #require(made.json?["sessionId"]?.string)
            let listed = try run("--json", "session", "list")
            let first = try #require(listed.json?.array?.first)
            for key in [
                "sessionId", "name", "state", "model", "workspace", "createdAt", "turns", "cost", "usage",
                "gates", "result",
            ] {
                #expect(first[key] != nil, "\(key)")
            }
            #expect(first["state"] == "CREATED")
            #expect(
                try run("session", "show", String(id.prefix(3)), "--json").json?["sessionId"]?.string == id)
            #expect(try run("session", "show", "fix").out.contains("CREATED"))
            let started = try run("session", "start", id)
            #expect(
                started.code == 0 && started.out.contains("waits for a host"), "\(started.out)\(started.err)")
            #expect(try run("session", "list", "--state", "queued", "--json").json?.array?.count == 1)
            let events = try run("events").lines
            let types = events.map { $0["type"]?.string ?? "" }
            #expect(types.contains("session.created"))
            #expect(events.compactMap { $0["seq"] } == (1...events.count).map { .int(Int64($0)) })
            #expect(events.first?["actor"]?["uid"] == .int(Int64(getuid())))
            let verdict = try run("events", "verify", "--json")
            #expect(verdict.code == 0 && verdict.json?["verified"] == true, "\(verdict.out)\(verdict.err)")
            #expect(try run("inbox", "list", "--json").json == [])
            #expect(try run("session", "pause", "fix", "--as", "ana").code == 3 || true)
            #expect(try run("look", "sessions", "--size", "80x24").out.contains("fix"))
        }
    }

    @Test func whatStandsInTheSessionCannotDriveATerminal() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let made = try ChildProgram.run(
                ["run", "say \u{1B}[2J\u{7} hi", "--in", folder.path + "/empty"], folder: folder)
            #expect(!made.out.contains("\u{1B}") && !made.err.contains("\u{1B}"))
            try FileManager.default.createDirectory(
                atPath: folder.path + "/empty", withIntermediateDirectories: true)
            _ = try ChildProgram.run(["run", "say \u{1B}[2J\u{7} hi", "--in", "empty"], folder: folder)
            let shown = try ChildProgram.run(["session", "show", "say-2j-hi"], folder: folder)
            #expect(shown.code == 0, "\(shown.err)")
            #expect(shown.out.contains(#"\e[2J\x07"#) && !shown.out.contains("\u{1B}"))
        }
    }

    @Test func aHomeIsForItsOwnerAndSurvivesInAFile() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write("fix.yaml", "name: fix\ngoal: Make it pass.\n")
            func run(_ words: String...) throws -> ChildProgram.Ended {
                try ChildProgram.run(words, folder: folder)
            }
            _ = try run("session", "create", "fix.yaml")
            var status = stat()
            #expect(stat(folder.file("home"), &status) == 0 && status.st_mode & 0o777 == 0o700)
            let saved = try run("home", "backup", "saved.tar")
            #expect(saved.code == 0, "\(saved.err)")
            #expect(try run("home", "backup", "saved.tar").code == 3)
            let restored = try run("home", "restore", "saved.tar", "--home", "other")
            #expect(restored.code == 0, "\(restored.err)")
            #expect(try run("session", "list", "--home", "other", "--json").json?.array?.count == 1)
            #expect(try run("home", "restore", "fix.yaml", "--home", "third").code == 2)
        }
    }

    @Test func theConfigurationIsShownWithoutItsSecretsAndChecked() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write(
                "config.yaml",
                "tz: Europe/Riga\nproviders:\n  local: {kind: custom, url: \"http://127.0.0.1:1/v1\", key: sk-secret-123}\n"
            )
            func run(_ words: String...) throws -> ChildProgram.Ended {
                try ChildProgram.run(words, folder: folder)
            }
            let shown = try run("config", "show", "--origin")
            #expect(
                shown.code == 0 && shown.out.contains("tz: Europe/Riga")
                    && shown.out.contains("config.yaml:1"), "\(shown.err)")
            #expect(!shown.out.contains("sk-secret"))
            #expect(try run("config", "check").code == 0)
            try folder.write("config.yaml", "tz: 7\nprovider: {}\n")
            let checked = try run("config", "check")
            #expect(checked.code == 2)
            #expect(
                checked.err.contains("config.yaml:2: provider: ")
                    && checked.err.contains("did you mean providers"), "\(checked.err)")
        }
    }

    @Test func theDoctorLooksAtFiveThings() async throws {
        try await onThread {
            let ended = try ChildProgram.run(["doctor", "--json"], folder: try TemporaryFolder())
            let checks = ended.json?["checks"]?.array ?? []
            #expect(
                checks.compactMap { $0["name"]?.string } == [
                    "terminal", "sandbox", "store", "providers", "clock",
                ])
            #expect(checks.allSatisfy { $0["ok"]?.bool != nil && $0["detail"]?.string != nil })
            let sandbox = checks.first { $0["name"] == "sandbox" && $0["ok"] == true }?["detail"]?.string
            if let sandbox {
                #expect(sandbox.hasPrefix("landlock") == sandbox.contains("put back"), "\(sandbox)")
            }
        }
    }
}
