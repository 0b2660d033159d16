/// A chain as lists and details show it: the JSON shape `chain` of the contract.
public struct ChainSummary: Hashable, Sendable, Codable {
    /// One session's worth of a step.
    public struct Step: Hashable, Sendable, Codable {
        /// The step.
        public var step: String
        /// What it is run for; nil for a step without `each`.
        public var each: [String: String]?
        /// Where it stands.
        public var state: ChainState
        /// The session of the last try, or the one that did it in an earlier run.
        public var sessionId: SessionID?
        /// How many tries were begun.
        public var attempts: Int
        /// Why it is PAUSED, FAILED or SKIPPED.
        public var reason: String?
        /// What its sessions have cost, as far as it has a price.
        public var costKnown: Money
        /// When the next try begins.
        public var retryAt: Timestamp?
        /// What its session does, in a few words.
        public var activity: String?
        /// The steps before it.
        public var needs: [String]
        /// The wave that it is in, from 0.
        public var wave: Int

        /// The step with its values: `test[musl]`.
        public var title: String {
            guard let each, !each.isEmpty else { return step }
            return "\(step)[\(each.sorted { $0.key < $1.key }.map(\.value).joined(separator: ","))]"
        }

        /// A step of a summary.
        public init(
            step: String, each: [String: String]?, state: ChainState, sessionId: SessionID?, attempts: Int,
            reason: String?, costKnown: Money = .zero, retryAt: Timestamp? = nil, activity: String? = nil,
            needs: [String] = [], wave: Int = 0
        ) {
            self.step = step
            self.each = each
            self.state = state
            self.sessionId = sessionId
            self.attempts = attempts
            self.reason = reason
            self.costKnown = costKnown
            self.retryAt = retryAt
            self.activity = activity
            self.needs = needs
            self.wave = wave
        }
    }

    /// Its id.
    public var chainId: ChainID
    /// Its name.
    public var name: String
    /// Where it stands.
    public var state: ChainState
    /// Why it is PAUSED.
    public var reason: String?
    /// More of that, raw.
    public var detail: String?
    /// Why it failed.
    public var error: String?
    /// What all its sessions may cost.
    public var budget: Money?
    /// What they have cost, as far as it has a price.
    public var costKnown: Money
    /// Whether a part of the cost has no price.
    public var hasUnpriced: Bool
    /// When it was made.
    public var createdAt: Timestamp
    /// When it first ran.
    public var startedAt: Timestamp?
    /// When it ended.
    public var endedAt: Timestamp?
    /// When something last happened.
    public var touchedAt: Timestamp
    /// Every place of every step, in the order of the waves.
    public var steps: [Step]
    /// The version of its stream when this was read.
    public var version: Int64

    /// The summary of a chain; what its sessions cost and do is filled in by whoever can read them.
    public init(_ chain: Chain) {
        chainId = chain.id
        name = chain.config.name
        state = chain.state
        reason = chain.state == .paused ? chain.pause?.reason : nil
        detail = chain.state == .paused ? chain.pause?.detail : nil
        error = chain.error
        budget = chain.config.budget
        (costKnown, hasUnpriced) = (.zero, false)
        (createdAt, startedAt, endedAt) = (chain.createdAt, chain.startedAt, chain.endedAt)
        (touchedAt, version) = (chain.touchedAt, chain.version)
        let graph = ChainGraph(chain.config)
        let waves = graph.waves()
        steps = chain.runs.map { run in
            let step = chain.config.step(run.id.step)
            return Step(
                step: run.id.step, each: run.each, state: run.state, sessionId: run.sessionId,
                attempts: run.attempts, reason: run.reason, retryAt: run.state == .queued ? run.retryAt : nil,
                needs: step.map(graph.before) ?? [],
                wave: waves.firstIndex { $0.contains { $0.name == run.id.step } } ?? 0)
        }
    }

    /// How many steps have come out, of how many.
    public var progress: (done: Int, of: Int) { (steps.filter(\.state.isEnded).count, steps.count) }

    /// The contract's JSON: `cost` is a decimal string, or null with `costKnown` beside it when a part has no price.
    public func json() throws -> JSONValue {
        var members = try JSONText.value(self).object ?? [:]
        members["cost"] = hasUnpriced ? .null : .string(costKnown.description)
        members["hasUnpriced"] = nil
        if !hasUnpriced { members["costKnown"] = nil }
        return .object(members)
    }
}

/// A page of chains.
public struct ChainList: EngineQuery {
    /// A page.
    public struct Page: Hashable, Sendable, Codable {
        /// Those that work or wait first, the newest first in each.
        public var chains: [ChainSummary]
        /// How many match in all.
        public var total: Int
        /// A page.
        public init(chains: [ChainSummary], total: Int) {
            self.chains = chains
            self.total = total
        }
    }
    /// `chain.list`.
    public static let name = "chain.list"
    /// A page.
    public typealias Answer = Page
    /// Only these states; empty is all.
    public var states: [ChainState]
    /// Only names and ids that hold this text, case ignored.
    public var filter: String
    /// Only those made since.
    public var since: Timestamp?
    /// How many to skip.
    public var offset: Int
    /// How many to return.
    public var limit: Int

    /// A page of chains.
    public init(
        states: [ChainState] = [], filter: String = "", since: Timestamp? = nil, offset: Int = 0,
        limit: Int = 100
    ) {
        self.states = states
        self.filter = filter
        self.since = since
        self.offset = offset
        self.limit = limit
    }
}

/// One chain by id, unambiguous prefix or unique name.
///
/// Not found: exit 4; ambiguous: exit 2.
public struct ChainShow: EngineQuery {
    /// `chain.show`.
    public static let name = "chain.show"
    /// A summary.
    public typealias Answer = ChainSummary
    /// An id, an unambiguous prefix or a unique name.
    public var id: String
    /// One chain.
    public init(id: String) { self.id = id }
}
