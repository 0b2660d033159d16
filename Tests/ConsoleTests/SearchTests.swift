import AgentOSCore
import Testing

@testable import Console

/// `:search TEXT`, from any pane.
@Suite struct SearchTests {
    @Test(arguments: ["1", "2"]) func whatWasFoundIsShownAndGoneTo(pane: String) async throws {
        var driver = try await Driver(Sample.world(), "80x24")
        await driver.press(pane, ":", "s", "e", "a", "r", "c", "h", " ", "n", "o", "w", "enter")
        driver.shows("Found: now")
        driver.shows(#"\e[2J"#)
        await driver.press("enter")
        guard case .session(let pane) = driver.model.place else {
            Issue.record("not at a session")
            return
        }
        #expect(pane.id == SessionID("7k2mqd") && pane.cursor != nil)
        await driver.press("esc")
        guard case .session = driver.model.place else { return }
        Issue.record("Esc does not go back")
    }

    @Test func withoutAWordItAsksForOne() async throws {
        var driver = try await Driver(Sample.world(), "80x24")
        await driver.press(":", "s", "e", "a", "r", "c", "h", "enter")
        driver.shows("needs text")
        await driver.press(":", "s", "e", "a", "r", "c", "h", " ", "x", "enter", "esc")
        #expect(driver.model.overlay == nil)
    }
}
