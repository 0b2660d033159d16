import AgentOSCore
import Terminal

/// What an item of the inbox asks, in full, with the keys that answer it.
struct RequestPanel: Hashable {
    /// The item.
    let item: InboxItem
    /// Its lines, broken to the width.
    let rows: [StyledLine]
    /// How far they are scrolled.
    let offset: Int
    /// Its heading.
    let title: StyledLine
    /// Which keys do what with it.
    let hint: StyledLine

    init(_ item: InboxItem, offset: Int, width: Int, model: ConsoleModel) {
        let theme = model.options.theme
        self.item = item
        self.offset = offset
        title = Self.title(item, model)
        hint = Self.hint(item, model)
        var lines = SafeText.lines(item.text).map { StyledLine($0, theme[.text].adding(.bold)) }
        if !item.detail.isEmpty, item.detail != item.text {
            lines += JSONLines.of(item.detail).map { StyledLine($0, theme[.text]) }
        }
        rows = TextLayout(lines, width: max(1, width - 2)).rows
    }

    /// Heading, lines and keys, but never more than the larger half of the pane.
    func height(in body: Rect) -> Int {
        min(rows.count + 2, max(min(4, body.height - 2), body.height * 3 / 5))
    }

    /// How many lines are in view at this height.
    func visible(_ height: Int) -> Int { max(0, height - 2) }

    /// Whether the last line is in view, so that the person has had the whole of it.
    func isWhole(_ height: Int) -> Bool { offset + visible(height) >= rows.count }

    private static func title(_ item: InboxItem, _ model: ConsoleModel) -> StyledLine {
        let theme = model.options.theme
        let since = model.clock(item.askedAt)
        var line = StyledLine(SafeText(item.kind.rawValue), theme[item.kind == .ended ? .dim : .warning])
        line.append(SafeText(" · \(item.name) · since \(since) · \(item.itemId)"), theme[.dim])
        return line
    }

    private static func chainHints(_ item: InboxItem) -> [(String, String)] {
        let look = ("view.enter", "shows the chain")
        if item.isFailedChain { return [("inbox.yes", "goes on"), ("inbox.no", "lets it be"), look] }
        return item.kind == .limit ? [("inbox.yes", "as much again"), look] : [look]
    }

    private static func hint(_ item: InboxItem, _ model: ConsoleModel) -> StyledLine {
        let commands: [(String, String)]
        if item.chainId != nil { return model.hints(chainHints(item)) }
        // What the home itself has to say: its brake is taken off by its own key, its budgets in the configuration.
        if item.sessionId == nil {
            return item.kind == .stuck
                ? model.hints([("host.pause-all", "everything goes on")]) : StyledLine()
        }
        switch item.kind {
        case .approval: commands = [("inbox.yes", "yes"), ("inbox.no", "no"), ("session.say", "say")]
        case .question: commands = [("session.say", "answer")]
        case .result:
            commands = [
                ("session.diff", "diff"), ("session.apply", "apply"), ("session.discard", "drops it"),
            ]
        case .limit:
            commands = [
                ("inbox.yes", "as much again"), ("session.set", "limits.KEY=VALUE"),
                ("session.cancel", "cancel"),
            ]
        case .gate: commands = [("session.toggle", "go on"), ("session.rollback", "roll back")]
        case .stuck:
            commands = [
                ("session.toggle", "resume"), ("session.rollback", "roll back"), ("session.cancel", "cancel"),
            ]
        case .ended: commands = [("view.enter", "look"), ("session.rollback", "roll back")]
        }
        return model.hints(commands)
    }
}

extension RequestPanel: Widget {
    func draw(in rect: Rect, of frame: inout Frame) {
        guard rect.height > 1 else { return }
        var rest = rect
        frame.draw(Separator(title), in: rest.takeTop(1))
        let foot = rest.takeBottom(1).inset(1, 0)
        let text = rest.inset(1, 0)
        frame.draw(
            TextView(
                TextLayout(Array(rows.dropFirst(offset).prefix(text.height)), width: max(1, text.width))),
            in: text)
        let left = rows.count - offset - text.height
        frame.draw(left > 0 ? StyledLine(SafeText("↓ \(left) more: PgDn reads on")) : hint, in: foot)
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

    /// The item that an answer would go to now: its whole request is on the screen and nothing lies over it.
    var answerable: InboxItem? {
        guard overlay == nil, let panel = requestPanel, panel.item.wantsAnswer,
            panel.item.sessionId != nil || panel.item.chainId != nil
        else { return nil }
        return panel.isWhole(panel.height(in: layout.body)) ? panel.item : nil
    }
}
