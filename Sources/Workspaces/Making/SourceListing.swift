import AgentOSCore
import Glibc
import ObjectStore

/// The files of a source that go into a copy.
struct SourceListing {
    private(set) var files: [(path: TreePath, status: FileStatus)] = []
    private var seen: Set<TreePath> = []
    private var bytes: Int64 = 0
    private var chain: FolderChain
    private let source: String
    private let caps: Caps
    private let git: Git

    private static let gitName = Array(".git".utf8)

    /// Lists what git would show for a work tree, and what the ignore files leave for any other folder; then
    /// what `include` names.
    ///
    /// Over the caps it is a refusal.
    static func of(_ source: String, include: [Glob], caps: Caps, git: Git) async throws -> SourceListing {
        var listing = SourceListing(
            chain: FolderChain(root: try FolderHandle(path: source), mending: false), source: source,
            caps: caps, git: git)
        try await listing.addAll(.root)
        if !include.isEmpty { try listing.walk(.root, ignore: .none, only: include) }
        listing.files.sort { $0.path < $1.path }
        return listing
    }

    private init(chain: FolderChain, source: String, caps: Caps, git: Git) {
        self.chain = chain
        self.source = source
        self.caps = caps
        self.git = git
    }

    /// Adds what belongs to a folder: git's list where the folder is in a work tree, else a walk.
    private mutating func addAll(_ folder: TreePath) async throws {
        let path = folder == .root ? source : source + "/" + String(decoding: folder.bytes, as: UTF8.self)
        guard try await GitSource.isWorkTree(path, git) else {
            return try walk(folder, ignore: .none, only: nil)
        }
        let list = try await git.check(
            in: path, ["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        for entry in list.bytes.split(separator: 0) {
            let trimmed = entry.last == 0x2F ? entry.dropLast() : entry
            try await add(TreePath(bytes: folder == .root ? Array(trimmed) : folder.bytes + [0x2F] + trimmed))
        }
    }

    private mutating func add(_ path: TreePath) async throws {
        guard path.isPlain, !path.names.contains(Self.gitName), let folder = try? chain.folder(path.parent),
            let status = try folder.status(path.name)
        else { return }
        if status.kind == .folder {
            guard seen.insert(path).inserted else { return }
            try await addAll(path)
        } else {
            try add(path, status)
        }
    }

    private mutating func add(_ path: TreePath, _ status: FileStatus) throws {
        guard status.kind != .other, seen.insert(path).inserted else { return }
        files.append((path, status))
        bytes += status.size
        guard files.count <= caps.files else {
            throw Fault.refused(
                "workspace \(source) holds more than \(caps.files) files",
                hint: "name a smaller folder or extend .gitignore")
        }
        guard bytes <= caps.bytes else {
            throw Fault.refused(
                "workspace \(source) holds more than \(caps.bytes >> 20) MiB",
                hint: "name a smaller folder or extend .gitignore")
        }
    }

    /// Walks a folder; with `only`, adds what the globs name though it is ignored, and nothing else.
    private mutating func walk(_ path: TreePath, ignore: IgnoreRules, only: [Glob]?, depth: Int = 0) throws {
        guard depth <= caps.depth else {
            throw Fault.refused(
                "'\(path)' lies more than \(caps.depth) folders deep", hint: "name a smaller folder")
        }
        if path != .root, let parent = try chain.folder(path.parent), !parent.mayEnter(path.name) {
            throw Fault.usage("workspace \(source): '\(path)' cannot be read", hint: "check its permissions")
        }
        guard let folder = try chain.folder(path) else { return }
        let names = try folder.list()
        var ignore = ignore
        if only == nil, let own = names.first(where: { $0.name == IgnoreRules.fileName }),
            own.status.kind == .file,
            own.status.size < 1 << 20, let file = try folder.openFile(own.name)
        {
            ignore = ignore.adding(try file.readAll(expected: own.status.size), in: path)
        }
        for (name, status) in names where name != Self.gitName {
            let here = path.appending(name)
            if let only {
                if status.kind == .folder {
                    let isWanted = only.contains { $0.matches(here) || $0.mayMatch(below: here) }
                    if isWanted { try walk(here, ignore: ignore, only: only, depth: depth + 1) }
                } else if only.contains(where: { $0.matches(here) }) {
                    try add(here, status)
                }
            } else if !ignore.ignores(here, isFolder: status.kind == .folder) {
                if status.kind == .folder {
                    try walk(here, ignore: ignore, only: nil, depth: depth + 1)
                } else {
                    try add(here, status)
                }
            }
        }
    }

    /// Copies the files below `target`; one that has gone since is left out, one that cannot be read is a fault.
    func copy(to target: FolderHandle) throws {
        var from = FolderChain(root: chain.root, mending: false)
        var to = FolderChain(root: target, mending: false)
        for (path, status) in files {
            guard let folder = try from.folder(path.parent), try folder.status(path.name) != nil else {
                continue
            }
            let destination = try to.makeFolder(path.parent)
            if status.kind == .symlink {
                try destination.createLink(path.name, to: folder.readLink(path.name))
                continue
            }
            guard let file = try folder.openFile(path.name) else {
                throw Fault.usage(
                    "workspace \(source): '\(path)' cannot be read", hint: "check its permissions")
            }
            try destination.createFile(path.name, copying: file, mode: status.mode)
        }
    }
}
