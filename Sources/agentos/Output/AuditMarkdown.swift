import AgentOSCore

/// An audit as Markdown, for a pull request.
///
/// Nothing of the session can become markup: what comes from it stands in code spans, on one line.
struct AuditMarkdown {
    private static let most = 100
    private let audit: AuditDocument
    private let words: AuditWords

    init(_ audit: AuditDocument) {
        self.audit = audit
        words = AuditWords(audit: audit)
    }

    /// The document.
    var text: String {
        var lines = ["## Audit of session \(Self.code("\(audit.sessionId) \(audit.name)"))", ""]
        lines.append("**\(audit.verified ? "Verified" : "BROKEN")**: \(Self.code(words.verdict))")
        lines += ["", "Goal: \(Self.code(audit.goal, limit: 1000))", ""]
        lines += table(
            ["What", "Who", "When"],
            audit.asked.map {
                [
                    Self.code(
                        [$0.what, $0.detail].filter { !$0.isEmpty }.joined(separator: " "), limit: 200),
                    Self.code(words.who($0.actor)),
                    words.clock($0.at),
                ]
            })
        lines += ["### Result", ""]
        lines.append(
            "State \(Self.code(audit.state?.rawValue ?? "unknown")), \(words.cost), \(audit.totals.calls) model calls, \(audit.totals.tools) tool calls."
        )
        lines.append("")
        lines += table(
            ["Gate", "Result", "Attempt", "Gate's hash", "Tree", "Why"],
            audit.gates.map {
                [
                    Self.code($0.gate), ($0.passed ? "green" : "red") + ($0.required ? "" : ", advisory"),
                    "\($0.attempt)", Self.code($0.gateHash), Self.code(String($0.tree.rawValue.prefix(12))),
                    $0.passed ? "" : Self.code($0.reason ?? "", limit: 200),
                ]
            })
        lines += table(
            ["Left the workspace", "Who", "When"],
            audit.left.map {
                let place = [
                    $0.branch, $0.commit.map { String($0.prefix(12)) },
                    $0.files.map { AuditText.counted($0, "file") },
                ]
                let detail = ([$0.what, $0.detail] + place.compactMap { $0 }).filter { !$0.isEmpty }
                return [
                    Self.code(detail.joined(separator: " ")), Self.code(words.who($0.actor)),
                    words.clock($0.at),
                ]
            })
        lines += table(
            ["Asked", "Answer", "Who", "When"],
            audit.approvals.map {
                [
                    Self.code("\($0.itemId) \($0.text)", limit: 200), Self.code($0.answer ?? "none"),
                    $0.by.map { Self.code(words.who($0)) } ?? "", $0.answeredAt.map(words.clock) ?? "",
                ]
            })
        lines += details(
            "What it was allowed",
            table(["", ""], words.allowed.map { [$0.name, Self.code($0.text, limit: 300)] }))
        lines += details(
            "Model calls",
            table(
                ["Call", "What"],
                audit.models.map {
                    [Self.code($0.callId.rawValue), Self.code(words.model($0))]
                }))
        lines += details(
            "Tool calls",
            table(
                ["Call", "Tool", "How", "Files"],
                audit.tools.map {
                    [
                        Self.code(words.name($0)),
                        Self.code("\($0.tool) \(words.arguments($0.arguments, limit: 160))", limit: 200),
                        Self.code(words.tool($0)),
                        paths(words.paths($0)),
                    ]
                }))
        lines += details(
            "Files that several calls changed between two checkpoints",
            table(
                ["Calls", "Files"],
                words.shared.map { change in
                    [
                        Self.code(change.calls.map(\.rawValue).joined(separator: " ")),
                        paths((change.files ?? []).map(words.path)),
                    ]
                }))
        lines += details(
            "Course",
            table(
                ["What", "Who", "When"],
                audit.course.map {
                    [
                        Self.code(
                            [$0.what, $0.detail].filter { !$0.isEmpty }.joined(separator: " "), limit: 200),
                        Self.code(words.who($0.actor)), words.clock($0.at),
                    ]
                }))
        lines += details(
            "Checkpoints",
            table(
                ["Checkpoint", "Why", "Tree"],
                audit.checkpoints.map {
                    [Self.code($0.checkpointId.rawValue), Self.code($0.cause), Self.code($0.tree.rawValue)]
                }))
        let last = audit.entries.last { $0.stream == SessionEvent.stream(audit.sessionId) }?.hash ?? "none"
        lines.append(
            "Last hash \(Self.code(last)). The ledger sums up to \(audit.totals.ledger) USD, the session to \(audit.totals.costKnown) USD."
        )
        return lines.joined(separator: "\n") + "\n"
    }

    /// Paths, each in a span of its own.
    private func paths(_ all: [String]) -> String {
        let more = all.count > 10 ? ["and \(all.count - 10) more"] : []
        return (all.prefix(10).map { Self.code($0, limit: 200) } + more).joined(separator: ", ")
    }

    private func details(_ title: String, _ table: [String]) -> [String] {
        table.isEmpty ? [] : ["<details><summary>\(title)</summary>", ""] + table + ["</details>", ""]
    }

    private func table(_ header: [String], _ rows: [[String]]) -> [String] {
        guard !rows.isEmpty else { return [] }
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
        var lines = [line(header), line(header.map { _ in "---" })] + rows.prefix(Self.most).map(line)
        if rows.count > Self.most {
            let rest = "and \(rows.count - Self.most) more, in the JSON"
            lines.append(line([rest] + Array(repeating: "", count: header.count - 1)))
        }
        return lines + [""]
    }

    /// A code span on one line, fit for a cell of a table.
    static func code(_ raw: String, limit: Int = 500) -> String {
        var text = SafeText(raw).text
        if text.count > limit { text = text.prefix(limit - 1) + "…" }
        guard !text.isEmpty else { return "" }
        text = text.replacing("|", with: "\u{FF5C}")
        var fence = "`"
        while text.contains(fence) { fence += "`" }
        return fence.count == 1 ? "`\(text)`" : "\(fence) \(text) \(fence)"
    }
}
