import AgentOSCore
import Terminal
import Testing

@testable import Console

/// What keys do, in the words of a person at the screen: pause, roll back, say, leave.
@Suite struct KeyTests {
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

    /// A fork begins where the person looks, and spends nothing before Enter.
    @Test func forksTheSelectedCheckpoint() async throws {
        var driver = try await Driver()
        await driver.press("2", "f")
        driver.shows("cannot fork: no checkpoint is selected; Tab shows a session's")
        await driver.press("enter", "tab", "g", "down", "f")
        driver.shows("fork at c1, say:")
        driver.shows("starts a new session on a copy of its files")
        #expect(driver.commands.isEmpty)
        await driver.press("esc", "f", "use the other clock", "enter")
        #expect(
            driver.commands == ["agentos session fork 7k2mqd 7k2mqd.c1 --say 'use the other clock' --start"])
        await driver.press("f", "enter")
        #expect(driver.commands.last == "agentos session fork 7k2mqd 7k2mqd.c1 --start")
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
            state.transcripts[SessionID("7k2mqd")]?[9].detail = "seen"
        }
        await driver.hear(Sample.event(43, "session.said.seen"))
        driver.shows("→ you: look at the clock  seen")
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
}
