/// What can happen to a chain.
///
/// The stored type and the fields of each are in `ChainEventCoding`.
public enum ChainEvent: Hashable, Sendable {
    /// It was made.
    case created(config: ChainConfig)
    /// It was asked to run.
    case queued
    /// The engine took it up.
    case started
    /// A session was made for a step and is about to be queued.
    case stepStarted(StepStart)
    /// The session of a step stands still.
    case stepPaused(StepID, reason: String)
    /// It goes on.
    case stepResumed(StepID)
    /// A step is green.
    case stepPassed(StepID, StepProduct)
    /// A try took longer than the step's timeout; its session is about to be cancelled.
    case stepTimedOut(StepID)
    /// A try failed, and another follows at this moment.
    case stepRetrying(StepID, error: String, at: Timestamp)
    /// A step failed for good; `state` is FAILED, ROLLED_BACK or CANCELLED.
    case stepFailed(StepID, error: String, state: ChainState, product: StepProduct?)
    /// A step is not run, because what it waits for says so.
    case stepSkipped(StepID, reason: String)
    /// A step is not run, because an earlier run of this chain has done the same.
    case stepUnchanged(StepID, EarlierRun)
    /// The session of a step was rolled back with its chain.
    case stepRolledBack(StepID)
    /// A person asked for the chain to stand still, or it does so by itself; `step` is whose doing it is.
    case paused(reason: String, detail: String, step: StepID?)
    /// It goes on; `prefer` is the step that wins where files conflict.
    case resumed(prefer: String?)
    /// It is run again from what failed; what is green stays.
    case restarted
    /// What it may cost was changed.
    case budgetSet(Money?)
    /// Every step has ended and none failed it.
    case completed
    /// A step failed it.
    case failed(error: String)
    /// Its sessions were rolled back.
    case rolledBack(error: String)
    /// A person ended it.
    case cancelled
    /// What it came to is not wanted.
    case discarded
}

/// A session that was made for a step.
public struct StepStart: Hashable, Sendable, Codable {
    /// The step.
    public var step: String
    /// Its place in the cross product.
    public var index: Int
    /// What it is run for.
    public var each: [String: String]?
    /// The try, from 1.
    public var attempt: Int
    /// The session.
    public var sessionId: SessionID
    /// The files that it goes on with; nil where it makes its own workspace.
    public var input: TreeID?

    /// A session for a step.
    public init(
        step: String, index: Int, each: [String: String]?, attempt: Int, sessionId: SessionID, input: TreeID?
    ) {
        self.step = step
        self.index = index
        self.each = each
        self.attempt = attempt
        self.sessionId = sessionId
        self.input = input
    }

    /// Which place of which step.
    public var id: StepID { StepID(step, index) }
}

/// What a step leaves for the steps after it.
public struct StepProduct: Hashable, Sendable, Codable {
    /// The files at its end.
    public var tree: TreeID
    /// The files before its first turn.
    public var start: TreeID
    /// What its workspace comes from, at the chain's beginning.
    public var base: WorkspaceBase
    /// Its output.
    public var output: JSONValue?
    /// What it was made of: the hash of its session, its files and the outputs in it; nil where that binds nothing.
    public var key: String?

    /// What a step leaves.
    public init(
        tree: TreeID, start: TreeID, base: WorkspaceBase, output: JSONValue? = nil, key: String? = nil
    ) {
        self.tree = tree
        self.start = start
        self.base = base
        self.output = output
        self.key = key
    }
}

/// A green step of an earlier run.
public struct EarlierRun: Hashable, Sendable, Codable {
    /// The earlier run.
    public var chainId: ChainID
    /// The session that did it.
    public var sessionId: SessionID
    /// What it left.
    public var product: StepProduct

    /// A green step of an earlier run.
    public init(chainId: ChainID, sessionId: SessionID, product: StepProduct) {
        self.chainId = chainId
        self.sessionId = sessionId
        self.product = product
    }
}
