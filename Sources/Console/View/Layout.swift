import AgentOSCore
import Terminal

/// Where the parts of the screen lie at one size.
///
/// Breakpoints are at 200, 120, 80, 60 and 40 columns; below 40×10 there is only one line.
struct Layout: Hashable {
    /// The screen.
    let size: Size
    /// Too small for more than one line.
    let isTiny: Bool
    /// Without a box around the pane, and with the status line in the footer.
    let isCompact: Bool
    /// States, spending, inbox.
    let header: Rect
    /// The panes by number, host, tenant, zone.
    let tabs: Rect
    /// The box around the pane; empty on a compact screen.
    let box: Rect
    /// What the pane has for itself.
    let body: Rect
    /// The tour's line.
    let guide: Rect
    /// What was told last; lies over the footer on a compact screen.
    let status: Rect
    /// Which keys do what.
    let footer: Rect

    init(_ size: Size, hasGuide: Bool) {
        self.size = size
        isTiny = size.columns < 40 || size.rows < 10
        isCompact = size.columns < 80 || size.rows < 20
        var rest = Rect(x: 0, y: 0, width: size.columns, height: size.rows)
        header = rest.takeTop(1)
        tabs = rest.takeTop(1)
        footer = rest.takeBottom(1)
        status = isCompact ? footer : rest.takeBottom(1)
        guide = rest.takeBottom(hasGuide ? 1 : 0)
        box = isCompact ? Rect(x: 0, y: rest.y, width: 0, height: 0) : rest
        body = isCompact ? rest : rest.inset(1, 1)
    }
}

extension ConsoleModel {
    /// Where the parts of the screen lie now.
    var layout: Layout { Layout(size, hasGuide: guide != nil) }

    /// The pane's rectangle cut into what the pane shows, and the request beneath it.
    var paneAreas: (content: Rect, panel: Rect) {
        var content = layout.body
        guard let panel = requestPanel else {
            return (content, Rect(x: content.x, y: content.maxY, width: 0, height: 0))
        }
        let rows = panel.height(in: content)
        let beneath = content.takeBottom(rows)
        return (content, beneath)
    }

    /// How many rows the list of the place has room for.
    var listHeight: Int {
        let content = paneAreas.content
        switch place {
        case .inbox: return max(1, content.height - InboxView.headRows(in: content))
        case .sessions, .chains: return max(1, content.height - 1)
        case .chain: return max(1, content.height - 1 - ChainView.headRows(in: content))
        case .events(let pane): return max(1, content.height - (pane.isOpen ? content.height / 2 : 0) - 1)
        case .session: return max(1, content.height - SessionHead.rows(in: content))
        }
    }
}

extension ConsoleModel {
    /// What was told last, broken to the screen; more than three rows are left to the list of notices.
    var statusRows: [StyledLine] {
        guard let toast, !layout.isTiny else { return [] }
        let (glyph, role): (Glyph, Role) =
            switch toast.level {
            case .done: (.check, .success)
            case .refused: (.dot, .warning)
            case .failed: (.fail, .error)
            }
        let line = StyledLine(SafeText("\(glyph.scalar) \(toast.text)"), options.theme[role])
        let width = max(1, layout.status.width - 2)
        let rows = TextLayout([line], width: width).rows
        guard rows.count > 3 else { return rows }
        let rest = rows.dropFirst(3).reduce(rows[2]) { $0 + StyledLine(" ") + $1 }
        return Array(rows.prefix(2)) + [rest.truncated(to: width)]
    }
}
