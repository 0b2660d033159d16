import AgentOSCore
import Synchronization
import Terminal
import Testing

@testable import Console

/// The loop over a real engine client and a terminal in memory.
@Suite(.serialized) struct RunnerTests {
    private func runner(
        _ world: FakeWorld, _ terminal: MemoryTerminal, change: (inout ConsoleOptions) -> Void = { _ in }
    ) -> ConsoleRunner {
        var options = ConsoleOptions()
        change(&options)
        return ConsoleRunner(
            client: world.client, terminal: terminal, options: options,
            clock: .system(wall: WallClock(now: { Sample.noon })))
    }

    @Test(.timeLimit(.minutes(15))) func showsWhatHappensAndLeaves() async throws {
        let world = Sample.world()
        let terminal = MemoryTerminal(size: Size(columns: 100, rows: 30))
        async let exit = runner(world, terminal).run()
        _ = await terminal.frame(containing: "fix-flaky")
        terminal.press("2")
        _ = await terminal.frame(containing: "▸7k2mqd")
        terminal.press("down")
        _ = await terminal.frame(containing: "▸9fx3aa")
        terminal.press("p")
        _ = await terminal.frame(containing: "session.pause 9fx3aa done")
        world.tell(.event(Sample.event(42, "session.paused", "session/9fx3aa")))
        _ = await terminal.frame(containing: "○ PAUSED operator")
        #expect(terminal.title == "(2!) agentos atlas")
        terminal.press("q")
        #expect(await exit == .left(.leave))
    }

    @Test(.timeLimit(.minutes(15))) func answersOnlyAfterTheFrameWasShown() async throws {
        let world = Sample.world()
        let terminal = MemoryTerminal(size: Size(columns: 100, rows: 30))
        async let exit = runner(world, terminal).run()
        _ = await terminal.frame(containing: "── approval")
        terminal.press("2")
        _ = await terminal.frame(containing: "[2 Sessions]")
        terminal.press("!", "y")
        // Together they are a burst; where they were torn apart, the request has only just appeared.
        _ = await terminal.frame {
            let screen = FrameText.plain($0)
            return screen.contains("came at once: press y alone") || screen.contains("it just appeared")
        }
        #expect(world.with { $0.performed }.isEmpty)
        terminal.send(.terminate(.terminate))
        #expect(await exit == .terminated(.terminate))
    }

    @Test(.timeLimit(.minutes(15))) func aLostHostIsSaidAndFoundAgain() async throws {
        let world = Sample.world()
        let terminal = MemoryTerminal(size: Size(columns: 100, rows: 30))
        async let exit = runner(world, terminal).run()
        _ = await terminal.frame(containing: "fix-flaky")
        world.hangUp()
        _ = await terminal.frame(containing: "link lost")
        _ = await terminal.frame {
            !FrameText.plain($0).contains("link lost") && FrameText.plain($0).contains("is there again")
        }
        terminal.send(.closed)
        #expect(await exit == .terminalLost)
    }

    @Test(.timeLimit(.minutes(15))) func cuesLeadAndEnd() async throws {
        let terminal = MemoryTerminal(size: Size(columns: 100, rows: 30))
        let (cues, lead) = AsyncStream<ConsoleCue>.makeStream()
        async let exit = runner(Sample.world(), terminal) { $0.cues = cues }.run()
        lead.yield(.guide("Step 1 of 7"))
        _ = await terminal.frame(containing: "Step 1 of 7")
        lead.yield(.show(.session("9fx3aa")))
        _ = await terminal.frame(containing: "9fx3aa docs")
        lead.yield(.leave)
        #expect(await exit == .left(.leave))
    }

    @Test(.timeLimit(.minutes(15))) func anEndedTerminalEndsTheConsole() async throws {
        let terminal = MemoryTerminal(size: Size(columns: 100, rows: 30))
        async let exit = runner(Sample.world(), terminal).run()
        _ = await terminal.frame(containing: "fix-flaky")
        await terminal.release()
        #expect(await exit == .terminalLost)
    }

    @Test func onlyWhatWorksTicks() async throws {
        var driver = try await Driver()
        #expect(driver.model.nextTick == nil)
        await driver.press("2")
        #expect(driver.model.nextTick == .seconds(1))
        await driver.press("/", "port", "enter")
        #expect(driver.model.nextTick == nil)
    }

    @Test func theSameQuestionIsAskedOnceAtATime() {
        var queue = LoadQueue()
        let start = ContinuousClock.now
        queue.ask(.inbox, at: start)
        #expect(queue.take(at: start) == [.inbox])
        queue.refresh(.inbox, at: start)
        queue.refresh(.inbox, at: start)
        #expect(queue.take(at: start.advanced(by: .seconds(1))).isEmpty && queue.deadline == nil)
        queue.done(.inbox)
        #expect(queue.deadline == start.advanced(by: .milliseconds(100)))
        #expect(queue.take(at: start.advanced(by: .milliseconds(99))).isEmpty)
        #expect(queue.take(at: start.advanced(by: .milliseconds(100))) == [.inbox])
        queue.done(.inbox)
        #expect(queue.deadline == nil)
    }

    @Test func anOlderAnswerNeverComesAfterANewerOne() {
        var queue = LoadQueue()
        let start = ContinuousClock.now
        let id = SessionID("7k2mqd")
        queue.ask(.transcript(id, after: 10), at: start)
        #expect(queue.take(at: start) == [.transcript(id, after: 10)])
        queue.refresh(.transcript(id, after: 0), at: start)
        queue.refresh(.transcript(id, after: 12), at: start)
        #expect(queue.take(at: start.advanced(by: .seconds(1))).isEmpty)
        queue.done(.transcript(id, after: 10))
        #expect(queue.take(at: start.advanced(by: .seconds(1))) == [.transcript(id, after: 0)])
    }

