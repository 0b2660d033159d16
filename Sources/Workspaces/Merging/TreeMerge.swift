import AgentOSCore
import ObjectStore

/// Two trees that come from one, made into one again.
public struct TreeMerge: Sendable {
    /// Which side wins where both changed the same.
    public enum Side: Sendable, Hashable {
        /// The tree that is merged into.
        case ours
        /// The tree that is merged.
        case theirs
    }

    /// The merged tree; where there are conflicts and no side wins, it has ours.
    public let tree: TreeID
    /// Where both changed the same, each in its own way.
    public let conflicts: [DeliveryConflict]

    /// Merges what `theirs` changed in `base` into `ours`, and stores the result.
    ///
    /// `leavingOut` names what belongs to the machinery of a workspace: there ours stays.
    public static func merge(
        base: TreeID, ours: TreeID, theirs: TreeID, in store: ObjectStore, prefer: Side? = nil,
        leavingOut: [TreePath] = []
    ) throws -> TreeMerge {
        if ours == theirs || base == theirs { return TreeMerge(tree: ours, conflicts: []) }
        if base == ours, leavingOut.isEmpty { return TreeMerge(tree: theirs, conflicts: []) }
        let batch = ObjectBatch(store: store)
        var merger = TreeMerger(
            entries: Dictionary(
                try store.entries(of: ours).map { ($0.path, $0.entry) }, uniquingKeysWith: { $1 }),
            store: store, batch: batch, prefer: prefer)
        let changes = try store.changes(from: base, to: theirs)
        for change in changes where !leavingOut.contains(where: { change.path.isWithin($0) }) {
            try merger.apply(change)
        }
        merger.removeFolders(changes)
        let files = merger.entries.map { (path: $0.key, entry: $0.value) }.sorted { $0.path < $1.path }
        let tree = try store.putTree(of: files, in: batch)
        try batch.commit()
        return TreeMerge(tree: tree.tree, conflicts: merger.conflicts)
    }
}

/// The entries of one side while the changes of the other are laid over them.
private struct TreeMerger {
    var entries: [TreePath: TreeEntry]
    let store: ObjectStore
    let batch: ObjectBatch
    let prefer: TreeMerge.Side?
    var conflicts: [DeliveryConflict] = []

    mutating func apply(_ change: TreeChange) throws {
        let before = change.before?.kind == .folder ? nil : change.before
        if let after = change.after, after.kind == .folder {
            if entries[change.path] == nil { entries[change.path] = after }
            guard before != nil else { return }
        }
        let after = change.after?.kind == .folder ? nil : change.after
        guard before != nil || after != nil else { return }
        if after != nil, let file = change.path.ancestors.first(where: { isFile($0) }) {
            return settle(change.path, after, "'\(file)' is in the way", [])
        }
        let merged = try EntryMerge.merge(
            base: before, now: entries[change.path], session: after, store: store, batch: batch)
        switch merged {
        case .keep: return
        case .set(let entry):
            if entry != nil || entries[change.path]?.kind != .folder { entries[change.path] = entry }
        case .conflict(let reason, let hunks): settle(change.path, after, reason, hunks)
        }
    }

    private func isFile(_ path: TreePath) -> Bool { entries[path].map { $0.kind != .folder } ?? false }

    private mutating func settle(
        _ path: TreePath, _ theirs: TreeEntry?, _ reason: String, _ hunks: [ConflictHunk]
    ) {
        switch prefer {
        case nil: conflicts.append(DeliveryConflict(path: path, reason: reason, hunks: hunks))
        case .ours: return
        case .theirs:
            for other in path.ancestors where isFile(other) { entries[other] = nil }
            for other in Array(entries.keys) where other != path && other.isWithin(path) {
                entries[other] = nil
            }
            entries[path] = theirs
        }
    }

    /// Folders that the other side removed go where nothing is left in them.
    mutating func removeFolders(_ changes: [TreeChange]) {
        for change in changes.reversed() where change.before?.kind == .folder && change.after == nil {
            guard entries[change.path]?.kind == .folder,
                !entries.keys.contains(where: { $0 != change.path && $0.isWithin(change.path) })
            else { continue }
            entries[change.path] = nil
        }
    }
}
