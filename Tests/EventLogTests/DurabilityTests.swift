import AgentOSCore
import FoundationEssentials
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import EventLog

@Suite("What is acknowledged is on the disk", .serialized)
struct DurabilityTests {
    @Test("the writer flushes every commit of a write-ahead log") func pragmas() async throws {
        let under = try LogUnderTest()
        let found = try under.log.behindItsBack {
            (
                try $0.value("PRAGMA synchronous", as: Int.self),
                try $0.value("PRAGMA journal_mode", as: String.self)
            )
        }
        #expect(found == (2, "wal"))
    }

    @Test(
        "INV-3: the table refuses to change or lose an event",
        arguments: [
            "UPDATE events SET payload = '{}' WHERE seq = 2",
            "DELETE FROM events WHERE seq = 3",
            "DELETE FROM events",
            "REPLACE INTO events SELECT * FROM events WHERE seq = 1",
            "INSERT OR REPLACE INTO events SELECT id, tenant, 4, stream, 4, type, at, actor, payload, prev, stream_prev, hash FROM events WHERE seq = 1",
            "INSERT INTO events SELECT NULL, tenant, 9, stream, 4, type, at, actor, payload, prev, stream_prev, hash FROM events WHERE seq = 1",
        ])
    func triggers(statement: String) async throws {
        let under = try LogUnderTest()
        try await under.log.append(appending(numbered(1...3), to: "session/a"))
        #expect(throws: (any Error).self) {
            try under.log.behindItsBack { _ = try $0.execute(statement) }
        }
        #expect(try await under.log.events(tenant: .main).count == 3)
        #expect(try await under.log.verify(tenant: .main).isWhole)
    }

    @Test("a log that is opened again goes on where it stood") func reopens() async throws {
        let under = try LogUnderTest()
        let before = try await under.log.append(appending(numbered(1...3), to: "session/a"))
        let log = try under.reopened()
        #expect(try await log.events(tenant: .main) == before)
        #expect(log.head(tenant: .main) == 3)
        let more = try await log.append(appending(numbered(4...4), to: "session/a", at: 3))
        #expect(more.first?.seq == 4)
        #expect(more.first?.previous == before.last?.hash)
        #expect(try await log.append(appending([], to: "session/a", at: 4)).isEmpty)
        let found = try await log.verify(tenant: .main)
        #expect(found.isWhole && found.isSealed && found.entries == 4 && found.resealedAt.isEmpty)
    }

    @Test("files are their owner's alone") func modes() async throws {
        let under = try LogUnderTest()
        try await under.log.append(appending(numbered(1...1), to: "session/a"))
        for suffix in ["", "-wal", "-heads", "-key"] {
            var status = stat()
            #expect(stat(under.path + suffix, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
        }
    }

    @Test(
        "INV-4: kill -9 in the middle loses nothing that was acknowledged", arguments: [1, 7, 60, 150])
    func killed(after count: Int) async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("agentos.db")
        let acknowledged = folder.file("acknowledged")
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, acknowledged = acknowledged as String, count = count as Int] in
            try await DurabilityTests.appendUntilKilled(path: path, acknowledged: acknowledged, count: count)
        }
        let log = try EventLog.open(path: path, projectors: [StreamCounter()])
        let stored = try await log.events(tenant: .main, limit: 100_000)
        #expect(stored.map(\.seq) == Array(1...Int64(stored.count)))
        let payloads = Dictionary(uniqueKeysWithValues: stored.map { ($0.seq, $0.payload) })
        let lines = try folder.read("acknowledged").split(separator: "\n")
        #expect(lines.count >= count)
        for line in lines {
            let parts = line.split(separator: " ", maxSplits: 1)
            let seq = try #require(parts.first.flatMap { Int64($0) })
            #expect(payloads[seq] == parts.last.map(String.init))
        }
        for writer in 0..<8 {
            let inLog = stored.filter { $0.stream == "session/w\(writer)" }.count
            #expect(try await log.counted("session/w\(writer)") == inLog)
        }
        let found = try await log.verify(tenant: .main)
        #expect(found.isWhole && found.isSealed && found.entries == stored.count)
        try await log.append(appending(numbered(1...1), to: "session/w0"))
        #expect(try await log.verify(tenant: .main).isWhole)
    }

    /// Eight writers append and note what was acknowledged, until one of them kills the process.
    fileprivate static func appendUntilKilled(path: String, acknowledged: String, count: Int) async throws {
        let log = try EventLog.open(path: path, projectors: [StreamCounter()])
        let notes = open(acknowledged, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        let appends = AppendCount()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    var round = 0
                    while true {
                        round += 1
                        let events = try await log.append(
                            appending(numbered(round...round + writer % 3), to: "session/w\(writer)"))
                        let text = events.map { "\($0.seq) \($0.payload)\n" }.joined()
                        _ = text.withCString { write(notes, $0, strlen($0)) }
                        if appends.next() >= count { kill(getpid(), SIGKILL) }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("a full disk refuses the append and leaves nothing of it") func full() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("agentos.db")
        let log = try EventLog.open(path: path, projectors: [StreamCounter()], pageLimit: 60)
        let large = NewEvent(
            type: "test.large", payload: #"{"text":""# + String(repeating: "x", count: 9000) + #""}"#)
        var written: Int64 = 0
        var refusal: Fault?
        while refusal == nil {
            do {
                try await log.append(appending([large, large], to: "session/a", at: written))
                written += 2
            } catch let fault as Fault { refusal = fault }
        }
        #expect(refusal?.code == .negative)
        #expect(refusal?.message.contains("no space is left for \(path)") == true)
        #expect(log.head(tenant: .main) == written && written > 0)
        #expect(try await log.streamVersion(tenant: .main, stream: "session/a") == written)
        #expect(try await log.verify(tenant: .main).isWhole)
        log.close()
        let reopened = try EventLog.open(path: path, projectors: [StreamCounter()])
        try await reopened.append(appending([large], to: "session/a", at: written))
        #expect(try await reopened.counted("session/a") == written + 1)
        #expect(try await reopened.integrity().isEmpty)
    }

    @Test("a disk that is truly full refuses, and once there is space the log goes on")
    func fullDisk() async throws {
        let folder = try TemporaryFolder()
        // Needs the right to mount; elsewhere the page limit above stands for the disk.
        guard mount("tmpfs", folder.path, "tmpfs", 0, "size=1m") == 0 else { return }
        defer { umount2(folder.path, Int32(MNT_DETACH)) }
        let path = folder.file("agentos.db")
        let log = try EventLog.open(path: path, projectors: [StreamCounter()])
        let ballast = try folder.write("ballast", String(repeating: "x", count: 300_000))
        let large = NewEvent(
            type: "test.large", payload: #"{"text":""# + String(repeating: "x", count: 9000) + #""}"#)
        var written: Int64 = 0
        var refusal: Fault?
        while refusal == nil {
            do {
                try await log.append(appending([large], to: "session/a", at: written))
                written += 1
            } catch let fault as Fault { refusal = fault }
        }
        #expect(refusal?.message.contains("no space is left") == true, "\(String(describing: refusal))")
        #expect(try await log.verify(tenant: .main).entries == written)
        await #expect(throws: Fault.self) {
            try await log.append(appending([large, large, large], to: "session/b", tenant: TenantID("new")))
        }
        unlink(ballast)
        try await log.append(appending([large], to: "session/a", at: written))
        log.close()
        let reopened = try EventLog.open(path: path, projectors: [StreamCounter()])
        let found = try await reopened.verify(tenant: .main)
        #expect(found.isWhole && found.isSealed && found.entries == written + 1 && found.resealedAt.isEmpty)
        reopened.close()
    }
}

/// Counts appends over writers.
private final class AppendCount: Sendable {
    private let count = Atomic(0)

    /// One more.
    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
