import AgentOSCore
import Terminal

/// An audit for a terminal, in lines of at most 80 columns.
struct AuditText {
    private static let width = 80
    private let audit: AuditDocument
    private let words: AuditWords

    init(_ audit: AuditDocument) {
        self.audit = audit
        words = AuditWords(audit: audit)
    }

    /// Whether the chain holds, in one line.
    var verdict: String { words.verdict }

    /// The lines.
    var lines: [SafeText] {
        var page = Page(width: Self.width)
        page.row("session", "\(audit.sessionId) \(audit.name) \(audit.state?.rawValue ?? "")")
        page.row("verdict", words.verdict)
        page.row("goal", String(audit.goal.reversed().drop(while: \.isWhitespace).reversed()))
        for act in audit.asked {
            page.row(
                act.what,
                "\(words.who(act.actor)) \(words.clock(act.at))"
                    + (act.detail.isEmpty ? "" : ": \(act.detail)"))
        }
        page.title("It was allowed")
        for row in words.allowed { page.row(row.name, row.text) }
        page.title("\(Self.counted(audit.totals.calls, "model call")), \(words.cost)")
        for call in audit.models { page.row(name(call.callId), words.model(call)) }
        page.title(Self.counted(audit.tools.count, "tool call"))
        for call in audit.tools { add(call, to: &page) }
        for change in words.shared {
            page.row("shared", "by \(change.calls.map { name($0) }.joined(separator: " ")), not told apart:")
            for file in change.files ?? [] { page.row("", words.path(file)) }
        }
        section(
            "approval or question", plural: "approvals and questions",
            audit.approvals.map { ("\($0.seq)", words.approval($0)) }, &page)
        section("gate result", audit.gates.map { ("\($0.seq)", words.gate($0)) }, &page)
        section(
            "checkpoint",
            audit.checkpoints.map {
                (name($0.checkpointId), "\($0.cause) · \(Self.counted($0.files, "file")) · tree \($0.tree)")
            }, &page)
        section(
            "event of its course", plural: "events of its course",
            audit.course.map { ("\($0.seq)", words.act($0)) }, &page)
        page.title(audit.left.isEmpty ? "Nothing left the workspace" : "What left the workspace")
        for act in audit.left { page.row("\(act.seq)", words.act(act)) }
        page.title("Proof")
        page.row(
            "entries",
            "\(audit.entries.count), from \(audit.entries.first?.seq ?? 0) to \(audit.entries.last?.seq ?? 0)"
        )
        page.row(
            "last hash",
            audit.entries.last { $0.stream == SessionEvent.stream(audit.sessionId) }?.hash ?? "none")
        page.row(
            "ledger", "sums up to \(audit.totals.ledger) USD, the session to \(audit.totals.costKnown) USD")
        return page.lines
    }

    static func counted(_ count: Int, _ one: String, plural: String? = nil) -> String {
        "\(count) \(count == 1 ? one : plural ?? one + "s")"
    }

    private func section(
        _ title: String, plural: String? = nil, _ rows: [(String, String)], _ page: inout Page
    ) {
        page.title(Self.counted(rows.count, title, plural: plural))
        for row in rows { page.row(row.0, row.1) }
    }

    private func add(_ call: AuditToolCall, to page: inout Page) {
        page.row(short(words.name(call)), "\(call.tool) \(words.arguments(call.arguments, limit: 300))")
        page.row("", words.tool(call))
        for path in words.paths(call) { page.row("", path) }
    }

    /// `m3` of `7k2mab.m3`.
    private func name(_ id: some Identifier) -> String { short(id.rawValue) }

    private func short(_ name: String) -> String {
        let prefix = audit.sessionId.rawValue + "."
        return name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
    }
}

/// Rows of a name and a text, the text broken at the width.
///
/// What goes on on the next line is set in further than any row begins, so that no text passes for a row.
private struct Page {
    private static let indent = 11
    private static let hang = 2
    let width: Int
    private(set) var lines: [SafeText] = []

    init(width: Int) { self.width = width }

    mutating func title(_ text: String) {
        lines.append(SafeText(""))
        for line in broken(text, width) { lines.append(SafeText(line)) }
    }

    mutating func row(_ name: String, _ text: String) {
        let first = name + String(repeating: " ", count: max(1, Self.indent - DisplayWidth.of(name)))
        let parts = SafeText.lines(text).flatMap { broken($0.text, width - Self.indent - Self.hang) }
        for (place, part) in (parts.isEmpty ? [""] : parts).enumerated() {
            let head = place == 0 ? first : String(repeating: " ", count: Self.indent + Self.hang)
            lines.append(SafeText(head + part))
        }
    }

    /// Broken at spaces where there are some, else anywhere.
    private func broken(_ text: String, _ width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        var used = 0
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            let size = DisplayWidth.of(String(word))
            if used > 0, used + 1 + size > width {
                lines.append(line)
                (line, used) = ("", 0)
            }
            if used > 0 || !line.isEmpty { (line, used) = (line + " ", used + 1) }
            for character in word {
                let columns = DisplayWidth.of(String(character))
                if used + columns > width {
                    lines.append(line)
                    (line, used) = ("", 0)
                }
                line.append(character)
                used += columns
            }
        }
        return lines + [line]
    }
}
