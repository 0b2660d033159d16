import AgentOSCore
import ObjectStore
import Workspaces

/// The files of chains, on disk.
struct LiveChainFiles: Sendable {
    let store: ObjectStore
    let policy: WorkspacePolicy
    /// A folder of ours for what is looked at and thrown away.
    let scratch: String

    var port: ChainFiles {
        let store = store
        return ChainFiles(
            read: { tree, path, limit in
                try await Blocking.value {
                    guard let entry = try store.entry(at: TreePath(path), in: tree), entry.kind == .file,
                        entry.size <= limit
                    else { return nil }
                    return try store.get(entry.digest)
                }
            },
            merge: { request in
                try await Blocking.value {
                    try TreeMerge.merge(
                        base: request.base, ours: request.ours, theirs: request.theirs, in: store,
                        prefer: request.prefer, leavingOut: request.leavingOut)
                }
            },
            source: source, made: { base in try await Blocking.value { try made(base) } },
            has: { tree in Digest(tree).map { store.contains($0) || tree == Tree.emptyID } ?? false })
    }

    /// What a workspace was made of: its files, without a clone's own `.git` but with the commit that stands for it.
    private func made(_ base: WorkspaceBase) throws -> String? {
        switch base.spec {
        case .inplace: return nil
        case .handed(let tree, _): return tree.rawValue
        case .empty, .copy: return base.tree.rawValue
        case .worktree:
            let inner = base.spec.internalPaths
            let entries = try store.tree(base.tree).entries.filter { entry in
                !inner.contains(TreePath(bytes: entry.name))
            }
            return Digest(hashing: Tree(entries).encoded).hex + (base.git?.head ?? "")
        }
    }

    /// Makes the workspace, names its files and removes it: a copy's files are known only once they are copied.
    private func source(_ config: SessionConfig) async throws -> String? {
        switch config.workspace {
        case .inplace: return nil
        case .handed(let tree, _): return tree.rawValue
        case .empty: return Tree.emptyID.rawValue
        case .copy, .worktree: break
        }
        let path = "\(scratch)/look-\(UInt64.random(in: 0 ... .max))"
        let scratch = scratch
        try await Blocking.value { try makeFolder(scratch) }
        let made = try await Workspace.create(
            config.workspace, at: path, store: store, cache: nil, include: config.deliverables, policy: policy
        )
        return try await Blocking.value {
            defer { try? Workspace.remove(at: path) }
            return try self.made(made.base)
        }
    }
}
