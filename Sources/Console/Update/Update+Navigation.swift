import AgentOSCore
import Terminal

extension ConsoleModel {
    /// Opens what is selected.
    mutating func enter() -> [ConsoleEffect] {
        switch place {
        case .inbox:
            guard let item = shownItem else { return [] }
            if let chain = item.chainId { return showChain(chain) }
            guard let id = item.sessionId else { return [] }
            return go(to: .session(session(id, request: item.kind == .ended ? nil : item.itemId)))
        case .sessions(let pane):
            guard let id = pane.place.id else { return [] }
            return go(to: .session(session(id, request: nil)))
        case .chains(let pane):
            guard let id = pane.place.id else { return [] }
            return showChain(id)
        case .chain(let pane):
            guard let id = pane.step?.sessionId else {
                if pane.step != nil { tell(.refused, "this step has no session yet") }
                return []
            }
            return go(to: .session(session(id, request: nil)))
        case .events(var pane):
            pane.isOpen.toggle()
            place = .events(pane)
            return resettle()
        case .session(var pane):
            switch pane.tab {
            case .transcript:
                let entries = pane.shown
                guard
                    let entry = entries.first(where: { $0.seq == pane.cursor })
                        ?? entries.last(where: \.canFold)
                else { return [] }
                pane.cursor = entry.seq
                pane.offset = 0
                if pane.turned.remove(entry.seq) == nil { pane.turned.insert(entry.seq) }
            case .checkpoints:
                guard let id = pane.checkpoint.id else { return [] }
                return showDiff(from: id.rawValue)
            case .diff: return []
            }
            place = .session(pane)
            return []
        }
    }

    /// Goes back: out of a view, then to where the person came from.
    mutating func back() -> [ConsoleEffect] {
        if case .session(var pane) = place, pane.tab != .transcript {
            pane.tab = .transcript
            place = .session(pane)
            return []
        }
        if !filter.isEmpty { return setFilter("") }
        guard places.count > 1 else {
            if options.escapeLeaves { return [.leave(.leave)] }
            if case .inbox = place { return [] }
            places = [.inbox(InboxPane())]
            return loads(of: place)
        }
        places.removeLast()
        return resettle() + loads(of: place)
    }

    /// Goes somewhere; Esc comes back to here as it is now.
    mutating func go(to next: Place) -> [ConsoleEffect] {
        places.append(next)
        if places.count > 20 { places.removeFirst() }
        return resettle() + loads(of: next)
    }

    /// The pane of a session, as it was left last.
    func session(_ id: SessionID, request: ItemID?) -> SessionPane {
        var pane = SessionPane(id)
        for case .session(let left) in places.reversed() where left.id == id {
            pane = left
            pane.tab = .transcript
            break
        }
        pane.request = request
        pane.panelOffset = 0
        return pane
    }

    /// A place that somebody leads to: a session that was shown is at its end, and not read anew before it is drawn.
    func led(to opening: ConsoleOptions.Opening) -> Place {
        guard case .session(let wanted) = opening else { return Self.place(opening) }
        for case .session(let left) in places.reversed() {
            guard let id = left.id, id.rawValue == wanted || left.wanted == wanted else { continue }
            var pane = session(id, request: nil)
            (pane.cursor, pane.offset, pane.unread, pane.filter) = (nil, 0, 0, "")
            return .session(pane)
        }
        return Self.place(opening)
    }

    /// Goes to a pane by its number, as it was left last.
    mutating func pane(_ number: Int) -> [ConsoleEffect] {
        guard place.number != number else { return [] }
        if number == 3, let id = target { return go(to: .session(session(id, request: nil))) }
        if let left = places.last(where: { $0.number == number }) { return go(to: left) }
        switch number {
        case 1: return go(to: .inbox(InboxPane()))
        case 2: return go(to: .sessions(SessionsPane()))
        case 4: return go(to: .events(EventsPane()))
        case 5: return go(to: .chains(ChainsPane()))
        default:
            tell(.refused, "cannot show a session: none is selected")
            return []
        }
    }

    /// Goes to the next request: the most pressing one, or the one after the one that is shown.
    mutating func nextRequest() -> [ConsoleEffect] {
        let waiting = inbox?.byUrgency ?? []
        guard !waiting.isEmpty else {
            tell(.done, "nothing waits for you")
            return []
        }
        var next = waiting[0]
        if case .session = place, let at = waiting.firstIndex(where: { $0.itemId == shownItem?.itemId }) {
            next = waiting[(at + 1) % waiting.count]
        }
        guard let id = next.sessionId else { return pane(1) }
        if case .session(var pane) = place, pane.id == id {
            pane.request = next.itemId
            pane.panelOffset = 0
            pane.tab = .transcript
            place = .session(pane)
            return []
        }
        return go(to: .session(session(id, request: next.itemId)))
    }

    /// Shows a session's views in turn.
    mutating func nextTab() -> [ConsoleEffect] {
        guard case .session(var pane) = place else { return [] }
        let tabs = SessionPane.Tab.allCases
        pane.tab = tabs[((tabs.firstIndex(of: pane.tab) ?? 0) + 1) % tabs.count]
        if pane.tab == .diff { pane.diffFrom = nil }
        place = .session(pane)
        return pane.tabLoads
    }

    /// Shows what a session has changed.
    mutating func showDiff(from: String? = nil) -> [ConsoleEffect] {
        guard let id = target else { return [] }
        var effects: [ConsoleEffect] = []
        if case .session = place {} else { effects = go(to: .session(session(id, request: nil))) }
        guard case .session(var pane) = place else { return effects }
        pane.tab = .diff
        if pane.diffFrom != from { (pane.diff, pane.diffFault) = (nil, nil) }
        pane.diffFrom = from
        pane.diffScroll = Scroll()
        place = .session(pane)
        return effects + pane.tabLoads
    }
}
