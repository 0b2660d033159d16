/// What can happen to a session.
///
/// The stored type and the fields of each are in `SessionEventCoding`.
public enum SessionEvent: Hashable, Sendable {
    /// It was made.
    case created(config: SessionConfig)
    /// It goes on from a checkpoint of another session; always its second event.
    case forked(SessionFork)
    /// It was asked to run, `notBefore` a moment where one is named; `attempt` counts from 1.
    case queued(attempt: Int, notBefore: Timestamp? = nil)
    /// The engine took it up under this sandbox layer.
    case started(layer: String)
    /// Its workspace was made.
    case workspaceMade(WorkspaceBase)
    /// The command that prepares the workspace was about to run.
    case setupStarted(callId: CallID)
    /// It ended.
    case setupFinished(callId: CallID, result: ToolResult)
    /// It was cut by the end of its host; `undone` says that the workspace is made anew before it runs again, where it
    /// reached no further.
    case setupCut(callId: CallID, undone: Bool)
    /// Where it stands: a step in words and the share of the tightest limit that is used, 0 to 1.
    case progress(step: String, pct: Double?)
    /// A model was about to be called; what was reserved for it.
    case modelStarted(callId: CallID, route: String, reserved: Money?)
    /// It answered. `cost` is nil when a part has no price.
    case modelFinished(callId: CallID, reply: ModelReply, cost: Money?)
    /// It failed for good.
    case modelFailed(callId: CallID, failure: ModelFailure, cost: Money?)
    /// A model call was cut by the end of its host; it is made again, and what it may have cost is counted.
    case modelLost(callId: CallID, cost: Money?)
    /// A tool was about to run.
    case toolStarted(ToolIntent)
    /// It answered, was refused, or its outcome is unknown.
    case toolFinished(callId: CallID, outcome: ToolOutcome, result: ToolResult)
    /// A cut call's changes were undone by restoring this checkpoint, nil where it only read; it runs again.
    case toolUndone(callId: CallID, checkpointId: CheckpointID?)
    /// A checkpoint was taken.
    case checkpointTaken(Checkpoint)
    /// A person asked for a checkpoint with this name while a call was under way; it is taken at the next safe point.
    case checkpointAsked(name: String?)
    /// A gate was about to be run on this tree.
    case gateStarted(gate: String, tree: TreeID, attempt: Int)
    /// It is green.
    case gatePassed(GateOutcome)
    /// It is red.
    case gateFailed(GateOutcome)
    /// The output of the red gates goes back to the agent as this text.
    case gateReturned(text: String)
    /// A person asked to pause; it pauses at the next safe point.
    case pauseAsked
    /// It stands still.
    case paused(reason: PauseReason)
    /// Its breaker found that it goes in circles; the evidence, before it pauses for it.
    case loopFound(LoopEvidence)
    /// It goes on.
    case resumed
    /// A person said something.
    case said(messageId: MessageID, text: String)
    /// What was said is part of the conversation now.
    case delivered(messageIds: [MessageID])
    /// A model has answered with these in its conversation.
    case seen(messageIds: [MessageID])
    /// A person is asked.
    case asked(PersonRequest)
    /// A person, or the session's policy, answered.
    case answered(itemId: ItemID, answer: Answer)
    /// Calls that this rule covers need no approval from now on.
    case allowed(rule: String)
    /// The files and the transcript are about to be put back; `safety` holds what was there.
    case rollbackStarted(Rollback)
    /// They were put back.
    case rolledBack(checkpointId: CheckpointID, files: Int)
    /// The files are about to be put back to before the last rollback.
    case undoStarted(checkpointId: CheckpointID)
    /// The last rollback was undone.
    case undone(checkpointId: CheckpointID, files: Int)
    /// A limit was changed.
    case limitsSet(SessionLimits)
    /// A host took it over after another's end; `from` is the one before it, where that is known.
    case recovered(undone: Int, from: HostLease? = nil)
    /// So many percent of its cost limit are spent, 50, 80 or 100: told once for each limit.
    case budgetReached(share: Int, spent: Money, limit: Money)
    /// The agent is done and the required gates are green.
    case completed(SessionOutcome)
    /// It cannot go on.
    case failed(error: String)
    /// A person ended it.
    case cancelled
    /// Its result is about to be taken; `record` is what puts back whatever of it has been written.
    case applying(record: JSONValue)
    /// Its result was taken. `record` is what `unapply` needs.
    case applied(form: String, branch: String?, commit: String?, files: Int, record: JSONValue)
    /// What a delivery had written that did not come to its end was put back.
    case deliveryUndone
    /// What was taken last was put back.
    case unapplied
    /// Its result was written elsewhere.
    case exported(to: String)
    /// Its result is not wanted.
    case discarded
    /// Files of it were cleared to make room.
    case evicted(Eviction)
}

