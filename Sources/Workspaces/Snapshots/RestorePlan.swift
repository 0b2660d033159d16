import AgentOSCore
import ObjectStore

/// What putting a tree back would do, before anything is done.
public struct RestorePlan: Sendable, Hashable {
    /// The files as they are.
    public let from: TreeID
    /// The files as they shall be.
    public let to: TreeID
    /// Paths that are written, links and modes included.
    public let writes: [TreePath]
    /// Paths that are removed.
    public let deletes: [TreePath]
    /// Paths that stay though the target does not have them, because no checkpoint of the session knew them.
    public let kept: [TreePath]
    /// Files over the size cap that differ: their bytes are not in the store, so they stay as they are.
    public let unrestorable: [TreePath]
    /// Bytes that are written.
    public let bytes: Int64

    let steps: [TreeChange]

    /// Whether there is nothing to do.
    public var isEmpty: Bool { steps.isEmpty }

    /// Plans the way from one tree to another; only paths that a tree of `knowing` has are removed.
    ///
    /// With `keepsOversize` a file over the size cap stays as it is: nothing could bring its bytes back.
    init(from: TreeID, to: TreeID, knowing: [TreeID], store: ObjectStore, keepsOversize: Bool = false) throws
    {
        self.from = from
        self.to = to
        let all = try store.changes(from: from, to: to)
        let isKept: (TreeChange) -> Bool = { keepsOversize && $0.before?.kind == .oversize }
        let changes = all.filter { !isKept($0) }
        var keptFolders = Set<TreePath>()
        for change in all where isKept(change) { keptFolders.formUnion(change.path.ancestors) }
        let gone = changes.filter { $0.after == nil }
        var known = Set<TreePath>()
        if !gone.isEmpty {
            var seen = Set<TreeID>()
            for tree in knowing where seen.insert(tree).inserted {
                for change in try store.changes(from: to, to: tree) where change.after != nil {
                    known.insert(change.path)
                }
            }
        }
        var kept: [TreePath] = []
        for change in gone where !known.contains(change.path) {
            if change.before?.kind != .folder { kept.append(change.path) }
            keptFolders.formUnion(change.path.ancestors)
        }
        var steps: [TreeChange] = []
        var unrestorable = all.filter(isKept).map(\.path)
        for change in changes {
            if change.after == nil {
                if known.contains(change.path), !keptFolders.contains(change.path) { steps.append(change) }
            } else if change.after?.kind == .oversize {
                unrestorable.append(change.path)
            } else {
                steps.append(change)
            }
        }
        self.kept = kept
        self.unrestorable = unrestorable.sorted()
        self.steps = steps
        writes = steps.filter { $0.after != nil && $0.after?.kind != .folder }.map(\.path)
        deletes = steps.filter { $0.after == nil && $0.before?.kind != .folder }.map(\.path)
        bytes = steps.reduce(0) { $0 + (($1.after?.digest == $1.before?.digest ? nil : $1.after?.size) ?? 0) }
    }
}
