import AgentOSCore
import Glibc
import ObjectStore

extension Workspace {
    /// Makes the workspace of a session at a path that does not exist yet (for `inplace` the path is not used).
    ///
    /// `copy` takes what git would show, uncommitted work included, and what `include` names, but no `.git`; folders
    /// outside of git are read with their `.gitignore` files. `worktree` takes the same files of the whole repository and
    /// has a `.git` of its own, a shared clone, in which uncommitted work shows as changes. Nothing in the source is
    /// written. A missing, unreadable or wrong source is a fault with exit 2; a forbidden one, or one over the caps, with
    /// exit 3; either leaves nothing behind. What a killed run left is removed by `remove(at:)`.
    public static func create(
        _ spec: WorkspaceSpec, at path: String, store: ObjectStore, cache: String?, include: [String] = [],
        policy: WorkspacePolicy
    ) async throws -> Workspace {
        let maker = WorkspaceMaker(
            spec: spec, path: path, store: store, cache: cache, include: include, policy: policy,
            git: Git(environment: policy.environment))
        return try await maker.make()
    }
}

/// Makes one workspace.
struct WorkspaceMaker {
    let spec: WorkspaceSpec
    let path: String
    let store: ObjectStore
    let cache: String?
    let include: [String]
    let policy: WorkspacePolicy
    let git: Git

    /// A workspace is made under this name and renamed when it is whole.
    static let unfinishedSuffix = ".unfinished"

    func make() async throws -> Workspace {
        switch spec {
        case .empty:
            try await build { _ in }
            return workspace(WorkspaceBase(spec: spec, source: nil, git: nil, tree: Tree.emptyID), at: path)
        case .handed(let tree, let origin):
            try await build { try fill($0, with: tree) }
            return workspace(
                WorkspaceBase(spec: spec, source: origin.source, git: origin.git, tree: origin.tree), at: path
            )
        case .inplace(let source): return try await takeOver(policy.source(source))
        case .copy(let source, let globs): return try await copy(policy.source(source), globs.map(Glob.init))
        case .worktree(let source): return try await clone(policy.source(source))
        }
    }

    private func workspace(_ base: WorkspaceBase, at root: String) -> Workspace {
        Workspace(root: root, base: base, store: store, cache: cache, include: include, caps: policy.caps)
    }

    private func fill(_ folder: String, with tree: TreeID) throws {
        var writer = TreeWriter(root: try FolderHandle(path: folder), store: store, isFresh: true)
        try writer.perform(store.changes(from: Tree.emptyID, to: tree))
    }

    private func takeOver(_ source: String) async throws -> Workspace {
        let repository = try await GitSource.withFiles(source, insteadOf: "inplace:", git)
        _ = try await SourceListing.of(source, include: [], caps: policy.caps, git: git)
        let unbased = WorkspaceBase(spec: spec, source: source, git: nil, tree: Tree.emptyID)
        let tree = try workspace(unbased, at: source).snapshot().tree
        var side = repository?.base(headTree: nil)
        side?.index = try await repository?.indexHash()
        return workspace(WorkspaceBase(spec: spec, source: source, git: side, tree: tree), at: source)
    }

    private func copy(_ source: String, _ globs: [Glob]) async throws -> Workspace {
        let repository = try await GitSource.withFiles(source, insteadOf: "copy:", git)
        let before = try await repository?.dirtyPaths() ?? []
        let listing = try await SourceListing.of(source, include: globs, caps: policy.caps, git: git)
        let tree = try await build { try listing.copy(to: FolderHandle(path: $0)) }
        return try await finish(source, repository, tree: tree, dirtyBefore: before)
    }

    private func clone(_ source: String) async throws -> Workspace {
        let whole = try await GitSource.toClone(source, policy: policy, git)
        let top = whole.top
        let before = try await whole.dirtyPaths()
        var listing: SourceListing?
        if !whole.isBare {
            listing = try await SourceListing.of(top, include: [], caps: policy.caps, git: git)
        }
        let tree = try await build { folder in
            try await whole.sharedClone(at: folder)
            if let listing {
                try listing.copy(to: FolderHandle(path: folder))
            } else if whole.head != nil {
                try await git.check(in: folder, ["checkout-index", "--all", "--quiet"])
            }
            _ = try await git.ask(in: folder, ["update-index", "-q", "--refresh"])
        }
        return try await finish(top, whole, tree: tree, dirtyBefore: before)
    }

    /// Notes what the files were and what HEAD held.
    ///
    /// What was dirty before or after the copy counts as dirty.
    private func finish(
        _ source: String, _ repository: GitSource?, tree: TreeID, dirtyBefore: Set<TreePath>
    ) async throws -> Workspace {
        var side: WorkspaceBase.Git?
        if let repository {
            let dirty = try await repository.dirtyPaths().union(dirtyBefore)
            side = repository.base(
                headTree: try await repository.headTree(copied: tree, dirty: dirty, store: store))
        }
        return workspace(WorkspaceBase(spec: spec, source: source, git: side, tree: tree), at: path)
    }

    /// Makes the folder beside its final place, fills it, stores its tree, and puts it in place; on any fault it is removed.
    @discardableResult
    private func build(_ fill: (String) async throws -> Void) async throws -> TreeID {
        guard access(path, F_OK) != 0 else {
            throw Fault.refused("\(path) exists already", hint: "remove what an earlier start left there")
        }
        let unfinished = path + Self.unfinishedSuffix
        try removeFolder(unfinished)
        guard mkdir(unfinished, 0o700) == 0 else { throw systemFault("make the folder", unfinished) }
        do {
            try await fill(unfinished)
            let rules = SnapshotRules(
                caps: policy.caps, honoursIgnoreFiles: false, leavesOutGit: false, mends: true, include: [],
                base: nil)
            let snapshot = try Snapshotter.take(
                root: FolderHandle(path: unfinished), store: store, rules: rules, cache: cache)
            guard rename(unfinished, path) == 0 else { throw systemFault("put in place", path) }
            return snapshot.tree
        } catch {
            try removeFolder(unfinished)
            throw error
        }
    }
}

extension GitSource {
    /// The same repository seen from its top.
    var ofWholeRepository: GitSource {
        GitSource(git: git, top: top, isBare: isBare, head: head, branch: branch)
    }

    private init(git: Git, top: String, isBare: Bool, head: String?, branch: String?) {
        self.git = git
        self.top = top
        self.isBare = isBare
        self.head = head
        self.branch = branch
        prefix = .root
    }

    func base(headTree: TreeID?) -> WorkspaceBase.Git {
        WorkspaceBase.Git(
            top: top, prefix: prefix.description, head: head, branch: branch, headTree: headTree)
    }

    /// Clones into an empty folder without copying objects and without a checkout; its index is that of HEAD.
    func sharedClone(at folder: String) async throws {
        try await git.check(
            in: top, ["clone", "--quiet", "--shared", "--no-checkout", "--template=", "--", top, folder])
        if head != nil { try await git.check(in: folder, ["read-tree", "HEAD"]) }
        try await git.check(in: folder, ["remote", "set-url", "--push", "origin", "no-push-from-a-session"])
        for name in ["user.name", "user.email"] {
            guard let value = try await git.ask(in: top, ["config", "--get", name]) else { continue }
            try await git.check(in: folder, ["config", name, value])
        }
    }
}
