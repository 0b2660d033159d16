import AgentOSCore
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import EventLog

@Suite("Opening a log")
struct OpeningTests {
    /// A projector that lists types.
    struct TypeList: Projector {
        let name = "types"
        var migrations = [
            Migration("types", "CREATE TABLE types (type TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT")
        ]

        func apply(_ event: EventRecord, in sql: SQLWriter) throws {
            try sql.execute(
                "INSERT INTO types VALUES (?, 1) ON CONFLICT (type) DO UPDATE SET count = count + 1",
                [event.type])
        }
    }

    private func fault(_ path: String, _ projectors: [any Projector] = [StreamCounter()]) -> Fault? {
        do {
            try EventLog.open(path: path, projectors: projectors).close()
            return nil
        } catch { return error }
    }

    @Test("an older log is copied beside itself, migrated, and shown to new projectors") func older()
        async throws
    {
        let under = try LogUnderTest()
        try await under.log.append(appending(numbered(1...700), to: "session/a"))
        try await under.log.append(appending(numbered(1...5), to: "session/a", tenant: .host))
        let log = try under.reopened(projectors: [StreamCounter(), TypeList()])
        let count = try await log.read { try $0.value("SELECT count FROM types", as: Int.self) }
        #expect(count == 705)
        #expect(try await log.verify(tenant: .main).isWhole)
        log.close()
        let backup = "\(under.path).backup-v2"
        #expect(try EventLog.verify(file: backup, tenant: .main).entries == 700)
        #expect(fault(backup) == nil)
    }

    @Test("a migration can ask for its tables to be made again") func rebuilds() async throws {
        let under = try LogUnderTest(projectors: [TypeList()])
        try await under.log.append(appending(numbered(1...3), to: "session/a"))
        var changed = TypeList()
        changed.migrations.append(Migration("again", "DELETE FROM types", rebuilds: true))
        let log = try under.reopened(projectors: [changed])
        #expect(try await log.read { try $0.value("SELECT count FROM types", as: Int.self) } == 3)
    }

    @Test("a migration that fails leaves the log as it was") func failing() async throws {
        let under = try LogUnderTest(projectors: [TypeList()])
        try await under.log.append(appending(numbered(1...3), to: "session/a"))
        under.log.close()
        var broken = TypeList()
        broken.migrations.append(Migration("broken", "DELETE FROM types; SELECT nonsense", rebuilds: true))
        #expect(fault(under.path, [broken])?.code == .negative)
        let log = try EventLog.open(path: under.path, projectors: [TypeList()])
        #expect(try await log.read { try $0.value("SELECT count FROM types", as: Int.self) } == 3)
    }

    @Test("a newer log is refused and not touched") func newer() async throws {
        let under = try LogUnderTest(projectors: [StreamCounter(), TypeList()])
        try await under.log.append(appending(numbered(1...3), to: "session/a"))
        under.log.close()
        let refusal = fault(under.path)
        #expect(refusal?.code == .noHost)
        #expect(refusal?.message == "\(under.path) is newer than this program (schema 3, known 2)")
        let log = try EventLog.open(path: under.path, projectors: [StreamCounter(), TypeList()])
        _ = try log.behindItsBack { try $0.execute("PRAGMA user_version = 99") }
        log.close()
        #expect(fault(under.path, [StreamCounter(), TypeList()])?.message.contains("schema 99") == true)
    }

    @Test("what cannot be a log is refused in one line") func refusals() throws {
        let folder = try TemporaryFolder()
        let text = try folder.write("text", String(repeating: "not a database\n", count: 100))
        let other = folder.file("other.db")
        let log = try EventLog.open(path: other, projectors: [])
        _ = try log.behindItsBack { try $0.execute("PRAGMA application_id = 42") }
        log.close()
        let cases: [(path: String, code: ExitCode, part: String)] = [
            (text, .usage, "is not a database"),
            (other, .usage, "is the database of another program"),
            (folder.file("none/agentos.db"), .usage, "cannot be opened"),
            (folder.path, .usage, "cannot be opened"),
            ("/proc/agentos.db", .usage, "cannot be"),
        ]
        for (path, code, part) in cases {
            let refusal = fault(path)
            #expect(refusal?.code == code)
            #expect(refusal?.message.contains(part) == true, "\(String(describing: refusal))")
            #expect(refusal?.hint != nil)
            #expect(refusal?.description.contains("\n") == false)
        }
    }

    @Test("a damaged log is refused or verified as broken, never believed") func damaged() async throws {
        let under = try LogUnderTest()
        try await under.log.append(appending(numbered(1...200), to: "session/a"))
        under.log.close()
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: under.path)))
        for index in 4096..<bytes.count - 4096 { bytes[index] = 0xA5 }
        try Data(bytes).write(to: URL(filePath: under.path))
        let refusal = fault(under.path)
        #expect(refusal?.message.contains("is damaged") == true)
    }

    @Test("a log that another program holds is told as held") func held() async throws {
        let under = try LogUnderTest()
        let other = try EventLog.open(path: under.path, projectors: [StreamCounter()])
        let refusal = try other.behindItsBack { holder -> (any Error)? in
            try holder.execute("BEGIN IMMEDIATE")
            defer { _ = try? holder.execute("ROLLBACK") }
            do {
                try under.log.behindItsBack {
                    try $0.execute("PRAGMA busy_timeout = 0")
                    try $0.execute("BEGIN IMMEDIATE")
                }
                return nil
            } catch { return StorageFault.mapped(error, path: under.path) }
        }
        #expect((refusal as? Fault)?.code == .noHost)
        #expect((refusal as? Fault)?.message == "\(under.path) is held by another program")
    }
}
