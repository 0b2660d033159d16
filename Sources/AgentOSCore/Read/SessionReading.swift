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
        /// What became of a result.
        public init(
            state: Session.ResultState, files: Int, added: Int, removed: Int, branch: String? = nil,
            commit: String? = nil
        ) {
            self.state = state
            self.files = files
            self.added = added
            self.removed = removed
            self.branch = branch
            self.commit = commit
        }
    }

    /// The summary of a session.
    public init(_ session: Session, workspace: String, isRehearsal: Bool, activity: String) {
        sessionId = session.id
        name = session.config.name
        state = session.state
        reason = session.state == .paused ? session.reason : nil
        model = session.config.model
        self.workspace = workspace
        createdAt = session.createdAt
        startedAt = session.startedAt
        endedAt = session.endedAt
        touchedAt = session.touchedAt
        turns = session.turns
        costKnown = session.cost
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
            commit: session.delivery?.commit)
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

/// A line of a transcript.
public struct TranscriptEntry: Hashable, Sendable, Codable {
    /// What sort of line.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// The goal.
        case goal
        /// What a person said.
        case said
        /// What the model said.
        case text
        /// A tool call with its result, folded by default.
        case tool
        /// A gate's result.
        case gate
        /// A checkpoint.
        case checkpoint
        /// A request to a person and its answer.
        case request
        /// A change of state, a failure, a recovery: told in one line.
        case note
    }
    /// The event's place in the log; the entry's identity.
    public var seq: Int64
    /// When.
    public var at: Timestamp
    /// What sort of line.
    public var kind: Kind
    /// The line when folded, raw; shown as `SafeText`.
    public var title: String
    /// What unfolds beneath it, raw.
    public var body: String
    /// Whether it tells of a failure or refusal.
    public var isError: Bool
    /// Whether it is still under way.
    public var isOpen: Bool
    /// The call it is about.
    public var callId: CallID?
    /// For receipts: queued, delivered, seen; for tools: outcome, layer, milliseconds.
    public var detail: String?
    /// Whether a rollback has taken it out of the agent's context.
    public var isRewound: Bool

    /// A line.
    public init(
        seq: Int64, at: Timestamp, kind: Kind, title: String, body: String = "", isError: Bool = false,
        isOpen: Bool = false,
        callId: CallID? = nil, detail: String? = nil, isRewound: Bool = false
    ) {
        self.seq = seq
        self.at = at
        self.kind = kind
        self.title = title
        self.body = body
        self.isError = isError
        self.isOpen = isOpen
        self.callId = callId
        self.detail = detail
        self.isRewound = isRewound
    }
}

/// A checkpoint as lists show it: the JSON shape `checkpoint` of the contract.
public struct CheckpointReading: Hashable, Sendable, Codable {
    /// Its id.
    public var checkpointId: CheckpointID
    /// The session.
    public var sessionId: SessionID
    /// Its event's place in the log.
    public var seq: Int64
    /// The files.
    public var tree: TreeID
    /// A person's name for it.
    public var name: String?
    /// When.
    public var at: Timestamp
    /// Whether the engine took it by itself.
    public var auto: Bool
    /// How many files the tree holds.
    public var files: Int
    /// Why it was taken.
    public var cause: String
    /// The turn.
    public var turn: Int
    /// What runs by itself and is new or changed in it; nil for none.
    public var quarantined: [String]?

    /// A checkpoint.
    public init(_ checkpoint: Checkpoint, sessionId: SessionID, seq: Int64, at: Timestamp) {
        checkpointId = checkpoint.checkpointId
        self.sessionId = sessionId
        self.seq = seq
        tree = checkpoint.tree
        name = checkpoint.name
        self.at = at
        auto = checkpoint.auto
        files = checkpoint.files
        cause = checkpoint.cause
        turn = checkpoint.turn
        quarantined = checkpoint.quarantined
    }
}

/// What a rollback would do.
public struct RollbackPreview: Hashable, Sendable, Codable {
    /// The session.
    public var sessionId: SessionID
    /// Where it would go.
    public var checkpoint: CheckpointReading
    /// The files that would change, from what they are now to what they would be.
    public var diff: TreeDiff
    /// How many entries of the conversation would leave the agent's context.
    public var messages: Int
    /// How many turns of the model are among them.
    public var turns: Int
    /// What has happened since that cannot be put back, a line each.
    public var cannotUndo: [String]

    /// A preview.
    public init(
        sessionId: SessionID, checkpoint: CheckpointReading, diff: TreeDiff, messages: Int, turns: Int = 0,
        cannotUndo: [String]
    ) {
        self.sessionId = sessionId
        self.checkpoint = checkpoint
        self.diff = diff
        self.messages = messages
        self.turns = turns
        self.cannotUndo = cannotUndo
    }
}

/// A thing that waits for a person, or has ended lately: the JSON shape `inbox item` of the contract.
public struct InboxItem: Hashable, Sendable, Codable {
    /// What sort of thing.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// Yes or no to a call.
        case approval
        /// A question of the agent's.
        case question
        /// A result that waits to be taken.
        case result
        /// A limit or a budget is reached.
        case limit
        /// It failed, or was taken over too often.
        case stuck
        /// A gate is red and the policy is to wait.
        case gate
        /// It ended and nothing waits; only in the list of the recently ended.
        case ended
    }
    /// Its id.
    public var itemId: ItemID
    /// What sort of thing.
    public var kind: Kind
    /// The session.
    public var sessionId: SessionID?
    /// The session's name.
    public var name: String
    /// What it is, raw; screens show it as `SafeText`.
    public var text: String
    /// Since when it waits.
    public var askedAt: Timestamp
    /// The whole of what is asked (a command in full), raw.
    public var detail: String

    /// An item.
    public init(
        itemId: ItemID, kind: Kind, sessionId: SessionID?, name: String, text: String, askedAt: Timestamp,
        detail: String = ""
    ) {
        self.itemId = itemId
        self.kind = kind
        self.sessionId = sessionId
        self.name = name
        self.text = text
        self.askedAt = askedAt
        self.detail = detail
    }
}