/// A tool call that is about to run: enough to recover it (INV-4).
public struct ToolIntent: Hashable, Sendable, Codable {
    /// The engine's id of the call.
    public var callId: CallID
    /// The model's call.
    public var call: ToolCall
    /// What it can do.
    public var effect: EffectClass
    /// The checkpoint to which a cut confined call is undone.
    public var checkpointId: CheckpointID?
    /// The sandbox layer that will be enforced; nil for tools that run in the engine.
    public var layer: String?

    /// An intent.
    public init(
        callId: CallID, call: ToolCall, effect: EffectClass, checkpointId: CheckpointID?, layer: String?
    ) {
        self.callId = callId
        self.call = call
        self.effect = effect
        self.checkpointId = checkpointId
        self.layer = layer
    }
}

/// What a session's breaker found.
public struct LoopEvidence: Hashable, Sendable, Codable {
    /// How it goes in circles.
    public enum Pattern: String, Hashable, Sendable, Codable, CaseIterable {
        /// The same call came to the same result.
        case sameCall = "same_call"
        /// The same error came back.
        case sameError = "same_error"
        /// Two calls take turns, each with its own same result.
        case alternating
        /// Turns of text without a call, or of nearly the same text.
        case monologue
    }
    /// How it goes in circles.
    public var pattern: Pattern
    /// How often.
    public var times: Int
    /// What was repeated, a line each, raw; shown as `SafeText`.
    public var lines: [String]

    /// What a breaker found.
    public init(pattern: Pattern, times: Int, lines: [String]) {
        self.pattern = pattern
        self.times = times
        self.lines = lines
    }
}

/// How a tool call ended.
public enum ToolOutcome: String, Hashable, Sendable, Codable {
    /// It ran to its end.
    case done
    /// A policy or a person refused it.
    case denied
    /// It was ended with the session.
    case cancelled
    /// It was cut and could have reached outside: nobody knows what it did.
    case unknown
}

/// A point to which a session can be put back.
public struct Checkpoint: Hashable, Sendable, Codable {
    /// Its id.
    public var checkpointId: CheckpointID
    /// The number in the session, from 0.
    public var number: Int
    /// The files.
    public var tree: TreeID
    /// How many files.
    public var files: Int
    /// A person's name for it.
    public var name: String?
    /// Why it was taken: `start`, `turn`, `before CALL`, `pause`, `before rollback`, `by hand`.
    public var cause: String
    /// Whether the engine took it by itself.
    public var auto: Bool
    /// How many entries the conversation had.
    public var messages: Int
    /// The turn.
    public var turn: Int
    /// What it does not hold and what was put back, a line each: files over the size cap, pipes and devices, hooks.
    public var notes: [String]
    /// Paths made, changed or removed since the start that run by themselves, a git folder as one; the first 200, nil for none.
    ///
    /// No delivery takes them along unless they are named.
    public var quarantined: [String]?

