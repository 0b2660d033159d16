import AgentOSCore
import Terminal

/// The pane of sessions: a window on a list that may be long.
public struct SessionsPane: Hashable, Sendable {
    /// What is selected.
    public internal(set) var place = ListPlace<SessionID>()
    /// Only sessions that hold this text in name, id or goal.
    public internal(set) var filter = ""
    /// The rows in memory.
    public internal(set) var window = RowWindow<SessionSummary>()
    /// The row from which a page was asked for last; an answer to an older wish is left out.
    var wanted = 0

    /// The pane at its first row.
    public init() {}

    /// How many rows the list has, as far as is known.
    var count: Int { window.total ?? 0 }

    /// The wish for the page from a row on.
    func load(from offset: Int) -> Load {
        .sessions(filter: filter, offset: offset, limit: RowWindow<SessionSummary>.capacity)
    }

    /// Takes in a page.
    mutating func show(_ page: SessionList.Page, offset: Int, height: Int) {
        window.total = page.total
        window.offset = offset
        window.rows = page.sessions
        let window = window
        place.settle(
            count: page.total, height: height,
            find: { id in window.rows.firstIndex { $0.sessionId == id }.map { $0 + window.offset } },
            ids: { window[$0]?.sessionId })
    }

    /// Goes to a row; asks for the page around it where it is not in memory.
    mutating func move(to row: Int, height: Int) -> [ConsoleEffect] {
        let window = window
        place.move(to: row, count: count, height: height) { window[$0]?.sessionId }
        return loadMissing(height: height)
    }

    /// Asks for the page around what is in view where it is not in memory.
    mutating func loadMissing(height: Int) -> [ConsoleEffect] {
        let visible = place.scroll.visible(count: count, height: height)
        guard let from = window.missing(around: visible), from != window.offset || window.total == nil else {
            return []
        }
        wanted = from
        return [.load(load(from: from))]
    }
}
