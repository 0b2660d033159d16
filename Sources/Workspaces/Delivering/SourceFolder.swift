import AgentOSCore
import Glibc
import ObjectStore

/// The files of a source, read and exchanged without following links.
struct SourceFolder {
    let path: String
    let root: FolderHandle
    private let store: ObjectStore
    /// Told of each step that somebody's save could meet.
    let watch: (Moment) throws -> Void

    /// A step in the exchange of one path.
    enum Moment {
        /// It has been compared, and is about to be moved.
        case compared(TreePath)
        /// It was not what it should be, and is about to be put back.
        case foreign(TreePath)
    }

    init(_ path: String, store: ObjectStore, watch: @escaping (Moment) throws -> Void = { _ in }) throws {
        guard FileStatus.following(path)?.kind == .folder else {
            throw Fault.notFound("the source \(path) is not there", hint: "put it back, or take a --patch")
        }
        self.path = path
        self.store = store
        self.watch = watch
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
    func folder(_ path: TreePath) throws -> FolderHandle? {
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
    /// first one is put in place. What comes out of a place is looked at once more before it goes: a save that fell
    /// between comparing and moving is put back, with all the rest.
    func exchange(_ paths: [TreePath], from: TreeID, to: TreeID) throws {
        let old = try leaves(from)
        let new = try leaves(to)
        for path in paths { try clearAside(path, [old.files[path], new.files[path]]) }
        let batch = ObjectBatch(store: store)
        var moves: [Move] = []
        var foreign: [TreePath] = []
        for path in paths {
            var now = try entry(path, in: batch)
            if now?.kind == .folder, old.files[path] == nil || new.files[path] == nil { now = nil }
            if EntryMerge.isSame(now, new.files[path]) { continue }
            if !EntryMerge.isSame(now, old.files[path]) { foreign.append(path) }
            moves.append(Move(path: path, before: old.files[path], after: new.files[path]))
        }
        guard foreign.isEmpty else { throw changed(foreign) }
        do {
            for index in moves.indices { try stage(&moves[index], new.folders) }
        } catch {
            for move in moves { move.removeStaged() }
            throw error
        }
        try place(moves, of: paths, folders: new.folders, before: old.folders)
    }

    /// The refusal that names what is not as it was.
    func changed(_ paths: [TreePath], _ left: Left = Left()) -> Fault {
        func list(_ paths: [TreePath]) -> String {
            paths.prefix(10).map(\.description).joined(separator: ", ")
                + (paths.count > 10 ? ", … (\(paths.count))" : "")
        }
        let state = left.paths.isEmpty ? "nothing was written" : "all was put back but \(list(left.paths))"
        let saved = left.saved.map { "; a version saved meanwhile is kept as \($0)" }.joined()
        return Fault.refused(
            "changed since: \(list(paths)) in \(path); \(state)\(saved)",
            hint: "put your own changes aside first, and close what has the file open")
    }

    /// Writes the new file of a move into the deepest folder above its place that is there.
    ///
    /// Under the name of a draft first: what bears a name that `clearAside` looks for is whole.
    private func stage(_ move: inout Move, _ folders: [TreePath: UInt16]) throws {
        guard let entry = move.after else {
            guard let before = move.before else { return }
            // Not in a folder that is about to go.
            let stay = move.path.ancestors.prefix { folders[$0] != nil }.last ?? .root
            guard let home = try folder(stay) ?? folder(.root) else { return }
            move.aside = (home, Move.name(move.path, before))
            return
        }
        let home = try foldersAbove(move.path).last ?? root
        let name = Move.name(move.path, entry)
        let bytes = try store.get(entry.digest)
        if entry.kind == .symlink {
            try home.createLink(name, to: bytes)
        } else {
            let draft = name + Move.draftSuffix
            try home.remove(draft)
            try home.createFile(draft, bytes, mode: entry.mode, durable: true)
            try home.rename(draft, to: name)
        }
        move.aside = (home, name)
    }

    /// The folders above a path that are there, the root first.
    func foldersAbove(_ path: TreePath) throws -> [FolderHandle] {
        var out = [root]
        for ancestor in path.ancestors {
            guard let next = try folder(ancestor) else { break }
            out.append(next)
        }
        return out
    }

    func makeFolder(_ path: TreePath, _ modes: [TreePath: UInt16]) throws -> FolderHandle {
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
    func removeFolders(above paths: [TreePath], _ wanted: [TreePath: UInt16]) {
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
}
