import AgentOSCore
import Terminal

/// Draws the model; the same model at the same size is the same frame.
public func view(_ model: ConsoleModel, size: Size) -> Frame {
    var model = model
    model.size = size
    let theme = model.options.theme
    var frame = Frame(size: size, style: theme[.text])
    let layout = model.layout
    guard !layout.isTiny else {
        frame.draw(model.summaryLine, in: frame.bounds.row(0))
        return frame
    }
    frame.draw(HeaderLine(model: model), in: layout.header)
    frame.draw(TabLine(model: model), in: layout.tabs)
    if !layout.box.isEmpty {
        frame.draw(Box(model.boxTitle, note: model.boxNote, style: theme[.border]), in: layout.box)
    }
    model.drawPane(in: &frame)
    model.drawGuide(in: layout.guide, of: &frame)
    frame.draw(model.footer(to: layout.footer.width - 2), in: layout.footer.inset(1, 0))
    model.drawOverlay(in: &frame)
    model.drawStatus(in: &frame)
    return frame
}

extension ConsoleModel {
    fileprivate func drawPane(in frame: inout Frame) {
        let (content, panelArea) = paneAreas
        switch place {
        case .inbox(let pane): frame.draw(InboxView(pane: pane, model: self), in: content)
        case .sessions(let pane): frame.draw(SessionsView(pane: pane, model: self), in: content)
        case .session(let pane): frame.draw(SessionView(pane: pane, model: self), in: content)
        case .events(let pane): frame.draw(EventsView(pane: pane, model: self), in: content)
        case .chains(let pane): frame.draw(ChainsView(pane: pane, model: self), in: content)
        case .chain(let pane): frame.draw(ChainView(pane: pane, model: self), in: content)
        }
        if let panel = requestPanel { frame.draw(panel, in: panelArea) }
    }

    fileprivate func drawGuide(in row: Rect, of frame: inout Frame) {
        guard let guide else { return }
        frame.fill(row, style: options.theme[.guide])
        frame.draw(StyledLine(guide, options.theme[.guide]), in: row.inset(1, 0))
    }

    /// What was told last; else the shell line of the last command.
    fileprivate func drawStatus(in frame: inout Frame) {
        let layout = layout
        let rows = statusRows
        var rect = layout.status
        // What is typed at the bottom stays in view.
        if case .line = overlay, layout.isCompact { rect.y -= 1 }
        for row in rows.reversed() {
            guard rect.y > layout.tabs.y else { break }
            let line = Rect(x: rect.x, y: rect.y, width: rect.width, height: 1)
            frame.fill(line, style: options.theme[.text])
            frame.draw(row, in: line.inset(1, 0))
            rect.y -= 1
        }
        // The guide stays in view, above a message that takes its row: it says what is awaited.
        if rect.y < layout.guide.y, rect.y > layout.tabs.y {
            drawGuide(in: Rect(x: rect.x, y: rect.y, width: rect.width, height: 1), of: &frame)
        }
        guard rows.isEmpty, overlay == nil, !layout.isCompact, let shellLine else { return }
        frame.draw(StyledLine(SafeText("$ \(shellLine)"), options.theme[.dim]), in: layout.status.inset(1, 0))
    }

    /// All there is room for below 40×10: `4 run 1 wait 2 dead`.
    var summaryLine: StyledLine {
        guard let header else { return StyledLine(isLinked == false ? "no host" : "…") }
        let dead = (header.sessions[SessionState.failed.rawValue] ?? 0)
        var text = "\(liveCount) run \(header.waiting) wait \(dead) dead"
        if isLinked == false { text = "no host · " + text }
        return StyledLine(SafeText(text))
    }

    /// What the box says of the place.
    fileprivate var boxTitle: StyledLine {
        let theme = options.theme
        var line: StyledLine
        switch place {
        case .inbox: line = StyledLine("Inbox", theme[.title])
        case .sessions(let pane):
            line = StyledLine("Sessions", theme[.title])
            if pane.window.total != nil {
                line.append(
                    SafeText(" \(pane.place.index + (pane.count > 0 ? 1 : 0)) of \(pane.count)"), theme[.dim])
            }
        case .session(let pane):
            line = StyledLine(
                SafeText(pane.detail.map { title(of: $0.summary.sessionId) } ?? pane.wanted), theme[.title])
        case .events: line = StyledLine("Events", theme[.title])
        case .chains(let pane):
            line = StyledLine("Chains", theme[.title])
            if let count = pane.chains?.count {
                line.append(
                    SafeText(" \(count == 0 ? 0 : pane.place.index + 1) of \(count)"), theme[.dim])
            }
        case .chain(let pane):
            line = StyledLine(
                SafeText(pane.chain.map { "\($0.chainId) \($0.name)" } ?? pane.wanted), theme[.title])
        }
        if !filter.isEmpty { line.append(SafeText(" /\(filter)"), theme[.accent]) }
        return line
    }

