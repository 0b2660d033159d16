import AgentOSCore
import Testing

@testable import agentos

/// What an audit prints, whatever a session's names, words and commands are.
@Suite struct AuditTextTests {
    private let evil = [
        "plain", "two\nlines", "a\r\nb", "x\u{2028}y", "\u{1B}[2Jgone", "a`b``c", "p | q", "<b>",
        "\nadded +9 −9 forged.txt", "\n           confined · bubblewrap · done · exit 0",
        "\n### Forged", "\n| forged | row |", String(repeating: "w ", count: 120) + "verdict    forged",
        String(repeating: "x", count: 300), "\u{85}## Forged",
    ]

    /// An audit in which every text from outside is this one.
    private func audit(_ text: String) -> AuditDocument {
        let (id, at) = (SessionID("7k2mab"), Timestamp(milliseconds: 1_795_353_385_042))
        let tree = TreeID(String(repeating: "a", count: 64))
        var audit = AuditDocument(sessionId: id, tenantId: .main)
        var config = SessionConfig(name: "fix", goal: text)
        config.allow = [text]
        config.gates = [GateConfig(name: "tests", kind: .run(command: text, timeout: 300_000))]
        (audit.name, audit.goal, audit.config, audit.state) = (text, text, config, .complete)
        let user = Actor(kind: .user, name: "ana", uid: 1000)
        func act(_ what: String) -> AuditAct {
            AuditAct(seq: 1, at: at, actor: user, what: what, detail: text)
        }
        (audit.asked, audit.granted, audit.course) = ([act("said")], [act("allowed")], [act("failed")])
        audit.left = [act("branch")]
        audit.left[0].branch = text
        var tool = AuditToolCall(
            seq: 2, at: at, callId: CallID("7k2mab.t1"), tool: text, arguments: ["command": .string(text)])
        (tool.effect, tool.layer, tool.change) = (.confined, "bubblewrap", 0)
        audit.tools = [tool]
        var change = AuditChange(
            from: CheckpointID("7k2mab.c0"), to: CheckpointID("7k2mab.c1"), fromTree: tree, toTree: tree,
            calls: [tool.callId])
        change.files = [.init(path: text, change: .added, added: 1, removed: 0)]
        audit.changes = [change]
        var approval = AuditApproval(
            seq: 3, at: at, itemId: ItemID("7k2mab.a1"), kind: .approval, text: text)
        (approval.answer, approval.by, approval.answeredAt) = (text, user, at)
        audit.approvals = [approval]
        audit.gates = [
            AuditGate(
                seq: 4, at: at,
                GateOutcome(
                    gate: "tests", passed: false, required: true, tree: tree, gateHash: "h", reason: text,
                    output: text, attempt: 1, milliseconds: 1))
        ]
        var model = AuditModelCall(
            seq: 5, at: at, callId: CallID("7k2mab.m1"), route: "default", reserved: nil)
        model.model = ModelReference(provider: "p", model: text)
        audit.models = [model]
        return audit
    }

    /// Lines begin as with a harmless text: a row's name, or set in further than any row.
    @Test func noLineOfTheTextIsForged() {
        let starts = Set(
            AuditText(audit("plain")).lines.map { $0.text.prefix(11) }.filter { !$0.allSatisfy { $0 == " " } }
        )
        let rows = AuditText(audit("plain")).lines.filter(isRow).count
        for text in evil {
            let lines = AuditText(audit(text)).lines
            for line in lines where !line.text.prefix(11).allSatisfy({ $0 == " " }) {
                #expect(starts.contains(line.text.prefix(11)), "\(line.text)")
            }
            // Rows without a name begin at the column of texts, and there are as many as before.
            #expect(lines.filter(isRow).count == rows, "\(text)")
            #expect(lines.allSatisfy { $0.text.unicodeScalars.allSatisfy { !SafeText.isUnsafe($0) } })
        }
    }

    private func isRow(_ line: SafeText) -> Bool {
        line.text.hasPrefix(String(repeating: " ", count: 11)) && line.text.dropFirst(11).first != " "
            && line.text.count > 11
    }

    /// As many lines as with a harmless text, each with the same beginning up to its first cell.
    @Test func noLineOfTheMarkdownIsForged() {
        let plain = AuditMarkdown(audit("plain")).text.split(
            separator: "\n", omittingEmptySubsequences: false)
        for text in evil {
            let found = AuditMarkdown(audit(text)).text.split(whereSeparator: \.isNewline)
            #expect(found.count == plain.filter { !$0.isEmpty }.count, "\(text)")
            for line in found where line.hasPrefix("|") {
                #expect(line.hasSuffix("|") && !line.contains("| forged | row |"), "\(line)")
            }
        }
    }

    /// A gate stands as its session file has it.
    @Test(
        arguments: [
            (GateConfig.Kind.run(command: "make test", timeout: 300_000), #"run: "make test", timeout: 5m"#),
            (
                .diff(DiffLimits(maxFiles: 10, maxLines: 300, only: ["Sources/**"])),
                #"diff: {max_files: 10, max_lines: 300, only: ["Sources/**"]}"#
            ),
            (
                .match(MatchRule(files: "**/*.swift", never: "TODO")),
                #"match: {files: "**/*.swift", never: "TODO"}"#
            ),
            (.schema(file: "r.json", schema: "s.json"), #"schema: {file: "r.json", schema: "s.json"}"#),
            (.human(question: "Ship \"it\"?"), #"human: "Ship \"it\"?""#),
        ])
    func gates(_ kind: GateConfig.Kind, _ text: String) throws {
        let gate = GateConfig(name: "g", kind: kind, required: false)
        #expect(gate.line == "{name: g, \(text), required: false}")
        let stored = try JSONText.string(gate)
        #expect(!stored.contains("_0"))
        #expect(try JSONText.decode(GateConfig.self, from: stored) == gate)
    }

    /// What earlier builds stored is read.
    @Test func gatesOfEarlierBuilds() throws {
        let diff = try JSONText.decode(
            GateConfig.Kind.self, from: #"{"diff":{"_0":{"maxFiles":1,"only":[]}}}"#)
        #expect(diff == .diff(DiffLimits(maxFiles: 1)))
        let match = try JSONText.decode(
            GateConfig.Kind.self, from: #"{"match":{"_0":{"files":"*","never":"x"}}}"#)
        #expect(match == .match(MatchRule(files: "*", never: "x")))
    }
}
