import AgentOSCore
import Terminal
import Testing

@testable import Console

/// Screens as a person sees them, at three sizes; what agents say is text and nothing else (INV-8).
@Suite struct GoldenTests {
    static let sizes = ["120x40", "80x24", "40x10"]

    @Test(arguments: sizes) func inbox(size: String) async throws {
        let driver = try await Driver(Sample.world(), size)
        try driver.matches("inbox-\(size)")
    }

    @Test(arguments: sizes) func sessions(size: String) async throws {
        var driver = try await Driver(Sample.world(), size)
        await driver.press("2", "down")
        try driver.matches("sessions-\(size)")
    }

    @Test(arguments: sizes) func request(size: String) async throws {
        var driver = try await Driver(Sample.world(), size)
        await driver.press("!")
        try driver.matches("request-\(size)")
    }

    @Test(arguments: sizes) func running(size: String) async throws {
        let world = Sample.world()
        world.with { $0.inbox.waiting.removeAll { $0.kind == .approval } }
        var driver = try await Driver(world, size)
        await driver.press("2", "enter", "up", "up", "enter")
        await driver.hear(
            live: LiveText(
                sessionId: SessionID("7k2mqd"), callId: CallID("7k2mqd.m4"), source: "model",
                text: "I will now\ntry the other way"))
        try driver.matches("transcript-\(size)")
    }

    @Test(arguments: sizes) func checkpoints(size: String) async throws {
        var driver = try await Driver(Sample.world(), size)
        await driver.press("2", "enter", "tab")
        try driver.matches("checkpoints-\(size)")
    }

    @Test(arguments: sizes) func diff(size: String) async throws {
        var driver = try await Driver(Sample.world(), size)
        await driver.press("2", "d")
        try driver.matches("diff-\(size)")
    }

    @Test(arguments: sizes) func events(size: String) async throws {
        var driver = try await Driver(Sample.world(), size)
        await driver.press("4", "up", "enter")
        try driver.matches("events-\(size)")
    }

    @Test(arguments: sizes) func rollback(size: String) async throws {
        var driver = try await Driver(Sample.world(), size)
        await driver.press("2", "b")
        try driver.matches("rollback-\(size)")
    }

    @Test(arguments: sizes) func apply(size: String) async throws {
        var driver = try await Driver(Sample.world(), size)
        await driver.press("2", "down", "down", "a")
        try driver.matches("apply-\(size)")
    }

    @Test(arguments: sizes) func form(size: String) async throws {
        var driver = try await Driver(Sample.world(), size)
        await driver.press("n", "enter")
        try driver.matches("form-\(size)")
    }

    @Test(arguments: sizes) func help(size: String) async throws {
        var driver = try await Driver(Sample.world(), size)
        await driver.press("?")
        try driver.matches("help-\(size)")
    }

    @Test(arguments: sizes) func command(size: String) async throws {
        var driver = try await Driver(Sample.world(), size)
        await driver.press("2", ":", "un")
        try driver.matches("command-\(size)")
    }

    @Test(arguments: sizes) func filter(size: String) async throws {
        var driver = try await Driver(Sample.world(), size)
        await driver.press("2", "/", "fix")
        try driver.matches("filter-\(size)")
    }

    @Test(arguments: sizes) func completionChosen(size: String) async throws {
        var driver = try await Driver(Sample.world(), size)
        await driver.press("2", ":", "se", "tab", "tab")
        try driver.matches("completion-\(size)")
    }

    @Test(arguments: sizes) func say(size: String) async throws {
        var driver = try await Driver(Sample.world(), size)
        await driver.press("2", "down", "i", "look")
        try driver.matches("say-\(size)")
    }

    @Test(arguments: sizes) func told(size: String) async throws {
        var driver = try await Driver(Sample.world(), size)
        await driver.press("2", "down", "p", "v")
        try driver.matches("told-\(size)")
    }

    @Test(arguments: sizes) func ended(size: String) async throws {
        var driver = try await Driver(Sample.world(), size)
        await driver.press("2", "end", "enter")
        try driver.matches("failed-\(size)")
    }

    @Test(arguments: sizes) func cancelAsks(size: String) async throws {
        var driver = try await Driver(Sample.world(), size)
        await driver.press("2", "down", "ctrl-k")
        try driver.matches("cancel-\(size)")
    }

    @Test(arguments: sizes) func leaveAsks(size: String) async throws {
        var driver = try await Driver(Sample.world(), size)
        await driver.press("q")
        try driver.matches("leave-\(size)")
    }

    @Test(arguments: sizes) func guided(size: String) async throws {
        var driver = try await Driver(Sample.world(), size)
        await driver.take(.cue(.guide("Step 1 of 7: an agent asks. Read it, then press y.")))
        try driver.matches("guide-\(size)")
    }

    /// A session to which the tour leads, where the person is already, stays in view.
    @Test func aSessionThatIsShownIsNotReadAnewFirst() async throws {
        var driver = try await Driver(Sample.world(), "80x24")
        await driver.press("2", "enter", "up")
        guard case .session(let pane) = driver.model.place, let id = pane.id else {
            Issue.record("no session is shown")
            return
        }
        var model = driver.model
        _ = update(&model, .cue(.show(.session(id.rawValue))))
        #expect(!FrameText.plain(view(model, size: model.size)).contains("reading the log"))
        guard case .session(let shown) = model.place else { return }
        #expect(shown.entries == pane.entries && shown.cursor == nil)
    }

    /// What is told lies over the keys of a small screen, never over the guide.
    @Test(arguments: sizes) func whatIsToldLeavesTheGuideInView(size: String) async throws {
        var driver = try await Driver(Sample.world(), size)
        await driver.take(.cue(.guide("Step 3 of 7: wait.")))
        let told = String(repeating: "it pauses at its next safe point ", count: 4) + "(p resumes)"
        driver.model.tell(.done, told)
        driver.shows("it pauses at its next")
        driver.shows("Step 3 of 7: wait.")
        // What is told is one piece.
        let rows = driver.screen.split(separator: "\n")
        let first = try #require(rows.firstIndex { $0.contains("it pauses at its next") })
        let last = try #require(rows.lastIndex { $0.contains("safe point") })
        #expect(!rows[first...last].contains { $0.contains("Step 3 of 7") })
    }

    /// What is shown may be old, and the screen says so (INV-9).
    @Test(arguments: sizes) func linkLost(size: String) async throws {
        var driver = try await Driver(Sample.world(), size)
        await driver.press("2")
        await driver.take(.linked(false))
        try driver.matches("lost-\(size)")
    }

    @Test(arguments: sizes) func nothingYet(size: String) async throws {
        let driver = try await Driver(FakeWorld(), size)
        try driver.matches("empty-\(size)")
    }
}
