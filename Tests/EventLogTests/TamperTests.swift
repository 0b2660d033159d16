import AgentOSCore
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import EventLog

@Suite("INV-3: tampering shows")
struct TamperTests {
    /// A closed log of 30 events in three streams, and the path of its file.
    private func closedLog() async throws -> (folder: TemporaryFolder, path: String) {
        let under = try LogUnderTest()
        for number in 1...30 {
            let event = NewEvent(type: "test.happened", payload: #"{"mark":"mark-\#(number)-"}"#)
            try await under.log.append(appending([event], to: "session/s\(number % 3)"))
        }
        under.log.close()
        return (under.folder, under.path)
    }

    /// Changes a closed log behind its back, as someone with a database tool would.
    private func tamper(_ path: String, _ statements: [String]) throws {
        let log = try EventLog.open(path: path + "-other", projectors: [])
        defer { log.close() }
        try log.behindItsBack { sql in
            try sql.execute("ATTACH ? AS victim", [path])
            for trigger in ["update", "delete", "insert"] {
                try sql.execute("DROP TRIGGER IF EXISTS victim.events_\(trigger)")
            }
            for statement in statements { try sql.execute(statement) }
            try sql.execute("DETACH victim")
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var statements: [String]
        var seq: Int64
        var damage: Verification.Damage
    }

    static let cases = [
        Case(
            testDescription: "a payload",
            statements: ["UPDATE victim.events SET payload = '{}' WHERE seq = 7"],
            seq: 7, damage: .changed),
        Case(
            testDescription: "a time", statements: ["UPDATE victim.events SET at = at + 1 WHERE seq = 1"],
            seq: 1,
            damage: .changed),
        Case(
            testDescription: "an actor",
            statements: [#"UPDATE victim.events SET actor = '{"kind":"user","name":"eve"}' WHERE seq = 30"#],
            seq: 30,
            damage: .changed),
        Case(
            testDescription: "an actor that cannot be read",
            statements: ["UPDATE victim.events SET actor = 'eve' WHERE seq = 4"], seq: 4, damage: .changed),
        Case(
            testDescription: "a hash",
            statements: ["UPDATE victim.events SET hash = zeroblob(32) WHERE seq = 12"],
            seq: 12, damage: .changed),
        Case(
            testDescription: "a link",
            statements: ["UPDATE victim.events SET prev = zeroblob(32) WHERE seq = 12"],
            seq: 12, damage: .changed),
        Case(
            testDescription: "a stream",
            statements: ["UPDATE victim.events SET stream = 'session/x' WHERE seq = 9"],
            seq: 9, damage: .changed),
        Case(
            testDescription: "a deletion", statements: ["DELETE FROM victim.events WHERE seq = 15"], seq: 15,
            damage: .missing),
        Case(
            testDescription: "the first deleted", statements: ["DELETE FROM victim.events WHERE seq = 1"],
            seq: 1,
            damage: .missing),
        Case(
            testDescription: "two swapped",
            statements: [
                "UPDATE victim.events SET seq = -1 WHERE seq = 10",
                "UPDATE victim.events SET seq = 10 WHERE seq = 20",
                "UPDATE victim.events SET seq = 20 WHERE seq = -1",
            ], seq: 10, damage: .changed),
        Case(
            testDescription: "a gap closed",
            statements: [
                "DELETE FROM victim.events WHERE seq = 15",
                "UPDATE victim.events SET seq = -seq WHERE seq > 15",
                "UPDATE victim.events SET seq = -seq - 1 WHERE seq < 0",
            ], seq: 15, damage: .changed),
        Case(
            testDescription: "a cut tail", statements: ["DELETE FROM victim.events WHERE seq > 25"], seq: 26,
            damage: .cut),
        Case(
            testDescription: "everything deleted", statements: ["DELETE FROM victim.events"], seq: 1,
            damage: .cut),
    ]

    @Test("a changed log names its first wrong entry", arguments: cases)
    func names(_ change: Case) async throws {
        let (folder, path) = try await closedLog()
        defer { withExtendedLifetime(folder) {} }
        #expect(try EventLog.verify(file: path, tenant: .main).isWhole)
        try tamper(path, change.statements)
        let expected = Verification.Break(seq: change.seq, damage: change.damage)
        #expect(try EventLog.verify(file: path, tenant: .main).brokenAt == expected)
        // Opening it and working on does not wash the traces away.
        let log = try EventLog.open(path: path, projectors: [StreamCounter()])
        #expect(try await log.verify(tenant: .main).brokenAt == expected)
        log.close()
        let again = try EventLog.open(path: path, projectors: [StreamCounter()])
        #expect(try await again.verify(tenant: .main).brokenAt == expected)
    }

    @Test("one changed byte of the file names its entry") func byte() async throws {
        for number in [1, 13, 30] {
            let (folder, path) = try await closedLog()
            var bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
            let mark = Array("mark-\(number)-".utf8)
            let place = try #require(bytes.indices.first { bytes[$0...].starts(with: mark) })
            bytes[place] ^= 0x01
            let copy = try folder.write("copy.db", "")
            try Data(bytes).write(to: URL(filePath: copy))
            let found = try EventLog.verify(file: copy, tenant: .main)
            #expect(found.brokenAt == Verification.Break(seq: Int64(number), damage: .changed))
            #expect(found.entries == number - 1)
            let stream = try EventLog.verify(file: copy, tenant: .main, stream: "session/s\(number % 3)")
            #expect(stream.brokenAt?.seq == Int64(number))
            let other = try EventLog.verify(file: copy, tenant: .main, stream: "session/s\((number + 1) % 3)")
            #expect(other.isWhole && other.entries == 10)
        }
    }

    @Test("random bytes written anywhere are found, or touched no event") func noise() async throws {
        var random = SeededGenerator(seed: 11)
        let (folder, path) = try await closedLog()
        let sound = [UInt8](try Data(contentsOf: URL(filePath: path)))
        let copy = try folder.write("copy.db", "")
        for suffix in ["-heads", "-key"] {
            try Data(contentsOf: URL(filePath: path + suffix)).write(to: URL(filePath: copy + suffix))
        }
        let before = try EventLog.reading(path) { try $0.events(tenant: .main) }
        for _ in 0..<150 {
            var bytes = sound
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            try Data(bytes).write(to: URL(filePath: copy))
            do {
                guard try EventLog.verify(file: copy, tenant: .main).isWhole else { continue }
                #expect(try EventLog.reading(copy) { try $0.events(tenant: .main) } == before)
            } catch is Fault {}
        }
    }

    @Test("one stream verifies by itself") func stream() async throws {
        let (folder, path) = try await closedLog()
        defer { withExtendedLifetime(folder) {} }
        let found = try EventLog.verify(file: path, tenant: .main, stream: "session/s1")
        #expect(found.isWhole && found.entries == 10 && found.head == 28)
        try tamper(path, ["DELETE FROM victim.events WHERE seq = 13"])
        #expect(
            try EventLog.verify(file: path, tenant: .main, stream: "session/s1").brokenAt?.damage == .missing)
        #expect(try EventLog.verify(file: path, tenant: .main, stream: "session/s2").isWhole)
        try tamper(path, ["DELETE FROM victim.events WHERE seq = 28"])
        #expect(
            try EventLog.verify(file: path, tenant: .main, stream: "session/s2").isWhole)
    }

    @Test("a head that was altered, and heads or a key that are gone, are told") func heads() async throws {
        let (folder, path) = try await closedLog()
        let heads = try folder.read("agentos.db-heads")
        try folder.write("agentos.db-heads", heads.replacing(" 30 ", with: " 25 "))
        #expect(try EventLog.verify(file: path, tenant: .main).brokenAt?.damage == .cut)
        try folder.write("agentos.db-heads", heads)
        #expect(try EventLog.verify(file: path, tenant: .main).isWhole)
        for gone in ["-heads", "-key"] {
            unlink(path + gone)
            #expect(try EventLog.verify(file: path, tenant: .main).isSealed == false)
            let log = try EventLog.open(path: path, projectors: [StreamCounter()])
            let found = try await log.verify(tenant: .main)
            #expect(found.isWhole && found.isSealed && found.resealedAt == [30])
            log.close()
            unlink(path + "-heads")
        }
    }
}
