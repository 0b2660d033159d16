import AgentOSCore
import Glibc
import ObjectStore

/// Carries out the steps from one tree to another in a folder of ours.
///
/// Every step may be done again: after a crash in the middle, even of one file, a plan made afresh goes on from what is
/// there. So a file is written where it is, which costs a third of a new one; unless it has another name too (a hard
/// link), behind which the other would be changed.
struct TreeWriter {
    private let store: ObjectStore
    private var chain: FolderChain
    private var folderModes: [TreePath: UInt16] = [:]
    private let isFresh: Bool

    /// What a name that stays in the way is moved to.
    private static let keptSuffix = Array(".agentos-kept".utf8)

    /// A writer; `isFresh` says that the folder is empty and nobody else's, so files are made in place.
    init(root: FolderHandle, store: ObjectStore, isFresh: Bool) {
        self.store = store
        self.isFresh = isFresh
        chain = FolderChain(root: root, mending: true)
    }

    mutating func perform(_ steps: [TreeChange]) throws {
        for step in steps.reversed()
        where step.after == nil
            || step.before.map({ ($0.kind == .folder) != (step.after?.kind == .folder) }) ?? false
        {
            try remove(step)
        }
        chain.forget()
        for step in steps { if let entry = step.after { try write(entry, at: step.path) } }
        folderModes.merge(chain.mended) { wanted, _ in wanted }
        for (path, mode) in folderModes.sorted(by: { $1.key < $0.key }) {
            guard let parent = try chain.folder(path.parent), try parent.status(path.name)?.kind == .folder
            else { continue }
            try parent.setMode(path.name, mode)
        }
    }

    private mutating func remove(_ step: TreeChange) throws {
        guard let folder = try chain.folder(step.path.parent), let found = try folder.status(step.path.name)
        else { return }
        if found.kind != .folder { return try folder.remove(step.path.name) }
        guard try !folder.removeIfEmpty(step.path.name), step.after != nil else { return }
        var kept = step.path.name + Self.keptSuffix
        while try folder.status(kept) != nil { kept.append(0x2B) }
        try folder.rename(step.path.name, to: kept)
    }

    private mutating func write(_ entry: TreeEntry, at path: TreePath) throws {
        switch entry.kind {
        case .folder:
            folderModes[path] = entry.mode
            _ = try chain.makeFolder(path)
        case .oversize: return
        case .symlink:
            let folder = try chain.makeFolder(path.parent)
            let target = try store.get(entry.digest)
            try replace(path.name, in: folder) { try folder.createLink($0, to: target) }
        case .file:
            let folder = try chain.makeFolder(path.parent)
            let bytes = try store.get(entry.digest)
            if !isFresh, try folder.overwriteFile(path.name, bytes, mode: entry.mode) { return }
            try replace(path.name, in: folder) { try folder.createFile($0, bytes, mode: entry.mode) }
        }
    }

    private func replace(_ name: [UInt8], in folder: FolderHandle, _ make: ([UInt8]) throws -> Void) throws {
        if isFresh { return try make(name) }
        let temporary = FolderHandle.temporaryName()
        try make(temporary)
        do {
            try folder.rename(temporary, to: name)
        } catch {
            try folder.remove(temporary)
            throw error
        }
    }
}

/// Writes a tree into a folder that is made for it: the clean copy that gates run in, an export.
///
/// The folder must not exist. Files over the size cap are not in the store; they are left out and returned. What is
/// left out is as the other tree has it, where one is given.
@discardableResult
public func materialize(
    _ tree: TreeID, of store: ObjectStore, at path: String, leavingOut: [TreePath] = [],
    withThoseOf other: TreeID? = nil
) throws -> [TreePath] {
    guard mkdir(path, 0o700) == 0 else {
        if errno == EEXIST {
            throw Fault.refused("\(path) exists already", hint: "name a folder that does not")
        }
        throw systemFault("make the folder", path)
    }
    do {
        var steps = try store.changes(from: Tree.emptyID, to: tree).filter { change in
            !leavingOut.contains { change.path.isWithin($0) }
        }
        if let other, !leavingOut.isEmpty {
            steps += try store.changes(from: Tree.emptyID, to: other).filter { change in
                leavingOut.contains { change.path.isWithin($0) }
            }
        }
        var writer = TreeWriter(root: try FolderHandle(path: path), store: store, isFresh: true)
        try writer.perform(steps)
        return steps.filter { $0.after?.kind == .oversize }.map(\.path)
    } catch {
        try removeFolder(path)
        throw error
    }
}

extension Workspace {
    /// Makes the folder of a workspace from a tree: of a fork, or of one that was cleared.
    ///
    /// It is put in place only when it is whole; files over the size cap are not in the store, they stay out.
    @discardableResult
    public static func lay(_ tree: TreeID, of store: ObjectStore, at path: String) throws -> [TreePath] {
        guard access(path, F_OK) != 0 else {
            throw Fault.refused("\(path) exists already", hint: "remove what an earlier start left there")
        }
        let unfinished = path + WorkspaceMaker.unfinishedSuffix
        try removeFolder(unfinished)
        let missing = try materialize(tree, of: store, at: unfinished)
        guard rename(unfinished, path) == 0 else { throw systemFault("put in place", path) }
        return missing
    }

    /// Removes a workspace in one step as others see it: it is whole, or it is gone.
    public static func clear(at path: String) throws {
        let unfinished = path + WorkspaceMaker.unfinishedSuffix
        try removeFolder(unfinished)
        guard rename(path, unfinished) == 0 || errno == ENOENT else { throw systemFault("clear", path) }
        try removeFolder(unfinished)
    }
}

/// Removes a folder and all in it, links not followed; nothing there is fine.
func removeFolder(_ path: String) throws {
    guard let slash = path.lastIndex(of: "/") else { return }
    let parent = try FolderHandle(path: slash == path.startIndex ? "/" : String(path[..<slash]))
    try parent.removeAll(Array(path[path.index(after: slash)...].utf8))
}
