import AgentOSCore
import Terminal
import Testing

@testable import Console

/// Long lists, and lists that change while someone is in them.
@Suite struct ListTests {
    private static func many(_ count: Int) -> FakeWorld {
        FakeWorld { state in
            state.sessions = (0..<count).map { Sample.detail("s\(10_000 + $0)", "session-\($0)", .complete) }
        }
    }

    @Test func tenThousandRowsLoadAtMostTheWindow() async throws {
        let world = Self.many(10_000)
        var driver = try await Driver(world, "200x60") { $0.opening = .sessions }
        driver.shows("Sessions 1 of 10000")
        let before = world.with { $0.asked.filter { $0 == "session.list" }.count }
        for _ in 0..<100 { await driver.press("down") }
        driver.shows("▸s10100")
        let asked = world.with { $0.asked.filter { $0 == "session.list" }.count } - before
        #expect(asked <= 2)
        await driver.press("end")
        driver.shows("▸s19999")
        await driver.press("home", "PageDown")
        driver.shows("▸s10052")
        #expect(world.with { $0.largestPage } <= RowWindow<SessionSummary>.capacity)
        guard case .sessions(let pane) = driver.model.place else { return }
        #expect(pane.window.rows.count <= RowWindow<SessionSummary>.capacity)
    }

    @Test func everyRowInViewIsThereWhereverOneGoes() async throws {
        let world = Self.many(1000)
        var driver = try await Driver(world, "80x24") { $0.opening = .sessions }
        for key in ["PageDown", "PageDown", "end", "PageUp", "PageUp", "home", "end", "k", "home"] {
            await driver.press(key)
            let rows = driver.screen.split(separator: "\n").filter { $0.contains("session-") }
            #expect(rows.count == 17, "after \(key):\n\(driver.screen)")
        }
    }

    @Test func theSelectionStaysWithItsIdWhenRowsComeAbove() async throws {
        let world = Sample.world()
        var driver = try await Driver(world)
        await driver.press("2", "down", "down")
        driver.shows("▸c4t5bb")
        world.with { state in
            for number in 0..<5 {
                state.sessions.insert(Sample.detail("new\(number)xx", "new", .running), at: 0)
            }
        }
        await driver.hear(Sample.event(42, "session.created", "session/new0xx"))
        driver.shows("▸c4t5bb")
        driver.shows("Sessions 8 of 9")
        world.with { $0.sessions.removeAll { $0.summary.sessionId.rawValue == "c4t5bb" } }
        await driver.hear(Sample.event(43, "session.discarded", "session/c4t5bb"))
        driver.shows("▸d0g7cc")
    }

    @Test func theInboxSelectionStaysWithItsId() async throws {
        let world = Sample.world()
        var driver = try await Driver(world)
        await driver.press("down")
        driver.shows("▸○ result   c4t5bb")
        world.with { state in
            state.inbox.waiting.append(
                InboxItem(
                    itemId: ItemID("9fx3aa.q1"), kind: .question, sessionId: SessionID("9fx3aa"),
                    name: "docs", text: "Which?",
                    askedAt: Sample.noon))
        }
        await driver.hear(Sample.event(42, "session.asked", "session/9fx3aa"))
        driver.shows("● question 9fx3aa")
        driver.shows("▸○ result   c4t5bb")
        #expect(driver.wishes.contains(.ring))
    }

    @Test func theLogGrowsAndIsReadBackwards() async throws {
        let world = FakeWorld { $0.events = (1...3000).map { Sample.event($0, "session.progress") } }
        var driver = try await Driver(world, "80x24") { $0.opening = .events }
        driver.shows("▸   3000")
        await driver.hear(Sample.event(3001, "session.paused"))
        driver.shows("▸   3001")
        await driver.press("up", "up")
        await driver.hear(Sample.event(3002, "session.resumed"))
        driver.shows("▸   2999")
        for _ in 0..<40 { await driver.press("home") }
        driver.shows("▸      1")
        guard case .events(let pane) = driver.model.place else { return }
        #expect(pane.records.count <= EventsPane.capacity)
        #expect(zip(pane.records, pane.records.dropFirst()).allSatisfy { $0.seq + 1 == $1.seq })
        await driver.press("/", "paused", "enter")
        driver.shows("Events /paused")
        driver.hides("session.progress")
    }

    @Test func newsAsksOnlyForWhatIsShown() async throws {
        let world = Sample.world()
        var driver = try await Driver(world)
        await driver.press("2", "enter")
        world.with { $0.asked = [] }
        await driver.hear(Sample.event(42, "session.progress", "session/9fx3aa"))
        #expect(world.with { $0.asked } == ["host.status", "inbox.list"])
        world.with { $0.asked = [] }
        await driver.hear(Sample.event(43, "session.progress", "session/7k2mqd"))
        #expect(
            world.with { $0.asked } == ["host.status", "inbox.list", "session.show", "session.transcript"])
    }

    @Test func textUnderWayIsReplacedByWhatTheLogHolds() async throws {
        let world = Sample.world()
        var driver = try await Driver(world)
        await driver.press("2", "enter")
        await driver.hear(
            live: LiveText(
                sessionId: SessionID("7k2mqd"), callId: CallID("7k2mqd.m4"), source: "model",
                text: "Half a sen"))
        driver.shows("Half a sen")
        world.with {
            $0.transcripts[SessionID("7k2mqd")]?.append(Sample.entry(9, .text, "Half a sentence, whole."))
        }
        await driver.hear(Sample.event(44, "session.model.finished", payload: #"{"callId":"7k2mqd.m4"}"#))
        driver.shows("Half a sentence, whole.")
        driver.hides("writes …")
    }

    @Test func aTranscriptThatIsNotWholeSaysSo() async throws {
        let world = Sample.world()
        world.with { state in
            state.transcripts[SessionID("7k2mqd")] = (5000...11_000).map {
                Sample.entry($0, .text, "entry \($0)")
            }
        }
        var driver = try await Driver(world, "80x24")
        await driver.press("2", "enter")
        driver.shows("entry 11000")
        await driver.press("home")
        driver.shows("… earlier entries: agentos session log ID")
        driver.shows("entry 7001")
        await driver.press("end")
        driver.shows("entry 11000")
    }
}
