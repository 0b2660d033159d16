import AgentOSCore
import ObjectStore

/// What differs between two trees, with the unified text of each file.
///
/// Folders are not listed. `leavingOut` names what is no part of a result (`WorkspaceSpec.internalPaths`). Files with a
/// NUL, and files over the size cap, are binary: no lines are counted for them.
public func diff(
    _ from: TreeID, _ to: TreeID, in store: ObjectStore, context: Int = 3, leavingOut: [TreePath] = []
) throws -> TreeDiff {
    var files: [TreeDiff.File] = []
    for change in try store.changes(from: from, to: to) {
        let before = change.before?.kind == .folder ? nil : change.before
        let after = change.after?.kind == .folder ? nil : change.after
        guard before != nil || after != nil, !leavingOut.contains(where: { change.path.isWithin($0) }) else {
            continue
        }
        var file = try file(change.path, before, after, store, context)
        file.isQuarantined =
            try DeliveryRules.isGitInternal(change.path)
            || DeliveryRules.setApart(change.path, after, store) != nil
        files.append(file)
    }
    return TreeDiff(files: files)
}

private func file(
    _ path: TreePath, _ before: TreeEntry?, _ after: TreeEntry?, _ store: ObjectStore, _ context: Int
) throws -> TreeDiff.File {
    let name = path.description
    var text = "diff --git \(quotedPath("a/\(name)")) \(quotedPath("b/\(name)"))\n"
    let change: TreeDiff.Change
    switch (before, after) {
    case (nil, let after):
        change = .added
        text += "new file mode \(gitMode(after))\n"
    case (let before, nil):
        change = .deleted
        text += "deleted file mode \(gitMode(before))\n"
    case (let before?, let after?):
        let isType = (before.kind == .symlink) != (after.kind == .symlink)
        change = isType ? .type : before.digest == after.digest ? .mode : .modified
        if gitMode(before) != gitMode(after) {
            text += "old mode \(gitMode(before))\nnew mode \(gitMode(after))\n"
        } else if change == .mode {
            text +=
                "old mode 100\(String(before.mode, radix: 8))\nnew mode 100\(String(after.mode, radix: 8))\n"
        }
    }
    if before?.digest == after?.digest, change != .type {
        return .init(path: name, change: change, added: 0, removed: 0, isBinary: false, text: text)
    }
    let old = try content(before, store)
    let new = try content(after, store)
    let oldName = before == nil ? "/dev/null" : quotedPath("a/\(name)")
    let newName = after == nil ? "/dev/null" : quotedPath("b/\(name)")
    guard let old, let new, !Lines.isBinary(old), !Lines.isBinary(new) else {
        text += "Binary files \(oldName) and \(newName) differ\n"
        return .init(path: name, change: change, added: 0, removed: 0, isBinary: true, text: text)
    }
    let unified = UnifiedText(from: old, to: new, context: context)
    if !unified.text.isEmpty { text += "--- \(oldName)\n+++ \(newName)\n" + unified.text }
    return .init(
        path: name, change: change, added: unified.added, removed: unified.removed, isBinary: false,
        text: text)
}

/// The bytes of an entry, none for nothing; nil when they are not in the store.
func content(_ entry: TreeEntry?, _ store: ObjectStore) throws -> [UInt8]? {
    guard let entry else { return [] }
    return entry.kind == .oversize ? nil : try store.get(entry.digest)
}

/// The mode by which git calls an entry.
func gitMode(_ entry: TreeEntry?) -> String {
    guard let entry else { return "000000" }
    return entry.kind == .symlink ? "120000" : entry.isExecutable ? "100755" : "100644"
}
