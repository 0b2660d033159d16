import AgentOSCore
import Terminal
import Testing

@testable import Console

/// How a result is taken from the screen: never unseen, never though something speaks against it.
@Suite struct ApplyTests {
    @Test func appliesAfterADryRun() async throws {
        var driver = try await Driver()
        await driver.press("2", "down", "down", "a")
        driver.shows("would write 2 files to branch agentos/rename-module-c4t5bb")
        await driver.press("down")
        #expect(
            driver.commands == [
                "agentos session apply c4t5bb --branch '' --dry-run",
                "agentos session apply c4t5bb --here --dry-run",
            ])
        await driver.press("enter")
        #expect(driver.commands.last == "agentos session apply c4t5bb --here")
        driver.shows("session.apply c4t5bb done (:unapply puts it back)")
    }

    @Test func aPatchGoesWhereItIsTyped() async throws {
        var driver = try await Driver()
        await driver.press("2", "down", "down", "a", "down", "down")
        driver.shows("patch     /home/ana/clock/rename-module-c4t5bb.patch")
        await driver.press("ctrl-u", "/tmp/x.patch", "enter")
        #expect(driver.commands.last == "agentos session apply c4t5bb --patch /tmp/x.patch")
    }

    @Test func whatIsRefusedIsShownAndNotApplied() async throws {
        let world = Sample.world()
        world.with {
            $0.refusals["session.apply"] = .refused(
                "gate tests is not green for this tree", hint: "--ungated applies it anyway")
        }
        var driver = try await Driver(world)
        await driver.press("2", "down", "down", "a")
        driver.shows("✗ gate tests is not green for this tree; --ungated applies it anyway")
        await driver.press("enter")
        #expect(driver.commands.count == 1)
        driver.world.with { $0.refusals = [:] }
        await driver.press("up", "Space", "enter")
        #expect(driver.commands.last == "agentos session apply c4t5bb --ungated")
    }

    @Test func whatSpeaksAgainstApplyingIsShownBeforeIt() async throws {
        let world = Sample.world()
        world.with { state in
            state.dryRun = CommandReply(
                "c4t5bb would write 2 files to the files, 1 in conflict",
                value: [
                    "paths": ["Sources/Clock.swift", "notes/\u{1B}[2J.md"], "leftOut": [".envrc"],
                    "redGates": ["tests"],
                    "conflicts": ["Sources/Clock.swift: both changed line 2"],
                ], code: .negative)
        }
        var driver = try await Driver(world)
        await driver.press("2", "down", "down", "a")
        driver.shows("✗ not green for these files: gate tests")
        driver.shows("✗ conflict: Sources/Clock.swift: both changed line 2")
        driver.shows("left out, runs by itself, --only takes it: .envrc")
        driver.shows("notes/\\e[2J.md")
        await driver.press("enter")
        #expect(driver.commands.count == 1)
    }

    @Test func aSourceWithoutGitIsTakenInAWayThatWorks() async throws {
        let world = Sample.world()
        for (hint, command) in [
            ("use --here or --patch FILE", "agentos session apply c4t5bb --here"),
            ("use --patch FILE", "agentos session apply c4t5bb --patch"),
        ] {
            world.with { $0.branchFault = Fault.usage("it is not in a git repository", hint: hint) }
            var driver = try await Driver(world)
            await driver.press("2", "down", "down", "a", "enter")
            #expect(driver.commands.last?.hasPrefix(command) == true, "\(driver.commands)")
        }
    }

    @Test func aRedGateHoldsBackUntilThePersonSaysSo() async throws {
        let world = Sample.world()
        world.with { $0.dryRun = CommandReply("c4t5bb would write 1 files", value: ["redGates": ["tests"]]) }
        var driver = try await Driver(world)
        await driver.press("2", "down", "down", "a", "enter")
        #expect(driver.commands.count == 1)
        await driver.press("up", "Space", "enter")
        #expect(driver.commands.last == "agentos session apply c4t5bb --ungated")
    }
}
