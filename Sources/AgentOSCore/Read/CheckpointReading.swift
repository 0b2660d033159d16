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
    /// Where the session works in the person's own folder: files that changed since its last checkpoint, by the person or
    /// another program, and that the rollback takes along.
    public var changedSince: [String]
    /// What else a person must know before it is done, a line each.
    public var notes: [String]

    /// A preview.
    public init(
        sessionId: SessionID, checkpoint: CheckpointReading, diff: TreeDiff, messages: Int, turns: Int = 0,
        cannotUndo: [String], changedSince: [String] = [], notes: [String] = []
    ) {
        self.sessionId = sessionId
        self.checkpoint = checkpoint
        self.diff = diff
        self.messages = messages
        self.turns = turns
        self.cannotUndo = cannotUndo
        self.changedSince = changedSince
        self.notes = notes
    }
}
