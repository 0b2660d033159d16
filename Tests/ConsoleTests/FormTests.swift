import AgentOSCore
import Terminal
import Testing

@testable import Console

/// A session without a file, from the screen.
@Suite struct FormTests {
    @Test func makesAndStartsASessionWithoutAFile() async throws {
        var driver = try await Driver()
        await driver.press(
            "n", "Fix the clock, please!", "tab", "tab", "tab", "make test", "tab", "0.75", "enter")
        let created = try #require(driver.world.with { $0.performed.first })
        let config = try JSONText.decode(
            SessionConfig.self, from: try #require(created.arguments["config"]?.string))
        #expect(config.name == "fix-the-clock-please")
        #expect(config.goal == "Fix the clock, please!")
        #expect(config.workspace == .copy(path: "/home/ana/clock", include: []))
        #expect(config.model == "default")
        #expect(config.gates.map(\.name) == ["gate"])
        #expect(config.limits.cost == Money("0.75"))
        #expect(driver.names == ["session.create", "session.start"])
        driver.shows("n3wone fix-the-clock-please")
    }

    @Test func theFormSaysWhatIsWrongBesideTheField() async throws {
        var driver = try await Driver()
        await driver.press("n", "enter")
        driver.shows("✗ say what the agent is to do")
        await driver.press("x", "up", "much", "enter")
        driver.shows("✗ an amount of USD such as 0.50, or nothing")
        #expect(driver.commands.isEmpty)
        await driver.press("esc")
        driver.hides("New session")
    }

    @Test func theFormKeepsWhatWasTypedWhenTheHostRefuses() async throws {
        let world = Sample.world()
        world.with {
            $0.refusals["session.create"] = .usage(
                "no such folder /home/ana/clock", hint: "name one that exists")
        }
        var driver = try await Driver(world)
        await driver.press("n", "Fix it", "enter")
        driver.shows("✗ no such folder /home/ana/clock; name one that exists")
        driver.shows("Fix it")
    }
}
