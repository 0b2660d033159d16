import AgentOSCore
import ObjectStore

/// Paths of a workspace whose files a later workspace can begin with: what a setup made.
///
/// A tree of them has the paths' places in the list as its names.
public struct KeptPaths: Sendable, Hashable {
    /// The paths, none within another.
    public let paths: [TreePath]

    /// Takes paths below a workspace; one that leads out of it, or to git's own folder, is refused.
    public init(_ texts: [String]) throws(Fault) {
        let all = Set(texts.map { TreePath($0) })
        for path in all {
            let isOurs = path.names.contains {
                $0.map(Self.lower) == Array(".git".utf8) || $0.starts(with: FolderHandle.temporaryPrefix)
            }
            guard path.isPlain, !isOurs else {
                throw Fault.refused("'\(path)' is not a path that can be kept", hint: "mend setup.cache")
            }
        }
        paths = all.filter { path in !path.ancestors.contains(where: all.contains) }.sorted()
    }

    private static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}

extension Workspace {
    /// What was stored of some paths.
    public struct Kept: Sendable, Hashable {
        /// The files, for `bring`.
        public var tree: TreeID
        /// Which of the paths are in it.
        public var paths: [TreePath]
    }

    /// Stores what lies at these paths, whatever ignore rules say; no link to a path or above it is followed.
    ///
    /// Only while no process works in the folder. What could not be given back as it is, is a fault: a file over the
    /// size cap, a pipe, a file that cannot be read.
    public func keep(_ kept: KeptPaths) throws -> Kept {
        let batch = ObjectBatch(store: store)
        var chain = FolderChain(root: try FolderHandle(path: root), mending: false)
        var entries: [TreeEntry] = []
        var (found, bytes) = ([TreePath](), Int64(0))
        for (index, path) in kept.paths.enumerated() {
            guard let folder = try chain.folder(path.parent), let status = try folder.status(path.name)
            else { continue }
            let (entry, size) = try entry(
                Array(String(index).utf8), of: path, in: folder, status, batch)
            bytes += size
            guard bytes <= caps.bytes else {
                throw Fault.refused(
                    "'\(path)' and what is kept with it are more than \(caps.bytes >> 20) MiB")
            }
            entries.append(entry)
            found.append(path)
        }
        let tree = try batch.add(Tree(entries)).tree
        try batch.commit()
        return Kept(tree: tree, paths: found)
    }

    private func entry(
        _ name: [UInt8], of path: TreePath, in folder: FolderHandle, _ status: FileStatus,
        _ batch: ObjectBatch
    ) throws -> (TreeEntry, Int64) {
        switch status.kind {
        case .folder:
            guard let inner = try folder.folder(path.name) else { break }
            let rules = SnapshotRules(
                caps: caps, honoursIgnoreFiles: false, leavesOutGit: false, mends: snapshotRules.mends,
                include: [], base: nil)
            let snapshot = try Snapshotter.take(root: inner, store: store, rules: rules, cache: nil)
            if let left = (snapshot.oversize + snapshot.skipped).first {
                throw Fault.refused(
                    "'\(path)/\(left)' is over the size cap, cannot be read, or is a pipe or device")
            }
            guard let digest = Digest(snapshot.tree) else { break }
            let entry = TreeEntry(name: name, kind: .folder, mode: status.mode, size: 0, digest: digest)
            return (entry, snapshot.bytes)
        case .file:
            guard status.size <= caps.fileBytes, let file = try folder.openFile(path.name) else { break }
            let bytes = try file.readAll(expected: status.size)
            let entry = TreeEntry(
                name: name, kind: .file, mode: status.mode, size: Int64(bytes.count),
                digest: try batch.add(bytes))
            return (entry, entry.size)
        case .symlink, .other: break
        }
        throw Fault.refused("'\(path)' is a link, over the size cap, or cannot be read")
    }

    /// Which of these paths are there, as whatever.
    public func present(_ kept: KeptPaths) throws -> [TreePath] {
        var chain = FolderChain(root: try FolderHandle(path: root), mending: false)
        return try kept.paths.filter { try chain.folder($0.parent)?.status($0.name) != nil }
    }

    /// Puts back what `keep` stored of these paths, as far as nothing is there; returns what was put back.
    ///
    /// All of it is read before the first path is put in place, so a damaged or missing object changes nothing.
    public func bring(_ kept: KeptPaths, of tree: TreeID) throws -> [TreePath] {
        let folder = try FolderHandle(path: root)
        var chain = FolderChain(root: folder, mending: false)
        var absent: [(name: [UInt8], path: TreePath)] = []
        let top = try store.tree(tree)
        for (index, path) in kept.paths.enumerated() {
            let name = Array(String(index).utf8)
            guard top[name] != nil, try chain.folder(path.parent)?.status(path.name) == nil else { continue }
            absent.append((name, path))
        }
        guard !absent.isEmpty else { return [] }
        let temporary = FolderHandle.temporaryName()
        let holder = try folder.makeFolder(temporary)
        do {
            let steps = try store.changes(from: Tree.emptyID, to: tree).filter { step in
                absent.contains { step.path.names.first == $0.name }
            }
            var writer = TreeWriter(root: holder, store: store, isFresh: true)
            try writer.perform(steps)
            var brought: [TreePath] = []
            for (name, path) in absent {
                let parent = try chain.makeFolder(path.parent)
                // A folder that forbids writing cannot be moved.
                let closed = try holder.status(name).flatMap {
                    $0.kind == .folder && $0.mode & 0o200 == 0 ? $0.mode : nil
                }
                if let closed { try holder.setMode(name, closed | 0o200) }
                guard try holder.rename(name, to: path.name, in: parent, .keeping) else { continue }
                if let closed { try parent.setMode(path.name, closed) }
                brought.append(path)
            }
            try folder.removeAll(temporary)
            return brought
        } catch {
            try? folder.removeAll(temporary)
            throw error
        }
    }

    /// A digest of the lock files of package tools at the top of the workspace, names and contents; nil without one.
    public func lockFilesDigest() throws -> Digest? {
        let folder = try FolderHandle(path: root)
        var all: [UInt8] = []
        for (name, status) in try folder.list() where status.kind == .file && isLockFile(name) {
            guard let file = try folder.openFile(name) else { continue }
            all += name + [0] + (try file.digest().digest.bytes)
        }
        return all.isEmpty ? nil : Digest(hashing: all)
    }
}

private let lockFiles: Set<[UInt8]> = Set(
    [
        "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "Cargo.lock", "Package.resolved", "poetry.lock",
        "uv.lock", "go.sum", "Gemfile.lock", "composer.lock",
    ].map { Array($0.utf8) })

private func isLockFile(_ name: [UInt8]) -> Bool {
    if lockFiles.contains(name) { return true }
    return name.starts(with: Array("requirements".utf8)) && name.suffix(4).elementsEqual(".txt".utf8)
}
