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
