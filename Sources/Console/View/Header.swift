import AgentOSCore
import Terminal

/// The top line: sessions by state, what is spent, what waits.
struct HeaderLine: Widget {
    let model: ConsoleModel

    func draw(in rect: Rect, of frame: inout Frame) {
        let theme = model.options.theme
        let isNarrow = rect.width < 60
        frame.fill(rect, style: theme[.header])
        var left = rect.inset(1, 0)
        let right = inbox(theme, isNarrow)
        frame.draw(right, in: left.takeRight(min(left.width, right.width)), base: theme[.header])
        _ = left.takeRight(1)
        guard let header = model.header else {
            let text = model.isLinked == false ? "no host answers" : "asking the host …"
            frame.draw(StyledLine(SafeText(text), theme[.warning]), in: left, base: theme[.header])
            return
        }
        frame.draw(fitted(parts(header, theme, isNarrow), to: left.width), in: left, base: theme[.header])
    }

    /// As many parts as there is room for, the first ones first.
    private func fitted(_ parts: [StyledLine], to width: Int) -> StyledLine {
        var line = StyledLine()
        for part in parts where line.width + part.width <= width || line.spans.isEmpty { line = line + part }
        return line
    }

    /// What is wrong, the states that something is in, what is spent.
    private func parts(_ header: Overview.Header, _ theme: Theme, _ isNarrow: Bool) -> [StyledLine] {
        var parts: [StyledLine] = []
        if model.isLinked == false { parts.append(StyledLine("link lost  ", theme[.error])) }
        let groups: [(String, Role, [SessionState])] = [
            ("run", .stateRunning, [.running, .checkpoint, .gateCheck, .rollback]),
            ("paused", .statePaused, [.paused]), ("failed", .stateFailed, [.failed]),
            ("queued", .stateQueued, [.queued]), ("done", .stateComplete, [.complete]),
            ("new", .stateCreated, [.created]), ("back", .stateRolledBack, [.rolledBack]),
            ("ended", .stateCancelled, [.cancelled]),
        ]
        var counts = StyledLine()
        var shown = 0
        for (word, role, states) in groups {
            let count = states.reduce(0) { $0 + (header.sessions[$1.rawValue] ?? 0) }
            guard count > 0 || word == "run", !isNarrow || shown < 3 else { continue }
            if shown > 0 { counts.append(" · ") }
            counts.append(SafeText("\(count) \(word)"), theme[role])
            shown += 1
        }
        parts.append(counts)
        let gap = isNarrow ? " " : "   "
        if header.layer == nil {
            parts.append(
                StyledLine(SafeText("\(gap)no sandbox" + (isNarrow ? "" : ": agentos doctor")), theme[.error])
            )
        }
        let today = Amounts.money(header.spentToday, hasUnpriced: header.hasUnpriced)
        parts.append(StyledLine(SafeText(gap + today + (isNarrow ? "" : " today")), theme[.money]))
        for budget in header.budgets ?? [] where budget.share >= 80 {
            let role: Role = budget.share >= 100 ? .error : .warning
            let words =
                isNarrow ? "\(budget.budget) \(budget.share)%" : "\(budget.share) % of the \(budget.budget)"
            parts.append(StyledLine(SafeText("\(gap)\(words)"), theme[role]))
        }
        // What had no price today may have had none in this hour either.
        let hour = Amounts.money(header.spentHour, hasUnpriced: header.hasUnpriced)
        if !isNarrow { parts.append(StyledLine(SafeText(" · \(hour)/h"), theme[.money])) }
        return parts
    }

    private func inbox(_ theme: Theme, _ isNarrow: Bool) -> StyledLine {
        let waiting = model.inbox?.waiting.count ?? model.header?.waiting
        let number = waiting.map { String($0) } ?? "?"
        let text = isNarrow ? "\(model.key("inbox.next"))\(number)" : "inbox \(number)"
        return StyledLine(SafeText(text), waiting ?? 0 > 0 ? theme[.warning] : theme[.dim])
    }
}

/// The panes by number at the left; host, tenant and zone at the right.
struct TabLine: Widget {
    let model: ConsoleModel

    func draw(in rect: Rect, of frame: inout Frame) {
        let theme = model.options.theme
        var left = rect.inset(1, 0)
        let tabs = tabs(theme, isNarrow: rect.width < 60)
        if let header = model.header, rect.width >= 60 {
            let right = StyledLine(SafeText(place(header, rect.width)), theme[.dim])
            frame.draw(right, in: left.takeRight(max(0, min(left.width - tabs.width - 1, right.width))))
        }
        frame.draw(tabs, in: left)
    }

    private func place(_ header: Overview.Header, _ width: Int) -> String {
        let isWide = width >= 120
        let offset = Amounts.zone(header.zoneOffset)
        // Etc/UTC says its offset itself.
        let isSaid = header.zone.split(separator: "/").last.map { $0 == offset } ?? false
        let zone = isSaid || !isWide ? header.zone : "\(header.zone) \(offset)"
        let attached = model.options.isAttached && isWide ? "attached · " : ""
        let home = width >= 200 ? "\(header.home) · " : ""
        return "\(home)\(attached)\(header.host) · \(header.tenant) · \(zone)"
    }

    private func tabs(_ theme: Theme, isNarrow: Bool) -> StyledLine {
        var line = StyledLine()
        var panes = [(1, "Inbox"), (2, "Sessions"), (3, "Session"), (4, "Events")]
        // Chains have a tab once they were looked at.
        if model.places.contains(where: { $0.number == 5 }) { panes.append((5, "Chains")) }
        for (number, name) in panes {
            let isHere = model.place.number == number
            if !line.spans.isEmpty { line.append(isNarrow ? " " : "  ") }
            // The place is marked by brackets too, for a screen without colours.
            let text = isHere ? "[\(number) \(here(name))]" : isNarrow ? "\(number)" : "\(number) \(name)"
            line.append(SafeText(text), isHere ? theme[.accent] : theme[.dim])
        }
        if model.layout.isCompact, model.isRehearsal { line.append(" rehearsal", theme[.rehearsal]) }
        if model.layout.isCompact, !model.filter.isEmpty {
            line.append(SafeText(" /\(model.filter)"), theme[.accent])
        }
        return line
    }

    /// Without a box, the tab is the only place that names the session.
    private func here(_ name: String) -> String {
        if model.layout.isCompact, case .chain(let pane) = model.place {
            return pane.chain?.chainId.rawValue ?? pane.wanted
        }
        guard model.layout.isCompact, case .session(let pane) = model.place else { return name }
        return pane.detail?.summary.sessionId.rawValue ?? pane.wanted
    }
}
