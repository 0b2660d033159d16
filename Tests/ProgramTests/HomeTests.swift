import AgentOSCore
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// Homes that cannot be used, and what is said of them.
@Suite(.serialized) struct HomeTests {
    /// A folder of another user: made here where that is allowed, else one of the system.
    private static func foreign(_ folder: TemporaryFolder) throws -> String {
        guard geteuid() == 0 else { return "/usr" }
        let path = folder.file("theirs")
        guard mkdir(path, 0o755) == 0, chown(path, 65_534, 65_534) == 0 else { return "/proc/1" }
        return path
    }

    private static func mode(_ path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode : nil
    }

    @Test(arguments: ["session list", "host start", "home restore none.tar", "events verify"])
    func aHomeOfAnotherUserIsRefusedAndLeftAsItIs(words: String) async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let home = try Self.foreign(folder)
            let mode = Self.mode(home)
            let names = try FileManager.default.contentsOfDirectory(atPath: home)
            let ended = try ChildProgram.run(
                words.split(separator: " ").map { String($0) } + ["--home", home], folder: folder)
            #expect(ended.code == 3, "\(ended)")
            #expect(ended.err.hasPrefix("agentos: the home \(home) belongs to "), "\(ended.err)")
            #expect(ended.err.split(separator: "\n").count == 1 && ended.out == "")
            #expect(Self.mode(home) == mode)
            #expect(try FileManager.default.contentsOfDirectory(atPath: home) == names)
        }
    }

    @Test func theDoctorReportsOnAHomeThatCannotBeUsed() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write("file", "")
            for home in [try Self.foreign(folder), "/proc/none", folder.file("file")] {
                let ended = try ChildProgram.run(["doctor", "--json", "--home", home], folder: folder)
                let checks = ended.json?["checks"]?.array ?? []
                #expect(checks.count == 5 && ended.code == 1, "\(ended)")
                let store = checks.first { $0["name"] == "store" }
                #expect(store?["ok"] == false)
                #expect(store?["detail"]?.string?.contains(home) == true, "\(ended)")
                #expect(store?["fix"]?.string?.hasSuffix("--home DIR") == true, "\(ended)")
                #expect(
                    try ChildProgram.run(["doctor", "--home", home], folder: folder).out.contains(
                        "FAULT  store: "))
            }
        }
    }

    @Test(arguments: ["session list", "events verify", "home backup b.tar"])
    func aLogThatIsGoneOrEmptyIsRefusedUntilItIsRestored(words: String) async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write("fix.yaml", "name: fix\ngoal: do\n")
            func run(_ words: String) throws -> ChildProgram.Ended {
                try ChildProgram.run(words.split(separator: " ").map { String($0) }, folder: folder)
            }
            #expect(try run("session create fix.yaml").code == 0)
            #expect(try run("home backup saved.tar").code == 0)
            let home = folder.file("home")
            for isGone in [false, true] {
                for suffix in ["", "-wal", "-shm"] { unlink(home + "/agentos.db" + suffix) }
                if !isGone { try folder.write("home/agentos.db", "") }
                let ended = try run(words)
                #expect(ended.code == 1, "\(ended)")
                #expect(
                    ended.err == "agentos: the log of \(home) is gone or empty; "
                        + "restore it: agentos home restore FILE\n")
            }
            #expect(try run("home restore saved.tar").code == 0)
            #expect(try run("session list --json").json?.array?.count == 1)
        }
    }

    @Test func aHostThatDoesNotStartSaysWhy() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            mkdir(folder.file("home"), 0o700)
            try folder.write("home/agentos.db", "")
            try folder.write("home/agentos.db-heads", "head")
            let ended = try ChildProgram.run(["host", "start"], folder: folder)
            let home = folder.file("home")
            #expect(ended.code == 5, "\(ended)")
            #expect(
                ended.err
                    == "agentos: the host of \(home) did not start: the log of \(home) is gone or empty; "
                    + "restore it: agentos home restore FILE; see its log: \(home)/logs/host.log\n")
        }
    }

    @Test(arguments: [("UTC", "· UTC"), ("Etc/UTC", "· Etc/UTC"), ("Asia/Tokyo", "· Asia/Tokyo UTC+09:00")])
    func aWideScreenNamesTheZoneOnce(zone: String, text: String) async throws {
        guard access("/usr/share/zoneinfo/" + zone, R_OK) == 0 else { return }
        try await onThread {
            let ended = try ChildProgram.run(
                ["look", "inbox", "--size", "120x24"], folder: try TemporaryFolder(),
                environment: ["TZ": zone])
            let line = ended.out.split(separator: "\n").first { $0.contains(zone) } ?? ""
            #expect(
                line.drop { $0 != "·" }.split(separator: " ").joined(separator: " ").hasSuffix(text),
                "\(line)")
        }
    }
}
