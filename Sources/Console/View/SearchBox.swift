import AgentOSCore
import Terminal

/// Where words were found in all transcripts.
struct SearchBox: Widget {
    let chooser: SearchChooser
    let model: ConsoleModel

    /// How many rows are in view on a screen of this height.
    static func listHeight(_ height: Int) -> Int { max(1, height - 4) }

    func draw(in rect: Rect, of frame: inout Frame) {
        let theme = model.options.theme
        frame.fill(rect, style: theme[.text])
        let title = StyledLine(SafeText("Found: \(chooser.text)"), theme[.title])
        frame.draw(Box(title, style: theme[.border]), in: rect)
        var list = rect.inset(2, 1)
        let foot = list.takeBottom(1)
        frame.draw(StyledLine("Enter goes there · ↑↓ choose · Esc closes", theme[.dim]), in: foot)
        frame.cursor = nil
        if let fault = chooser.fault {
            frame.draw(StyledLine(SafeText(fault.description), theme[.error]), in: list)
        } else if let hits = chooser.hits, !hits.isEmpty {
            draw(hits, in: list, of: &frame)
        } else {
            frame.draw(chooser.hits == nil ? "asking the host …" : "No transcript holds that.", in: list)
        }
    }

    private func draw(_ hits: [SearchHit], in list: Rect, of frame: inout Frame) {
        let theme = model.options.theme
        let offset = model.header?.zoneOffset ?? 0
        let table = Table(
            columns: [
                Column("session", .fixed(8)), Column("at", .fixed(8), dropOrder: 2),
                Column("turn", .fixed(4), align: .trailing, dropOrder: 3),
                Column("kind", .fixed(7), dropOrder: 1),
                Column("text", .flexible(min: 10, weight: 6)),
            ],
            count: hits.count, selection: chooser.place.index, scroll: chooser.place.scroll,
            look: Table.Look(header: theme[.header], row: theme[.text], selected: theme[.selection])
        ) { row in
            let hit = hits[row]
            return [
                StyledLine(SafeText(hit.sessionId.rawValue)),
                StyledLine(SafeText(Amounts.clockSeconds(hit.at, offset: offset)), theme[.dim]),
                StyledLine(SafeText(String(hit.turn)), theme[.dim]),
                StyledLine(SafeText(hit.kind.rawValue), theme[.dim]), StyledLine(SafeText(hit.snippet)),
            ]
        }
        frame.draw(table, in: list)
    }
}
