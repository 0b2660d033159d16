/// Where a session works.
public indirect enum WorkspaceSpec: Hashable, Sendable, Codable {
    /// An empty folder.
    case empty
    /// A copy of a folder, ignore rules honoured except for what the globs name.
    case copy(path: String, include: [String])
    /// A shared clone of a git repository.
    case worktree(path: String)
    /// The folder itself.
    case inplace(path: String)
    /// A copy of the files that an earlier step of a chain left, whose own workspace came from `origin`.
    case handed(tree: TreeID, origin: WorkspaceBase)

    /// The form that the files were first taken in.
    public var form: WorkspaceSpec {
        if case .handed(_, let origin) = self { return origin.spec.form }
        return self
    }
}

/// What a workspace was made from; what delivery merges against.
public struct WorkspaceBase: Hashable, Sendable, Codable {
    /// The git side of a source.
    public struct Git: Hashable, Sendable, Codable {
        /// The absolute path of the work tree's top, or of a bare repository.
        public var top: String
        /// The source's folder beneath the top, "" for the top itself.
        public var prefix: String
        /// The commit of HEAD; nil before the first commit.
        public var head: String?
        /// The branch; nil when HEAD is detached.
        public var branch: String?
        /// The files of HEAD beneath the prefix, as a tree of ours; nil before the first commit.
        public var headTree: TreeID?
        /// A hash of what was staged, where the session works in the folder itself.
        public var index: String?

        /// The git side of a source.
        public init(
            top: String, prefix: String, head: String?, branch: String?, headTree: TreeID?,
            index: String? = nil
        ) {
            self.top = top
            self.prefix = prefix
            self.head = head
            self.branch = branch
            self.headTree = headTree
            self.index = index
        }
    }

    /// The form it was made in.
    public var spec: WorkspaceSpec
    /// The absolute path of the source; nil for `empty`.
    public var source: String?
    /// Set when the source is in a git repository.
    public var git: Git?
    /// The files as they were before anything of the session ran.
    public var tree: TreeID

    /// What a workspace was made from.
    public init(spec: WorkspaceSpec, source: String?, git: Git?, tree: TreeID) {
        self.spec = spec
        self.source = source
        self.git = git
        self.tree = tree
    }
}
