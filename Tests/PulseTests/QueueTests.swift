import AgentOSCore
import Testing

@testable import Pulse

@Suite struct QueueTests {
    private static let later = noon.adding(milliseconds: 60_000)

    /// Rows in words: `NAME`, then `!P` a priority, `@S` seconds that it waits, `+S` seconds until its time, `:P,Q` its
    /// providers, `?` one that could not be started.
    private func row(_ text: String) -> QueueRow {
        var row = QueueRow(id: SessionID(String(text.prefix(1))), tenant: .main, queuedAt: noon)
        for part in text.split(separator: " ").dropFirst() {
            let value = String(part.dropFirst())
            switch part.first {
            case "!": row.priority = Int(value) ?? 0
            case "@": row.queuedAt = noon.adding(milliseconds: -1000 * (Int64(value) ?? 0))
            case "+": row.notBefore = noon.adding(milliseconds: 1000 * (Int64(value) ?? 0))
            case ":": row.providers = value.split(separator: ",").map(String.init)
            case "?": row.bar = .fault
            default: Issue.record("no such part: \(part)")
            }
        }
        return row
    }

    private func state(
        _ queue: [String], running: [String] = [], home: Int = 4, tenant: Int? = nil,
        hold: QueuePlace.Reason? = nil
    ) -> QueueState {
        QueueState(
            queue: queue.map(row),
            running: running.map {
                RunningRow(tenant: .main, providers: $0.split(separator: ",").map(String.init))
            },
            capacity: QueueCapacity(home: home, tenant: tenant, providers: ["p": 1, "q": 2]), hold: hold)
    }

    @Test(
        arguments: [
            (["a", "b"], [], "a"), (["b @2", "a @1"], [], "b"), (["a @9", "b !1"], [], "b"),
            (["a !9", "b !9 @1"], [], "b"), (["a +5", "b !9"], [], "b"), (["a +5"], [], nil),
            (["a +0"], [], "a"), (["a +-5"], [], "a"), (["a ?", "b"], [], "b"),
            (["a"], ["x", "x", "x"], "a"), (["a"], ["x", "x", "x", "x"], nil),
            // A provider that is full holds up only its own.
            (["a :p", "b :q"], ["p"], "b"), (["a :p"], ["p"], nil), (["a :p,q"], ["p"], "a"),
            (["a :p,q"], ["p", "q", "q"], nil), (["a :r"], ["p"], "a"),
            // One that can go to either is counted where there is room.
            (["a :q"], ["p,q", "p,q"], "a"), (["a :q"], ["p,q", "p,q", "p,q"], nil),
        ] as [([String], [String], String?)])
    func whoIsNext(_ queue: [String], _ running: [String], _ next: String?) {
        #expect(nextToStart(state(queue, running: running), now: noon)?.rawValue == next)
    }

    /// Each half hour of waiting counts as one priority; nobody gets past the highest.
    @Test(
        arguments: [
            (["a !9 @1799", "b !8"], "b"), (["a !9 @1800", "b !8"], "a"), (["a !9 @1800", "b !7"], "b"),
            (["a !9 @14399", "b !1"], "b"), (["a !9 @14400", "b !1"], "a"),
            (["a !9 @14400", "b !1 @14401"], "b"),
            (["a !1 @10", "b !9 @99999999"], "b"), (["a !5 @-3600", "b !5"], "b"),
            // What waits for its time does not age before it.
            (["a !9 @99999 +-1799", "b !8"], "b"), (["a !9 @99999 +-1800", "b !8"], "a"),
        ] as [([String], String)])
    func waitingRaises(_ queue: [String], _ next: String) {
        #expect(nextToStart(state(queue), now: noon)?.rawValue == next)
    }

    /// However many of a higher priority come, one that waits is started: here one comes and one is started a minute.
    @Test(arguments: 1...9)
    func nobodyStarves(_ priority: Int) {
        var (queue, started) = ([row("z !\(priority)")], 0)
        for minute in 0..<600 {
            let now = noon.adding(milliseconds: Int64(minute) * 60_000)
            queue.append(QueueRow(id: SessionID("m\(minute)"), tenant: .main, priority: 1, queuedAt: now))
            let all = QueueState(queue: queue, running: [], capacity: QueueCapacity(home: 1))
            guard let next = nextToStart(all, now: now) else { break }
            queue.removeAll { $0.id == next }
            if next == SessionID("z") { break }
            started += 1
        }
        #expect(started <= 30 * (priority - 1) + 1)
        #expect(!queue.contains { $0.id == SessionID("z") })
    }

    @Test func aTenantHasRoomOfItsOwn() {
        var full = state(["a"], running: ["x", "x"], tenant: 2)
        #expect(nextToStart(full, now: noon) == nil)
        #expect(queuePlaces(full, now: noon)[SessionID("a")]?.reason == .tenant)
        full.queue[0].tenant = TenantID("other")
        #expect(nextToStart(full, now: noon) == SessionID("a"))
    }

