import AgentOSCore
import Testing
import ObjectStore

@testable import Pulse

@Suite("gates: diff, match, schema, and how many tests ran")
struct GateKindTests {
    private func file(_ path: String, _ added: Int, _ removed: Int) -> TreeDiff.File {
        TreeDiff.File(
            path: path, change: .modified, added: added, removed: removed, isBinary: false, text: "")
    }

    @Test(
        "limits on what was changed",
        arguments: [
            (DiffLimits(maxFiles: 2), nil),
            (DiffLimits(maxFiles: 1), "2 files changed, at most 1 allowed"),
            (DiffLimits(maxLines: 16), nil),
            (DiffLimits(maxLines: 15), "16 lines changed, at most 15 allowed"),
            (DiffLimits(only: ["Sources/**"]), "README.md is outside Sources/**"),
            (DiffLimits(only: ["Sources/**", "*.md"]), nil),
            (
                DiffLimits(maxFiles: 0, only: ["docs"]),
                "2 files changed, at most 0 allowed; Sources/a.swift and 1 more is outside docs"
            ),
        ])
    func limits(_ limits: DiffLimits, _ reason: String?) {
        let diff = TreeDiff(files: [file("Sources/a.swift", 10, 4), file("README.md", 1, 1)])
        #expect(verdict(of: limits, on: diff).reason == reason)
    }

    @Test(
        "what text must and must not be there",
        arguments: [
            (MatchRule(files: "*", never: "TODO"), "a.txt:2 match TODO"),
            (MatchRule(files: "*", never: "(?i)[st]o"), "a.txt:1 and 2 more lines match (?i)[st]o"),
            (MatchRule(files: "*", never: "FIXME"), nil),
            (MatchRule(files: "*", always: "^so"), "b.txt lack ^so"),
            (MatchRule(files: "*", always: "o"), nil),
        ])
    func match(_ rule: MatchRule, _ reason: String?) throws {
        let files = [GateFile(path: "a.txt", text: "so\nTODO: x"), GateFile(path: "b.txt", text: "stop")]
        #expect(try verdict(of: rule, on: files).reason == reason)
    }

    @Test(
        "what must be there: for each glob one path at least",
        arguments: [
            (["a.txt"], nil), (["*.txt", "dist/**"], nil), (["dist"], nil),
            (["b.txt"], "missing: b.txt"), (["*.md", "a.txt", "x/*"], "missing: *.md, x/*"),
        ] as [([String], String?)])
    func present(_ globs: [String], _ reason: String?) {
        let paths = ["a.txt", "dist", "dist/app.js"].map { TreePath($0) }
        #expect(verdict(on: globs, in: paths).reason == reason)
    }

    @Test("no file: what must never be is not there, what must always be is missing")
    func noFiles() throws {
        #expect(try verdict(of: MatchRule(files: "x", never: "a"), on: []).reason == nil)
        #expect(try verdict(of: MatchRule(files: "x", always: "a"), on: []).reason == "no file matches x")
    }

