import AgentOSCore
import Glibc
import ObjectStore

/// One walk over a workspace that stores what changed since the last one.
struct Snapshotter {
    private let store: ObjectStore
    private let rules: SnapshotRules
    private let batch: ObjectBatch
    private var result = Snapshot(
        tree: Tree.emptyID, files: 0, bytes: 0, oversize: [], skipped: [], ignored: 0)
    private var cacheChanged = false
    private var baseFolders: [TreePath: Tree] = [:]

    /// Changes closer than this to the moment of reading could be followed by another that leaves the same times.
    private static let youngNanoseconds: Int64 = 20_000_000
    private static let gitName = Array(".git".utf8)

    static func take(root: FolderHandle, store: ObjectStore, rules: SnapshotRules, cache: String?) throws
        -> Snapshot
    {
        let status = try root.ownStatus()
        let cached = cache.flatMap { StatCache.read($0, root: status) }
        var snapshotter = Snapshotter(store: store, rules: rules, batch: ObjectBatch(store: store))
        let walked = try snapshotter.walk(root, at: .root, cached: cached, ignore: .none, depth: 0)
        try snapshotter.batch.commit()
        snapshotter.result.tree = walked.digest.tree
        if let cache, snapshotter.cacheChanged || cached == nil {
            StatCache.write(walked, to: cache, root: status)
        }
        return snapshotter.result
    }

    private init(store: ObjectStore, rules: SnapshotRules, batch: ObjectBatch) {
        self.store = store
        self.rules = rules
        self.batch = batch
    }

    private mutating func walk(
        _ folder: FolderHandle, at path: TreePath, cached: CachedFolder?, ignore above: IgnoreRules,
        depth: Int
    ) throws -> CachedFolder {
        let listing = try folder.list()
        let ignore = try readRules(listing, in: folder, at: path, above)
        let sameRules = cached?.rules == ignore.digest
        var old = (cached?.entries ?? [])[...]
        var entries: [CachedFolder.Entry] = []
        entries.reserveCapacity(listing.count)
        var isSame = cached != nil
        for (name, status) in listing {
            while let first = old.first, precedes(first.entry.name, name) {
                old.removeFirst()
                isSame = false
            }
            let known = old.first?.entry.name == name ? old.removeFirst() : nil
            if name.starts(with: FolderHandle.temporaryPrefix) || (rules.leavesOutGit && name == Self.gitName)
            {
                if rules.mends, name != Self.gitName { try folder.remove(name) }
                isSame = isSame && known == nil
                continue
            }
            let here = path.appending(name)
            var partial = false
            let isKnown = sameRules && status.kind != .folder && known != nil && known?.child == nil
            if !isKnown, ignore.ignores(here, isFolder: status.kind == .folder) {
                guard try belongs(here, isFolder: status.kind == .folder) else {
                    result.ignored += 1
                    isSame = isSame && known == nil
                    continue
                }
                partial = status.kind == .folder
            }
            let inner = partial ? ignore.addingAll(in: here) : ignore
            guard
                let entry = try entry(
                    name, status, in: folder, at: here, known: known, ignore: inner, depth: depth)
            else {
                isSame = isSame && known == nil
                continue
            }
            if let known, known.entry == entry.entry {} else { isSame = false }
            entries.append(entry)
        }
        isSame = isSame && old.isEmpty
        if isSame, sameRules, let cached {
            return CachedFolder(rules: ignore.digest, digest: cached.digest, entries: entries)
        }
        cacheChanged = true
        let digest = isSame ? cached?.digest : nil
        return CachedFolder(
            rules: ignore.digest, digest: try digest ?? batch.add(Tree(entries.map(\.entry))),
            entries: entries)
    }

