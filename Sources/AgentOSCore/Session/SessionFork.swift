/// Where a session was forked from, with all that it goes on from.
///
/// It stands in the fork's own stream, so the fork needs nothing of its parent's any more.
public struct SessionFork: Hashable, Sendable, Codable {
    /// The session that it was forked from.
    public var parent: SessionID
    /// The first session of the tree of sessions.
    public var root: SessionID
    /// The parent's checkpoint.
    public var checkpointId: CheckpointID
    /// The files at that checkpoint.
    public var tree: TreeID
    /// The files before the first turn of the first session: what the result is compared with.
    public var start: TreeID
    /// What the workspace was made from, and delivery merges against; a folder of the person's own becomes a copy.
    public var base: WorkspaceBase
    /// Where the rehearsal stood.
    public var replies: Int
    /// Where the rehearsals of judges stood, by route; nil in forks of earlier builds.
    public var judgeReplies: [String: Int]?
    /// The conversation at that checkpoint.
    public var messages: [Message]
    /// The models that wrote the files at that checkpoint; nil in forks of earlier builds.
    public var authors: [ModelReference]?
    /// The summary that stood for the conversation's earlier part.
    public var compaction: Compaction?

    /// A fork of a session as it was at a checkpoint; nil where it had no workspace there.
    public init?(of parent: Session, at checkpoint: Checkpoint) {
        guard let base = parent.base, let start = parent.startTree else { return nil }
        self.parent = parent.id
        root = parent.fork?.root ?? parent.id
        checkpointId = checkpoint.checkpointId
        tree = checkpoint.tree
        self.start = start
        self.base = base.forFork
        replies = parent.replies
        judgeReplies = parent.judgeReplies.isEmpty ? nil : parent.judgeReplies
        messages = parent.messages
        authors = parent.authors.isEmpty ? nil : parent.authors
        compaction = parent.context.compaction
    }
}

/// What was cleared of a session to make room.
public struct Eviction: Hashable, Sendable, Codable {
    /// Whether its workspace was removed; it can be made again from the last checkpoint while that is kept.
    public var workspace: Bool
    /// Whether the files of its checkpoints are kept no longer.
    public var checkpoints: Bool
    /// The bytes of the workspace.
    public var bytes: Int64

    /// What was cleared.
    public init(workspace: Bool, checkpoints: Bool, bytes: Int64) {
        self.workspace = workspace
        self.checkpoints = checkpoints
        self.bytes = bytes
    }
}

extension WorkspaceSpec {
    /// The form in which a fork works: never in the person's own folder.
    public var forFork: WorkspaceSpec {
        switch self {
        case .inplace(let path): .copy(path: path, include: [])
        case .empty, .copy, .worktree, .handed: self
        }
    }
}

extension WorkspaceBase {
    /// The base of a fork; one of a folder itself is taken back into the files, not as a branch.
    var forFork: WorkspaceBase {
        guard case .inplace = spec else { return self }
        return WorkspaceBase(spec: spec.forFork, source: source, git: nil, tree: tree)
    }
}

extension Session {
    /// The files before the first turn, those of the first session of its tree for a fork: what results, notes and
    /// protected paths are compared with.
    public var startTree: TreeID? { fork?.start ?? checkpoints.first?.tree }
}
