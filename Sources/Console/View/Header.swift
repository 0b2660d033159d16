import AgentOSCore
import Terminal

/// The top line: sessions by state, what is spent, what waits.
struct HeaderLine: Widget {
    let model: ConsoleModel

    func draw(in rect: Rect, of frame: inout Frame) {
        let theme = model.options.theme
        frame.fill(rect, style: theme[.header])
        var left = rect.inset(1, 0)
        let right = inbox(theme)
        frame.draw(right, in: left.takeRight(min(left.width, right.width)), base: theme[.header])
        _ = left.takeRight(1)
        frame.draw(states(theme, isNarrow: rect.width < 60), in: left, base: theme[.header])
    }

    /// Only states that something is in; in one word each where there is room.
    private func states(_ theme: Theme, isNarrow: Bool) -> StyledLine {
        guard let header = model.header else {
            return StyledLine(
                model.isLinked == false ? "no host answers" : "asking the host …", theme[.warning])
        }
        var line = StyledLine()
        if model.isLinked == false { line.append("link lost  ", theme[.error]) }
        let groups: [(String, Role, [SessionState])] = [
            ("run", .stateRunning, [.running, .checkpoint, .gateCheck, .rollback]),
            ("queued", .stateQueued, [.queued]),
            ("paused", .statePaused, [.paused]), ("new", .stateCreated, [.created]),
            ("failed", .stateFailed, [.failed]),
            ("done", .stateComplete, [.complete]), ("back", .stateRolledBack, [.rolledBack]),
            ("ended", .stateCancelled, [.cancelled]),
        ]
        var shown = 0
        for (word, role, states) in groups {
            let count = states.reduce(0) { $0 + (header.sessions[$1.rawValue] ?? 0) }
            guard count > 0 || word == "run", !isNarrow || shown < 3 else { continue }
            if shown > 0 { line.append(" · ") }
            line.append(SafeText("\(count) \(word)"), theme[role])
            shown += 1
        }
        line.append(SafeText((isNarrow ? " " : "   ") + spending(header, isNarrow)), theme[.money])
        if header.layer == nil {
            line.append(isNarrow ? " no sandbox" : "   no sandbox: agentos doctor", theme[.error])
        }
        return line
    }

    private func spending(_ header: Overview.Header, _ isNarrow: Bool) -> String {
        let today = Amounts.money(header.spentToday, hasUnpriced: header.hasUnpriced)
        if isNarrow { return today }
        // What had no price today may have had none in this hour either.
        let hour = Amounts.money(header.spentHour, hasUnpriced: header.hasUnpriced)
        return "\(today) today · \(hour)/h"
    }

    private func inbox(_ theme: Theme) -> StyledLine {
        let waiting = model.inbox?.waiting.count ?? model.header?.waiting
        guard let waiting else { return StyledLine("inbox ?", theme[.dim]) }
        return StyledLine(SafeText("inbox \(waiting)"), waiting > 0 ? theme[.warning] : theme[.dim])
    }
}

/// The panes by number at the left; host, tenant and zone at the right.
struct TabLine: Widget {
    let model: ConsoleModel

    func draw(in rect: Rect, of frame: inout Frame) {
        let theme = model.options.theme
        var left = rect.inset(1, 0)
        if let header = model.header, rect.width >= 80 {
            let zone = header.zone == "UTC" ? "UTC" : "\(header.zone) \(Amounts.zone(header.zoneOffset))"
            let attached = model.options.isAttached ? "attached · " : ""
            let home = rect.width >= 120 ? "\(header.home) · " : ""
            let right = StyledLine(
                SafeText("\(home)\(attached)\(header.host) · \(header.tenant) · \(zone)"), theme[.dim])
            frame.draw(right, in: left.takeRight(min(left.width / 2, right.width)))
            _ = left.takeRight(1)
        }
        frame.draw(tabs(theme, isNarrow: rect.width < 60), in: left)
    }

    private func tabs(_ theme: Theme, isNarrow: Bool) -> StyledLine {
        var line = StyledLine()
        for (number, name) in [(1, "Inbox"), (2, "Sessions"), (3, "Session"), (4, "Events")] {
            let isHere = model.place.number == number
            if !line.spans.isEmpty { line.append(isNarrow ? " " : "  ") }
            // The place is marked by brackets too, for a screen without colours.
            let text = isHere ? "[\(number) \(name)]" : isNarrow ? "\(number)" : "\(number) \(name)"
            line.append(SafeText(text), isHere ? theme[.accent] : theme[.dim])
        }
        if model.layout.isCompact, model.isRehearsal { line.append(" rehearsal", theme[.rehearsal]) }
        if model.layout.isCompact, !model.filter.isEmpty {
            line.append(SafeText(" /\(model.filter)"), theme[.accent])
        }
        return line
    }
}
