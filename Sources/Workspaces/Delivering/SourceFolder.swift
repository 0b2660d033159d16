import AgentOSCore
import Glibc
import ObjectStore

/// The files of a source, read and exchanged without following links.
struct SourceFolder {
    private let path: String
    private let root: FolderHandle
    private let store: ObjectStore

    init(_ path: String, store: ObjectStore) throws {
        guard FileStatus.following(path)?.kind == .folder else {
            throw Fault.notFound("the source \(path) is not there", hint: "put it back, or take a --patch")
        }
        self.path = path
        self.store = store
        root = try FolderHandle(path: path)
    }

    /// What a path holds now, its bytes added to the batch; nil for nothing.
    ///
    /// A link on the way is a refusal, a file on the way counts as nothing.
    func entry(_ path: TreePath, in batch: ObjectBatch) throws -> TreeEntry? {
        guard let folder = try folder(path.parent), let status = try folder.status(path.name) else {
            return nil
        }
        switch status.kind {
        case .folder:
            return TreeEntry(
                name: path.name, kind: .folder, mode: status.mode, size: 0, digest: Digest(hashing: []))
        case .symlink:
            let target = try folder.readLink(path.name)
            return TreeEntry(
                name: path.name, kind: .symlink, mode: 0, size: Int64(target.count),
                digest: try batch.add(target))
        case .file:
            guard let file = try folder.openFile(path.name) else {
                throw Fault.refused("'\(path)' in \(self.path) cannot be read", hint: "check its permissions")
            }
            let bytes = try file.readAll(expected: status.size)
            return TreeEntry(
                name: path.name, kind: .file, mode: status.mode, size: Int64(bytes.count),
                digest: try batch.add(bytes))
        case .other:
            throw Fault.refused("'\(path)' in \(self.path) is neither file nor link", hint: "move it away")
        }
    }

    /// The folders above a path that are there, with their bits.
    func ancestors(_ path: TreePath) throws -> [(path: TreePath, entry: TreeEntry)] {
        var out: [(TreePath, TreeEntry)] = []
        for ancestor in path.ancestors {
            guard let mode = try folder(ancestor)?.ownStatus().mode else { break }
            out.append(
                (
                    ancestor,
                    TreeEntry(name: [], kind: .folder, mode: mode, size: 0, digest: Digest(hashing: []))
                ))
        }
        return out
    }

    /// The folder at a path; nil when it is not there or a file is in its place.
    private func folder(_ path: TreePath) throws -> FolderHandle? {
        var current = root
        for (index, name) in path.names.enumerated() {
            guard let status = try current.status(name) else { return nil }
            if status.kind == .symlink {
                let link = TreePath(bytes: Array(path.names[...index].joined(separator: [0x2F])))
                throw Fault.refused(
                    "'\(link)' in \(self.path) is a symbolic link, and nothing is written through links",
                    hint: "leave it out with --only")
            }
            guard status.kind == .folder, let next = try current.folder(name) else { return nil }
            current = next
        }
        return current
    }

    /// Makes the paths hold what one tree says in place of what the other says: all of them, or none.
    ///
    /// Each must hold what either tree says, so an exchange that was cut can be done again, forth or back; otherwise
    /// nothing is written and the fault names the paths. New files are written and flushed beside their places before the
    /// first one is put in place.
    func exchange(_ paths: [TreePath], from: TreeID, to: TreeID) throws {
        let batch = ObjectBatch(store: store)
        let old = try leaves(from)
        let new = try leaves(to)
        var moves: [Move] = []
        var foreign: [TreePath] = []
        for path in paths {
            var now = try entry(path, in: batch)
            if now?.kind == .folder, old.files[path] == nil || new.files[path] == nil { now = nil }
            if EntryMerge.isSame(now, new.files[path]) { continue }
            if !EntryMerge.isSame(now, old.files[path]) { foreign.append(path) }
            moves.append(Move(path: path, before: old.files[path], after: new.files[path]))
        }
        guard foreign.isEmpty else {
            throw Fault.refused(
                "changed since: \(foreign.prefix(10).map(\.description).joined(separator: ", ")) in \(path); nothing was written",
                hint: "put your own changes aside first")
        }
        for path in paths { try removeStaged(path, [old.files[path], new.files[path]]) }
        do {
            for index in moves.indices { try stage(&moves[index]) }
        } catch {
            for move in moves { move.unstage() }
            throw error
        }
        try place(moves, of: paths, folders: new.folders)
    }

