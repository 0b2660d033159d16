import AgentOSCore
import ObjectStore

/// The files that a session works on.
///
/// No method runs git in here: what lies in the folder, its `.git` included, is the agent's to change. Snapshots and
/// restores do not follow links. Methods block; call them from an executor that may.
public struct Workspace: Sendable {
    /// The absolute path of the folder.
    public let root: String
    /// What it was made from.
    public let base: WorkspaceBase
    /// Where its snapshots go.
    public let store: ObjectStore
    /// How much it may hold.
    public var caps: Caps
    /// A file beside the workspace that remembers what was seen, so that a snapshot reads only what changed; nil for none.
    public let cache: String?
    /// Belongs to snapshots though an ignore rule names it, beside what the source's `include` names.
    public let include: [Glob]

    /// A workspace that was made before.
    public init(
        root: String, base: WorkspaceBase, store: ObjectStore, cache: String?, include: [String] = [],
        caps: Caps = Caps()
    ) {
        self.root = root
        self.base = base
        self.store = store
        self.cache = cache
        self.caps = caps
        self.include = (base.spec.include + include).map(Glob.init)
    }

    /// Stores the files as they are and names them.
    ///
    /// Only while no process works in the folder.
    ///
    /// What a `.gitignore` in the workspace names is left out, unless it was there at the start or is included. A `.git` of
    /// the agent's own or of a shared clone is part of the tree, so that a rollback puts it back too; `inplace` leaves the
    /// user's out.
    public func snapshot() throws -> Snapshot {
        try Snapshotter.take(root: FolderHandle(path: root), store: store, rules: snapshotRules, cache: cache)
    }

    /// What going to a tree would do; `knowing` are the trees of the session's checkpoints, the last one included.
    ///
    /// Only paths that one of those trees has are removed: never what is ignored, never what somebody else put there.
    /// Takes a snapshot of all the files, however many, whose tree is the plan's `from`.
    public func planRestore(to target: TreeID, knowing: [TreeID]) throws -> RestorePlan {
        var isInplace = false
        if case .inplace = base.spec { isInplace = true }
        // However much there is, it can be put back.
        var whole = self
        whole.caps.grownFiles = .max
        return try RestorePlan(
            from: whole.snapshot().tree, to: target, knowing: knowing, store: store, keepsOversize: isInplace)
    }

    /// Carries out a plan.
    ///
    /// After a crash in the middle, make a new plan and carry that out.
    public func restore(_ plan: RestorePlan) throws {
        var writer = TreeWriter(root: try FolderHandle(path: root), store: store, isFresh: false)
        try writer.perform(plan.steps)
    }

    /// Removes the folder and all in it; the user's own folder (`inplace`) is refused.
    public func remove() throws {
        if case .inplace = base.spec {
            throw Fault.refused("\(root) is the user's own folder", hint: "remove it yourself")
        }
        try Workspace.remove(at: root)
    }

    /// Removes what an interrupted `create` or a finished session left at a path of ours; nothing there is fine.
    public static func remove(at path: String) throws {
        try removeFolder(path)
        try removeFolder(path + WorkspaceMaker.unfinishedSuffix)
    }

    var snapshotRules: SnapshotRules {
        var isInplace = false
        if case .inplace = base.spec { isInplace = true }
        // What a step of a chain was handed was there at its start, whatever the chain began with.
        let start = if case .handed(let tree, _) = base.spec { tree } else { base.tree }
        return SnapshotRules(
            caps: caps, leavesOutGit: isInplace, mends: !isInplace, include: include,
            base: start == Tree.emptyID ? nil : start)
    }
}

extension WorkspaceSpec {
    var include: [String] {
        switch self {
        case .copy(_, let include): include
        case .handed(_, let origin): origin.spec.include
        case .empty, .worktree, .inplace: []
        }
    }

    /// What belongs to the machinery of the workspace and is never part of a result: a shared clone's own `.git`.
    public var internalPaths: [TreePath] {
        switch self {
        case .worktree: [".git"]
        case .handed(_, let origin): origin.spec.internalPaths
        case .empty, .copy, .inplace: []
        }
    }
}
