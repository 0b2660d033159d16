import AgentOSCore
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import EventLog

/// INV-4: the last write was torn when the plug was pulled.
@Suite("A torn tail of the write-ahead log", .serialized)
struct TornTests {
    private static let acknowledged = 12

    /// What lies in a folder after a process was killed when its last commit was written and nobody had been told.
    private struct Wreck {
        let folder: TemporaryFolder
        /// Where the last commit begins in the write-ahead log, and where it ends.
        let (start, end): (Int, Int)
        var path: String { folder.file("agentos.db") }
    }

    private func wreck() async throws -> Wreck {
        let folder = try TemporaryFolder()
        let (path, notes) = (folder.file("agentos.db"), folder.file("sizes"))
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, notes = notes as String] in
            try await TornTests.appendUntilKilled(path: path, notes: notes)
        }
        let sizes = try folder.read("sizes").split(separator: " ").compactMap { Int($0) }
        try #require(sizes.count == 2 && sizes[0] < sizes[1])
        return Wreck(folder: folder, start: sizes[0], end: sizes[1])
    }

    /// Appends what is acknowledged, and ends in the middle of one more.
    fileprivate static func appendUntilKilled(path: String, notes: String) async throws {
        let log = try EventLog.open(path: path, projectors: [StreamCounter()]) { edge, events in
            guard events.contains(where: { $0.type == "test.last" }), edge != .sealed else { return }
            let text = "\(size(path + "-wal")) "
            let file = Glibc.open(notes, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            _ = text.withCString { write(file, $0, strlen($0)) }
            guard edge == .durable else { return }
            kill(getpid(), SIGKILL)
            while true { pause() }
        }
        for round in 1...acknowledged {
            try await log.append(appending(numbered(round...round), to: "session/w\(round % 3)"))
        }
        let large = #"{"text":""# + String(repeating: "x", count: 9000) + #""}"#
        try await log.append(
            appending(
                [NewEvent(type: "test.last", payload: large), NewEvent(type: "test.last", payload: large)],
                to: "session/w0"))
    }

    private static func size(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// The wreck in a folder of its own, its write-ahead log changed.
    private func changed(_ wreck: Wreck, _ change: (inout [UInt8]) -> Void) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for suffix in ["", "-wal", "-heads", "-key"] {
            var bytes = [UInt8](try Data(contentsOf: URL(filePath: wreck.path + suffix)))
            if suffix == "-wal" { change(&bytes) }
            try Data(bytes).write(to: URL(filePath: folder.file("agentos.db" + suffix)))
        }
        return folder
    }

    @Test("wherever the unacknowledged commit is cut or spoilt, everything acknowledged is there and whole")
    func tornCommit() async throws {
        let wreck = try await wreck()
        let frame = 4096 + 24
        let length = wreck.end - wreck.start
        try #require(length % frame == 0 && length >= 3 * frame)
        let cuts = [0, 1, 23, 24, 25, frame - 1, frame, frame + 24, length / 2, length - frame, length - 1]
        for cut in cuts {
            let folder = try changed(wreck) { $0.removeSubrange((wreck.start + cut)...) }
            try await expectAcknowledged(folder, "cut at \(cut)")
        }
        // A bit in the header, the salt, the checksum, the page; of the first frame, of one between and of the last.
        for start in [0, frame, length - frame] {
            for offset in [0, 4, 8, 16, 24, 24 + 100, frame - 1] {
                let folder = try changed(wreck) { $0[wreck.start + start + offset] ^= 0x10 }
                try await expectAcknowledged(folder, "spoilt at \(start + offset)")
            }
        }
        // The last pages never reached the disk: they are as the file system had them.
        let folder = try changed(wreck) { bytes in
            for index in (wreck.end - 2 * frame)..<wreck.end { bytes[index] = 0 }
        }
        try await expectAcknowledged(folder, "zeros")
    }

    private func expectAcknowledged(_ folder: TemporaryFolder, _ what: String) async throws {
        let log = try EventLog.open(path: folder.file("agentos.db"), projectors: [StreamCounter()])
        defer { log.close() }
        let stored = try await log.events(tenant: .main)
        #expect(stored.map(\.payload) == (1...Self.acknowledged).map { #"{"n":\#($0)}"# }, "\(what)")
        let found = try await log.verify(tenant: .main)
        #expect(found.isWhole && found.isSealed && found.resealedAt.isEmpty, "\(what): \(found)")
        #expect(try await log.integrity().isEmpty, "\(what)")
        for stream in 0..<3 {
            let inLog = stored.count { $0.stream == "session/w\(stream)" }
            #expect(try await log.counted("session/w\(stream)") == inLog, "\(what)")
        }
        try await log.append(appending(numbered(99...99), to: "session/w0"))
        #expect(try await log.verify(tenant: .main).entries == Int64(Self.acknowledged) + 1, "\(what)")
    }

    @Test("what lies behind the end of the write-ahead log is not read") func rubbishBehind() async throws {
        let wreck = try await wreck()
        var random = SeededGenerator(seed: 11)
        for length in [1, 24, 4096, 4120, 9000] {
            let rubbish = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            let folder = try changed(wreck) { $0 += rubbish }
            let log = try EventLog.open(path: folder.file("agentos.db"), projectors: [StreamCounter()])
            let found = try await log.verify(tenant: .main)
            // The last commit was durable, though nobody had been told.
            #expect(found.isWhole && found.isSealed && found.entries == Int64(Self.acknowledged) + 2)
            log.close()
        }
    }

    @Test("a disk that loses what it had acknowledged is seen") func lost() async throws {
        let wreck = try await wreck()
        for cut in [wreck.start - 1, wreck.start - 4120, wreck.start - 3 * 4120] {
            let folder = try changed(wreck) { $0.removeSubrange(cut...) }
            let log = try EventLog.open(path: folder.file("agentos.db"), projectors: [StreamCounter()])
            let found = try await log.verify(tenant: .main)
            #expect(!found.isWhole && found.brokenAt?.seq == found.entries + 1, "cut at \(cut): \(found)")
            log.close()
        }
    }
}