    private mutating func entry(
        _ name: [UInt8], _ status: FileStatus, in folder: FolderHandle, at path: TreePath,
        known: CachedFolder.Entry?,
        ignore: IgnoreRules, depth: Int
    ) throws -> CachedFolder.Entry? {
        switch status.kind {
        case .folder:
            let isClosed = rules.mends && status.mode & 0o500 != 0o500
            if isClosed { try folder.setMode(name, status.mode | 0o500) }
            guard folder.mayEnter(name) else {
                result.skipped.append(path)
                return nil
            }
            guard depth < rules.caps.depth else {
                // All that was copied belongs to the tree; what an agent makes deeper than that is left out.
                guard rules.honoursIgnoreFiles else {
                    throw Fault.refused(
                        "'\(path)' lies more than \(rules.caps.depth) folders deep", hint: "remove it")
                }
                result.skipped.append(path)
                return nil
            }
            guard let inner = try folder.folder(name) else { return nil }
            defer { if isClosed { fchmod(inner.descriptor, mode_t(status.mode)) } }
            let child = try walk(inner, at: path, cached: known?.child, ignore: ignore, depth: depth + 1)
            let entry = TreeEntry(name: name, kind: .folder, mode: status.mode, size: 0, digest: child.digest)
            return .init(entry: entry, modified: 0, changed: 0, inode: 0, child: child)
        case .file, .symlink:
            let entry = try leaf(name, status, in: folder, known: known)
            guard let entry else {
                result.skipped.append(path)
                return nil
            }
            result.files += 1
            result.bytes += entry.entry.size
            if entry.entry.kind == .oversize { result.oversize.append(path) }
            guard result.files <= rules.caps.grownFiles else {
                throw Fault.refused(
                    "the workspace holds more than \(rules.caps.grownFiles) files",
                    hint: "name the folder that grew in .gitignore, or remove it")
            }
            return entry
        case .other:
            result.skipped.append(path)
            return nil
        }
    }

    /// A file or link, read only when it is not as the cache knows it; nil when it cannot be read.
    private mutating func leaf(
        _ name: [UInt8], _ status: FileStatus, in folder: FolderHandle, known: CachedFolder.Entry?
    ) throws -> CachedFolder.Entry? {
        if var known, known.inode == status.inode, known.modified == status.modified,
            known.changed == status.changed,
            known.entry.size == status.size, (known.entry.kind == .symlink) == (status.kind == .symlink),
            known.entry.kind == .symlink || known.entry.mode == status.mode,
            (known.entry.kind == .oversize) == (status.size > rules.caps.fileBytes && status.kind == .file)
        {
            known.entry.name = name
            return known
        }
        cacheChanged = true
        guard let entry = try read(name, status, in: folder) else { return nil }
        let age = Self.now() &- max(status.modified, status.changed)
        let isYoung = age < Self.youngNanoseconds || entry.size != status.size
        return .init(
            entry: entry, modified: status.modified, changed: status.changed,
            inode: isYoung ? 0 : status.inode, child: nil)
    }

    private func read(_ name: [UInt8], _ status: FileStatus, in folder: FolderHandle) throws -> TreeEntry? {
        if status.kind == .symlink {
            let target = try folder.readLink(name)
            return TreeEntry(
                name: name, kind: .symlink, mode: 0, size: Int64(target.count), digest: try batch.add(target))
        }
        guard let file = try folder.openFile(name, mending: rules.mends) else { return nil }
        if status.size > rules.caps.fileBytes {
            let (digest, size) = try file.digest()
            return TreeEntry(name: name, kind: .oversize, mode: status.mode, size: size, digest: digest)
        }
        let bytes = try file.readAll(expected: status.size)
        return TreeEntry(
            name: name, kind: .file, mode: status.mode, size: Int64(bytes.count), digest: try batch.add(bytes)
        )
    }

    /// The rules in force in a folder: those from above and its own `.gitignore`, unless that is a link.
    private func readRules(
        _ listing: [(name: [UInt8], status: FileStatus)], in folder: FolderHandle, at path: TreePath,
        _ above: IgnoreRules
    ) throws -> IgnoreRules {
        guard rules.honoursIgnoreFiles, let own = listing.first(where: { $0.name == IgnoreRules.fileName }),
            own.status.kind == .file,
            own.status.size < 1 << 20, let file = try? folder.openFile(own.name, mending: rules.mends)
        else { return above }
        return above.adding(try file.readAll(expected: own.status.size), in: path)
    }

    /// Whether a path that a rule ignores belongs to the tree: it, or something below it, is included or was there at
    /// the start.
    private mutating func belongs(_ path: TreePath, isFolder: Bool) throws -> Bool {
        if rules.include.contains(where: { $0.matches(path) || (isFolder && $0.mayMatch(below: path)) }) {
            return true
        }
        guard let base = rules.base, let tree = try baseFolder(path.parent, base), let entry = tree[path.name]
        else {
            return false
        }
        return (entry.kind == .folder) == isFolder
    }

    private mutating func baseFolder(_ path: TreePath, _ base: TreeID) throws -> Tree? {
        if let known = baseFolders[path] { return known }
        let found: Tree?
        if path == .root {
            found = try store.tree(base)
        } else if let entry = try baseFolder(path.parent, base)?[path.name], entry.kind == .folder {
            found = try store.tree(entry.digest)
        } else {
            found = nil
        }
        if let found { baseFolders[path] = found }
        return found
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