    @Test(
        arguments: [
            (["a"], ["x"], 4, nil, ["a 1 next: starts next"]),
            (
                ["a", "b @3"], ["x", "x"], 2, nil,
                ["a 2 home: 2 of 2 sessions run", "b 1 home: 2 of 2 sessions run"]
            ),
            (["a :p"], ["p"], 4, nil, ["a 1 model: no provider is free: p has 1 of 1"]),
            (
                ["a +60", "b !9"], [], 0, nil,
                [
                    "a 2 delay: not before 2026-11-22T13:17:25Z", "b 1 home: 0 of 0 sessions run",
                ]
            ),
            (["a"], [], 4, .paused, ["a 1 paused: everything is paused"]),
            (["a"], [], 4, .drain, ["a 1 drain: the host takes no new work"]),
            (["a"], [], 4, .host, ["a 1 host: no host runs it"]),
            (["a ?"], [], 4, nil, ["a 1 fault: it could not be started, see the host's log"]),
        ] as [([String], [String], Int, QueuePlace.Reason?, [String])])
    func whyItWaits(
        _ queue: [String], _ running: [String], _ home: Int, _ hold: QueuePlace.Reason?, _ told: [String]
    ) {
        let places = queuePlaces(state(queue, running: running, home: home, hold: hold), now: noon)
        let words = places.sorted { $0.key.rawValue < $1.key.rawValue }.map {
            "\($0.key) \($0.value.position) \($0.value.reason.rawValue): \($0.value.text)"
        }
        #expect(words == told)
        if hold != nil { #expect(nextToStart(state(queue, home: home, hold: hold), now: noon) == nil) }
    }

    @Test func theTimerIsSetForTheEarliest() {
        #expect(
            nextTime([row("a +60"), row("b +30"), row("c"), row("d +-1")], now: noon)
                == noon.adding(milliseconds: 30_000))
        #expect(nextTime([row("a +60 ?"), row("c")], now: noon) == nil)
    }

    /// A start that names a time queues, a start that names another moves it, and any other start leaves it.
    @Test func aTimeIsGivenAndChanged() throws {
        var waiting = session(in: .created)
        for event in try decide(.start(notBefore: Self.later), in: waiting) { waiting.apply(event, at: noon) }
        #expect(waiting.state == .queued && waiting.notBefore == Self.later && waiting.queuedAt == noon)
        #expect(try decide(.start(), in: waiting) == [])
        #expect(try decide(.start(notBefore: Self.later), in: waiting) == [])
        let moved = try decide(.start(notBefore: noon), in: waiting)
        #expect(moved == [.queued(attempt: 1, notBefore: noon)])
        for event in moved { waiting.apply(event, at: Self.later) }
        #expect(waiting.queuedAt == noon && waiting.notBefore == noon)
        waiting.apply(.started(layer: "l"), at: Self.later)
        #expect(waiting.queuedAt == nil && waiting.notBefore == nil)
    }

    @Test func theFileNamesATimeToo() throws {
        var config = SessionConfig(name: "n", goal: "g")
        config.notBefore = Self.later
        let made = session(in: .created, config: config)
        #expect(try decide(.start(), in: made) == [.queued(attempt: 1, notBefore: Self.later)])
        #expect(try decide(.start(notBefore: noon), in: made) == [.queued(attempt: 1, notBefore: noon)])
    }
}

@Suite struct BudgetShareTests {
    @Test(
        arguments: [
            (0, 100, 0, []), (49, 100, 0, []), (50, 100, 0, [50]), (81, 100, 0, [50, 80]),
            (81, 100, 50, [80]),
            (100, 100, 80, [100]), (99, 100, 80, []), (500, 100, 0, [50, 80, 100]), (5, 0, 0, []),
        ] as [(Int64, Int64, Int, [Int])])
    func whatIsTold(_ spent: Int64, _ limit: Int64, _ told: Int, _ shares: [Int]) {
        let found = BudgetShare.untold(
            by: Money(picodollars: spent), of: Money(picodollars: limit), told: told)
        #expect(found == shares)
    }

    /// A limit that is raised is told of anew, one that is left alone is not.
    @Test func aLimitIsToldOfOnce() throws {
        var config = SessionConfig(name: "n", goal: "g")
        config.limits.cost = Money("1.00")
        var spending = session(after: path(to: .running), config: config)
        spending.apply(
            .modelLost(callId: CallID("s.m1"), cost: Money("0.85")), at: noon)
        let events = budgetEvents(of: spending)
        let limit = try #require(config.limits.cost)
        #expect(events == [50, 80].map { .budgetReached(share: $0, spent: spending.cost, limit: limit) })
        for event in events { spending.apply(event, at: noon) }
        #expect(budgetEvents(of: spending) == [])
        config.limits.cost = Money("1.60")
        spending.apply(.limitsSet(config.limits), at: noon)
        #expect(spending.budgetShare == 50 && budgetEvents(of: spending) == [])
        spending.apply(.modelLost(callId: CallID("s.m2"), cost: Money("0.50")), at: noon)
        #expect(budgetEvents(of: spending).count == 1)
    }
}