    /// Whatever was asked for in between, in the end one timer is under way for each deadline.
    @Test func timersDoNotPileUp() {
        var alarm = Alarm()
        var timers: [ContinuousClock.Instant] = []
        let start = ContinuousClock.now
        func at(_ milliseconds: Int) -> ContinuousClock.Instant {
            start.advanced(by: .milliseconds(milliseconds))
        }
        // A tick each second, and a frame for each of a hundred keys in the first one.
        for key in 0..<100 {
            for next in [at(1000), at(key * 9 + 5)] where alarm.set(next) { timers.append(next) }
            while let ringing = timers.firstIndex(where: { $0 <= at(key * 9 + 5) }) {
                alarm.rang(timers.remove(at: ringing))
            }
        }
        for second in 1...3 {
            if alarm.set(at(second * 1000)) { timers.append(at(second * 1000)) }
            while let ringing = timers.firstIndex(where: { $0 <= at(second * 1000) }) {
                alarm.rang(timers.remove(at: ringing))
                let next = at(second * 1000 + 1000)
                if alarm.set(next) { timers.append(next) }
            }
            #expect(timers.count == 1)
        }
    }

    @Test func aFloodOfEventsIsOneLetter() async throws {
        let mailbox = Mailbox()
        for seq in 1...20_000 { mailbox.hear(.event(Sample.event(Int64(seq), "session.progress"))) }
        let letters = await mailbox.next()
        #expect(letters.count == 1)
        guard case .message(.news(let news)) = letters.first else { return }
        #expect(news.events.count + news.left == 20_000)
        #expect(news.events.count <= EngineNews.capacity * 2)
        #expect(news.events.last?.seq == 20_000)
    }

    @Test(
        arguments: [("inbox", nil), ("sessions", nil), ("session", "fix-flaky"), ("events", nil)]
            as [(String, String?)])
    func looksOnce(pane: String, id: String?) async throws {
        let size = Size(columns: 120, rows: 40)
        let frame = try await Look.frame(
            pane: pane, id: id, size: size, client: Sample.world().client, now: Sample.noon)
        let text = FrameText.plain(frame)
        #expect(frame.size == size)
        #expect(!text.contains("asking the host"))
        #expect(text.contains(pane == "events" ? "session.progress" : "fix-flaky"))
    }

    @Test func lookingAtNothingIsAFault() async throws {
        let client = Sample.world().client
        let size = Size(columns: 80, rows: 24)
        for (pane, id, code) in [
            ("garden", nil, ExitCode.usage), ("session", nil, .usage), ("session", "zzz", .notFound),
        ] as [(String, String?, ExitCode)] {
            let fault = await #expect(throws: Fault.self) {
                try await Look.frame(pane: pane, id: id, size: size, client: client, now: Sample.noon)
            }
            #expect(fault?.code == code)
        }
    }
}

@Suite struct AmountsTests {
    @Test(
        arguments: [
            (0, "0s"), (59_999, "59s"), (61_000, "1m 01s"), (3_599_000, "59m"), (3_900_000, "1h 05m"),
            (187_200_000, "2d 4h"), (-5, "0s"),
        ] as [(Int64, String)])
    func durations(milliseconds: Int64, text: String) { #expect(Amounts.duration(milliseconds) == text) }

    @Test func unknownMoneyIsNeverZero() {
        #expect(Amounts.money(.zero, hasUnpriced: false) == "$0.00")
        #expect(Amounts.money(.zero, hasUnpriced: true) == "—")
        #expect(Amounts.money(Money(picodollars: 420_000_000_000), hasUnpriced: true) == "$0.42+?")
    }

    @Test func timesAreOfTheHomesZone() {
        #expect(Amounts.clock(Sample.noon, now: Sample.noon, offset: 60) == "13:00")
        #expect(Amounts.clock(Sample.ago(86_400), now: Sample.noon, offset: -300) == "11-21 07:00")
        #expect(Amounts.zone(-330) == "UTC-05:30")
    }

    @Test func pathsAreResolved() {
        #expect(Paths.resolve("../b/./c", from: "/home/ana/a", home: "/home/ana") == "/home/ana/b/c")
        #expect(Paths.resolve("~/x", from: "/", home: "/home/ana") == "/home/ana/x")
        #expect(Paths.resolve("/../..", from: "/a", home: "/") == "/")
    }
}

@Suite struct OpeningTests {
    @Test func theFirstFrameWaitsForTheAnswersButNotForLong() {
        let start = ContinuousClock.now
        let latest = start.advanced(by: Opening.patience)
        var opening = Opening([.load(.overview), .load(.inbox), .askFrame], at: start)
        #expect(opening.deadline(at: start) == latest)
        opening.answered(.overview)
        #expect(opening.deadline(at: start) == latest)
        #expect(opening.deadline(at: latest) == nil)
        opening.answered(.inbox)
        #expect(opening.deadline(at: start) == nil)
        var hurried = Opening([.load(.inbox)], at: start)
        hurried.end()
        #expect(hurried.deadline(at: start) == nil)
    }

    @Test func theBarCoversWhatNamesTheRowInOneStyle() async throws {
        var driver = try await Driver()
        await driver.press("2")
        let frame = driver.frame
        let rows = (0..<frame.size.rows).filter { row in frame.row(row).contains { $0.text == "▸" } }
        for row in rows {
            let bar = frame.row(row).filter { $0.style.background != .default }
            #expect((20...40).contains(bar.count) && Set(bar.map(\.style)).count == 1)
        }
        #expect(rows.count == 1)
    }
}
