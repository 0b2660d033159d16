/// Where a session stands.
///
/// Each case lists the states that may follow; every live state may also be CANCELLED.
public enum SessionState: String, Hashable, Sendable, Codable, CaseIterable {
    /// Made, not asked to run. → queued
    case created = "CREATED"
    /// Waits for its turn. → running, failed
    case queued = "QUEUED"
    /// A turn or a call is under way, or the next is being chosen. → checkpoint, gateCheck, paused, failed, rollback
    case running = "RUNNING"
    /// A checkpoint was just taken. → running, gateCheck, paused, failed, rollback, complete
    case checkpoint = "CHECKPOINT"
    /// Gates are being run. → complete, running (another attempt), paused, failed, rollback
    case gateCheck = "GATE_CHECK"
    /// The agent is done and every required gate is green. → rollback
    case complete = "COMPLETE"
    /// It cannot go on. → rollback
    case failed = "FAILED"
    /// Stands still until a person, or what it waits for, lets it go on. → the state it left, failed, rollback
    case paused = "PAUSED"
    /// Files and transcript are being put back. → rolledBack, failed
    case rollback = "ROLLBACK"
    /// They have been put back. → queued (another attempt), or by undo the state before
    case rolledBack = "ROLLED_BACK"
    /// Ended by a person. → rollback
    case cancelled = "CANCELLED"

    /// Whether the engine has, or will have by itself, something to do for it.
    public var isWorking: Bool {
        switch self {
        case .queued, .running, .checkpoint, .gateCheck, .rollback: true
        case .created, .paused, .complete, .failed, .rolledBack, .cancelled: false
        }
    }

    /// Whether it has ended, so that only a person's command starts it again.
    public var isEnded: Bool {
        switch self {
        case .complete, .failed, .rolledBack, .cancelled: true
        case .created, .queued, .running, .checkpoint, .gateCheck, .paused, .rollback: false
        }
    }
}

/// Why a session is PAUSED.
public enum PauseReason: Hashable, Sendable, Codable, CustomStringConvertible {
    /// A person said so.
    case operatorAsked
    /// A call waits for an approval.
    case approval
    /// The agent asked a question.
    case question
    /// A gate stayed red and the session's policy is to wait.
    case gate
    /// A limit of this name is reached: `cost`, `time`, `idle`, `turns`, `calls`, `output_tokens`.
    case limit(String)
    /// A budget of the home is used up: `day`, `month`.
    case budget(String)
    /// Taken over three times without progress.
    case recovery
    /// A model that has no price may not be called under a cost limit.
    case price
    /// Its files could not be kept: the disk is full, or fails.
    case disk
    /// It holds more files than are kept.
    case files
    /// The command that prepares the workspace was cut and may have acted where nothing can be undone.
    case setup
    /// It goes in circles.
    case loop
    /// Its conversation is longer than the model's window, and no compaction makes it fit.
    case context
    /// Everything stands still until it is let go on as a whole.
    case pauseAll

    /// As it is written in events and JSON: `operator`, `limit.cost` and so on.
    public var description: String {
        switch self {
        case .operatorAsked: "operator"
        case .approval: "approval"
        case .question: "question"
        case .gate: "gate"
        case .limit(let name): "limit.\(name)"
        case .budget(let name): "budget.\(name)"
        case .recovery: "recovery"
        case .price: "price"
        case .disk: "disk"
        case .files: "files"
        case .setup: "setup"
        case .loop: "loop"
        case .context: "context"
        case .pauseAll: "pause-all"
        }
    }

    /// Reads what `description` writes; anything unknown is the operator's.
    public init(_ text: String) {
        switch text {
        case "approval": self = .approval
        case "question": self = .question
        case "gate": self = .gate
        case "recovery": self = .recovery
        case "price": self = .price
        case "disk": self = .disk
        case "files": self = .files
        case "setup": self = .setup
        case "loop": self = .loop
        case "context": self = .context
        case "pause-all": self = .pauseAll
        default:
            if text.hasPrefix("limit.") {
                self = .limit(String(text.dropFirst(6)))
            } else if text.hasPrefix("budget.") {
                self = .budget(String(text.dropFirst(7)))
            } else {
                self = .operatorAsked
            }
        }
    }

    /// Reads the text.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
