import AgentOSCore
import Terminal
import Testing

@testable import Console

/// Keys that come at once move and type; they never answer, pause, apply or send.
@Suite struct BurstTests {
    private static let enter = Key.enter
    private static let letter = Key.character("x")

    @Test(
        arguments: [
            (.pane, letter, "view.down", true, false, .acts),
            (.pane, letter, "inbox.next", true, false, .acts),
            (.pane, letter, "view.command", false, false, .acts),
            (.pane, enter, "view.enter", true, false, .acts),
            (.pane, letter, "inbox.yes", true, false, .ends),
            (.pane, letter, "inbox.no", false, false, .ends),
            (.pane, letter, "session.toggle", true, false, .ends),
            (.pane, letter, "session.apply", true, false, .ends),
            (.pane, letter, "session.undo", true, false, .ends),
            (.pane, letter, "host.pause-all", true, false, .ends),
            (.pane, letter, "session.new", true, false, .ends),
            (.pane, letter, "view.leave", true, false, .ends),
            (.pane, letter, nil, true, false, .ends), (.reading, letter, nil, true, false, .acts),
            (.filter, enter, nil, true, true, .acts), (.line, letter, "inbox.yes", true, true, .acts),
            (.line, enter, nil, false, false, .isText), (.line, enter, nil, true, false, .acts),
            (.line, enter, nil, true, true, .waits), (.answer, enter, nil, true, false, .waits),
            (.answer, letter, nil, true, false, .acts), (.form, enter, nil, true, false, .waits),
            (.form, enter, nil, false, false, .isText), (.dialog, enter, nil, true, false, .ends),
            (.dialog, Key.right, nil, true, false, .acts),
        ] as [(BurstPlace, Key, String?, Bool, Bool, BurstVerdict)])
    func rule(
        _ place: BurstPlace, _ key: Key, _ command: String?, _ isLast: Bool, _ hasOpened: Bool,
        _ wanted: BurstVerdict
    ) {
        let spec = command.flatMap(CommandCatalogue.spec)
        #expect((spec == nil) == (command == nil))
        #expect(verdict(on: key, spec, in: place, isLast: isLast, hasOpened: hasOpened) == wanted)
    }

    @Test(arguments: [(2, true), (3, false)]) func aKeySoonAfterAnotherBelongsToIt(gap: Int64, isHeld: Bool) {
        #expect(Burst(at: 1000).holds(1000 + gap) == isHeld)
        #expect(Burst(at: 1000, isMany: true).holds(1100) && !Burst(at: 1000, isMany: true).holds(1101))
    }

    /// Presses keys as one read of a terminal gives them.
    private func paste(_ text: String, into driver: inout Driver) async {
        driver.clock += 1000
        let strokes = text.map { $0 == "\n" ? KeyStroke(.enter) : KeyStroke.character($0) }
        await driver.take(.keys(strokes, at: driver.clock))
        await driver.draw()
    }

    @Test(arguments: ["y\n", "yy", "N, no\n", "p\n", "Py", "approve all\n", "\ny\n", "z z", "q\n", "x\ny\n"])
    func unmarkedPasteActsOnNothing(text: String) async throws {
        var driver = try await Driver(Sample.world(), "40x10")
        await driver.press("!")
        await paste(text, into: &driver)
        #expect(driver.commands.isEmpty && driver.wishes.isEmpty)
        driver.shows("came at once")
        await driver.press("y")
        #expect(driver.commands == ["agentos inbox answer 7k2mqd.a1 yes"])
    }

    @Test func oneByteAfterAnotherIsABurstToo() async throws {
        var driver = try await Driver()
        await driver.press("!")
        await driver.take(.key(.character("j"), at: 50_000))
        await driver.take(.key(.character("y"), at: 50_002))
        #expect(driver.commands.isEmpty)
        driver.shows("came at once: press y alone")
        // The rest of it is ignored, too, and does not take the notice away.
        await driver.take(.key(.character("y"), at: 50_060))
        driver.shows("came at once: press y alone")
        await driver.take(.key(.character("y"), at: 50_600))
        #expect(driver.commands == ["agentos inbox answer 7k2mqd.a1 yes"])
    }

    @Test func movementTypedAheadMoves() async throws {
        var driver = try await Driver()
        await driver.press("2")
        await paste("jjj", into: &driver)
        driver.shows("▸d0g7cc")
        await paste("kk", into: &driver)
        driver.shows("▸9fx3aa")
    }

    @Test func aCommandTypedAheadWaitsForItsEnter() async throws {
        var driver = try await Driver(Sample.world(), "40x10")
        await driver.press("2", "down")
        await paste(":pause\n", into: &driver)
        #expect(driver.commands.isEmpty)
        driver.shows("came at once: Enter alone sends it")
        driver.shows(":pause")
        await driver.press("enter")
        #expect(driver.commands == ["agentos session pause 9fx3aa"])
    }

    @Test func whatIsTypedAheadIntoAnOpenLineIsTaken() async throws {
        var driver = try await Driver()
        await driver.press("2", "down", "i")
        await paste("look\nthere\n", into: &driver)
        #expect(driver.commands == ["agentos session say 9fx3aa 'look there'"])
    }

    @Test func noDialogIsAnsweredByABurst() async throws {
        var driver = try await Driver()
        await driver.press("2", "down", "ctrl-k", "right")
        await paste("\n\n", into: &driver)
        #expect(driver.commands.isEmpty)
        driver.shows("[ Cancel it ]")
        await driver.press("enter")
        #expect(driver.commands == ["agentos session cancel 9fx3aa"])
    }
}
