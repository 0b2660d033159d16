import AgentOSCore
import Terminal

/// The pane of chains.
public struct ChainsPane: Hashable, Sendable {
    /// What is selected.
    public internal(set) var place = ListPlace<ChainID>()
    /// Only chains that hold this text in name, id or state.
    public internal(set) var filter = ""
    /// The newest chains that match; nil before they are known.
    public internal(set) var chains: [ChainSummary]?

    /// The pane at its first row.
    public init() {}

    /// The most chains that are shown.
    static let capacity = 200

    /// The wish for what it shows.
    var load: Load { .chains(filter: filter, limit: Self.capacity) }

    /// The selected chain.
    var selected: ChainSummary? { chains?.first { $0.chainId == place.id } }

    /// Takes in the chains, or brings the selection back into view.
    mutating func settle(_ fresh: [ChainSummary]? = nil, height: Int) {
        if let fresh { chains = fresh }
        let rows = chains ?? []
        place.settle(
            count: rows.count, height: height, find: { id in rows.firstIndex { $0.chainId == id } },
            ids: { rows.indices.contains($0) ? rows[$0].chainId : nil })
    }

    /// Goes to a row.
    mutating func move(to row: Int, height: Int) {
        let rows = chains ?? []
        place.move(to: row, count: rows.count, height: height) {
            rows.indices.contains($0) ? rows[$0].chainId : nil
        }
    }
}

/// The pane of one chain: its steps as lanes.
public struct ChainPane: Hashable, Sendable {
    /// The chain by id, prefix or name, as it was asked for.
    public internal(set) var wanted: String
    /// The chain; nil before it is known.
    public internal(set) var chain: ChainSummary?
    /// The selected step, by its title.
    public internal(set) var place = ListPlace<String>()
    /// Why it cannot be shown.
    public internal(set) var fault: Fault?

    /// A chain by id, prefix or name.
    public init(_ wanted: String) { self.wanted = wanted }

    /// The wish for what it shows.
    var load: Load { .chain(wanted) }

    /// The selected step.
    var step: ChainSummary.Step? { chain?.steps.first { $0.title == place.id } }

    /// Takes in the chain, or brings the selection back into view.
    mutating func settle(_ fresh: ChainSummary? = nil, height: Int) {
        if let fresh {
            (chain, fault) = (fresh, nil)
            wanted = fresh.chainId.rawValue
        }
        let rows = chain?.steps ?? []
        place.settle(
            count: rows.count, height: height, find: { id in rows.firstIndex { $0.title == id } },
            ids: { rows.indices.contains($0) ? rows[$0].title : nil })
    }

    /// Goes to a row.
    mutating func move(to row: Int, height: Int) {
        let rows = chain?.steps ?? []
        place.move(to: row, count: rows.count, height: height) {
            rows.indices.contains($0) ? rows[$0].title : nil
        }
    }
}
