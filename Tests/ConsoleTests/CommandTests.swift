import AgentOSCore
import Terminal
import Testing

@testable import Console

/// The registry as every surface reads it.
@Suite struct CommandTests {
    @Test func everyCommandHasHelp() {
        for spec in CommandCatalogue.all {
            #expect(!spec.title.isEmpty && spec.help.hasSuffix("."), "\(spec.name)")
            #expect(spec.name.split(separator: ".").count == 2, "\(spec.name)")
        }
        #expect(Set(CommandCatalogue.all.map(\.name)).count == CommandCatalogue.all.count)
    }

    @Test func everyCommandIsOnTheHelpScreen() async throws {
        var driver = try await Driver(Sample.world(), "120x40")
        await driver.press("?")
        var seen = ""
        for _ in 0..<8 {
            seen += driver.screen
            await driver.press("PageDown")
        }
        for spec in CommandCatalogue.all {
            #expect(seen.contains(String(spec.help.prefix(40))), "\(spec.name)")
        }
        for state in SessionState.allCases { #expect(seen.contains(StateWord(state).word)) }
    }

    @Test func theKeyTableNamesEveryKeyOfTheContract() {
        let table = HelpText.keys()
        for (key, command) in [
            ("↑", "view.up"), ("k", "view.up"), ("Enter", "view.enter"), ("Esc", "view.back"),
            ("1", "pane.inbox"),
            ("!", "inbox.next"), ("n", "session.new"), ("p", "session.toggle"), ("P", "host.pause-all"),
            ("b", "session.rollback"), ("z", "session.undo"), ("Ctrl-K", "session.cancel"),
            ("i", "session.say"),
            ("d", "session.diff"), ("a", "session.apply"), ("y", "inbox.yes"), ("N", "inbox.no"),
            ("/", "view.filter"),
            (":", "view.command"), ("?", "view.help"), ("q", "view.leave"),
        ] {
            let row = table.split(separator: "\n").first { $0.contains("| `\(command)` |") }
            #expect(row?.contains("`\(key)`") == true, "\(key) \(command)")
        }
    }

    /// For each command, the states of a session in which it can be done.
    @Test(arguments: [
        ("session.start", "CREATED"),
        (
            "session.say",
            "CREATED QUEUED RUNNING CHECKPOINT GATE_CHECK COMPLETE FAILED PAUSED ROLLED_BACK CANCELLED"
        ),
        ("session.set", "CREATED QUEUED RUNNING CHECKPOINT GATE_CHECK PAUSED ROLLBACK ROLLED_BACK"),
        ("session.cancel", "CREATED QUEUED RUNNING CHECKPOINT GATE_CHECK PAUSED ROLLBACK"),
        ("session.pause", "QUEUED RUNNING CHECKPOINT GATE_CHECK"),
        ("session.resume", "PAUSED ROLLED_BACK"),
        ("session.toggle", "QUEUED RUNNING CHECKPOINT GATE_CHECK PAUSED ROLLED_BACK"),
        ("session.checkpoint", "RUNNING CHECKPOINT GATE_CHECK PAUSED ROLLBACK"),
        ("session.rollback", "RUNNING CHECKPOINT GATE_CHECK COMPLETE FAILED PAUSED CANCELLED"),
        ("session.undo", "ROLLED_BACK"),
        ("session.apply", "PAUSED COMPLETE FAILED ROLLED_BACK CANCELLED"),
        ("session.discard", "PAUSED COMPLETE FAILED ROLLED_BACK CANCELLED"),
        ("session.unapply", ""),
    ])
    func whatTheStateForbidsHasAReason(name: String, allowed: String) throws {
        let spec = try #require(CommandCatalogue.spec(name))
        for state in SessionState.allCases {
            let detail = Sample.detail("7k2mqd", "fix", state) { $0.result.state = .pending }
            let reason = disabledReason(spec, on: Subject(session: detail.summary))
            let isAllowed = allowed.split(separator: " ").contains(Substring(state.rawValue))
            #expect((reason == nil) == isAllowed, "\(name) in \(state.rawValue): \(reason ?? "allowed")")
            if let reason { #expect(reason.hasPrefix("cannot ") && reason.contains(": ")) }
        }
    }

    @Test func everyCommandOfASessionNeedsOne() {
        for spec in CommandCatalogue.all
        where spec.name.hasPrefix("session.")
            && !["session.new", "session.create", "session.search"].contains(spec.name)
        {
            #expect(disabledReason(spec, on: Subject()) == "cannot \(spec.title): no session is selected")
        }
    }

    @Test func aReaderAndALostLinkChangeNothing() {
        for spec in CommandCatalogue.all {
            let reader = disabledReason(spec, on: Subject(isReadOnly: true))
            let lost = disabledReason(spec, on: Subject(isLinked: false))
            if spec.changes {
                #expect(reader == "cannot \(spec.title): this console is read-only")
                #expect(lost == "cannot \(spec.title): the link to the host is lost")
            }
        }
    }

    @Test(arguments: [
        ("session.pause 9fx3", "agentos session pause 9fx3"),
        ("session pause 9fx3", "agentos session pause 9fx3"),
        ("pause 9fx3", "agentos session pause 9fx3"), ("pause", "agentos session pause 7k2mqd"),
        ("session.say 9fx3 'well  done' you", "agentos session say 9fx3 'well  done you'"),
        ("set limits.cost=2.00", "agentos session set 7k2mqd limits.cost=2.00"),
        ("rollback 9fx3 c1 --files", "agentos session rollback 9fx3 c1 --files"),
        ("session.checkpoint", "agentos session checkpoint 7k2mqd"),
        (
            "apply 9fx3 --only a --only 'b c' --here",
            "agentos session apply 9fx3 --here --only a --only 'b c'"
        ),
        ("apply 9fx3 --branch fix/it", "agentos session apply 9fx3 --branch fix/it"),
        ("export 9fx3 --to /tmp/out", "agentos session export 9fx3 --to /tmp/out"),
        ("export 9fx3 /tmp/out", "agentos session export 9fx3 --to /tmp/out"),
        ("host drain", "agentos host drain"), ("pause-all", "agentos host pause-all"),
        (
            "answer 7k2mqd.a1 yes --always 'shell git *'",
            "agentos inbox answer 7k2mqd.a1 yes --always 'shell git *'"
        ),
    ])
    func typedCommandsAreUnderstood(line: String, shell: String) {
        guard
            case .command(let spec, let arguments) = TypedCommand(
                line, selected: SessionID("7k2mqd"), item: nil)
        else {
            Issue.record("\(line): \(TypedCommand(line, selected: SessionID("7k2mqd"), item: nil))")
            return
        }
        #expect(Command(id: "1", name: spec.name, arguments: arguments).shellLine == shell)
    }

    @Test(arguments: [
        ("pau", "no command pau; did you mean session.pause, chain.pause, host.pause-all?"),
        ("frobnicate", "no command frobnicate; ? lists them"), ("pause 'x", "a quote is not closed"),
        ("session.pause a b", "session.pause does not take b"),
        ("session.pause --now", "session.pause has no option --now"),
        ("apply 9fx3 --patch", "--patch needs a value"),
        ("session.say", "session.say needs text: what to say"),
    ])
    func whatIsNotUnderstoodNeverRuns(line: String, reason: String) {
        #expect(TypedCommand(line, selected: SessionID("7k2mqd"), item: nil) == .wrong(reason))
    }

    @Test func aVerbOfTwoNounsMeansTheSession() {
        let nouns = Dictionary(
            grouping: CommandRegistry.all.map { $0.name.split(separator: ".") }, by: { $0[1] })
        for (verb, names) in nouns where names.count > 1 {
            // What neither noun's rule decides must not run.
            #expect(names.count { $0[0] == "session" } == 1, "\(verb)")
        }
    }

    @Test func completionPutsNamesInAndRunsNothing() async throws {
        var driver = try await Driver()
        await driver.press("2", "down", ":", "pau", "tab")
        driver.shows(":session.pause")
        await driver.press("tab")
        driver.shows(":chain.pause")
        await driver.press("tab")
        driver.shows(":host.pause-all")
        #expect(driver.commands.isEmpty)
        await driver.press("esc", ":", "pau", "enter")
        #expect(driver.commands.isEmpty)
        driver.shows("no command pau")
        await driver.press(":", "pause", "enter")
        #expect(driver.commands == ["agentos session pause 9fx3aa"])
    }

    @Test func costlyCommandsAskAlsoWhenTyped() async throws {
        var driver = try await Driver()
        await driver.press(":", "host.stop", "enter")
        driver.shows("Stop atlas?")
        #expect(driver.commands.isEmpty)
    }

    @Test func typedRollbackShowsItsEffectFirst() async throws {
        var driver = try await Driver()
        await driver.press("2", ":", "rollback", "enter")
        driver.shows("what it would do")
        #expect(driver.commands.isEmpty)
    }
}
