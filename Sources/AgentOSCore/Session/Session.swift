/// A session as the fold of its events.
///
/// Holds no clock, file or connection: `apply` is the only way it changes, so recovery, projections and
/// screens see the same session.
public struct Session: Hashable, Sendable {
    /// A call that was begun and whose end is not in the log.
    public enum Inflight: Hashable, Sendable {
        /// A model call.
        case model(CallID)
        /// A tool call.
        case tool(ToolIntent)
        /// The command that prepares the workspace.
        case setup(CallID)
        /// A gate.
        case gate(String)
    }

    /// Something a person said, and how far it has come.
    public struct Said: Hashable, Sendable, Codable {
        /// How far it has come.
        public enum Receipt: String, Hashable, Sendable, Codable {
            /// Waits to become part of the conversation.
            case queued
            /// Part of the conversation.
            case delivered
            /// A model has answered with it in its conversation.
            case seen
        }
        /// Its id.
        public var messageId: MessageID
        /// What was said.
        public var text: String
        /// How far it has come.
        public var receipt: Receipt
        /// Whether the calls of the turn under way go before it; nil where it is heard at the next tool boundary.
        public var afterTurn: Bool?
        /// Whether a tool call has ended since: the turn's other calls are left out for it.
        var isDue = false

        private enum CodingKeys: String, CodingKey { case messageId, text, receipt, afterTurn }
    }

    /// What became of the result.
    public enum ResultState: String, Hashable, Sendable, Codable {
        /// There is none, or nothing changed.
        case none
        /// It waits to be taken or discarded.
        case pending
        /// It was taken.
        case applied
        /// It is not wanted.
        case discarded
    }

    /// Its id.
    public let id: SessionID
    /// What it was made with; limits may have been changed since.
    public internal(set) var config: SessionConfig
    /// What it goes on from; nil where it began by itself.
    public internal(set) var fork: SessionFork?
    /// The version of its stream.
    public internal(set) var version: Int64 = 0
    /// Where it stands.
    public internal(set) var state: SessionState = .created
    /// Since when it waits in the queue, while QUEUED.
    public internal(set) var queuedAt: Timestamp?
    /// When it may be started, while QUEUED; nil is at once.
    public internal(set) var notBefore: Timestamp?
    /// Why it stands still, while PAUSED.
    public internal(set) var reason: PauseReason?
    /// Where it goes on after PAUSED.
    public internal(set) var resumesAs: SessionState = .running
    /// A pause was asked for and waits for a safe point.
    public internal(set) var pauseAsked = false
    /// When it was made.
    public internal(set) var createdAt: Timestamp
    /// When it first ran.
    public internal(set) var startedAt: Timestamp?
    /// When it ended.
    public internal(set) var endedAt: Timestamp?
    /// When something last happened.
    public internal(set) var touchedAt: Timestamp
    /// Which attempt this is, from 1.
    public internal(set) var attempt = 0
    /// The sandbox layer.
    public internal(set) var layer: String?
    /// What the workspace was made from.
    public internal(set) var base: WorkspaceBase?
    /// How often the command that prepares the workspace was begun, for ids.
    public internal(set) var setups = 0
    /// Whether the workspace has been prepared.
    public internal(set) var isSetUp = false
    /// The conversation.
    public internal(set) var messages: [Message] = []
    /// Calls of the last reply that have no result yet, in order.
    public internal(set) var waitingCalls: [ToolCall] = []
    /// Whether the last reply wished for no tool.
    public internal(set) var agentIsDone = false
    /// What is under way.
    public internal(set) var inflight: Inflight?
    /// Turns of the model.
    public internal(set) var turns = 0
    /// Tool calls begun.
    public internal(set) var calls = 0
    /// Model calls begun, for ids.
    public internal(set) var modelCalls = 0
    /// Requests that models answered, failed ones included: the rehearsal cursor.
    public internal(set) var replies = 0
    /// Requests that judges answered, by the route that was asked: where a rehearsed judge stands.
    public internal(set) var judgeReplies: [String: Int] = [:]
    /// The models that wrote the work, the first first.
    public internal(set) var authors: [ModelReference] = []
    /// What the model call under way votes on; nil for a call of the agent's.
    public internal(set) var seat: TakenSeat?
    /// The votes of gates that have no result yet.
    public internal(set) var votes: [JudgeVote] = []
    /// Model calls that failed one after the other and were made again.
    public internal(set) var failedCalls = 0
    /// Whether every answer so far was played from a file; nil before the first.
    public internal(set) var isRehearsed: Bool?
    /// How full its context is.
    public internal(set) var context = SessionContext()
    /// Tokens.
    public internal(set) var usage = Usage()
    /// What has a price, settled, with what cut calls may have cost.
    public internal(set) var cost = Money.zero
    /// The part of it that nobody counted: what was reserved for calls whose answer was lost.
    public internal(set) var lostCost = Money.zero
    /// Whether a part of the cost has no price.
    public internal(set) var hasUnpriced = false
    /// When the model call under way was begun: what it costs counts for that day.
    public internal(set) var callStartedAt: Timestamp?
    /// What is reserved for the call under way.
    public internal(set) var reserved: Money?
    /// Why the next model call was not made, until the session goes on.
    public internal(set) var refusal: CallRefusal?
    /// Milliseconds of running time, up to the last change of state.
    public internal(set) var ranMilliseconds: Int64 = 0
    /// Since when it has been running.
    public internal(set) var runningSince: Timestamp?
    /// Checkpoints by number.
    public internal(set) var checkpoints: [Checkpoint] = []
    /// Names of checkpoints that people asked for and that wait for a safe point.
    public internal(set) var wantedCheckpoints: [String?] = []
    /// Whether files may have changed since the last checkpoint.
    public internal(set) var filesTouched = false
    /// Whether the conversation has grown by a turn since the last checkpoint.
    public internal(set) var turnOpen = false
    /// The results of the current try, by gate.
    public internal(set) var gates: [GateOutcome] = []
    /// The try, from 1.
    public internal(set) var gateAttempt = 1
    /// What people said.
    public internal(set) var said: [Said] = []
    /// What it asks and has not been answered.
    public internal(set) var requests: [PersonRequest] = []
    /// Approvals given, by the model's call id.
    ///
    /// Rolling back keeps them.
    public internal(set) var answers: [String: Answer] = [:]
    /// How many requests were made, for ids.
    public internal(set) var requestCount = 0
    /// The rollback under way, or the last one that can be undone.
    public internal(set) var rollback: Rollback?
    /// Whether an undo was begun whose end is not in the log: the files may be half way.
    public internal(set) var isUndoing = false
    /// The conversation before the last rollback.
    public internal(set) var beforeRollback: Conversation?
    /// Conversations that a rollback has left, by the checkpoints that were in them.
    var left: [CheckpointID: [Message]] = [:]
    /// How it ended.
    public internal(set) var outcome: SessionOutcome?
    /// Why it failed.
    public internal(set) var error: String?
    /// What became of the result.
    public internal(set) var result: ResultState = .none
    /// How the result was taken, the latest last; each is put back by itself.
    public internal(set) var deliveries: [Delivery] = []
    /// How many of these took an earlier result, from before a rollback.
    var earlierDeliveries = 0
    /// What puts back a delivery that was begun and whose end is not in the log.
    public internal(set) var delivering: JSONValue?
    /// What the breaker found, until the session goes on.
    public internal(set) var loop: LoopEvidence?
    /// Where the breaker begins to look in the conversation: a person has seen what is before.
    public internal(set) var loopSeen = 0
    /// When the session last gave evidence of progress, as running time in milliseconds.
    public internal(set) var progressAt: Int64 = 0
    /// Whether its workspace was cleared; it is made again where it is needed.
    public internal(set) var isWorkspaceCleared = false
    /// Whether the files of its checkpoints are kept no longer.
    public internal(set) var areCheckpointsCleared = false
    /// Takeovers since something was last appended by work.
    public internal(set) var takeovers = 0
    /// The highest share of its cost limit that was told of, in percent.
    public internal(set) var budgetShare = 0

