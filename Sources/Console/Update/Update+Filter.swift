import AgentOSCore
import Terminal

extension ConsoleModel {
    /// The filter of the place.
    var filter: String {
        switch place {
        case .inbox(let pane): pane.filter
        case .sessions(let pane): pane.filter
        case .session(let pane): pane.filter
        case .events(let pane): pane.filter
        case .chains(let pane): pane.filter
        case .chain: ""
        }
    }

    /// Shows only rows that hold the text; empty shows all.
    mutating func setFilter(_ text: String) -> [ConsoleEffect] {
        guard text != filter else { return [] }
        switch place {
        case .inbox(var pane):
            pane.filter = text
            settle(&pane, listHeight)
            place = .inbox(pane)
            return []
        case .sessions(var pane):
            pane.filter = text
            pane.wanted = 0
            place = .sessions(pane)
            return [.refresh(pane.load(from: 0))]
        case .session(var pane):
            pane.filter = text
            if let cursor = pane.cursor, !pane.shown.contains(where: { $0.seq == cursor }) { pane.follow() }
            place = .session(pane)
            return []
        case .chains(var pane):
            pane = ChainsPane()
            pane.filter = text
            place = .chains(pane)
            return [.refresh(pane.load)]
        case .chain: return []
        case .events(var pane):
            pane = EventsPane()
            pane.filter = text
            place = .events(pane)
            return [.refresh(pane.load)]
        }
    }
}
