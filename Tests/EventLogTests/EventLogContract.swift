import AgentOSCore
import EventLog
import Testing

/// What every store of events has to do, whatever holds it; each function takes an empty log that runs
/// `StreamCounter`.
enum EventLogContract {
    /// Many writers at once leave no gap, in the log and in each stream, and each gets its own events back.
    static func manyWriters(_ log: EventLog) async throws {
        let returned = try await withThrowingTaskGroup(of: [EventRecord].self) { group in
            for writer in 0..<64 {
                group.addTask {
                    var mine: [EventRecord] = []
                    for round in 0..<10 {
                        mine += try await log.append(
                            appending(numbered(round...round + 1), to: "session/s\(writer % 8)"))
                    }
                    return mine
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let stored = try await log.events(tenant: .main, limit: 5000)
        #expect(stored.map(\.seq) == Array(1...1280))
        #expect(stored == returned.sorted { $0.seq < $1.seq })
        for stream in 0..<8 {
            let versions = stored.filter { $0.stream == "session/s\(stream)" }.map(\.version)
            #expect(versions == Array(1...160))
            #expect(try await log.counted("session/s\(stream)") == 160)
        }
        for (earlier, later) in zip(stored, stored.dropFirst()) { #expect(later.previous == earlier.hash) }
        #expect(log.head(tenant: .main) == 1280)
        #expect(try await log.verify(tenant: .main).isWhole)
    }

    /// Of writers that expect the same version one wins; the others fail, and no bystander with them.
    static func staleVersionFailsAlone(_ log: EventLog) async throws {
        let outcomes = await withTaskGroup(of: Result<[EventRecord], any Error>.self) { group in
            for writer in 0..<64 {
                group.addTask {
                    let isRival = writer.isMultiple(of: 2)
                    let append = appending(
                        numbered(writer...writer), to: isRival ? "session/one" : "session/w\(writer)", at: 0)
                    do { return .success(try await log.append(append)) } catch { return .failure(error) }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let stale = outcomes.compactMap { outcome -> StaleVersion? in
            if case .failure(let error) = outcome { return error as? StaleVersion }
            return nil
        }
        #expect(stale.count == 31)
        #expect(stale.allSatisfy { $0.stream == "session/one" && $0.expected == 0 && $0.actual == 1 })
        #expect(log.head(tenant: .main) == 33)
        #expect(try await log.streamVersion(tenant: .main, stream: "session/one") == 1)
        #expect(try await log.streamVersion(tenant: .main, stream: "session/none") == 0)
    }

    /// The same command, however often and at once, is recorded once and answers the same.
    static func commandsAreIdempotent(_ log: EventLog) async throws {
        let answers = try await withThrowingTaskGroup(of: [EventRecord].self) { group in
            for _ in 0..<16 {
                group.addTask {
                    try await log.append(appending(numbered(1...3), to: "session/a", at: 0, command: "c1"))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(answers).count == 1)
        #expect(answers.first?.count == 3)
        #expect(log.head(tenant: .main) == 3)
        let other = try await log.append(
            appending(numbered(1...1), to: "session/a", tenant: TenantID("other"), command: "c1"))
        #expect(other.map(\.seq) == [1])
        let none = try await log.append(appending([], to: "session/a", at: 3, command: "c2"))
        #expect(none.isEmpty)
        let again = try await log.append(appending(numbered(1...1), to: "session/a", command: "c2"))
        #expect(again.isEmpty)
    }

    /// Appends given together are written together or not at all.
    static func batchesAreWhole(_ log: EventLog) async throws {
        try await log.append(appending(numbered(1...1), to: "session/b"))
        await #expect(throws: StaleVersion.self) {
            try await log.append([
                appending(numbered(1...2), to: "session/a", command: "lost"),
                appending(numbered(1...1), to: "session/b", at: 0),
            ])
        }
        await #expect(throws: Fault.self) {
            try await log.append([
                appending(numbered(1...2), to: "session/a"),
                appending(numbered(1...1, type: "test.poison"), to: "session/b"),
            ])
        }
        #expect(log.head(tenant: .main) == 1)
        #expect(try await log.counted("session/a") == 0)
        let written = try await log.append([
            appending(numbered(1...2), to: "session/a", at: 0, command: "lost"),
            appending(numbered(3...3), to: "session/a", at: 2),
            appending(numbered(1...1), to: "ledger/main", at: 0),
            appending(numbered(1...1), to: "session/x", tenant: .host),
        ])
        #expect(written.map(\.seq) == [2, 3, 4, 5, 1])
        #expect(written.map(\.version) == [1, 2, 3, 1, 1])
    }

    /// Conditions see what was written before them in the transaction, so no two can take the last of a thing.
    static func conditionsGuardWhatIsShared(_ log: EventLog) async throws {
        let condition: Append.Condition = { sql in
            let taken = try sql.value("SELECT coalesce(sum(count), 0) FROM counts", as: Int.self) ?? 0
            guard taken < 5 else { throw Fault.refused("none is left") }
        }
        let won = await withTaskGroup(of: Bool.self) { group in
            for writer in 0..<32 {
                group.addTask {
                    let append = appending(numbered(1...1), to: "session/w\(writer)", if: condition)
                    do { return try await log.append(append).count == 1 } catch { return false }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(won == 5)
        #expect(log.head(tenant: .main) == 5)
    }

    /// A reader gets the events of its tenant that match, in order, in pages.
    static func readsInPages(_ log: EventLog) async throws {
        try await log.append(appending(numbered(1...5, type: "session.progress"), to: "session/a"))
        try await log.append(appending(numbered(1...5, type: "session.gate.passed"), to: "session/b"))
        try await log.append(appending(numbered(1...1, type: "session.completed"), to: "session/a"))
        try await log.append(appending(numbered(1...2), to: "session/a", tenant: .host))
        func seqs(_ after: Int64, _ limit: Int, _ filter: EventFilter) async throws -> [Int64] {
            try await log.events(tenant: .main, after: after, limit: limit, filter: filter).map(\.seq)
        }
        #expect(try await seqs(0, 3, EventFilter()) == [1, 2, 3])
        #expect(try await seqs(9, 9, EventFilter()) == [10, 11])
        #expect(try await seqs(3, 9, EventFilter(stream: "session/a")) == [4, 5, 11])
        #expect(try await seqs(0, 2, EventFilter(type: "session.gate.*")) == [6, 7])
        #expect(try await seqs(0, 99, EventFilter(stream: "session/a", type: "*completed")) == [11])
        #expect(try await seqs(11, 9, EventFilter()) == [])
        #expect(log.head(tenant: .host) == 2)
        #expect(log.head(tenant: TenantID("nobody")) == 0)
    }

    /// Followers from any place, early or late, see every event once and in order while many append.
    static func followersMissNothing(_ log: EventLog) async throws {
        try await log.append(appending(numbered(1...100), to: "session/a"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for after: Int64 in [0, 0, 50, 100, 700] {
                group.addTask {
                    var expected = after + 1
                    for try await event in log.follow(tenant: .main, after: after) {
                        #expect(event.seq == expected)
                        expected += 1
                        if event.seq == 1380 { break }
                    }
                    #expect(expected == 1381)
                }
            }
            for writer in 0..<16 {
                group.addTask {
                    for round in 0..<20 {
                        try await log.append(appending(numbered(round...round + 3), to: "session/w\(writer)"))
                        try await log.append(appending(numbered(1...1), to: "session/w", tenant: .host))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// What must never reach the table is refused before anything is written.
    static func refusesWhatItCannotHold(_ log: EventLog) async throws {
        func event(_ payload: String, type: String = "test.happened") -> [NewEvent] {
            [NewEvent(type: type, payload: payload)]
        }
        let large = #"{"text":""# + String(repeating: "x", count: EventLog.payloadLimit) + #""}"#
        let refused: [Append] = [
            appending(event(large), to: "session/a"),
            appending(event("[]"), to: "session/a"),
            appending(event(""), to: "session/a"),
            appending(event("{\"a\":\"\0\"}"), to: "session/a"),
            appending(event("{}", type: "two words"), to: "session/a"),
            appending(event("{}", type: ""), to: "session/a"),
            appending(event("{}"), to: ""),
            appending(event("{}"), to: "session/\n"),
            appending(event("{}"), to: "session/a", tenant: TenantID("../x")),
            appending(event("{}"), to: "session/a", command: ""),
        ]
        for append in refused {
            await #expect(throws: Fault.self) { try await log.append(append) }
        }
        #expect(log.head(tenant: .main) == 0)
        let odd = #"{"text":"é漢🚀 \u0000 '; DROP TABLE events;--"}"#
        let stored = try await log.append(appending(event(odd), to: "session/é"))
        #expect(stored.first?.payload == odd)
        #expect(try await log.events(tenant: .main) == stored)
        #expect(try await log.verify(tenant: .main, stream: "session/é").isWhole)
    }
}
