import AgentOSCore
import TestSupport
import Testing

/// What a person reads when something is wrong, and what the shell is told.
@Suite(.serialized) struct ErrorLineTests {
    @Test(arguments: [
        ("nonsense", 2, "there is no command nonsense; see: agentos --help"),
        ("session lst", 2, "there is no command session lst; did you mean list?"),
        ("session show", 2, "missing expected argument '<id>'; see: agentos session show --help"),
        ("session show a b", 2, "unexpected argument 'b'; see: agentos session show --help"),
        ("session show zzz", 4, "there is no session"), ("session pause zzz", 4, "there is no session"),
        ("inbox answer zzz.a1 yes", 4, "there is no"),
        ("host status", 5, "no host runs on HOME/home; start one: agentos host start"),
        ("host drain", 5, "no host runs on HOME/home; start one: agentos host start"),
        ("attach", 5, "no host runs on HOME/home; start one: agentos host start"),
        (
            "look garden", 2,
            "there is no pane garden; the panes are inbox sessions session chains chain events"
        ),
        ("look inbox --size big", 2, "--size big is not a size; write COLUMNSxROWS, from 40x10 to 1000x1000"),
        ("look inbox --size 9x2", 2, "--size 9x2 is not a size; write COLUMNSxROWS, from 40x10 to 1000x1000"),
        (
            "look inbox --size 40x9", 2,
            "--size 40x9 is not a size; write COLUMNSxROWS, from 40x10 to 1000x1000"
        ),
        ("look inbox --color 12", 2, "there is no colour depth 12; write none, 16, 256 or true"),
        ("session create no.yaml", 2, "there is no file no.yaml; name a session file"),
        ("session run bad.yaml", 2, "agentos: bad.yaml:2: "),
        ("session list --state ASLEEP", 2, "there is no state ASLEEP; the states are"),
        ("session list --since soon", 2, "--since soon is not a time; write 2h, 7d or 2026-11-22T13:00:00Z"),
        ("session list --limit 0", 2, "--limit 0 is less than 1"),
        ("do session.fly x", 2, "there is no command session.fly; there are"),
        ("do session.pause", 2, "session.pause needs id"),
        ("do session.pause a b", 2, "session.pause does not take b"),
        ("session list --tenant Big", 2, "'Big' is not a tenant"),
        ("session list --tenant big", 4, "there is no tenant big"),
        ("run --cost much x", 2, "--cost much is not an amount; write USD, as 0.50"),
        ("session list --config none.yaml", 2, "none.yaml"),
        ("events --follow", 5, "nothing comes: no host runs; start one: agentos host start"),
        ("--events all", 2, "--events goes with --no-ui; see: agentos --help"),
        ("session list --home config.yaml", 2, "is not a folder; name another: --home DIR"),
        (
            "session create bad.yaml --home /proc/x", 2, "bad.yaml:2: "
        ),
        (
            "host start --home /proc/x", 3,
            "cannot use /proc/x: No such file or directory; choose another home: --home DIR"
        ),
        (
            "session list --home /proc/x", 4,
            "there is no home at /proc/x; name another: --home DIR, or begin: agentos run GOAL"
        ),
        ("home restore none.tar", 4, "there is no file"),
        ("home backup b.tar --home none", 4, "there is no home at HOME/none; name another: --home DIR"),
        ("events verify --home none", 4, "there is no home at HOME/none"),
        ("session apply zzz --only a b c --only d --dry-run", 4, "there is no session"),
        ("session apply zzz x --only a b", 2, "unexpected argument 'x'; a branch is named with"),
        ("session rollback a --files --context", 2, "--files and --context are both given"),
    ])
    func saysWhatIsWrong(words: String, code: Int32, text: String) async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write("bad.yaml", "name: x\ngaol: y\n")
            let ended = try ChildProgram.run(words.split(separator: " ").map { String($0) }, folder: folder)
            let expected = text.replacing("HOME", with: folder.path)
            #expect(ended.code == code, "\(words): \(ended.err)")
            #expect(
                ended.err.hasPrefix("agentos: ") && ended.err.contains(expected), "\(words): \(ended.err)")
            #expect(ended.out == "", "\(words)")
            #expect(
                ended.err.split(separator: "\n").count == 1 || words.contains("bad.yaml"),
                "\(words): \(ended.err)")
        }
    }

    @Test(arguments: [
        "--help", "session --help", "help session", "session", "--version", "session apply --help",
    ])
    func helpIsNoError(words: String) async throws {
        try await onThread {
            let ended = try ChildProgram.run(
                words.split(separator: " ").map { String($0) }, folder: try TemporaryFolder())
            #expect(ended.code == 0, "\(ended.err)")
            #expect(!ended.out.isEmpty && ended.err == "")
        }
    }

    @Test func aLongPathIsCutInTheMiddle() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let path = "/none/" + String(repeating: "deep/", count: 100) + "end.yaml"
            let ended = try ChildProgram.run(["session", "create", path], folder: folder)
            #expect(ended.code == 2)
            #expect(ended.err.contains("/none/deep/") && ended.err.contains("…"))
            #expect(ended.err.contains("deep/end.yaml; name a session file"))
            #expect(ended.err.count < 260)
        }
    }

    @Test(arguments: ["look --help", "help look"])
    func theHelpOfLookNamesThePanesThatItsRefusalNames(words: String) async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let help = try ChildProgram.run(words.split(separator: " ").map { String($0) }, folder: folder)
            let refusal = try ChildProgram.run(["look", "garden"], folder: folder)
            let panes = try #require(refusal.err.split(separator: ";").last).split(separator: " ").dropFirst(
                3)
            #expect(panes.count >= 6)
            let named = Set(help.out.split { !$0.isLetter }.map { String($0) })
            for pane in panes { #expect(named.contains(pane.filter(\.isLetter)), "\(pane)") }
        }
    }

    @Test func withoutATerminalTheConsoleSaysSo() async throws {
        try await onThread {
            let ended = try ChildProgram.run([], folder: try TemporaryFolder())
            #expect(ended.code == 2)
            #expect(ended.err.split(separator: "\n").count == 1)
        }
    }
}