    /// Whether what is shown comes from a rehearsed model.
    var isRehearsal: Bool {
        switch place {
        case .session(let pane): pane.detail?.summary.isRehearsal ?? false
        case .inbox, .sessions, .events, .chains, .chain: targetSummary?.isRehearsal ?? false
        }
    }

    /// What stands at the right of the box's upper border.
    fileprivate var boxNote: StyledLine {
        let theme = options.theme
        var parts: [StyledLine] = []
        if isRehearsal { parts.append(StyledLine("rehearsal", theme[.rehearsal])) }
        if options.isReadOnly { parts.append(StyledLine("read-only", theme[.warning])) }
        if header?.isPausedAll == true { parts.append(StyledLine("all paused", theme[.warning])) }
        return parts.enumerated().reduce(StyledLine()) {
            $1.offset == 0 ? $1.element : $0 + " · " + $1.element
        }
    }

    /// Keys and what they do; commands that cannot be done now are left out.
    func hints(_ commands: [(String, String)]) -> StyledLine {
        let parts = commands.compactMap { hint($0.0, $0.1) }
        return parts.enumerated().reduce(StyledLine()) {
            $1.offset == 0 ? $1.element : $0 + "  " + $1.element
        }
    }

    private func hint(_ name: String, _ title: String) -> StyledLine? {
        guard let spec = CommandCatalogue.spec(name), reason(against: spec) == nil else { return nil }
        let theme = options.theme
        return StyledLine(SafeText(key(name)), theme[.key]) + StyledLine(SafeText(" \(title)"), theme[.dim])
    }

    /// What the request and the place offer, as far as there is room, and always how to get help and out.
    fileprivate func footer(to width: Int) -> StyledLine {
        let always = hints([("view.help", "help"), ("view.leave", "leave")])
        var line = StyledLine()
        for (name, title) in offered {
            guard let hint = hint(name, title), line.width + hint.width + 2 + always.width <= width else {
                continue
            }
            line = line + hint + "  "
        }
        return line + always
    }

    /// The commands that matter here, each with its word, the most wanted first: the request's, then the place's.
    var offered: [(String, String)] {
        let request = requestKeys
        return request + footerCommands.filter { command in !request.contains { $0.0 == command.0 } }
    }

    /// What the footer offers, the most wanted first.
    private var footerCommands: [(String, String)] {
        var names: [String]
        switch place {
        case .inbox:
            names = [
                "inbox.next", "view.enter", "session.new", "session.toggle", "session.diff", "session.apply",
                "session.rollback", "session.undo", "session.say", "session.cancel",
            ]
        case .sessions:
            names = [
                "view.enter", "inbox.next", "session.new", "session.toggle", "session.diff", "session.apply",
            ]
            names += [
                "session.rollback", "session.undo", "session.say", "session.cancel", "view.filter",
            ]
        case .session(let pane) where pane.tab == .diff:
            names = [
                "view.back", "session.apply", "view.next-file", "view.previous-file", "session.rollback",
            ]
        case .session(let pane) where pane.tab == .checkpoints:
            names = [
                "session.rollback", "session.fork", "session.undo", "session.toggle", "session.say",
                "session.diff", "session.apply", "view.tab", "session.cancel", "inbox.next",
            ]
        case .session:
            names = [
                "session.toggle", "session.say", "session.diff", "session.apply", "session.rollback",
                "session.undo",
            ]
            names += ["view.tab", "view.enter", "session.cancel", "inbox.next"]
        case .chains, .chain:
            names = ["view.enter", "chain.toggle", "chain.apply", "chain.cancel", "inbox.next"]
        case .events: names = ["view.enter", "view.filter", "view.last", "inbox.next"]
        }
        return (names + ["view.command"]).map { name in
            if name == "session.toggle", let session = targetSummary {
                return (name, session.state.isWorking ? "pause" : "resume")
            }
            if name == "chain.toggle", let chain = targetChain {
                return (name, chain.state.isWorking ? "pause" : "resume")
            }
            if name == "session.say", shownItem?.kind == .question { return (name, "answer") }
            return (name, CommandCatalogue.spec(name)?.title ?? name)
        }
    }
}
