import AgentOSCore
import ObjectStore

/// The files of a workspace at one moment.
public struct Snapshot: Sendable, Hashable {
    /// All of them, links and modes included.
    public var tree: TreeID
    /// How many files and links.
    public var files: Int
    /// Their bytes.
    public var bytes: Int64
    /// Files over the size cap: known by digest and size, their bytes are not kept.
    public var oversize: [TreePath]
    /// Pipes, sockets, devices and files that cannot be read: not part of the tree.
    public var skipped: [TreePath]
    /// How many names were left out because an ignore rule names them.
    public var ignored: Int
}

/// How much a workspace may hold.
public struct Caps: Sendable, Hashable, Codable {
    /// Files that may be copied in.
    public var files = 20_000
    /// Bytes that may be copied in.
    public var bytes: Int64 = 1 << 30
    /// A larger file is recorded by digest and size only.
    public var fileBytes: Int64 = 50 << 20
    /// Files that a workspace may grow to.
    public var grownFiles = 200_000
    /// Folders within folders.
    public var depth = 200

    /// The usual caps.
    public init() {}
}

/// What a snapshot leaves out and how it is bounded.
struct SnapshotRules {
    var caps: Caps
    /// Whether `.gitignore` files count; at the start all that was copied belongs to the tree.
    var honoursIgnoreFiles = true
    /// Whether folders and files named `.git` are left out: in a folder of the user's own.
    var leavesOutGit: Bool
    /// Whether files that forbid us to read are made readable for a moment: in a workspace of ours.
    var mends: Bool
    /// What belongs to the tree though an ignore rule names it.
    var include: [Glob]
    /// What was there at the start belongs to the tree though an ignore rule names it.
    var base: TreeID?
}

extension Workspace {
    /// The objects that the next snapshot with this cache takes as stored without looking.
    public static func objects(ofCache path: String) -> Set<Digest> { StatCache.digests(path) }
}
