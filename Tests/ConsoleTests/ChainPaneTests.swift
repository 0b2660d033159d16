import AgentOSCore
import Testing

@testable import Console

/// The panes of chains: lanes, keys, and what a command reaches before it is sent.
@Suite struct ChainPaneTests {
    /// A chain that tests on two targets while a report waits.
    static func chain(_ state: ChainState = .running) -> ChainSummary {
        func step(_ name: String, needs: [String] = []) -> ChainStep {
            var step = ChainStep(name: name, session: SessionConfig(name: name, goal: "do \(name)"))
            step.needs = needs
            return step
        }
        var test = step("test", needs: ["build"])
        test.each = [EachAxis("target", ["linux", "musl"])]
        let config = ChainConfig(
            name: "release", budget: Money("3.00"),
            steps: [step("plan"), step("build", needs: ["plan"]), test, step("report", needs: ["test"])])
        guard let chain = Chain(id: ChainID("q7w2xz"), created: .created(config: config), at: Sample.ago(600))
        else {
            preconditionFailure("a created event makes a chain")
        }
        var summary = ChainSummary(chain)
        summary.state = state
        summary.startedAt = Sample.ago(590)
        summary.costKnown = Money(picodollars: 420_000_000_000)
        let states: [(ChainState, String?, Int, String?)] = [
            (.skipped, "e5n8aa", 0, "unchanged since k3m9rt"), (.complete, "b4t5bb", 1, nil),
            (.running, "7k2mqd", 2, nil), (.queued, nil, 1, "gate tested is red"), (.created, nil, 0, nil),
        ]
        for (index, (state, session, attempts, reason)) in states.enumerated() {
            summary.steps[index].state = state
            summary.steps[index].sessionId = session.map { SessionID($0) }
            summary.steps[index].attempts = attempts
            summary.steps[index].reason = reason
            summary.steps[index].activity = state == .running ? "turn 3" : nil
        }
        return summary
    }

    static func world() -> FakeWorld {
        let world = Sample.world()
        world.with { $0.chains = [chain()] }
        return world
    }

    @Test func lanesShowWhoWaitsForWhom() {
        func lanes(_ steps: [(String, [String])]) -> [String] {
            ChainLanes.rows(
                steps.map {
                    ChainSummary.Step(
                        step: $0.0, each: nil, state: .created, sessionId: nil, attempts: 0, reason: nil,
                        needs: $0.1)
                })
        }
        #expect(lanes([("a", []), ("b", ["a"]), ("c", ["b"])]) == ["●", "●", "●"])
        #expect(
            lanes([("a", []), ("b", ["a"]), ("b", ["a"]), ("c", ["b"])]) == ["●  ", "├─●", "● │", "●─┘"])
        #expect(lanes([("a", []), ("b", []), ("c", ["a", "b"])]) == ["●  ", "│ ●", "●─┘"])
        #expect(
            lanes([("a", []), ("b", ["a"]), ("c", ["a"]), ("d", ["a"]), ("e", ["b", "c", "d"])])
                == ["●    ", "├─●  ", "├─┼─●", "● │ │", "●─┴─┘"])
        #expect(lanes([]).isEmpty)
    }

    @Test(arguments: GoldenTests.sizes) func chains(size: String) async throws {
        var driver = try await Driver(Self.world(), size)
        await driver.press("5")
        try driver.matches("chains-\(size)")
    }

    @Test(arguments: GoldenTests.sizes) func chain(size: String) async throws {
        var driver = try await Driver(Self.world(), size)
        await driver.press("5", "enter", "down", "down")
        try driver.matches("chain-\(size)")
    }

    @Test(arguments: GoldenTests.sizes) func cancelShowsWhatItReaches(size: String) async throws {
        var driver = try await Driver(Self.world(), size)
        await driver.press("5", "enter", "ctrl-k")
        try driver.matches("chain-cancel-\(size)")
        #expect(driver.commands.isEmpty)
    }

    @Test func enterGoesToTheSessionOfAStep() async throws {
        var driver = try await Driver(Self.world())
        await driver.press("5", "enter", "down", "down", "enter")
        driver.shows("7k2mqd")
        await driver.press("esc")
        driver.shows("test[linux]")
        await driver.press("end", "enter")
        driver.shows("this step has no session yet")
    }

    @Test func pausingAsksFirstAndResumingDoesNot() async throws {
        var driver = try await Driver(Self.world())
        await driver.press("5", "p")
        driver.shows("test[linux] 7k2mqd is RUNNING")
        driver.shows("not begun meanwhile: test[musl], report")
        #expect(driver.commands.isEmpty)
        await driver.press("right", "enter")
        #expect(driver.commands == ["agentos chain pause q7w2xz"])
        let world = Self.world()
        world.with { $0.chains = [Self.chain(.paused)] }
        driver = try await Driver(world)
        await driver.press("5", "p")
        #expect(driver.commands == ["agentos chain resume q7w2xz"])
    }

    /// Keys that would do nothing are not offered, and say why where they are pressed.
    @Test func onlyWhatCanBeDoneIsOffered() async throws {
        let world = Self.world()
        world.with { $0.chains = [] }
        var driver = try await Driver(world)
        await driver.press("5")
        for key in ["Enter in", "p pause", "a apply", "Ctrl-K cancel"] {
            #expect(!driver.screen.contains(key), "\(key)")
        }
        await driver.press("a")
        driver.shows("cannot apply: no chain is selected")
        await driver.press("enter")
        driver.shows("no chain is selected")
        world.with { $0.chains = [Self.chain(.complete)] }
        driver = try await Driver(world)
        await driver.press("5")
        #expect(driver.screen.contains("a apply") && driver.screen.contains("Enter in"))
        #expect(!driver.screen.contains("p resume") && !driver.screen.contains("Ctrl-K cancel"))
        await driver.press("ctrl-k")
        driver.shows("cannot cancel: the chain is COMPLETE")
        #expect(driver.commands.isEmpty)
    }
}
