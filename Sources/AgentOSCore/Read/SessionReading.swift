/// A session as lists show it: the JSON shape `session` of the contract.
public struct SessionSummary: Hashable, Sendable, Codable {
    /// Its id.
    public var sessionId: SessionID
    /// Its name.
    public var name: String
    /// Where it stands.
    public var state: SessionState
    /// Why it is PAUSED.
    public var reason: PauseReason?
    /// The route or model it asked for.
    public var model: String
    /// The workspace's absolute path.
    public var workspace: String
    /// When it was made.
    public var createdAt: Timestamp
    /// When it first ran.
    public var startedAt: Timestamp?
    /// When it ended.
    public var endedAt: Timestamp?
    /// When something last happened: the clock of progress.
    public var touchedAt: Timestamp
    /// Turns of the model.
    public var turns: Int
    /// What is known of its cost; `cost` in JSON is nil when a part has no price.
    public var costKnown: Money
    /// The part of it that nobody counted, taken at the most that it can be: answers that were lost; nil where there
    /// is none.
    public var costLost: Money?
    /// What is held back for the call under way, beside the cost; nil where nothing is.
    public var costHeld: Money?
    /// Whether a part of the cost has no price.
    public var hasUnpriced: Bool
    /// Its cost limit.
    public var budget: Money?
    /// Tokens.
    public var usage: Usage
    /// Its gates with the results of the current try.
    public var gates: [GateReading]
    /// What became of the result.
    public var result: ResultReading
    /// Why it failed.
    public var error: String?
    /// The version of its stream when this was read.
    public var version: Int64
    /// What it is doing, in a few words.
    public var activity: String
    /// Items of the inbox that wait on it.
    public var waiting: Int
    /// Whether its model is rehearsed.
    public var isRehearsal: Bool
    /// Where it stands in the queue, while QUEUED.
    public var queue: QueuePlace?
    /// What it was forked from; nil where it began by itself.
    public var forkOf: ForkReading?

    /// What a session was forked from.
    public struct ForkReading: Hashable, Sendable, Codable {
        /// The session.
        public var sessionId: SessionID
        /// Its checkpoint.
        public var checkpointId: CheckpointID
        /// The first session of the tree of sessions.
        public var root: SessionID
        /// What a session was forked from.
        public init(sessionId: SessionID, checkpointId: CheckpointID, root: SessionID) {
            self.sessionId = sessionId
            self.checkpointId = checkpointId
            self.root = root
        }
    }

    /// A gate's result; `passed` is nil before it has run.
    public struct GateReading: Hashable, Sendable, Codable {
        /// The gate's name.
        public var gate: String
        /// Whether it is green; nil before it has run on these files.
        public var passed: Bool?
        /// Whether it holds the session back.
        public var required: Bool
        /// Why it is red.
        public var reason: String?
        /// A gate's result.
        public init(gate: String, passed: Bool?, required: Bool, reason: String?) {
            self.gate = gate
            self.passed = passed
            self.required = required
            self.reason = reason
        }
    }

    /// What became of a result.
    public struct ResultReading: Hashable, Sendable, Codable {
        /// none, pending, applied, discarded.
        public var state: Session.ResultState
        /// Changed files.
        public var files: Int
        /// Lines added.
        public var added: Int
        /// Lines removed.
        public var removed: Int
        /// The branch it was applied to.
        public var branch: String?
        /// The commit.
        public var commit: String?
        /// How many of its files were taken, where some of them still wait; nil otherwise.
        public var applied: Int?
        /// What became of a result.
        public init(
            state: Session.ResultState, files: Int, added: Int, removed: Int, branch: String? = nil,
            commit: String? = nil, applied: Int? = nil
        ) {
            self.state = state
            self.files = files
            self.added = added
            self.removed = removed
            self.branch = branch
            self.commit = commit
            self.applied = applied
        }
    }

    /// The summary of a session.
    public init(_ session: Session, workspace: String, isRehearsal: Bool, activity: String) {
        sessionId = session.id
        name = session.config.name
        state = session.state
        reason = session.state == .paused ? session.reason : nil
        model = session.config.worker
        self.workspace = workspace
        createdAt = session.createdAt
        startedAt = session.startedAt
        endedAt = session.endedAt
        touchedAt = session.touchedAt
        turns = session.turns
        costKnown = session.cost
        costLost = session.lostCost == .zero ? nil : session.lostCost
        costHeld = session.reserved.flatMap { $0 == .zero ? nil : $0 }
        hasUnpriced = session.hasUnpriced
        budget = session.config.limits.cost
        usage = session.usage
        gates = session.config.gates.map { gate in
            let outcome = session.gates.first { $0.gate == gate.name }
            return GateReading(
                gate: gate.name, passed: outcome?.passed, required: gate.required, reason: outcome?.reason)
        }
        result = ResultReading(
            state: session.result, files: session.outcome?.files ?? 0, added: session.outcome?.added ?? 0,
            removed: session.outcome?.removed ?? 0, branch: session.delivery?.branch,
            commit: session.delivery?.commit,
            applied: session.result == .pending ? session.resultDelivery?.rest.map { $0.of - $0.left } : nil)
        error = session.error
        version = session.version
        self.activity = activity
        waiting = session.requests.count + (session.result == .pending && session.config.chain == nil ? 1 : 0)
        self.isRehearsal = isRehearsal
        forkOf = session.fork.map {
            ForkReading(sessionId: $0.parent, checkpointId: $0.checkpointId, root: $0.root)
        }
    }

    /// The contract's JSON: `cost` is a decimal string, or null with `costKnown` beside it when a part has no price.
    public func json() throws -> JSONValue {
        var members = try JSONText.value(self).object ?? [:]
        members["cost"] = hasUnpriced ? .null : .string(costKnown.description)
        members["hasUnpriced"] = nil
        if !hasUnpriced { members["costKnown"] = nil }
        return .object(members)
    }
}
