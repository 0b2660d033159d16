import AgentOSCore
import Terminal

/// Draws the log, and the selected event in full.
struct EventsView: Widget {
    let pane: EventsPane
    let model: ConsoleModel

    func draw(in rect: Rect, of frame: inout Frame) {
        let theme = model.options.theme
        guard pane.isLoaded else {
            frame.draw("asking the host …", in: rect.inset(1, 0))
            return
        }
        guard !pane.records.isEmpty else {
            let text = pane.filter.isEmpty ? "The log is empty." : "No event's type is like \(pane.filter)."
            frame.draw(StyledLine(SafeText(text), theme[.dim]), in: rect.inset(1, min(1, rect.height / 4)))
            return
        }
        var list = rect
        let detail = list.takeBottom(pane.isOpen ? rect.height / 2 : 0)
        let offset = model.header?.zoneOffset ?? 0
        let table = Table(
            columns: Self.columns, count: pane.records.count, selection: pane.place.index,
            scroll: pane.place.scroll,
            look: Table.Look(
                header: theme[.header], row: theme[.text], selected: theme[.selection],
                barColumns: 3)
        ) { row in
            let record = pane.records[row]
            return [
                StyledLine(SafeText(String(record.seq)), theme[.dim]),
                StyledLine(SafeText(Amounts.clockSeconds(record.at, offset: offset)), theme[.dim]),
                StyledLine(SafeText(record.type)), StyledLine(SafeText(record.stream), theme[.dim]),
                StyledLine(SafeText(record.actor.description), theme[.dim]),
                StyledLine(SafeText(record.payload), theme[.dim]),
            ]
        }
        frame.draw(table, in: list)
        guard pane.isOpen, pane.records.indices.contains(pane.place.index) else { return }
        drawDetail(pane.records[pane.place.index], in: detail, of: &frame, theme)
    }

    private static let columns = [
        Column("seq", .fixed(7), align: .trailing), Column("at", .fixed(8), dropOrder: 1),
        Column("type", .flexible(min: 20, max: 28)),
        Column("about", .flexible(min: 14, max: 20), dropOrder: 2),
        Column("by", .flexible(min: 6, max: 16), dropOrder: 3),
        Column("what", .flexible(min: 10, weight: 6), dropOrder: 4),
    ]

    private func drawDetail(_ record: EventRecord, in rect: Rect, of frame: inout Frame, _ theme: Theme) {
        var rest = rect
        frame.draw(
            Separator(
                StyledLine(
                    SafeText(
                        "event \(record.seq) · \(record.type) · version \(record.version) of \(record.stream)"
                    ), theme[.dim])), in: rest.takeTop(1))
        var lines = [
            StyledLine(SafeText("\(record.at) by \(record.actor)"), theme[.dim]),
            StyledLine(
                SafeText("hash \(record.hash.prefix(16))… after \(record.previous.prefix(16))…"), theme[.dim]),
        ]
        lines += JSONLines.of(record.payload).map { StyledLine($0, theme[.text]) }
        frame.draw(TextView(TextLayout(lines, width: max(1, rest.width - 2))), in: rest.inset(1, 0))
    }
}

/// JSON as lines: a member each, nested by indentation; whatever cannot be read is shown as it is.
enum JSONLines {
    static func of(_ text: String) -> [SafeText] {
        guard text.hasPrefix("{"), let value = try? JSONText.decode(JSONValue.self, from: text) else {
            return SafeText.lines(text)
        }
        var lines: [SafeText] = []
        add(value, label: "", depth: 0, to: &lines)
        return lines
    }

    private static func add(_ value: JSONValue, label: String, depth: Int, to lines: inout [SafeText]) {
        let indent = String(repeating: "  ", count: depth)
        switch value {
        case .object(let members) where !members.isEmpty && depth < 8:
            if !label.isEmpty { lines.append(SafeText("\(indent)\(label)")) }
            for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                add(member, label: key, depth: label.isEmpty ? depth : depth + 1, to: &lines)
            }
        case .string(let text) where text.contains("\n"):
            lines.append(SafeText("\(indent)\(label)"))
            lines += SafeText.lines(text).map { SafeText("\(indent)  \($0)") }
        case .string(let text): lines.append(SafeText("\(indent)\(label)  \(text)"))
        case .null, .bool, .int, .double, .array, .object:
            lines.append(SafeText("\(indent)\(label)  \((try? JSONText.string(value)) ?? "?")"))
        }
    }
}
