import AgentOSCore
import Terminal
import Testing

@testable import Console

/// Answers bind to the request shown, count only once it could be read, and never come from pasted bytes.
@Suite struct AnswerTests {
    private func answers(_ driver: Driver) -> [Command] {
        driver.world.with { $0.performed.filter { $0.name == "inbox.answer" } }
    }

    @Test(arguments: [("y", "yes"), ("N", "no")]) func answersTheRequestThatIsShown(
        key: String, answer: String
    ) async throws {
        var driver = try await Driver()
        await driver.press("!", key)
        #expect(driver.commands == ["agentos inbox answer 7k2mqd.a1 \(answer)"])
        await driver.hear(Sample.event(42, "session.answered"))
        driver.hides("── approval")
    }

    @Test(arguments: [(0, false), (399, false), (400, true), (5000, true)])
    func countsOnly400MillisecondsAfterItWasDrawn(wait: Int64, isAnswered: Bool) async throws {
        var driver = try await Driver(Sample.world(), "120x40")
        await driver.press("2")
        await driver.take(.key(.character("!"), at: 10_000))
        await driver.take(.shown(ItemID("7k2mqd.a1"), at: 10_050))
        await driver.take(.key(.character("y"), at: 10_050 + wait))
        #expect(answers(driver).count == (isAnswered ? 1 : 0))
        guard !isAnswered else { return }
        driver.shows("it just appeared: press again")
        // It is answered elsewhere, and what was told of it goes with it.
        driver.world.with { state in
            state.inbox.waiting.removeAll { $0.itemId == ItemID("7k2mqd.a1") }
        }
        await driver.hear(Sample.event(42, "session.answered"))
        driver.hides("it just appeared")
    }

    @Test func doesNotCountBeforeAFrameShowedIt() async throws {
        var driver = try await Driver()
        await driver.press("2")
        await driver.take(.key(.character("!"), at: 10_000))
        await driver.take(.key(.character("y"), at: 99_000))
        #expect(answers(driver).isEmpty)
    }

    @Test func anotherRequestStartsItsOwnTime() async throws {
        let world = Sample.world()
        var driver = try await Driver(world)
        await driver.press("!")
        // The request that was read is answered elsewhere, and another one takes its place under the finger.
        world.with { state in
            state.inbox.waiting[1] = InboxItem(
                itemId: ItemID("7k2mqd.a2"), kind: .approval, sessionId: SessionID("7k2mqd"),
                name: "fix-flaky",
                text: "shell rm -rf build", askedAt: Sample.noon)
        }
        await driver.take(.news(EngineNews(Sample.event(42, "session.asked"))))
        await driver.take(.shown(ItemID("7k2mqd.a2"), at: driver.clock + 50))
        await driver.take(.key(.character("y"), at: driver.clock + 100))
        #expect(answers(driver).isEmpty)
        await driver.take(.key(.character("y"), at: driver.clock + 500))
        #expect(answers(driver).map { $0.arguments["id"]?.string } == ["7k2mqd.a2"])
    }

    @Test func pastedBytesNeverAnswer() async throws {
        var driver = try await Driver()
        await driver.press("!")
        for text in ["y", "y\n", "yyyy", "\u{1B}[200~y"] { await driver.paste(text) }
        #expect(driver.commands.isEmpty)
        driver.shows("pasted text ignored here")
    }

    @Test func pastedTextIsTypedWhereALineIsOpen() async throws {
        var driver = try await Driver()
        await driver.press("!", "i")
        await driver.paste("try\nthis")
        await driver.press("enter")
        #expect(driver.commands == ["agentos session say 7k2mqd 'try this'"])
    }

    @Test func aLongRequestIsReadToItsEndFirst() async throws {
        let world = Sample.world()
        world.with { state in
            state.inbox.waiting[1].detail = (1...60).map { "line \($0)" }.joined(separator: "\n")
        }
        var driver = try await Driver(world, "80x24")
        await driver.press("!", "y")
        #expect(driver.commands.isEmpty)
        driver.shows("not answered: PgDn first, it goes on")
        for _ in 0..<12 { await driver.press("PageDown") }
        driver.shows("line 60")
        await driver.press("y")
        #expect(driver.commands == ["agentos inbox answer 7k2mqd.a1 yes"])
    }

    @Test func aQuestionIsAnsweredWithAText() async throws {
        let world = Sample.world()
        world.with { state in
            state.inbox.waiting[1] = InboxItem(
                itemId: ItemID("7k2mqd.q1"), kind: .question, sessionId: SessionID("7k2mqd"),
                name: "fix-flaky",
                text: "Which clock?", askedAt: Sample.noon)
        }
        var driver = try await Driver(world)
        await driver.press("!", "y")
        driver.shows("this is a question, i answers it with a text")
        await driver.press("i", "the wall clock", "enter")
        #expect(driver.commands == ["agentos inbox answer 7k2mqd.q1 'the wall clock'"])
    }

    @Test func nothingIsAnsweredWhereTheRequestIsHidden() async throws {
        var driver = try await Driver(Sample.world(), "120x40")
        await driver.press("!", "?", "y")
        #expect(driver.commands.isEmpty)
        try await driver.resize("30x5")
        await driver.press("y")
        #expect(driver.commands.isEmpty)
    }

    @Test func aRequestIsAnsweredOnce() async throws {
        var driver = try await Driver()
        await driver.press("!")
        let first = update(&driver.model, .key(.character("y"), at: 50_000))
        let second = update(&driver.model, .key(.character("y"), at: 51_000))
        let sent = (first + second).filter { if case .perform = $0 { true } else { false } }
        #expect(sent.count == 1)
    }
}

extension EngineNews {
    init(_ events: EventRecord...) {
        self.init()
        for event in events { add(.event(event)) }
    }
}
