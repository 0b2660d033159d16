import AgentOSCore
import Testing

@testable import Documents

@Suite("Session files that are wrong")
struct SessionFaultTests {
    @Test("Each fault has its line, its key and what to write", arguments: cases)
    func table(text: String, wanted: [String]) {
        #expect(faults(session: text) == wanted.map { "session.yaml:" + $0 })
    }

    private static let cases: [(String, [String])] = [
        ("", ["1: goal: missing; say what the agent is to do"]),
        ("# nothing\n", ["1: goal: missing; say what the agent is to do"]),
        ("name: n\n", ["1: goal: missing; say what the agent is to do"]),
        ("goal:\n", ["1: goal: expected text, found nothing"]),
        ("goal: '  '\n", ["1: goal: empty; write a text"]),
        ("goal: 5\n", ["1: goal: expected a sentence, found 5; say it in words, or quote it"]),
        ("goal: -1.5e3\n", ["1: goal: expected a sentence, found -1.5e3; say it in words, or quote it"]),
        ("goal: true\n", ["1: goal: expected a sentence, found true; say it in words, or quote it"]),
        ("goal: do it\n\tname: x\n", ["2: name: a tab in the indentation; indent with spaces"]),
        ("goal: g\nlimits:\n\tcost: 1\n", ["3: limits.cost: a tab in the indentation; indent with spaces"]),
        ("goal: [a]\n", ["1: goal: expected text, found a list"]),
        ("- goal\n", ["1: expected a mapping of keys, found a list"]),
        ("goal\n", ["1: expected a mapping of keys, found \"goal\""]),
        ("gaol: g\n", ["1: gaol: unknown key; did you mean goal?"]),
        ("goal: g\nlimts: {cost: 1}\n", ["2: limts: unknown key; did you mean limits?"]),
        ("goal: g\nonGateFailure: fail\n", ["2: onGateFailure: unknown key; did you mean on_gate_failure?"]),
        ("goal: g\nfrobnicate: 1\n", ["2: frobnicate: unknown key"]),
        (
            "goal: g\nlimits:\n  cost: free\n  turns: 0\n  time: 20\n  tokens: 5\n",
            [
                "3: limits.cost: expected an amount in USD like 0.50, found \"free\"",
                "4: limits.turns: expected a whole number from 1, found \"0\"",
                "5: limits.time: expected a duration like 90s 20m 2h 7d 500ms, found \"20\"",
                "6: limits.tokens: unknown key; known: cost, time, idle, turns, calls, output_tokens",
            ]
        ),
        ("goal: g\nlimits: [1]\n", ["2: limits: expected a mapping of keys, found a list"]),
        (
            "goal: g\ngates:\n  - {name: tests, rum: make}\n  - {name: tests, run: make}\n  - tests\n",
            [
                "3: gates[0].rum: unknown key; did you mean run?",
                "5: gates[2]: expected a gate like {name: tests, run: \"make test\"}, found \"tests\"",
            ]
        ),
        (
            "goal: g\ngates:\n  - {name: t, run: a}\n  - {name: t, run: b}\n",
            ["4: gates[1].name: \"t\" names two gates, first in line 3; rename one"]
        ),
        (
            "goal: g\ngates:\n- run: make\n- name: t\n",
            ["3: gates[0].name: missing; give it a name", "4: gates[1].run: missing; write run: COMMAND"]
        ),
        (
            "goal: g\ntools: [read, shel, fetch, mcp.time]\n",
            [
                "2: tools[1]: unknown word \"shel\"; did you mean shell?",
                "2: tools[2]: fetch is not available in this version",
                "2: tools[3]: mcp.time is not available in this version",
            ]
        ),
        ("goal: g\ntools: read\n", ["2: tools: expected a list, found \"read\""]),
        (
            "goal: g\nask: sometimes\n",
            ["2: ask: expected one of never, outside, always, found \"sometimes\""]
        ),
        (
            "goal: g\nworkspace: ./repo\n",
            [
                "2: workspace: expected one of {copy: PATH} {worktree: PATH} {inplace: PATH} {empty: true}, found \"./repo\""
            ]
        ),
        ("goal: g\nworkspace: {copy: a, inplace: b}\n", ["2: workspace: both copy and inplace; keep one"]),
        ("goal: g\nworkspace: {copi: a}\n", ["2: workspace.copi: unknown key; did you mean copy?"]),
        (
            "goal: g\nworkspace: {inplace: a, include: [b]}\n",
            [
                "2: workspace: include without copy; add copy: PATH, or leave include out"
            ]
        ),
        (
            "goal: g\nworkspace: {copy: a, include: [../b]}\n",
            [
                "2: workspace.include[0]: outside the workspace; write a path relative to the workspace"
            ]
        ),
        (
            "goal: g\nworkspace: {copy: ~bob/x}\n",
            [
                "2: workspace.copy: the home of another user; write the whole path"
            ]
        ),
        (
            "goal: g\nnetwork: [example.org]\n",
            ["2: network: a list of hosts is not available in this version; write none or all"]
        ),
        (
            "goal: g\nnetwork: example.org\n",
            ["2: network: a list of hosts is not available in this version; write none or all"]
        ),
        (
            "goal: g\nnetwork: [https://x]\n",
            [
                "2: network[0]: expected the name of a host, without a scheme or a path, found \"https://x\""
            ]
        ),
        ("goal: g ${set.who}\n", ["1: goal: ${set.who} has no value; add --set who=VALUE"]),
        (
            "goal: g\ngates: [{name: a, run: x, diff: {max_files: 1}}]\n",
            ["2: gates[0]: one gate with run and diff; write a gate for each"]
        ),
        (
            "goal: g\ngates: [{name: a, diff: {}}]\n",
            ["2: gates[0].diff: empty; write max_files, max_lines or only"]
        ),
        (
            "goal: g\ngates: [{name: a, match: {files: x}}]\n",
            ["2: gates[0].match: neither never nor always; write never: PATTERN or always: PATTERN"]
        ),
        (
            "goal: g\ngates: [{name: a, match: {files: x, never: \"(\"}}]\n",
            [
                "2: gates[0].match.never: not a pattern; "
                    + "The pattern is not a valid regular expression: a `(` without its `)` at character 2. "
                    + "Escape it with \\ to find it as it is."
            ]
        ),
        (
            "goal: g\ngates: [{name: a, schema: {file: ../x, schema: s.json}}]\n",
            ["2: gates[0].schema.file: expected a path inside the workspace, found \"../x\""]
        ),
        (
            "goal: g\nsetup: {run: x, cache: [/a, ../b, a/../b, ~/c, 'x/*', ., a/.Git/hooks, 'a\tb']}\n",
            [
                "2: setup.cache[0]: outside the workspace; write a path relative to the workspace",
                "2: setup.cache[1]: outside the workspace; write a path relative to the workspace",
                "2: setup.cache[2]: outside the workspace; write a path relative to the workspace",
                "2: setup.cache[3]: outside the workspace; write a path relative to the workspace",
                "2: setup.cache[4]: a pattern; name the folder itself, like node_modules",
                "2: setup.cache[5]: the workspace itself; name a folder in it",
                "2: setup.cache[6]: git's own folder; leave it out",
            ]
        ),
        ("goal: g\nname: \"a\\nb\"\n", ["2: name: more than one line; write one line"]),
        ("goal: g\nname: \"a\\e[31mb\"\n", ["2: name: control characters; write plain text"]),
        (
            "goal: !!int 3\n",
            ["1: goal: a tag (\"tag:yaml.org,2002:int\"); leave it out; the key says what the value is"]
        ),
    ]

