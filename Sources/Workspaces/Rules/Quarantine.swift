import AgentOSCore
import ObjectStore

/// What a session made, changed or removed that runs by itself, or tells other programs what to do: hooks, CI, the
/// configuration of git, editors and agents, and links that can lead out of the folder.
///
/// It is told, gates do not see git's part of it, and no delivery takes it along unasked.
public struct Quarantine: Sendable, Hashable {
    /// What it is, in order: a git folder as one path, of everything else the files.
    public let paths: [TreePath]
    /// Of these, what is git's own.
    public let git: [TreePath]

    /// Looks at what differs between the files at the start and a later tree; `leavingOut` is no part of a result.
    public init(from start: TreeID, to tree: TreeID, in store: ObjectStore, leavingOut: [TreePath] = [])
        throws
    {
        var paths: Set<TreePath> = []
        var git: Set<TreePath> = []
        for change in try store.changes(from: start, to: tree) {
            guard (change.after ?? change.before)?.kind != .folder,
                !leavingOut.contains(where: { change.path.isWithin($0) })
            else { continue }
            if let folder = DeliveryRules.gitFolder(of: change.path) {
                git.insert(folder)
            } else if try DeliveryRules.setApart(change.path, change.after, store) != nil {
                paths.insert(change.path)
            }
        }
        self.paths = paths.union(git).sorted()
        self.git = git.sorted()
    }
}

extension Workspace {
    /// Puts back what was there at the start and must not change, whatever the layer let through; returns the paths.
    ///
    /// That is each path for which `isFixed` holds and which the start has, and what was made in a folder that is fixed.
    /// `now` is a snapshot just taken; no process works in the folder.
    public func putBack(_ now: TreeID, asIn start: TreeID, where isFixed: (TreePath) -> Bool) throws
        -> [TreePath]
    {
        let steps = try store.changes(from: now, to: start).filter { change in
            guard isFixed(change.path), change.after?.kind != .oversize else { return false }
            if change.after != nil { return true }
            return try change.path.ancestors.contains { folder in
                try isFixed(folder) && store.entry(at: folder, in: start) != nil
            }
        }
        guard !steps.isEmpty else { return [] }
        var writer = TreeWriter(root: try FolderHandle(path: root), store: store, isFresh: false)
        try writer.perform(steps)
        return steps.map(\.path)
    }
}
