import AgentOSCore
import TestSupport
import Testing

@testable import Documents

/// The contract's own examples, every key of them: what this version does not bring is refused by name, and nothing
/// is taken without a word.
@Suite struct ContractKeysTests {
    private static let session = """
        name: fix-flaky-test
        goal: Make `make test` pass ten times in a row.
        workspace: {copy: ./repo, include: [".env.test"]}
        setup: {run: "npm ci", network: all, timeout: 10m, cache: [node_modules]}
        agent: {command: [claude, -p, "{goal}"], protocol: acp, env: [KEY], mount_ro: [~/.claude]}
        model: default
        tools: [read, write, edit, list, search, shell, fetch, skill, mcp.time]
        skills: [swift-testing]
        ask: outside
        unattended: wait
        network: [example.org]
        sandbox: {read: [~/.pyenv]}
        limits: {cost: 0.50, time: 20m, turns: 40, calls: 200, output_tokens: 50000}
        checkpoint: turn
        gates:
          - {name: tests,  run: "make test", timeout: 5m}
          - {name: small,  diff: {max_files: 10, max_lines: 300, only: ["Sources/**"]}}
          - {name: clean,  match: {files: "Sources/**/*.swift", never: "TODO"}}
          - {name: report, schema: {file: report.json, schema: report.schema.json}}
          - {name: review, judge: {rubric: "…", model: judge, votes: 3, pass: 0.7}, required: false}
          - {name: ship,   human: "Ship it?"}
        gate_attempts: 3
        on_gate_failure: rollback
        on_unknown_price: allow
        deliverables: ["report.json"]

        """

    private static let configuration = """
        tz: Europe/Berlin
        providers:
          claude: {kind: anthropic, key: "${ANTHROPIC_API_KEY}"}
          gpt:    {kind: openai, key: "${ANTHROPIC_API_KEY}"}
          gemini: {kind: google, key: "${ANTHROPIC_API_KEY}"}
          le:     {kind: mistral, key: "${ANTHROPIC_API_KEY}"}
          local:  {kind: custom, url: "http://127.0.0.1:8080/v1", key: none, tools: schema, limits: {requests: 60/1m, concurrent: 2}}
        models:
          default: [local/llama]
          judge:   {use: [local/llama], strategy: cheapest}
        budgets: {day: 20.00, month: 300.00, unpriced: {tokens_day: 2000000}}
        sessions: {concurrent: 4, limits: {cost: 1.00, time: 30m, turns: 50}, allow: ["shell git status*"], deny: ["shell git push*"]}
        checks: checks.yaml
        mcp: {time: {command: [mcp-server-time]}}
        keep: {sessions: 90d, workspaces: 7d, objects: 20GB}
        theme: {dark: default, light: daylight}
        keymap: default

        """

    /// The keys that are refused; what is refused beside them is a mistake here.
    private func refused(_ text: String, _ read: (String) throws(DocumentFaults) -> Void) -> [String] {
        do throws(DocumentFaults) {
            try read(text)
            return []
        } catch {
            return error.faults.map {
                $0.key + ($0.message.contains("not available in this version") ? "" : " !")
            }
        }
    }

    @Test func theSessionOfTheContract() {
        let keys = refused(Self.session) { text throws(DocumentFaults) in
            _ = try SessionDocument.parse(
                Array(text.utf8), path: "s.yaml", environment: ["HOME": "/home/ada"])
        }
        #expect(
            keys == [
                "agent.protocol", "tools[6]", "tools[7]", "tools[8]", "skills", "network",
            ])
    }

    @Test func theConfigurationOfTheContract() {
        let keys = refused(Self.configuration) { text throws(DocumentFaults) in
            _ = try ConfigurationDocument.parse(
                Array(text.utf8), path: "config.yaml", environment: ["ANTHROPIC_API_KEY": "k"])
        }
        #expect(
            keys == ["checks", "mcp"])
    }

    @Test func eachRowOfWhatIsNotThereIsRefusedHere() {
        let texts = Self.session + Self.configuration
        for row in NotYet.rows {
            let word = (row.value ?? String(row.pattern.split(separator: ".").last ?? "")).replacing(
                "*", with: "")
            #expect(texts.contains(word), "\(row.pattern) \(row.value ?? "") is in neither text")
        }
    }

    @Test func whatASandboxIsToShowMustBeThere() throws {
        let folder = try TemporaryFolder()
        try folder.write("tools/bin", "x")
        let path = try folder.write(
            "s.yaml", "goal: g\nsandbox:\n  read: [tools, /no/such, ~/.pyenv, tools/bin/x]\n")
        let keys = refused(path) { path throws(DocumentFaults) in
            _ = try SessionDocument.read(path: path, environment: ["HOME": folder.path])
        }
        #expect(keys == ["sandbox.read[1] !", "sandbox.read[2] !", "sandbox.read[3] !"])
        let good = try folder.write("g.yaml", "goal: g\nsandbox: {read: [tools, ~/tools]}\n")
        let config = try SessionDocument.read(path: good, environment: ["HOME": folder.path])
        #expect(config.readRoots == [folder.file("tools"), folder.file("tools")])
    }
}