    /// A checkpoint.
    public init(
        checkpointId: CheckpointID, number: Int, tree: TreeID, files: Int, name: String?, cause: String,
        auto: Bool,
        messages: Int, turn: Int, notes: [String] = [], quarantined: [String]? = nil
    ) {
        self.checkpointId = checkpointId
        self.number = number
        self.tree = tree
        self.files = files
        self.name = name
        self.cause = cause
        self.auto = auto
        self.messages = messages
        self.turn = turn
        self.notes = notes
        self.quarantined = quarantined
    }
}

/// What a gate found, bound to what it looked at.
public struct GateOutcome: Hashable, Sendable, Codable {
    /// The gate's name.
    public var gate: String
    /// Whether it is green.
    public var passed: Bool
    /// Whether it holds the session back.
    public var required: Bool
    /// The files it looked at.
    public var tree: TreeID
    /// The gate's own hash, so that another gate of this name does not inherit the result.
    public var gateHash: String
    /// Why it is red, in one line.
    public var reason: String?
    /// The end of its output.
    public var output: String
    /// The try, from 1.
    public var attempt: Int
    /// Wall time.
    public var milliseconds: Int64
    /// How many tests ran, where the output of the command counts them.
    public var tests: Int?

    /// A gate's result.
    public init(
        gate: String, passed: Bool, required: Bool, tree: TreeID, gateHash: String, reason: String?,
        output: String,
        attempt: Int, milliseconds: Int64, tests: Int? = nil
    ) {
        self.gate = gate
        self.passed = passed
        self.required = required
        self.tree = tree
        self.gateHash = gateHash
        self.reason = reason
        self.output = output
        self.attempt = attempt
        self.milliseconds = milliseconds
        self.tests = tests
    }
}

/// Something a session asks a person.
public struct PersonRequest: Hashable, Sendable, Codable {
    /// What sort of answer is wanted.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// Yes or no to a call.
        case approval
        /// A text.
        case question
        /// Yes to run the command that prepares the workspace again though its cut run may have acted, no to end.
        case setup
        /// Yes or no to the work as it is.
        case gate
    }
    /// Its id in the inbox.
    public var itemId: ItemID
    /// What sort of answer is wanted.
    public var kind: Kind
    /// The call that waits.
    public var call: ToolCall
    /// What is asked, as raw text; screens show it as `SafeText`.
    public var text: String

    /// A request.
    public init(itemId: ItemID, kind: Kind, call: ToolCall, text: String) {
        self.itemId = itemId
        self.kind = kind
        self.call = call
        self.text = text
    }
}

/// A person's answer.
public enum Answer: Hashable, Sendable, Codable {
    /// The call may run.
    case yes
    /// It may not; why, if said.
    case no(String?)
    /// The answer to a question.
    case text(String)
    /// Nobody answered and the session's policy is to deny.
    case unattended
}

/// A rollback that is about to happen.
public struct Rollback: Hashable, Sendable, Codable {
    /// Where it goes.
    public var checkpointId: CheckpointID
    /// The checkpoint that holds what was there before.
    public var safety: CheckpointID
    /// Whether the files are put back.
    public var files: Bool
    /// Whether the transcript is put back.
    public var context: Bool
    /// The state that an undo returns to.
    public var from: SessionState

    /// A rollback.
    public init(
        checkpointId: CheckpointID, safety: CheckpointID, files: Bool, context: Bool, from: SessionState
    ) {
        self.checkpointId = checkpointId
        self.safety = safety
        self.files = files
        self.context = context
        self.from = from
    }
}

/// How a session's work ended.
public struct SessionOutcome: Hashable, Sendable, Codable {
    /// The agent's last words.
    public var text: String
    /// The files at the end.
    public var tree: TreeID
    /// How many files differ from checkpoint 0.
    public var files: Int
    /// Lines added.
    public var added: Int
    /// Lines removed.
    public var removed: Int

    /// An outcome.
    public init(text: String, tree: TreeID, files: Int, added: Int, removed: Int) {
        self.text = text
        self.tree = tree
        self.files = files
        self.added = added
        self.removed = removed
    }
}
