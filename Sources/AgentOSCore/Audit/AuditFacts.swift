/// A model call, as the session's entries and the ledger tell it.
public struct AuditModelCall: Hashable, Sendable, Codable {
    /// How it ended.
    public enum Outcome: String, Hashable, Sendable, Codable {
        /// It was answered.
        case answered
        /// It failed for good.
        case failed
        /// It was cut with its host.
        case lost
        /// It has not ended.
        case open
    }
    /// The entry that began it.
    public var seq: Int64
    /// When it began.
    public var at: Timestamp
    /// The call.
    public var callId: CallID
    /// What was asked for.
    public var route: String
    /// Who answered; nil when nobody did.
    public var model: ModelReference?
    /// How it ended.
    public var outcome: Outcome = .open
    /// What the vendor counted; nil where it did not say.
    public var usage: Usage?
    /// What it cost; nil without a price, or while it has not ended.
    public var cost: Money?
    /// The day of the price table that the cost was computed from.
    public var prices: String?
    /// What was held back for it.
    public var reserved: Money?
    /// How many requests were sent.
    public var attempts: Int = 0
    /// The ledger's entry for it.
    public var ledgerSeq: Int64?
    /// What it votes on; nil for a call of the agent's.
    public var judge: JudgeSeat?
    /// The score that it gave, from 0 to 1; nil for none.
    public var score: Double?
    /// Why, in the judge's words or ours.
    public var reason: String?

    /// A call that has begun.
    public init(seq: Int64, at: Timestamp, callId: CallID, route: String, reserved: Money?) {
        self.seq = seq
        self.at = at
        self.callId = callId
        self.route = route
        self.reserved = reserved
    }
}

/// A tool call.
public struct AuditToolCall: Hashable, Sendable, Codable {
    /// The entry that began it, or refused it.
    public var seq: Int64
    /// When.
    public var at: Timestamp
    /// The call.
    public var callId: CallID
    /// The tool's name.
    public var tool: String
    /// What it was given.
    public var arguments: JSONValue
    /// How far it could reach; nil where it was refused before that was asked.
    public var effect: EffectClass?
    /// The layer that enforced it; nil for a tool that runs in the engine.
    public var layer: String?
    /// How it ended; nil while it has not.
    ///
    /// `undone` stands for a cut call whose changes were put back.
    public var outcome: String?
    /// The exit status of a process.
    public var exitStatus: Int?
    /// Wall time.
    public var milliseconds: Int64 = 0
    /// Whether its result was a refusal or failure.
    public var isError = false
    /// The request to a person that it waited for.
    public var approval: ItemID?
    /// The place in `changes` that tells of the files; nil where no checkpoint followed.
    public var change: Int?

    /// A call.
    public init(seq: Int64, at: Timestamp, callId: CallID, tool: String, arguments: JSONValue) {
        self.seq = seq
        self.at = at
        self.callId = callId
        self.tool = tool
        self.arguments = arguments
    }
}

/// What differs between two checkpoints, and the calls that ran between them.
public struct AuditChange: Hashable, Sendable, Codable {
    /// A path that differs.
    public struct File: Hashable, Sendable, Codable {
        /// Relative to the workspace.
        public var path: String
        /// How it differs.
        public var change: TreeDiff.Change
        /// Lines added.
        public var added: Int
        /// Lines removed.
        public var removed: Int

        /// A path that differs.
        public init(path: String, change: TreeDiff.Change, added: Int, removed: Int) {
            self.path = path
            self.change = change
            self.added = added
            self.removed = removed
        }
    }
    /// Where the files stood before.
    public var from: CheckpointID
    /// Where they stood after.
    public var to: CheckpointID
    /// The tree before.
    public var fromTree: TreeID
    /// The tree after.
    public var toTree: TreeID
    /// The calls that could change files in between; what several changed together is not told apart.
    public var calls: [CallID]
    /// The paths; nil where the trees are not kept any more.
    public var files: [File]?

    /// A stretch between two checkpoints.
    public init(from: CheckpointID, to: CheckpointID, fromTree: TreeID, toTree: TreeID, calls: [CallID]) {
        self.from = from
        self.to = to
        self.fromTree = fromTree
        self.toTree = toTree
        self.calls = calls
    }
}

