import AgentOSCore
import ObjectStore

/// One path on its way from what it holds to what it shall hold.
struct Move {
    let path: TreePath
    /// What it holds; nil for nothing.
    let before: TreeEntry?
    /// What it shall hold; nil for nothing.
    let after: TreeEntry?
    /// A name of ours: there the new entry waits, and there the old one lies while it is looked at.
    var aside: (folder: FolderHandle, name: [UInt8])?

    /// What is being written has this behind its name.
    static let draftSuffix = Array(".new".utf8)

    /// The name aside, which an exchange that goes on after a crash finds again.
    static func name(_ path: TreePath, _ entry: TreeEntry) -> [UInt8] {
        FolderHandle.temporaryPrefix + Digest(hashing: path.bytes + entry.digest.bytes).hexBytes[..<24]
    }

    /// Removes the new entry, of a move that was not carried out.
    func removeStaged() {
        if let aside, after != nil { try? aside.folder.remove(aside.name) }
    }
}

extension SourceFolder {
    /// Carries out the moves: all of them, or none.
    func place(
        _ moves: [Move], of paths: [TreePath], folders: [TreePath: UInt16], before: [TreePath: UInt16]
    ) throws {
        var done: [Move] = []
        do {
            for move in moves.reversed() where move.after == nil {
                try carryOut(move, folders)
                done.append(move)
            }
            removeFolders(above: paths, folders)
            for move in moves where move.after != nil {
                try carryOut(move, folders)
                done.append(move)
            }
            removeFolders(above: paths, folders)
            for parent in Set(moves.map(\.path.parent)) { try folder(parent)?.flush() }
        } catch {
            let untouched = Set(moves.map(\.path)).subtracting(done.map(\.path))
            for move in moves where untouched.contains(move.path) { move.removeStaged() }
            var left = putBack(done)
            removeFolders(above: paths, before)
            guard let meeting = error as? Meeting else { throw error }
            left.saved += meeting.saved
            throw changed([meeting.path], left)
        }
        for move in done { if let aside = move.aside { try? aside.folder.remove(aside.name) } }
    }

    /// Undoes what was carried out, and tells what could not be.
    private func putBack(_ done: [Move]) -> Left {
        var left = Left()
        for move in done.reversed() {
            do {
                if try !putBack(move) { left.paths.append(move.path) }
            } catch {
                left.paths.append(move.path)
                left.saved += (error as? Meeting)?.saved ?? []
            }
        }
        return left
    }

    /// Moves one path, and looks at what came out; where that is not what it held, it is put back first.
    private func carryOut(_ move: Move, _ folders: [TreePath: UInt16]) throws {
        guard let aside = move.aside else { throw Meeting(path: move.path) }
        let name = move.path.name
        let parent = try move.after == nil ? folder(move.path.parent) : makeFolder(move.path.parent, folders)
        guard let parent else { throw Meeting(path: move.path) }
        try watch(.compared(move.path))
        guard let before = move.before else {
            guard try aside.folder.rename(aside.name, to: name, in: parent, .keeping) else {
                throw Meeting(path: move.path)
            }
            return
        }
        guard move.after != nil else {
            guard try parent.rename(name, to: aside.name, in: aside.folder, .keeping) else {
                throw Meeting(path: move.path)
            }
            guard !EntryMerge.isSame(aside.folder.look(aside.name), before) else { return }
            try watch(.foreign(move.path))
            if try !aside.folder.rename(aside.name, to: name, in: parent, .keeping) { try keep(move) }
            throw Meeting(path: move.path)
        }
        guard try aside.folder.rename(aside.name, to: name, in: parent, .exchanging) else {
            throw Meeting(path: move.path)
        }
        guard !EntryMerge.isSame(aside.folder.look(aside.name), before) else { return }
        try watch(.foreign(move.path))
        try giveBack(move, in: parent)
        throw Meeting(path: move.path)
    }

