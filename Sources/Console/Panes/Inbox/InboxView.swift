import AgentOSCore
import Terminal

/// Draws the inbox: what waits first, then what ended lately.
struct InboxView: Widget {
    let pane: InboxPane
    let model: ConsoleModel

    func draw(in rect: Rect, of frame: inout Frame) {
        let theme = model.options.theme
        guard let inbox = model.inbox else {
            frame.draw("asking the host …", in: rect.inset(1, 0))
            return
        }
        let rows = inbox.rows(filter: pane.filter)
        guard !rows.isEmpty else {
            drawEmpty(in: rect, of: &frame, theme)
            return
        }
        let table = Table(
            columns: Self.columns, count: rows.count, selection: pane.place.index, scroll: pane.place.scroll,
            showsHeader: Self.headRows(in: rect) > 0,
            look: Table.Look(
                header: theme[.header], row: theme[.text], selected: theme[.selection],
                barColumns: 3)
        ) { cells(rows[$0], theme) }
        frame.draw(table, in: rect)
    }

    /// A heading, where there is room for more than it and the selected row.
    static func headRows(in content: Rect) -> Int { content.height > 2 ? 1 : 0 }

    private static let columns = [
        Column("needs you", .fixed(10)), Column("session", .fixed(7), dropOrder: 1),
        Column("name", .flexible(min: 8, max: 24), dropOrder: 3),
        Column("what", .flexible(min: 12, weight: 4)),
        Column("since", .fixed(11), align: .trailing, dropOrder: 2),
    ]

    private func cells(_ item: InboxItem, _ theme: Theme) -> [StyledLine] {
        let isEnded = item.kind == .ended
        let glyph: Glyph = isEnded ? .dot : item.wantsAnswer ? .filledDot : .emptyDot
        let style = isEnded ? theme[.dim] : theme[.warning]
        return [
            StyledLine(SafeText("\(glyph.scalar) \(item.kind.rawValue)"), style),
            StyledLine(SafeText(item.sessionId?.rawValue ?? item.chainId?.rawValue ?? "—"), theme[.dim]),
            StyledLine(SafeText(item.name)),
            StyledLine(SafeText(item.text), isEnded ? theme[.dim] : theme[.text]),
            StyledLine(SafeText(model.clock(item.askedAt)), theme[.dim]),
        ]
    }

    private func drawEmpty(in rect: Rect, of frame: inout Frame, _ theme: Theme) {
        let lines: [StyledLine] =
            pane.filter.isEmpty
            ? [
                StyledLine("Nothing waits for you.", theme[.success]),
                model.hints([("session.new", "starts a session"), ("pane.sessions", "shows the sessions")]),
            ]
            : [StyledLine(SafeText("Nothing holds \(pane.filter)."), theme[.dim])]
        frame.draw(
            TextView(TextLayout(lines, width: max(1, rect.width - 2))),
            in: rect.inset(1, min(1, rect.height / 4)))
    }
}
