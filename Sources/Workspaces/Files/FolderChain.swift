import AgentOSCore
import ObjectStore

/// The handles from a root down to the folder last asked for, so that neighbours in a sorted list share them.
struct FolderChain {
    let root: FolderHandle
    private var open: [(name: [UInt8], handle: FolderHandle)] = []
    /// Whether folders that forbid us to write are made accessible: only inside a workspace of ours.
    private let mending: Bool
    /// The bits that folders had which were made accessible, to be set again.
    private(set) var mended: [TreePath: UInt16] = [:]

    init(root: FolderHandle, mending: Bool) {
        self.root = root
        self.mending = mending
    }

    /// The folder at a path; nil when it or one above it is not there.
    ///
    /// A link on the way is a fault.
    mutating func folder(_ path: TreePath) throws -> FolderHandle? { try walk(path) { try $0.folder($1) } }

    /// The folder at a path, made with those above it where they are not there.
    mutating func makeFolder(_ path: TreePath) throws -> FolderHandle {
        let found = try walk(path) { try $0.makeFolder($1) }
        guard let found else { throw systemFault("make the folder", path.description) }
        return found
    }

    /// Forgets the handles below the root, after a folder was moved or replaced.
    mutating func forget() { open = [] }

    private mutating func walk(_ path: TreePath, _ step: (FolderHandle, [UInt8]) throws -> FolderHandle?)
        throws -> FolderHandle?
    {
        let names = path.names
        var shared = 0
        while shared < min(names.count, open.count), open[shared].name == names[shared] { shared += 1 }
        open.removeLast(open.count - shared)
        for name in names[shared...] {
            guard TreePath.isPlainName(name) else {
                throw Fault.refused(
                    "'\(path)' is not a path inside the folder", hint: "leave it out with --only")
            }
            let folder = open.last?.handle ?? root
            if mending {
                try mend(
                    name, in: folder, at: TreePath(bytes: names[...open.count].joined(separator: [0x2F])))
            }
            guard let next = try step(folder, name) else { return nil }
            open.append((name, next))
        }
        return open.last?.handle ?? root
    }

    private mutating func mend(_ name: [UInt8], in folder: FolderHandle, at path: TreePath) throws {
        guard let found = try folder.status(name), found.kind == .folder, found.mode & 0o700 != 0o700 else {
            return
        }
        mended[path] = found.mode
        try folder.setMode(name, found.mode | 0o700)
    }
}
