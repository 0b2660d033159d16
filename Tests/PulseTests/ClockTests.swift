import AgentOSCore
import Testing

@testable import Pulse

/// Time that passes is not the time that a clock shows.
@Suite struct ClockTests {
    private static let hour: Int64 = 3_600_000

    @Test(
        arguments: [
            (0, 0, nil), (1000, 1000, nil), (hour, hour, nil), (hour, 0, hour), (-hour, 0, -hour),
            (hour + 60_000, 60_000, hour), (60_000 - hour, 60_000, -hour), (4999, 0, nil), (5000, 0, 5000),
            (-4999, 0, nil), (0, 5000, -5000),
        ] as [(Int64, Int64, Int64?)])
    func aClockThatIsSetIsSeen(wall: Int64, steady: Int64, by: Int64?) {
        let start = SuspendingClock.now
        var watch = ClockWatch(noon, steady: start)
        let (now, then) = (noon.adding(milliseconds: wall), start.advanced(by: .milliseconds(steady)))
        #expect(watch.look(now, steady: then) == by)
        #expect(watch.look(now, steady: then) == nil, "it is told once")
    }

    @Test(arguments: [hour, -hour]) func aClockThatIsSetIsNoRunningTime(by: Int64) {
        var config = SessionConfig(name: "n", goal: "g")
        (config.limits.time, config.limits.idle) = (1_800_000, 600_000)
        var session = session(in: .running, config: config)
        let later = noon.adding(milliseconds: by + 60_000)
        session.apply(.clockSet(by: by), at: later)
        #expect(session.ran(until: later) == 60_000)
        session.apply(.pauseAsked, at: later)
        session.apply(.paused(reason: .operatorAsked), at: later)
        #expect(session.ranMilliseconds == 60_000)
        #expect(exceededLimit(of: session, ran: session.ran(until: later)) == nil)
        #expect(!isIdle(session, ran: session.ran(until: later)))
        // While it stands still there is nothing to correct.
        session.apply(.clockSet(by: by), at: later)
        #expect(session.ran(until: later.adding(milliseconds: 10 * by)) == 60_000)
    }

    @Test func whileNoHostLivedNothingRan() {
        var session = session(in: .running)
        session.apply(.progress(step: "turn 1", pct: nil), at: noon.adding(milliseconds: 5000))
        let next = noon.adding(milliseconds: 8 * Self.hour)
        session.apply(.recovered(undone: 0), at: next)
        #expect(session.ran(until: next) == 5000)
        #expect(session.ran(until: next.adding(milliseconds: 1000)) == 6000)
    }

    @Test func aClockThatIsSetBackMakesNoTimeNegative() {
        var session = session(in: .running)
        let before = noon.adding(milliseconds: -Self.hour)
        #expect(session.ran(until: before) == 0)
        session.apply(.recovered(undone: 0), at: before)
        #expect(session.ran(until: before) >= 0)
        session.apply(
            .completed(SessionOutcome(text: "", tree: someTree, files: 0, added: 0, removed: 0)), at: before)
        #expect(session.ranMilliseconds >= 0)
    }

    /// What waits for a time waits for that time, whatever the clock does.
    @Test func theQueueGoesByTheClock() {
        let row = QueueRow(
            id: SessionID("a"), tenant: .main, queuedAt: noon,
            notBefore: noon.adding(milliseconds: 1_800_000))
        let state = QueueState(queue: [row], running: [], capacity: QueueCapacity(home: 1), hold: nil)
        #expect(nextToStart(state, now: noon) == nil)
        #expect(nextToStart(state, now: noon.adding(milliseconds: Self.hour)) == SessionID("a"))
        #expect(nextToStart(state, now: noon.adding(milliseconds: -Self.hour)) == nil)
    }
}
