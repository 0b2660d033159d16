import AgentOSCore
import EventLog

/// What a runner needs of the session's files.
///
/// Each call blocks no shared thread.
struct Workbench: Sendable {
    /// The files at one moment.
    struct Taken: Sendable {
        var tree: TreeID
        var files: Int
        /// Told to the person: files too large to keep, pipes and devices left out.
        var notes: [String]
        /// What runs by itself and is new or changed since the start; nil for none.
        var quarantined: [String]?
    }
    /// Makes the workspace anew, removing what an interrupted try left.
    var make: @Sendable (Session) async throws -> WorkspaceBase
    /// Takes a snapshot.
    ///
    /// Only while no process of the session lives.
    var snapshot: @Sendable (Session) async throws -> Taken
    /// Puts a tree back; returns how many files were changed.
    var restore: @Sendable (Session, TreeID) async throws -> Int
    /// What differs between two trees.
    var diff: @Sendable (Session, TreeID, TreeID) async throws -> TreeDiff
    /// Waits until no process of an earlier run can still write.
    var settle: @Sendable (SessionID) async throws -> Void
    /// Which host ran a session before this one; nil where nobody knows.
    var earlierHost: @Sendable (SessionID) async -> HostLease?
    /// Lets go of all sessions: this process runs none of them any more.
    var letGo: @Sendable () -> Void
}

/// What a model call may cost, decided before it is made (INV-5).
struct ModelPlan: Sendable {
    /// Held back for it; nil when the model has no price.
    var reserved: Money?
    /// What the model may write, so that the budget still pays for it.
    var cap: OutputCap?
    /// What the ledger writes in the same commit as the intent.
    var appends: [Append]
}

/// What a runner needs of models, tools and gates.
struct CallPort: Sendable {
    /// The sandbox layer's name.
    var layer: String
    /// The class of a call; nil for a tool that the session does not have.
    var effect: @Sendable (ToolCall, Session) -> EffectClass?
    /// The smallest window in tokens of the models that may answer a session; nil where none is configured.
    var window: @Sendable (Session) -> Int?
    /// Decides what a model call may cost; throws a `Fault` when it may not be made, with the reason as a pause.
    var plan: @Sendable (ModelRequest, Session) async throws -> ModelPlan
    /// Decides what a judge's vote may cost; throws a `JudgeRefusal` where nobody but the author could give it.
    var planVote: @Sendable (ModelRequest, JudgeRule, Session) async throws -> ModelPlan
    /// Calls the model, or the judge where the session's call under way is one of its votes.
    var model:
        @Sendable (ModelRequest, Session, @escaping @Sendable (ModelStreamEvent) -> Void)
            async throws(ModelFailure) -> ModelReply
    /// Settles a call's reservation.
    var settle: @Sendable (CallID, Session, CallEnd) async throws -> Settlement
    /// Tells of the budgets of the home that have reached a share, after something was settled.
    var tellBudgets: @Sendable () async -> Void
    /// Runs a tool, at most so many milliseconds.
    var tool:
        @Sendable (ToolIntent, Session, Int64?, @escaping @Sendable ([UInt8]) -> Void) async -> ToolResult
    /// The result of a call that ended though its host did not live to log it.
    var finished: @Sendable (CallID, Session) -> ToolResult?
    /// Runs the command that prepares the workspace.
    var setUp: @Sendable (SetupConfig, CallID, Session) async -> ToolResult
    /// Refuses a run of a command-line agent that no budget pays for, with the reason as a pause.
    var admit: @Sendable (AgentConfig, Session) async throws -> Void
    /// Runs a command-line agent, at most so many milliseconds; `hear` says whether it may go on.
    var agent:
        @Sendable (
            AgentRun, Session, @escaping @Sendable (AgentReport) async -> Bool,
            @escaping @Sendable ([UInt8]) -> Void
        ) async -> AgentEnd
    /// Runs a gate on a clean copy of a tree.
    var gate: @Sendable (GateConfig, TreeID, Session) async throws -> GateOutcome
    /// What a judge is asked about a tree; throws a `JudgeRefusal` without a rubric.
    var ballot: @Sendable (GateConfig, JudgeRule, TreeID, Session) async throws -> ModelRequest
    /// The text of the workspace's `AGENTS.md` or `CLAUDE.md` at checkpoint 0.
    var instructions: @Sendable (Session) async -> String?
    /// The tools that a session has, as the model is told of them.
    var specs: @Sendable (SessionConfig) -> [ToolSpec]
}

/// A refusal of the budget that pauses a session instead of failing it.
struct PauseRequired: Error, Sendable {
    /// Why.
    var reason: PauseReason
    /// What there is and what the call needs.
    var refusal: CallRefusal?
}

/// How a model call ended, for its settlement.
enum CallEnd: Sendable, Hashable {
    /// This model used so much.
    case used(ModelReference, Usage)
    /// A command-line agent, with what it says that it used and cost.
    case reported(ModelReference, Usage, Money?)
    /// It was cut, or nobody counted: what was reserved stands for what nobody knows.
    case lost
    /// Nothing was ever sent to a vendor that could charge for it.
    case notMade
}