/// A request to a person, and the answer.
public struct AuditApproval: Hashable, Sendable, Codable {
    /// The entry that asked.
    public var seq: Int64
    /// When.
    public var at: Timestamp
    /// The item of the inbox.
    public var itemId: ItemID
    /// Approval or question.
    public var kind: PersonRequest.Kind
    /// What was asked.
    public var text: String
    /// `yes`, `no: why`, a text; nil while nobody has answered.
    public var answer: String?
    /// Who answered.
    public var by: Actor?
    /// When.
    public var answeredAt: Timestamp?
    /// The entry of the answer.
    public var answerSeq: Int64?

    /// A request.
    public init(seq: Int64, at: Timestamp, itemId: ItemID, kind: PersonRequest.Kind, text: String) {
        self.seq = seq
        self.at = at
        self.itemId = itemId
        self.kind = kind
        self.text = text
    }
}

/// A gate's result, bound to what it looked at.
public struct AuditGate: Hashable, Sendable, Codable {
    /// Its entry.
    public var seq: Int64
    /// When.
    public var at: Timestamp
    /// The gate's name.
    public var gate: String
    /// The hash of its definition.
    public var gateHash: String
    /// The files that it looked at.
    public var tree: TreeID
    /// Whether it is green.
    public var passed: Bool
    /// Whether it holds the session back.
    public var required: Bool
    /// The try.
    public var attempt: Int
    /// Why it is red.
    public var reason: String?

    /// A gate's result.
    public init(seq: Int64, at: Timestamp, _ outcome: GateOutcome) {
        self.seq = seq
        self.at = at
        gate = outcome.gate
        gateHash = outcome.gateHash
        tree = outcome.tree
        passed = outcome.passed
        required = outcome.required
        attempt = outcome.attempt
        reason = outcome.reason
    }
}

/// Something a person or the engine did to the session: a limit changed, a rollback, a result taken.
public struct AuditAct: Hashable, Sendable, Codable {
    /// Its entry.
    public var seq: Int64
    /// When.
    public var at: Timestamp
    /// Who.
    public var actor: Actor
    /// What, in a word: `queued`, `limits`, `allowed`, `rollback`, `branch`, `here`, `patch`, `export` and so on.
    public var what: String
    /// The particulars, in one line.
    public var detail: String
    /// The branch that was made.
    public var branch: String?
    /// The commit that was made.
    public var commit: String?
    /// How many files.
    public var files: Int?

    /// Something that was done.
    public init(seq: Int64, at: Timestamp, actor: Actor, what: String, detail: String = "") {
        self.seq = seq
        self.at = at
        self.actor = actor
        self.what = what
        self.detail = detail
    }
}

/// The sums of a session.
public struct AuditTotals: Hashable, Sendable, Codable {
    /// What it cost; null when a part has no price.
    public var cost: Money?
    /// What is known of it.
    public var costKnown: Money
    /// What the ledger's lines sum up to.
    public var ledger: Money
    /// How many calls have no price.
    public var unpriced: Int
    /// Tokens.
    public var usage: Usage
    /// Model calls.
    public var calls: Int
    /// Tool calls that ran.
    public var tools: Int
    /// Turns.
    public var turns: Int

    /// Sums.
    public init(
        costKnown: Money, hasUnpriced: Bool, ledger: Money, unpriced: Int, usage: Usage, calls: Int,
        tools: Int,
        turns: Int
    ) {
        cost = hasUnpriced ? nil : costKnown
        self.costKnown = costKnown
        self.ledger = ledger
        self.unpriced = unpriced
        self.usage = usage
        self.calls = calls
        self.tools = tools
        self.turns = turns
    }

    enum CodingKeys: CodingKey { case cost, costKnown, ledger, unpriced, usage, calls, tools, turns }

    /// Writes a null for a cost that is not known.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(cost, forKey: .cost)
        try container.encode(costKnown, forKey: .costKnown)
        try container.encode(ledger, forKey: .ledger)
        try container.encode(unpriced, forKey: .unpriced)
        try container.encode(usage, forKey: .usage)
        try container.encode(calls, forKey: .calls)
        try container.encode(tools, forKey: .tools)
        try container.encode(turns, forKey: .turns)
    }
}