    private func place(_ moves: [Move], of paths: [TreePath], folders: [TreePath: UInt16]) throws {
        var done: [Move] = []
        do {
            for move in moves.reversed() where move.after == nil {
                done.append(move)
                try folder(move.path.parent)?.remove(move.path.name)
            }
            removeFolders(above: paths, folders)
            for move in moves where move.after != nil {
                done.append(move)
                let target = try makeFolder(move.path.parent, folders)
                guard let staged = move.staged else { continue }
                try staged.folder.rename(staged.name, to: move.path.name, in: target)
            }
            removeFolders(above: paths, folders)
            for parent in Set(moves.map(\.path.parent)) { try folder(parent)?.flush() }
        } catch {
            for move in moves { move.unstage() }
            for move in done.reversed() { try putBack(move) }
            throw error
        }
    }

    /// Undoes one move of an exchange that failed.
    private func putBack(_ move: Move) throws {
        guard var before = move.before else {
            try folder(move.path.parent)?.remove(move.path.name)
            return
        }
        var back = Move(path: move.path, before: move.after, after: before)
        before.name = move.path.name
        try stage(&back)
        guard let staged = back.staged else { return }
        try staged.folder.rename(staged.name, to: move.path.name, in: makeFolder(move.path.parent, [:]))
    }

    /// Writes the new file of a move into the deepest folder above its place that is there.
    private func stage(_ move: inout Move) throws {
        guard let entry = move.after else { return }
        var home = root
        for ancestor in move.path.ancestors {
            guard let next = try folder(ancestor) else { break }
            home = next
        }
        let name =
            FolderHandle.temporaryPrefix
            + Digest(hashing: move.path.bytes + entry.digest.bytes).hexBytes[..<24]
        try home.remove(name)
        let bytes = try store.get(entry.digest)
        if entry.kind == .symlink {
            try home.createLink(name, to: bytes)
        } else {
            try home.createFile(name, bytes, mode: entry.mode, durable: true)
        }
        move.staged = (home, name)
    }

    /// Removes what an exchange that was killed may have left beside a path.
    private func removeStaged(_ path: TreePath, _ entries: [TreeEntry?]) throws {
        let home = try deepestFolder(above: path)
        for entry in entries { if let entry { try home.remove(Self.stagedName(path, entry)) } }
    }

    private func deepestFolder(above path: TreePath) throws -> FolderHandle {
        var home = root
        for ancestor in path.ancestors {
            guard let next = try folder(ancestor) else { break }
            home = next
        }
        return home
    }

    private static func stagedName(_ path: TreePath, _ entry: TreeEntry) -> [UInt8] {
        FolderHandle.temporaryPrefix + Digest(hashing: path.bytes + entry.digest.bytes).hexBytes[..<24]
    }

    private func makeFolder(_ path: TreePath, _ modes: [TreePath: UInt16]) throws -> FolderHandle {
        var current = root
        for (index, name) in path.names.enumerated() {
            if let found = try folder(TreePath(bytes: Array(path.names[...index].joined(separator: [0x2F]))))
            {
                current = found
                continue
            }
            let made = try current.makeFolder(name)
            let here = TreePath(bytes: Array(path.names[...index].joined(separator: [0x2F])))
            if let mode = modes[here] { try current.setMode(name, mode | 0o700) }
            current = made
        }
        return current
    }

    /// Removes the folders that the exchange left empty and that the new state does not have.
    private func removeFolders(above paths: [TreePath], _ wanted: [TreePath: UInt16]) {
        let folders = Set(paths.flatMap { $0.ancestors + [$0] })
        for path in folders.subtracting(wanted.keys).sorted(by: >) {
            guard let parent = try? folder(path.parent), (try? parent.status(path.name))?.kind == .folder
            else { continue }
            _ = try? parent.removeIfEmpty(path.name)
        }
    }

    private func leaves(_ tree: TreeID) throws -> (files: [TreePath: TreeEntry], folders: [TreePath: UInt16])
    {
        var files: [TreePath: TreeEntry] = [:]
        var folders: [TreePath: UInt16] = [:]
        for (path, entry) in try store.entries(of: tree) {
            if entry.kind == .folder { folders[path] = entry.mode } else { files[path] = entry }
        }
        return (files, folders)
    }

    private struct Move {
        let path: TreePath
        let before: TreeEntry?
        let after: TreeEntry?
        var staged: (folder: FolderHandle, name: [UInt8])?

        func unstage() { if let staged { try? staged.folder.remove(staged.name) } }
    }
}
