import AgentOSCore
import EventLog
import TestSupport
import Testing

@Suite("Backup and restore")
struct BackupTests {
    @Test("a backup of a log in use is whole, and restoring it puts the log back") func roundTrip()
        async throws
    {
        let under = try LogUnderTest()
        let log = under.log
        let copy = under.folder.file("copy.agentos")
        try await log.append(appending(numbered(1...50), to: "session/a"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    for round in 0..<25 {
                        try await log.append(appending(numbered(round...round), to: "session/w\(writer)"))
                    }
                }
            }
            group.addTask { try await log.backup(to: copy) }
            try await group.waitForAll()
        }
        let kept = try EventLog.verify(file: copy, tenant: .main)
        #expect(kept.isWhole && kept.isSealed && (50...150).contains(kept.entries))
        await #expect(throws: Fault.self) { try await log.backup(to: copy) }
        log.close()
        try EventLog.restore(from: copy, to: under.path)
        let restored = try EventLog.open(path: under.path, projectors: [StreamCounter()])
        let found = try await restored.verify(tenant: .main)
        #expect(found.isWhole && found.isSealed && found.entries == kept.entries)
        #expect(found.resealedAt == [kept.head])
        #expect(try await restored.counted("session/a") == 50)
        try await restored.append(appending(numbered(51...51), to: "session/a", at: 50))
        #expect(try await restored.verify(tenant: .main).isWhole)
    }

    @Test("a backup goes to a home that has none yet") func elsewhere() async throws {
        let under = try LogUnderTest()
        try await under.log.append(appending(numbered(1...5), to: "session/a", tenant: .host))
        try await under.log.backup(to: under.folder.file("copy"))
        let target = try TemporaryFolder()
        try EventLog.restore(from: under.folder.file("copy"), to: target.file("agentos.db"))
        let log = try EventLog.open(path: target.file("agentos.db"), projectors: [StreamCounter()])
        #expect(try await log.tenants() == [.host])
        #expect(try await log.verify(tenant: .host).entries == 5)
    }

    @Test("what is no backup is refused and the log stays") func refused() async throws {
        let under = try LogUnderTest()
        try await under.log.append(appending(numbered(1...5), to: "session/a"))
        under.log.close()
        let text = try under.folder.write(
            "text", "no database, but some text that is longer than a header of one")
        #expect(throws: Fault.self) { try EventLog.restore(from: text, to: under.path) }
        #expect(throws: Fault.self) { try EventLog.restore(from: under.folder.file("none"), to: under.path) }
        let log = try EventLog.open(path: under.path, projectors: [StreamCounter()])
        #expect(try await log.verify(tenant: .main).entries == 5)
    }
}