    @Test(
        "a JSON file and its schema",
        arguments: [
            (#"{"type":"object"}"#, "{}" as String?, nil as String?),
            (#"{"type":"object"}"#, nil, "there is no file r.json"),
            (#"{"type":"object"}"#, "{", "r.json is not JSON"), ("{", "{}", "s.json is not JSON"),
            (#"{"type":"array"}"#, "{}", "r.json /: expected array, found object"),
            (
                #"{"nope":1}"#, "{}",
                "s.json cannot be used: #/nope: this keyword is not checked here, so it is refused"
            ),
        ])
    func schema(_ schema: String, _ value: String?, _ reason: String?) {
        let found = verdict(
            ofSchema: Array(schema.utf8), named: "s.json", on: value.map { Array($0.utf8) }, named: "r.json")
        #expect(found.reason == reason)
    }

    @Test(
        "how many tests ran is read from what runners print",
        arguments: [
            ("✔ Test run with 12 tests in 3 suites passed after 0.1 seconds.", 12),
            ("✘ Test run with 0 tests in 0 suites passed after 0.001 seconds.", 0),
            (
                "Test Suite 'All tests' passed.\n\t Executed 0 tests, with 0 failures (0 unexpected) in 0.0 seconds\n"
                    + "✔ Test run with 3 tests in 1 suite passed after 0.1 seconds.", 3
            ),
            ("\t Executed 5 tests, with 1 failure (0 unexpected) in 0.2 (0.2) seconds", 5),
            ("===== 5 passed, 1 failed, 2 skipped in 0.12s =====", 6),
            ("\u{1B}[32m===== \u{1B}[1m3 passed\u{1B}[0m in 0.02s =====\u{1B}[0m", 3),
            ("===== no tests ran in 0.01s =====", 0), ("Ran 4 tests in 0.001s\n\nOK", 4),
            ("Ran 0 tests in 0.000s\n\nNO TESTS RAN", 0),
            (
                "test result: ok. 5 passed; 0 failed; 0 ignored; finished in 0.0s\n"
                    + "test result: ok. 2 passed; 1 failed; 0 ignored; finished in 0.0s", 8
            ),
            (
                "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
                0
            ),
            ("?   \texample.org/a\t[no test files]", 0),
            ("ok  \texample.org/a\t0.003s\n?   \texample.org/b\t[no test files]", 1),
            ("ok  \texample.org/a\t0.003s [no tests to run]", 0),
            ("Tests:       2 failed, 5 passed, 7 total", 7), ("      Tests  5 passed (5)", 5),
            ("  5 passing (12ms)", 5), ("100% tests passed, 0 tests failed out of 5", 5),
            ("No tests were found!!!", 0), ("TAP version 13\n1..3\nok 1\nok 2\nok 3", 3), ("1..0", 0),
            ("# tests 4\n# pass 4", 4), ("ℹ tests 0", 0),
            ("[INFO] Tests run: 5, Failures: 0, Errors: 0, Skipped: 0", 5), ("5 examples, 0 failures", 5),
            ("5 runs, 9 assertions, 0 failures, 0 errors, 0 skips", 5), ("OK (5 tests, 9 assertions)", 5),
            ("No tests executed!", 0),
            ("Passed!  - Failed:     0, Passed:     5, Skipped:     0, Total:     5, Duration: 3 ms", 5),
            ("all good", nil), ("", nil), ("built in 3s", nil), ("12 files passed through", nil),
        ] as [(String, Int?)])
    func count(_ output: String, _ tests: Int?) { #expect(testCount(in: output) == tests) }

    @Test("any output is read without a crash")
    func anyOutput() {
        var seed: UInt64 = 11
        func next(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        let parts = [
            "Tests", "run", "1..", "9223372036854775807", "passed", "failed", "in", ":", "(", "\u{1B}[",
            "ok\t",
            "total", " ", "\n", "test result", "Executed", "0", "-1", "é", "\r\n",
        ]
        for _ in 0..<2000 {
            let text = (0..<next(30)).map { _ in parts[next(parts.count)] }.joined(
                separator: next(2) == 0 ? " " : "")
            _ = testCount(in: text)
        }
    }
}

@Suite("gates that a person decides on")
struct HumanGateTests {
    private func config(unattended: UnattendedPolicy = .wait) -> SessionConfig {
        var config = SessionConfig(name: "n", goal: "g")
        config.gates = [
            GateConfig(name: "ship", kind: .human(question: "Ship it?")),
            GateConfig(name: "tests", kind: .run(command: "make test", timeout: 1000)),
        ]
        config.unattended = unattended
        return config
    }

    /// A session whose agent is done, with its last checkpoint taken.
    private func done(_ config: SessionConfig, then events: [SessionEvent] = []) -> Session {
        let reply = ModelReply(
            text: "done", calls: [], usage: Usage(), finish: .stop,
            model: ModelReference(provider: "p", model: "m"))
        return session(
            after: path(to: .running) + [
                .modelFinished(callId: CallID("s.m1"), reply: reply, cost: .zero),
                .checkpointTaken(checkpoint(1, messages: 2)),
            ] + events, config: config)
    }

    private func step(_ session: Session) -> SessionEffect? {
        nextStep(for: session, now: noon) { _ in nil }
    }

    private func tests(passed: Bool) -> SessionEvent {
        let gate = config().gates[1]
        let outcome = GateOutcome(
            gate: "tests", passed: passed, required: true, tree: someTree, gateHash: gateHash(gate),
            reason: passed ? nil : "exit 1", output: "", attempt: 1, milliseconds: 1)
        return passed ? .gatePassed(outcome) : .gateFailed(outcome)
    }

    @Test("a person is asked last, once, and the answer is the gate's result", arguments: [true, false])
    func asked(yes: Bool) throws {
        let session = done(config())
        #expect(step(session) == .runGate(config().gates[1]))
        let green = done(config(), then: [tests(passed: true)])
        guard case .record(let events) = step(green), case .asked(let request) = events.first else {
            Issue.record("nobody is asked")
            return
        }
        #expect(request.kind == .gate)
        #expect(request.text == "gate ship: Ship it?")
        #expect(events.last == .paused(reason: .approval))
        let asking = done(config(), then: [tests(passed: true)] + events)
        #expect(step(asking) == nil)
        #expect(throws: Fault.self) { try decide(.answer(request.itemId, .text("maybe")), in: asking) }
        let answer: Answer = yes ? .yes : .no("not today")
        let answered = try decide(.answer(request.itemId, answer), in: asking)
        let after = done(config(), then: [tests(passed: true)] + events + answered)
        guard case .record(let result) = step(after), let first = result.first else {
            Issue.record("no result")
            return
        }
        if yes {
            guard case .gatePassed = first else {
                Issue.record("\(first)")
                return
            }
            #expect(step(done(config(), then: [tests(passed: true)] + events + answered + result)) == .finish)
        } else {
            guard case .gateFailed(let outcome) = first else {
                Issue.record("\(first)")
                return
            }
            #expect(outcome.reason == "a person said no: not today")
        }
    }

    @Test("nobody is asked about work that goes back anyway")
    func notAsked() {
        let red = done(config(), then: [tests(passed: false)])
        guard case .record(let events) = step(red) else { Issue.record("nothing"); return }
        #expect(!events.contains { if case .asked = $0 { true } else { false } })
    }

    @Test("a session that does not wait is answered with no")
    func unattended() {
        let config = config(unattended: .deny)
        let green = done(config, then: [tests(passed: true)])
        guard case .record(let events) = step(green) else { Issue.record("nothing"); return }
        guard case .record(let result) = step(done(config, then: [tests(passed: true)] + events)),
            case .gateFailed(let outcome) = result.first
        else { Issue.record("no result"); return }
        #expect(outcome.reason == "nobody answered, and the session does not wait")
    }
}
