import AgentOSCore
import Terminal

/// The pane of what waits for the person, then what ended lately.
public struct InboxPane: Hashable, Sendable {
    /// What is selected.
    public internal(set) var place = ListPlace<ItemID>()
    /// Only rows that hold this text.
    public internal(set) var filter = ""
    /// How far the request is scrolled.
    public internal(set) var panelOffset = 0

    /// The pane at its first row.
    public init() {}
}

extension InboxList.Inbox {
    /// What waits, the most pressing kind first and the oldest of a kind first.
    var byUrgency: [InboxItem] {
        waiting.sorted { ($0.kind.urgency, $0.askedAt, $0.itemId) < ($1.kind.urgency, $1.askedAt, $1.itemId) }
    }

    /// The rows of the pane that hold a text.
    func rows(filter: String) -> [InboxItem] {
        let all = byUrgency + ended
        guard !filter.isEmpty else { return all }
        let wanted = filter.lowercased()
        return all.filter { item in
            [
                item.text, item.name, item.kind.rawValue, item.sessionId?.rawValue ?? "",
                item.chainId?.rawValue ?? "",
            ].contains {
                $0.lowercased().contains(wanted)
            }
        }
    }
}

extension InboxItem.Kind {
    /// Approvals, questions, results, limits, gates, what is stuck; then what only ended.
    var urgency: Int {
        switch self {
        case .approval: 0
        case .question: 1
        case .result: 2
        case .limit: 3
        case .gate: 4
        case .stuck: 5
        case .ended: 6
        }
    }

    /// Whether an answer of the person's is wanted.
    fileprivate var wantsAnswer: Bool {
        switch self {
        case .approval, .question, .limit: true
        case .result, .gate, .stuck, .ended: false
        }
    }
}

extension InboxItem {
    /// Whether an answer of the person's is wanted: a chain that failed goes on by one too.
    var wantsAnswer: Bool { kind.wantsAnswer || isFailedChain }

    /// Whether it is a chain that failed.
    var isFailedChain: Bool { chainId != nil && kind == .stuck && itemId.rawValue.hasSuffix(".f") }
}
