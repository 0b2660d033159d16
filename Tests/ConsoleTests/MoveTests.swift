import AgentOSCore
import Terminal
import Testing

@testable import Console

/// How a person gets about: rows, panes, back, the next request, a difference.
@Suite struct MoveTests {
    @Test func movesByArrowsAndLetters() async throws {
        var driver = try await Driver()
        await driver.press("2")
        driver.shows("▸7k2mqd")
        await driver.press("j", "down")
        driver.shows("▸c4t5bb")
        await driver.press("k")
        driver.shows("▸9fx3aa")
        await driver.press("G")
        driver.shows("▸d0g7cc")
        await driver.press("g")
        driver.shows("▸7k2mqd")
    }

    @Test func backReturnsToTheSelectionAndFilterThatWereLeft() async throws {
        var driver = try await Driver()
        await driver.press("2", "/", "o", "enter", "down", "down")
        driver.shows("▸d0g7cc")
        await driver.press("enter")
        driver.shows("d0g7cc port-parser")
        await driver.press("esc")
        driver.shows("▸d0g7cc")
        driver.shows("Sessions 3 of 3 /o")
        await driver.press("esc")
        driver.shows("Sessions 4 of 4")
        await driver.press("esc")
        driver.shows("[1 Inbox]")
    }

    @Test func numbersSelectPanes() async throws {
        var driver = try await Driver()
        for (key, pane) in [
            ("2", "[2 Sessions]"), ("3", "[3 Session]"), ("4", "[4 Events]"), ("1", "[1 Inbox]"),
        ] {
            await driver.press(key)
            driver.shows(pane)
        }
    }

    @Test func nextRequestGoesToTheMostPressingAndOn() async throws {
        var driver = try await Driver()
        await driver.press("2", "!")
        driver.shows("┌─ 7k2mqd fix-flaky")
        driver.shows("── approval · fix-flaky")
        await driver.press("!")
        driver.shows("┌─ c4t5bb rename-module")
        driver.shows("── result · rename-module")
        await driver.press("!")
        driver.shows("┌─ 7k2mqd fix-flaky")
    }

    @Test func withNothingWaitingNextSaysSo() async throws {
        var driver = try await Driver(FakeWorld())
        await driver.press("!")
        driver.shows("nothing waits for you")
    }

    @Test func diffShowsFilesAndJumpsBetweenThem() async throws {
        var driver = try await Driver(Sample.world(), "80x24")
        await driver.press("2", "d")
        driver.shows("diff +3 −1 in 2 files")
        driver.shows("+escape \\e[31m stays text")
        await driver.press("esc")
        driver.shows("[transcript]")
    }

    @Test func toolCallsUnfold() async throws {
        var driver = try await Driver(Sample.world(), "120x40")
        await driver.press("2", "enter")
        driver.hides("2 tests failed")
        await driver.press("up", "up", "up", "up", "up", "enter")
        driver.shows("▾ shell make test")
        driver.shows("2 tests failed")
        await driver.press("enter")
        driver.hides("2 tests failed")
    }
}
