import AgentOSCore
import TestSupport
import Testing

@testable import Documents

/// The faults of a text, one line each.
func faults(
    session text: String, set: [String: String] = [:], environment: [String: String] = ["HOME": "/home/ada"]
) -> [String] {
    do throws(DocumentFaults) {
        _ = try SessionDocument.parse(
            Array(text.utf8), path: "session.yaml", set: set, environment: environment)
        return []
    } catch {
        return error.lines
    }
}

@Suite("Session files")
struct SessionDocumentTests {
    private func parse(_ text: String, set: [String: String] = [:]) throws -> SessionConfig {
        try SessionDocument.parse(
            Array(text.utf8), path: "/srv/s/fix.yaml", set: set, environment: ["HOME": "/home/ada"])
    }

    @Test("A goal is enough; everything else has a default")
    func smallest() throws {
        let config = try parse("goal: Mend it.\n")
        #expect(config == SessionConfig(name: "fix", goal: "Mend it."))
    }

    @Test("Every key is read, and text stays what was written")
    func everything() throws {
        let text = """
            name: fix-flaky-test
            goal: |
              Make `make test` pass.
              	Keep tabs; 22:00 and ${HOME} and off stay.
            workspace: {copy: ./repo, include: [".env.test"]}
            setup: {run: "npm ci", network: all, timeout: 10m, cache: [node_modules, ./a//b/, a/b]}
            agent: model
            model: local/llama
            tools: [read, shell, read]
            ask: always
            unattended: deny
            network: all
            sandbox: {read: [~/.pyenv, /opt//x/./y, ~]}
            limits: {cost: 0.50, time: 20m, turns: 40, calls: 200, output_tokens: 50000}
            checkpoint: manual
            gates:
              - {name: tests, run: "make test", timeout: 5m}
              - name: "0755"
                run: off
                required: no
            gate_attempts: 3
            on_gate_failure: pause
            on_unknown_price: refuse
            deliverables: ["report.json"]
            """
        let config = try parse(text)
        var wanted = SessionConfig(
            name: "fix-flaky-test",
            goal: "Make `make test` pass.\n\tKeep tabs; 22:00 and ${HOME} and off stay.\n")
        wanted.workspace = .copy(path: "/srv/s/repo", include: [".env.test"])
        var setup = SetupConfig(run: "npm ci")
        setup.network = .all
        setup.cache = ["node_modules", "a/b"]
        wanted.setup = setup
        wanted.model = "local/llama"
        wanted.tools = ["read", "shell"]
        wanted.ask = .always
        wanted.unattended = .deny
        wanted.network = .all
        wanted.readRoots = ["/home/ada/.pyenv", "/opt/x/y", "/home/ada"]
        wanted.limits.cost = Money("0.50")
        wanted.limits.time = 1_200_000
        wanted.limits.turns = 40
        wanted.limits.calls = 200
        wanted.limits.outputTokens = 50_000
        wanted.checkpoint = .manual
        wanted.gates = [
            GateConfig(name: "tests", kind: .run(command: "make test", timeout: 300_000)),
            GateConfig(name: "0755", kind: .run(command: "off", timeout: 600_000), required: false),
            GateConfig(name: "deliverables", kind: .present(files: ["report.json"])),
        ]
        wanted.gateAttempts = 3
        wanted.onGateFailure = .pause
        wanted.onUnknownPrice = .refuse
        wanted.deliverables = ["report.json"]
        #expect(config == wanted)
    }

    @Test("A byte order mark, CRLF and a leading --- are no fault; empty lists and mappings are empty")
    func tolerated() throws {
        let config = try parse("\u{FEFF}---\r\nname: n\r\ngoal: g\r\ngates:\r\nlimits:\r\n")
        #expect(config == SessionConfig(name: "n", goal: "g"))
    }

    @Test(
        "Each form of workspace",
        arguments: [
            ("{copy: .}", WorkspaceSpec.copy(path: "/srv/s", include: [])),
            ("{worktree: ../r}", .worktree(path: "/srv/s/../r")),
            ("{inplace: ~/x}", .inplace(path: "/home/ada/x")),
            ("{empty: true}", .empty), ("{copy: /a b}", .copy(path: "/a b", include: [])),
        ])
    func workspaces(written: String, wanted: WorkspaceSpec) throws {
        #expect(try parse("goal: g\nworkspace: \(written)\n").workspace == wanted)
    }

    @Test("--set reaches every string, and only ${set.…} is touched")
    func set() throws {
        let config = try parse(
            """
            name: fix-${set.what}
            goal: Mend ${set.what} in $${set.what} with ${OTHER} and $HOME
            gates: [{name: t, run: "echo ${#x} ${set.n}", timeout: "${set.n}s"}]
            """, set: ["what": "it", "n": "7"])
        #expect(config.name == "fix-it")
        #expect(config.goal == "Mend it in ${set.what} with ${OTHER} and $HOME")
        #expect(config.gates == [GateConfig(name: "t", kind: .run(command: "echo ${#x} 7", timeout: 7000))])
    }

    @Test(
        "A rubric is a text, or one word that ends in .md or .txt: a file",
        arguments: [
            ("{rubric: Is it kind?, model: judge}", JudgeRule(rubric: .text("Is it kind?"), model: "judge")),
            (
                "{rubric: docs/rubric.md, model: local/llama, votes: 3, pass: 1}",
                JudgeRule(rubric: .file("docs/rubric.md"), model: "local/llama", votes: 3, pass: 1)
            ),
            (
                "{rubric: see rubric.md, model: judge, pass: 0}",
                JudgeRule(rubric: .text("see rubric.md"), model: "judge", pass: 0)
            ),
        ])
    func judges(written: String, wanted: JudgeRule) throws {
        let config = try parse("goal: g\ngates: [{name: j, judge: \(written)}]\n")
        #expect(config.gates == [GateConfig(name: "j", kind: .judge(wanted))])
        let stored = try JSONText.decode(SessionConfig.self, from: try JSONText.string(config))
        #expect(stored == config)
    }

    @Test("Anchors within reason are plain YAML")
    func anchors() throws {
        let config = try parse(
            "goal: &g do it\nname: *g\ngates: [{name: a, run: &r make}, {name: b, run: *r}]\n")
        #expect(config.name == "do it")
        #expect(
            config.gates.map(\.kind) == Array(repeating: .run(command: "make", timeout: 600_000), count: 2))
    }

    @Test("A file is read from disk; what cannot be read says so")
    func fromDisk() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("deep/mend.yaml", "goal: g\nworkspace: {copy: src}\n")
        let config = try SessionDocument.read(path: path)
        #expect(config.name == "mend")
        #expect(config.workspace == .copy(path: folder.file("deep/src"), include: []))
        #expect(
            lines { () throws(DocumentFaults) in _ = try SessionDocument.read(path: folder.file("no.yaml")) }
                == ["\(folder.file("no.yaml")): cannot read it: No such file or directory; check the path"])
        #expect(
            lines { () throws(DocumentFaults) in _ = try SessionDocument.read(path: folder.path) }
                == ["\(folder.path): it is a folder; name the file in it"])
    }

    private func lines(_ body: () throws(DocumentFaults) -> Void) -> [String] {
        do throws(DocumentFaults) {
            try body()
            return []
        } catch {
            return error.lines
        }
    }
}
