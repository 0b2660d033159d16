import AgentOSCore
import Terminal
import Testing

@testable import Console

/// What keys do, in the words of a person at the screen.
@Suite struct KeyTests {
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

    @Test func pausesWhatWorksAndResumesWhatStandsStill() async throws {
        var driver = try await Driver()
        await driver.press("2", "down", "p")
        #expect(driver.commands == ["agentos session pause 9fx3aa"])
        driver.shows("session.pause 9fx3aa done (p resumes)")
        await driver.hear(Sample.event(42, "session.paused", "session/9fx3aa"))
        driver.shows("○ PAUSED operator")
        await driver.press("p")
        #expect(driver.commands.last == "agentos session resume 9fx3aa")
    }

    @Test func theLineThatDoesTheSameFromAShellIsShown() async throws {
        var driver = try await Driver()
        await driver.press("2", "down", "p", "up")
        driver.shows("$ agentos session pause 9fx3aa")
    }

    @Test func pausesAll() async throws {
        var driver = try await Driver()
        await driver.press("P")
        #expect(driver.commands == ["agentos host pause-all"])
    }

    @Test func cancelAsksAndGoesBackByDefault() async throws {
        var driver = try await Driver()
        await driver.press("2", "down", "ctrl-k")
        driver.shows("Cancel 9fx3aa docs?")
        driver.shows("[ Go back ]")
        await driver.press("enter")
        #expect(driver.commands.isEmpty)
        await driver.press("ctrl-k", "right", "enter")
        #expect(driver.commands == ["agentos session cancel 9fx3aa"])
    }

    @Test func rollsBackToAChosenCheckpointAfterShowingWhatItDoes() async throws {
        var driver = try await Driver()
        await driver.press("2", "b")
        // As `rollback` without more: the workspace before the first turn.
        driver.shows("▸c0")
        await driver.press("down", "down")
        driver.shows("2 files change (+3 −1 lines); 2 entries leave the conversation")
        await driver.press("up", "up")
        driver.shows("✗ stays done: shell curl https://example.com reached the network")
        #expect(driver.commands.isEmpty)
        await driver.press("enter")
        driver.shows("[ Roll back ]")
        #expect(driver.commands.isEmpty)
        await driver.press("enter")
        #expect(driver.commands == ["agentos session rollback 7k2mqd 7k2mqd.c0"])
        driver.shows("(z undoes it)")
    }

    @Test func nothingIsRolledBackThatWasNotShown() async throws {
        let world = Sample.world()
        world.with { $0.previews = [:] }
        var driver = try await Driver(world)
        await driver.press("2", "b", "enter", "enter", "enter")
        #expect(driver.commands.isEmpty)
        driver.shows("no checkpoint 7k2mqd.c0")
    }

    @Test func undoesTheLastRollback() async throws {
        let world = Sample.world()
        world.with { $0.sessions[0].canUndo = true }
        var driver = try await Driver(world)
        await driver.press("2", "enter", "z")
        #expect(driver.commands == ["agentos session undo 7k2mqd"])
    }

    @Test func whatIsSaidShowsItsReceipt() async throws {
        var driver = try await Driver()
        await driver.press("2", "enter", "i", "look at the clock", "enter")
        #expect(driver.commands == ["agentos session say 7k2mqd 'look at the clock'"])
        await driver.hear(Sample.event(42, "session.said"))
        driver.shows("→ you: look at the clock  queued")
        driver.world.with { state in
            state.transcripts[SessionID("7k2mqd")]?[8].detail = "seen"
        }
        await driver.hear(Sample.event(43, "session.said.seen"))
        driver.shows("→ you: look at the clock  seen")
    }

    @Test func appliesAfterADryRun() async throws {
        var driver = try await Driver()
        await driver.press("2", "down", "down", "a")
        driver.shows("would write 2 files to branch agentos/rename-module-c4t5bb")
        await driver.press("down")
        #expect(
            driver.commands == [
                "agentos session apply c4t5bb --dry-run", "agentos session apply c4t5bb --here --dry-run",
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

    @Test func aRedGateHoldsBackUntilThePersonSaysSo() async throws {
        let world = Sample.world()
        world.with { $0.dryRun = CommandReply("c4t5bb would write 1 files", value: ["redGates": ["tests"]]) }
        var driver = try await Driver(world)
        await driver.press("2", "down", "down", "a", "enter")
        #expect(driver.commands.count == 1)
        await driver.press("up", "Space", "enter")
        #expect(driver.commands.last == "agentos session apply c4t5bb --ungated")
    }

    @Test func aCommandThatCannotBeDoneSaysWhy() async throws {
        var driver = try await Driver()
        await driver.press("2", "down", "down", "p")
        driver.shows("cannot resume: the session is COMPLETE")
        await driver.press("up", "a")
        driver.shows("cannot apply: the session is still working (RUNNING)")
        await driver.press("up", "p")
        driver.shows("cannot resume: it waits for an answer, ! goes to the request")
        #expect(driver.commands.isEmpty)
    }

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

    @Test func leavingWithLiveWorkAsks() async throws {
        var driver = try await Driver()
        await driver.press("q")
        driver.shows("[ Detach ]")
        await driver.press("esc")
        #expect(driver.wishes.isEmpty)
        await driver.press("q", "enter")
        #expect(driver.wishes == [.leave(.detach)])
        await driver.press("q", "right", "enter")
        #expect(driver.wishes.last == .leave(.stop))
        await driver.press("q", "right", "right", "enter")
        #expect(driver.wishes.count == 2)
    }

    @Test func leavingWithoutLiveWorkJustLeaves() async throws {
        var idle = try await Driver(FakeWorld())
        await idle.press("q")
        #expect(idle.wishes == [.leave(.leave)])
        var attached = try await Driver(Sample.world()) { $0.isAttached = true }
        await attached.press("q")
        #expect(attached.wishes == [.leave(.leave)])
    }

    @Test func escapeLeavesOnlyWhereTheTourSaysSo() async throws {
        var driver = try await Driver()
        await driver.press("esc")
        #expect(driver.wishes.isEmpty)
        var tour = try await Driver(Sample.world()) { $0.escapeLeaves = true }
        await tour.press("2", "esc")
        #expect(tour.wishes.isEmpty)
        await tour.press("esc")
        #expect(tour.wishes == [.leave(.leave)])
    }

    @Test func readOnlyChangesNothing() async throws {
        var driver = try await Driver(Sample.world()) { $0.isReadOnly = true }
        await driver.press("2", "p", "b", "P", "!", "y", "n")
        #expect(driver.commands.isEmpty)
        driver.shows("read-only")
        driver.hides("New session")
    }

    @Test func anUnknownKeyIsNotSilent() async throws {
        var driver = try await Driver()
        await driver.press("X")
        driver.shows("X means nothing here; ? shows the keys")
    }

    @Test func noticesAreKept() async throws {
        var driver = try await Driver()
        await driver.press("X", "2", "P", "v")
        driver.shows("X means nothing here; ? shows the keys")
        driver.shows("host.pause-all  done")
        await driver.press("esc")
        driver.hides("Notices")
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
        await driver.press("up", "up", "up", "up", "enter")
        driver.shows("▾ shell make test")
        driver.shows("2 tests failed")
        await driver.press("enter")
        driver.hides("2 tests failed")
    }
}
