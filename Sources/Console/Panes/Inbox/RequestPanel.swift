import AgentOSCore
import Terminal

/// What an item of the inbox asks, in full; the keys that answer it stand in the footer.
struct RequestPanel: Hashable {
    /// The item.
    let item: InboxItem
    /// Its lines, broken to the width.
    let rows: [StyledLine]
    /// How far they are scrolled.
    let offset: Int
    /// Its heading.
    let title: StyledLine
    /// How what is not in view is told of.
    let more: Style

    init(_ item: InboxItem, offset: Int, width: Int, model: ConsoleModel) {
        let theme = model.options.theme
        self.item = item
        self.offset = offset
        more = theme[.warning]
        title = Self.title(item, model)
        rows = TextLayout(RequestText.lines(item, theme), width: max(1, width - 2)).rows
    }

    /// Heading and lines, but never more than the larger half of the pane; on a small screen all but one row.
    func height(in body: Rect) -> Int {
        min(rows.count + 1, body.height < 12 ? max(2, body.height - 1) : body.height * 3 / 5)
    }

    /// How many lines are in view at this height.
    func visible(_ height: Int) -> Int { max(0, height - 1) }

    /// How many lines are still to be read at this height.
    func left(_ height: Int) -> Int { max(0, rows.count - offset - visible(height)) }

    private static func title(_ item: InboxItem, _ model: ConsoleModel) -> StyledLine {
        let theme = model.options.theme
        let since = model.clock(item.askedAt)
        var line = StyledLine(SafeText(item.kind.rawValue), theme[item.kind == .ended ? .dim : .warning])
        line.append(SafeText(" · \(item.name) · since \(since) · \(item.itemId)"), theme[.dim])
        return line
    }
}

extension RequestPanel: Widget {
    func draw(in rect: Rect, of frame: inout Frame) {
        guard rect.height > 1 else { return }
        var rest = rect
        let line = rest.takeTop(1)
        frame.draw(Separator(title), in: line)
        let left = left(rect.height)
        if left > 0 || offset > 0 {
            let mark = StyledLine(
                SafeText(left > 0 ? " ↓ \(Amounts.count(left, "line")) " : " ↑ PgUp "), more)
            var end = line.inset(2, 0)
            frame.draw(mark, in: end.takeRight(mark.width))
        }
        let text = rest.inset(1, 0)
        frame.draw(
            TextView(
                TextLayout(Array(rows.dropFirst(offset).prefix(text.height)), width: max(1, text.width))),
            in: text)
    }
}

extension ConsoleModel {
    /// The item whose request belongs to the place.
    var shownItem: InboxItem? {
        guard let inbox else { return nil }
        switch place {
        case .inbox(let pane): return inbox.rows(filter: pane.filter).first { $0.itemId == pane.place.id }
        case .session(let pane):
            guard let id = pane.id else { return nil }
            let waiting = inbox.byUrgency.filter { $0.sessionId == id }
            return waiting.first { $0.itemId == pane.request } ?? waiting.first
        case .sessions, .events, .chains, .chain: return nil
        }
    }

    /// The request beneath the pane; nil where nothing is asked.
    var requestPanel: RequestPanel? {
        guard !layout.isTiny, let item = shownItem else { return nil }
        switch place {
        case .inbox(let pane):
            return RequestPanel(item, offset: pane.panelOffset, width: layout.body.width, model: self)
        case .session(let pane):
            // The difference needs the room; Esc, or ! again, shows the request.
            if pane.tab == .diff { return nil }
            return RequestPanel(item, offset: pane.panelOffset, width: layout.body.width, model: self)
        case .sessions, .events, .chains, .chain: return nil
        }
    }

    /// The item that an answer would go to now: its request was read to its end and nothing lies over it.
    var answerable: InboxItem? {
        guard overlay == nil, statusRows.count < 2, let panel = requestPanel, panel.item.wantsAnswer,
            panel.item.sessionId != nil || panel.item.chainId != nil
        else { return nil }
        return panel.left(panel.height(in: layout.body)) == 0 ? panel.item : nil
    }

    /// The keys of the request that is shown; while it is not read to its end, how to read on.
    var requestKeys: [(String, String)] {
        guard let panel = requestPanel else { return [] }
        let left = panel.left(panel.height(in: layout.body))
        guard left == 0 else {
            return [("view.page-down", "\(left) more")]
                + panel.item.keys.filter { !["inbox.yes", "inbox.no"].contains($0.0) }
        }
        return panel.item.keys
    }
}

extension InboxItem {
    /// What can be done with it, the most wanted first.
    fileprivate var keys: [(String, String)] {
        if chainId != nil { return chainKeys }
        // What the home itself has to say: its brake is taken off by its own key, its budgets in the configuration.
        guard sessionId != nil else {
            return kind == .stuck ? [("host.pause-all", "everything goes on")] : []
        }
        switch kind {
        case .approval:
            return [("inbox.yes", "yes"), ("inbox.no", "no"), ("inbox.next", "next"), ("session.say", "say")]
        case .question: return [("session.say", "answer"), ("inbox.next", "next")]
        case .result:
            return [
                ("session.diff", "diff"), ("session.apply", "apply"), ("inbox.next", "next"),
                ("session.discard", "drops it"),
            ]
        case .limit:
            return [
                ("inbox.yes", "as much again"), ("inbox.next", "next"), ("session.cancel", "cancel"),
                ("session.set", "limits.KEY=VALUE"),
            ]
        case .gate: return [("session.toggle", "go on"), ("session.rollback", "roll back")]
        case .stuck:
            return [
                ("session.toggle", "resume"), ("session.rollback", "roll back"), ("session.cancel", "cancel"),
            ]
        case .ended: return [("view.enter", "look"), ("session.rollback", "roll back")]
        }
    }

    private var chainKeys: [(String, String)] {
        let look = ("view.enter", "shows the chain")
        if isFailedChain {
            return [("inbox.yes", "goes on"), ("inbox.no", "lets it be"), ("inbox.next", "next"), look]
        }
        return (kind == .limit ? [("inbox.yes", "as much again")] : []) + [("inbox.next", "next"), look]
    }
}