    /// Puts back what came out, again and again until what comes out is what was put in: only then no save of
    /// anybody lies aside.
    private func giveBack(_ move: Move, in parent: FolderHandle) throws {
        guard let aside = move.aside else { return }
        var put = move.after
        for _ in 0..<16 {
            let out = aside.folder.look(aside.name)
            guard try aside.folder.rename(aside.name, to: move.path.name, in: parent, .exchanging) else {
                // It has been removed meanwhile; what it was before that is put there again.
                if try !aside.folder.rename(aside.name, to: move.path.name, in: parent, .keeping) { continue }
                return
            }
            if EntryMerge.isSame(aside.folder.look(aside.name), put) {
                return try aside.folder.remove(aside.name)
            }
            put = out
        }
        try keep(move)
    }

    /// Undoes a move that was carried out; false where somebody has changed the path since, which then stays as it is.
    private func putBack(_ move: Move) throws -> Bool {
        guard let aside = move.aside else { return true }
        let parent = try makeFolder(move.path.parent, [:])
        guard let after = move.after else {
            _ = try parent.removeIfEmpty(move.path.name)
            if try aside.folder.rename(aside.name, to: move.path.name, in: parent, .keeping) { return true }
            try aside.folder.remove(aside.name)
            return false
        }
        guard move.before != nil else {
            guard try parent.rename(move.path.name, to: aside.name, in: aside.folder, .keeping) else {
                return true
            }
            if EntryMerge.isSame(aside.folder.look(aside.name), after) {
                try aside.folder.remove(aside.name)
                return true
            }
            if try !aside.folder.rename(aside.name, to: move.path.name, in: parent, .keeping) {
                try keep(move)
            }
            return false
        }
        guard try aside.folder.rename(aside.name, to: move.path.name, in: parent, .exchanging) else {
            try aside.folder.remove(aside.name)
            return false
        }
        if EntryMerge.isSame(aside.folder.look(aside.name), after) {
            try aside.folder.remove(aside.name)
            return true
        }
        let back = Move(path: move.path, before: move.after, after: move.before, aside: aside)
        try giveBack(back, in: parent)
        return false
    }

    /// Gives what nobody may lose, and what has no place any more, a name that no cleaning looks for.
    private func keep(_ move: Move) throws {
        guard let aside = move.aside else { return }
        let name = move.path.name + Array(".agentos-kept-".utf8) + FolderHandle.temporaryName().suffix(8)
        try aside.folder.rename(aside.name, to: name)
        throw Meeting(path: move.path, saved: ["\(aside.folder.label)/\(TreePath(bytes: name))"])
    }

    /// Clears what an exchange that was killed left aside for a path.
    ///
    /// What either tree has is in the store and goes. Anything else is a save that was on its way back: it is put in its
    /// place, where the exchange that follows will find it and refuse.
    func clearAside(_ path: TreePath, _ entries: [TreeEntry?]) throws {
        let known = entries.compactMap { $0 }
        for home in try foldersAbove(path) {
            for name in Set(known.map { Move.name(path, $0) }) {
                try home.remove(name + Move.draftSuffix)
                guard let found = home.look(name) else { continue }
                if known.contains(where: { EntryMerge.isSame($0, found) }) {
                    try home.remove(name)
                    continue
                }
                let move = Move(path: path, before: nil, after: nil, aside: (home, name))
                let parent = try makeFolder(path.parent, [:])
                if try home.rename(name, to: path.name, in: parent, .keeping) { continue }
                let standing = parent.look(path.name)
                if known.contains(where: { EntryMerge.isSame($0, standing) }) {
                    try home.rename(name, to: path.name, in: parent, .exchanging)
                    try clearAside(path, entries)
                } else {
                    do { try keep(move) } catch let meeting as Meeting {
                        throw changed([path], Left(saved: meeting.saved))
                    }
                }
            }
        }
    }

    /// Somebody's change met the move of a path; the path is as they left it.
    private struct Meeting: Error {
        let path: TreePath
        var saved: [String] = []
    }

    /// What could not be put back.
    struct Left {
        /// Paths that somebody changed after they were exchanged; they are as they left them.
        var paths: [TreePath] = []
        /// Where saves lie for which there was no place.
        var saved: [String] = []
    }
}
