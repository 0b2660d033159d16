import AgentOSCore
import ObjectStore

/// What becomes of one path when a session's change meets what the path holds now.
enum EntryMerge {
    /// The path stays as it is.
    case keep
    /// The path becomes this; nil removes it.
    case set(TreeEntry?)
    /// Both sides changed it.
    case conflict(String, [ConflictHunk])

    /// Merges three-way: `base` at the session's start, `now` in the target, `session` at its end.
    static func merge(
        base: TreeEntry?, now: TreeEntry?, session: TreeEntry?, store: ObjectStore, batch: ObjectBatch
    ) throws -> EntryMerge {
        if isSame(now, session) { return .keep }
        if isSame(now, base) {
            guard var entry = session else { return .set(nil) }
            if let now, now.kind == .file, entry.kind == .file, now.isExecutable == entry.isExecutable {
                entry.mode = now.mode
            }
            return .set(entry)
        }
        guard now?.kind != .folder else { return .conflict("a folder is in the way", []) }
        guard let session else { return .conflict("the session removed it, and it has changed", []) }
        guard let now else { return .conflict("the session changed it, and it is gone", []) }
        guard let base else { return .conflict("both sides added it", []) }
        guard base.kind == .file, now.kind == .file, session.kind == .file else {
            return .conflict("both sides changed what it is", [])
        }
        var result = now
        if session.isExecutable != base.isExecutable { result.mode = session.mode }
        let versions = try [base, now, session].map { try store.get($0.digest) }
        if base.digest == now.digest || base.digest == session.digest || now.digest == session.digest {
            let source = base.digest == now.digest ? session : now
            result.digest = source.digest
            result.size = source.size
            return .set(result)
        }
        if versions.contains(where: Lines.isBinary) {
            return .conflict("both sides changed it, and it is not text", [])
        }
        switch Merge3.merge(base: versions[0], ours: versions[1], theirs: versions[2]) {
        case .conflicts(let hunks): return .conflict("both sides changed", hunks)
        case .merged(let bytes):
            result.digest = try batch.add(bytes)
            result.size = Int64(bytes.count)
            return isSame(result, now) ? .keep : .set(result)
        }
    }

    /// Whether two entries are the same to a delivery: kind, content, and whether it can be executed.
    static func isSame(_ left: TreeEntry?, _ right: TreeEntry?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return left.kind == right.kind && left.digest == right.digest
            && left.isExecutable == right.isExecutable
    }
}
