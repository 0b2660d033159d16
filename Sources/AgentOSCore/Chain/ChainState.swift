/// Where a chain or one of its steps stands.
public enum ChainState: String, Hashable, Sendable, Codable, CaseIterable {
    /// Made, not asked to run; of a step: waits for the steps before it. → queued
    case created = "CREATED"
    /// Waits for its turn, or for another try. → running
    case queued = "QUEUED"
    /// Work is under way. → paused, complete, failed, rolledBack
    case running = "RUNNING"
    /// Stands still until a person, or what it waits for, lets it go on. → running
    case paused = "PAUSED"
    /// It is green.
    case complete = "COMPLETE"
    /// It failed for good. → running (by resume, from the failed step)
    case failed = "FAILED"
    /// What it did has been put back. → running (by resume, from the start)
    case rolledBack = "ROLLED_BACK"
    /// Ended by a person.
    case cancelled = "CANCELLED"
    /// Of a step: it was not run, and the reason says why.
    case skipped = "SKIPPED"

    /// Whether the engine has, or will have by itself, something to do for it.
    public var isWorking: Bool {
        switch self {
        case .queued, .running: true
        case .created, .paused, .complete, .failed, .rolledBack, .cancelled, .skipped: false
        }
    }

    /// Whether it has ended, so that only a person's command starts it again.
    public var isEnded: Bool {
        switch self {
        case .complete, .failed, .rolledBack, .cancelled, .skipped: true
        case .created, .queued, .running, .paused: false
        }
    }

    /// How a session's state looks from the chain that it belongs to.
    public init(_ state: SessionState) {
        switch state {
        case .created, .queued: self = .queued
        case .running, .checkpoint, .gateCheck, .rollback: self = .running
        case .paused: self = .paused
        case .complete: self = .complete
        case .failed: self = .failed
        case .rolledBack: self = .rolledBack
        case .cancelled: self = .cancelled
        }
    }
}

/// One session's worth of a step: its place in the cross product of `each`, 0 for a step without.
public struct StepID: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The step.
    public var step: String
    /// Its place in the cross product.
    public var index: Int

    /// A place of a step.
    public init(_ step: String, _ index: Int = 0) {
        self.step = step
        self.index = index
    }

    /// The step and the place: `test.1`.
    public var description: String { "\(step).\(index)" }
}