    /// A seat that a model is asked for.
    public struct TakenSeat: Hashable, Sendable {
        /// What it votes on.
        public var seat: JudgeSeat
        /// The route that was asked.
        public var route: String
        init(_ seat: JudgeSeat, _ route: String) { (self.seat, self.route) = (seat, route) }
    }

    /// The part of a session that a rollback of the context rewinds.
    public struct Conversation: Hashable, Sendable {
        var messages: [Message]
        var context: SessionContext
        var waitingCalls: [ToolCall]
        var agentIsDone: Bool
        var gates: [GateOutcome]
        var gateAttempt: Int
        var outcome: SessionOutcome?
        var result: ResultState
        var reason: PauseReason?
        var resumesAs: SessionState
        var error: String?
        var requests: [PersonRequest]
    }

    /// How a result was taken.
    public struct Delivery: Hashable, Sendable, Codable {
        /// `branch`, `here` or `patch`.
        public var form: String
        /// The branch.
        public var branch: String?
        /// The commit.
        public var commit: String?
        /// How many files.
        public var files: Int
        /// What `unapply` needs.
        public var record: JSONValue
        /// What was not taken along; nil for nothing.
        public var rest: DeliveryRest?
    }

    /// The id of the next checkpoint.
    public var nextCheckpointID: CheckpointID { CheckpointID(session: id, number: checkpoints.count) }

    /// The id of the next run of the command that prepares the workspace.
    public var nextSetupID: CallID { CallID(setups == 0 ? "\(id).setup" : "\(id).setup\(setups + 1)") }

    /// The id of the next model call.
    public var nextModelCallID: CallID { CallID("\(id).m\(modelCalls + 1)") }

    /// The id of the next tool call.
    public var nextToolCallID: CallID { CallID("\(id).t\(calls + 1)") }

    /// Milliseconds of running time up to a moment.
    public func ran(until now: Timestamp) -> Int64 {
        ranMilliseconds + (runningSince.map { max(0, now.since($0)) } ?? 0)
    }

    /// How the result was last taken.
    public var delivery: Delivery? { deliveries.last }

    /// How the result as it is now was last taken; nil where only an earlier one was.
    public var resultDelivery: Delivery? {
        deliveries.count > earlierDeliveries ? deliveries.last : nil
    }

    /// Whether it works in the person's own folder: what it changes is there at once.
    public var isInPlace: Bool {
        if case .inplace = base?.spec ?? config.workspace { return true }
        return false
    }

    /// The messages that wait to be heard.
    public var undelivered: [Said] { said.filter { $0.receipt == .queued } }

    /// Whether the calls of the turn that are left are not made, so that the model hears first what was said.
    public var isSteered: Bool { undelivered.contains { $0.isDue } }
}
