import AgentOSCore

/// One path of a tree, or what differs at it between two trees.
public struct TreeChange: Sendable, Hashable {
    /// Where.
    public let path: TreePath
    /// What was there; nil for nothing.
    public let before: TreeEntry?
    /// What is there; nil for nothing.
    public let after: TreeEntry?

    /// A difference at a path.
    public init(path: TreePath, before: TreeEntry?, after: TreeEntry?) {
        self.path = path
        self.before = before
        self.after = after
    }
}

extension ObjectStore {
    /// What a path names in a tree; nil for nothing.
    public func entry(at path: TreePath, in tree: TreeID) throws -> TreeEntry? {
        var current = try self.tree(tree)
        let names = path.names
        for (index, name) in names.enumerated() {
            guard let entry = current[name] else { return nil }
            if index == names.count - 1 { return entry }
            guard entry.kind == .folder else { return nil }
            current = try self.tree(entry.digest)
        }
        return nil
    }

    /// Everything in a tree, folders included, in the order of a walk.
    public func entries(of tree: TreeID) throws -> [(path: TreePath, entry: TreeEntry)] {
        var out: [(TreePath, TreeEntry)] = []
        func walk(_ tree: Tree, _ folder: TreePath) throws {
            for entry in tree.entries {
                let path = folder.appending(entry.name)
                out.append((path, entry))
                if entry.kind == .folder { try walk(self.tree(entry.digest), path) }
            }
        }
        try walk(self.tree(tree), .root)
        return out
    }

    /// What differs between two trees, folders included, in the order of a walk; equal folders are not read.
    ///
    /// A folder whose own bits are the same and whose content differs is not itself listed.
    public func changes(from old: TreeID, to new: TreeID) throws -> [TreeChange] {
        var out: [TreeChange] = []
        guard old != new else { return out }
        try compare(self.tree(old), self.tree(new), at: .root, into: &out)
        return out
    }

    private func compare(_ old: Tree, _ new: Tree, at folder: TreePath, into out: inout [TreeChange]) throws {
        var left = old.entries[...]
        var right = new.entries[...]
        while let first = [left.first, right.first].compactMap({ $0?.name }).min(by: {
            $0.lexicographicallyPrecedes($1)
        }) {
            let before = left.first?.name == first ? left.removeFirst() : nil
            let after = right.first?.name == first ? right.removeFirst() : nil
            if let before, let after, before.isSame(as: after) { continue }
            let path = folder.appending(first)
            let beforeTree = before?.kind == .folder ? before?.digest : nil
            let afterTree = after?.kind == .folder ? after?.digest : nil
            if beforeTree == nil || afterTree == nil || before?.mode != after?.mode {
                out.append(TreeChange(path: path, before: before, after: after))
            }
            if beforeTree != afterTree {
                try compare(
                    beforeTree.map(tree) ?? .empty, afterTree.map(tree) ?? .empty, at: path, into: &out)
            }
        }
    }

    /// Stores a tree made of these paths, with the folders that they need (mode 0755 unless given).
    public func putTree(of files: [(path: TreePath, entry: TreeEntry)], in batch: ObjectBatch) throws
        -> Digest
    {
        let root = TreeBuilder()
        for file in files { try root.insert(file.entry, at: file.path.names[...]) }
        return try root.store(in: batch)
    }
}

/// A folder under construction.
private final class TreeBuilder {
    var mode: UInt16 = 0o755
    private var entries: [[UInt8]: TreeEntry] = [:]
    private var folders: [[UInt8]: TreeBuilder] = [:]

    func insert(_ entry: TreeEntry, at names: ArraySlice<[UInt8]>) throws {
        guard let name = names.first, TreePath.isPlainName(name) else {
            throw Fault.refused("a path of the tree has a name that no folder can hold", hint: "rename it")
        }
        if names.count > 1 {
            try folder(name).insert(entry, at: names.dropFirst())
        } else if entry.kind == .folder {
            folder(name).mode = entry.mode
        } else {
            var named = entry
            named.name = name
            entries[name] = named
        }
    }

    private func folder(_ name: [UInt8]) -> TreeBuilder {
        if let known = folders[name] { return known }
        let made = TreeBuilder()
        folders[name] = made
        return made
    }

    func store(in batch: ObjectBatch) throws -> Digest {
        var all = Array(entries.values)
        for (name, folder) in folders {
            let digest = try folder.store(in: batch)
            all.append(TreeEntry(name: name, kind: .folder, mode: folder.mode, size: 0, digest: digest))
        }
        return try batch.add(Tree(all))
    }
}