    @Test(
        "What the contract promises for later is told by name",
        arguments: [
            (
                "agent: {command: [a, \"{goal}\"], protocol: acp}",
                ["agent.protocol: acp is not available in this version; use stream-json or text"]
            ),
            ("skills: [x]", ["skills: not available in this version; leave it out"]),
            (
                "workspace: {from: plan}",
                [
                    "workspace.from: only a step of a chain goes on with another's files; use copy, worktree, inplace or empty"
                ]
            ),
        ])
    func later(line: String, wanted: [String]) {
        #expect(faults(session: "goal: g\n\(line)\n") == wanted.map { "session.yaml:2: " + $0 })
    }

    @Test(
        "A judge says what it judges by, who it is, how often and how well",
        arguments: [
            (
                "{}",
                [
                    "gates[0].judge.rubric: missing; say what the work is judged by, or name a file",
                    "gates[0].judge.model: missing; name a route, or provider/model",
                ]
            ),
            (
                "{rubric: r, model: m, votes: 0}",
                ["gates[0].judge.votes: expected a whole number from 1 to 15, found \"0\""]
            ),
            (
                "{rubric: r, model: m, pass: 1.5}",
                ["gates[0].judge.pass: expected a number from 0 to 1, like 0.7, found \"1.5\""]
            ),
            (
                "{rubric: r, model: m, pass: nan}",
                ["gates[0].judge.pass: expected a number from 0 to 1, like 0.7, found \"nan\""]
            ),
            (
                "{rubric: ../r.md, model: m}",
                ["gates[0].judge.rubric: expected a path inside the workspace, found \"../r.md\""]
            ),
        ])
    func judges(written: String, wanted: [String]) {
        #expect(
            faults(session: "goal: g\ngates: [{name: j, judge: \(written)}]\n")
                == wanted.map { "session.yaml:2: " + $0 })
    }

    @Test(
        "YAML that is none is told in words, with line and key",
        arguments: [
            (
                "goal: g\nlimits:\n\tcost: 1\n",
                ["3: limits.cost: a tab in the indentation; indent with spaces"]
            ),
            (
                "goal: g\nlimits:\n  cost: 1\n\tturns: 3\n",
                ["4: limits.turns: a tab in the indentation; indent with spaces"]
            ),
            ("goal: |\n\tdo\n", ["2: goal: a tab in the indentation; indent with spaces"]),
            (
                "goal: Fix: it\n",
                ["1: goal: a colon where no key can stand; quote the text, or check the indentation"]
            ),
            (
                "goal: g\ntools: [read, shell\nask: never\n",
                [
                    "2: tools: a bracket is not closed, or a comma is missing; close it, or quote the text"
                ]
            ),
            ("goal: \"g\nname: n\n", ["1: goal: a quote is not closed; close it"]),
            (
                "goal: g\n  name: n\n",
                ["2: name: a colon where no key can stand; quote the text, or check the indentation"]
            ),
            (
                "goal: g\n name: n\nask: x\n",
                [
                    "2: name: a colon where no key can stand; quote the text, or check the indentation"
                ]
            ),
            (
                "limits:\n    cost: 1\n  time: 1s\ngoal: g\n",
                [
                    "3: limits.time: the indentation does not fit the lines above; align it, or quote the text"
                ]
            ),
            ("goal: @x\n", ["1: goal: a character that cannot start a value; quote the text"]),
            ("goal: g\nname: *n\n", ["2: name: no anchor &n; quote the text if it is not an alias"]),
            (
                "goal: g\ndeliverables: [**/*.json]\n",
                [
                    "2: deliverables: a text that starts with * or & names an anchor; quote the text"
                ]
            ),
            (
                "goal: g\ngates: &a [*a]\n",
                [
                    "2: gates: *a stands inside or before the value that it names; write the value out"
                ]
            ),
            (
                "goal: g\n---\ngoal: h\n",
                ["2: goal: a second document starts here; one file holds one document"]
            ),
            ("goal: g\nname: a\ngoal: h\n", ["3: goal: the key stands twice, first in line 1; keep one"]),
            (
                "goal: g\nlimits: {cost: 1, cost: 2}\n",
                ["2: limits: the key stands twice, first in line 2; keep one"]
            ),
            (
                "goal: g\nlimits:\n  cost: 1\n  cost: 2\n",
                [
                    "4: limits.cost: the key stands twice, first in line 3; keep one"
                ]
            ),
            ("goal: \"a\\0b\"\n", ["1: goal: a NUL character; remove it"]),
            (
                "goal: \"\\q\"\n",
                [
                    "1: goal: an unknown escape in double quotes; write \\\\ for a backslash, or use single quotes"
                ]
            ),
            ("goal: g\nname: a\u{0}b\n", ["2: name: a NUL byte; remove it"]),
            ("goal: g\n? [a]\n: b\n", ["2: a key that is a list; write a word"]),
        ])
    func broken(text: String, wanted: [String]) {
        #expect(faults(session: text) == wanted.map { "session.yaml:" + $0 })
    }

    @Test("Bytes that are not UTF-8 are told with their line")
    func encoding() {
        func lines(_ bytes: [UInt8]) -> [String] {
            do throws(DocumentFaults) {
                _ = try SessionDocument.parse(bytes, path: "s.yaml")
                return []
            } catch {
                return error.lines
            }
        }
        #expect(
            lines(Array("goal: g\nname: é".utf8) + [0xE9, 0x0A])
                == ["s.yaml:2: name: bytes that are not UTF-8; save the file as UTF-8"])
        #expect(lines([0xFF, 0xFE, 0x67, 0x00]) == ["s.yaml:1: the file is UTF-16; save it as UTF-8"])
    }

    @Test("All faults of a file come at once, as one error with its exit code")
    func together() {
        do throws(DocumentFaults) {
            _ = try SessionDocument.parse(Array("ask: x\nask2: y\n".utf8), path: "s.yaml")
            Issue.record("accepted")
        } catch {
            #expect(error.faults.count == 3)
            #expect(error.fault.code == .usage)
            #expect(
                error.fault.description
                    == "s.yaml:1: ask: expected one of never, outside, always, found \"x\" (and 2 more)")
        }
    }
}
