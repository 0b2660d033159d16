import AgentOSCore
import FoundationEssentials
import Glibc

/// Content-addressed blobs and trees of one tenant, on disk: `ROOT/TENANT/ab/cdef…` (INV-1).
///
/// An object is written to a temporary file, flushed, then renamed to its address; its folder is flushed before the id
/// is handed out. So an id that was returned survives a power cut, and a name never holds half an object. What was
/// damaged later is found when it is read: every read is hashed again.
public struct ObjectStore: Sendable {
    /// The folder of this tenant's objects.
    public let folder: String
    /// Whose objects these are.
    public let tenant: TenantID
    /// Held while an object is looked at and taken as stored, and while one is looked at and removed.
    let taking = TakingLock()

    /// Opens the store of a tenant below `root` (the home's `objects`), making its folder, mode 0700.
    public init(root: String, tenant: TenantID) throws {
        guard tenant.isValid else {
            throw Fault.usage("'\(tenant)' cannot name a tenant", hint: "use a-z, 0-9 and -")
        }
        self.tenant = tenant
        folder = root + "/" + tenant.rawValue
        for path in [root, folder, folder + "/tmp"] where mkdir(path, 0o700) != 0 && errno != EEXIST {
            throw Self.fault("make the object folder", path)
        }
    }

    /// Stores one blob and returns when it is durable.
    public func put(_ bytes: [UInt8]) throws -> BlobID {
        let batch = ObjectBatch(store: self)
        let digest = try batch.add(bytes)
        try batch.commit()
        return digest.blob
    }

    /// Stores one tree and returns when it is durable; what it names must be stored already.
    public func put(_ tree: Tree) throws -> TreeID { TreeID(try put(tree.encoded).rawValue) }

    /// The bytes of a blob.
    ///
    /// A missing or damaged object is a `Fault` that names it.
    public func get(_ id: BlobID) throws -> [UInt8] {
        guard let digest = Digest(id) else { throw Fault.notFound("'\(id)' is not the id of an object") }
        return try get(digest)
    }

    /// The bytes at an address.
    ///
    /// A missing or damaged object is a `Fault` that names it.
    public func get(_ digest: Digest) throws -> [UInt8] {
        let path = path(of: digest)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT {
                throw Fault.failed(
                    "object \(digest.hex) of tenant \(tenant) is missing",
                    hint: "restore the home from a backup")
            }
            throw Self.fault("read object \(digest.hex)", path)
        }
        defer { close(descriptor) }
        guard let bytes = Self.readAll(descriptor) else {
            throw Self.fault("read object \(digest.hex)", path)
        }
        guard Digest(hashing: bytes) == digest else {
            throw Fault.failed(
                "object \(digest.hex) of tenant \(tenant) is damaged",
                hint: "restore the home from a backup, or go back to an earlier checkpoint")
        }
        return bytes
    }

    /// The tree of an id.
    ///
    /// A missing or damaged object is a `Fault` that names it.
    public func tree(_ id: TreeID) throws -> Tree {
        guard let digest = Digest(id) else { throw Fault.notFound("'\(id)' is not the id of a tree") }
        return try tree(digest)
    }

    /// The tree at an address.
    public func tree(_ digest: Digest) throws -> Tree {
        if digest == Tree.emptyDigest { return .empty }
        guard let tree = Tree(encoded: try get(digest)) else {
            throw Fault.failed("object \(digest.hex) of tenant \(tenant) is not a tree", hint: "check the id")
        }
        return tree
    }

    /// Whether an object is there, without reading it.
    public func contains(_ digest: Digest) -> Bool { access(path(of: digest), F_OK) == 0 }

    /// Whether the top of a tree is there, without reading what is beneath it.
    public func holds(_ tree: TreeID) -> Bool {
        Digest(tree).map { $0 == Tree.emptyDigest || contains($0) } ?? false
    }

    /// Removes what interrupted writes left; only while nobody writes.
    public func sweep() throws {
        let files = FileManager.default
        for name in try files.contentsOfDirectory(atPath: folder + "/tmp") {
            try files.removeItem(atPath: folder + "/tmp/" + name)
        }
    }

    func path(of digest: Digest) -> String {
        let hex = digest.hexBytes
        return
            "\(folder)/\(String(decoding: hex[..<2], as: UTF8.self))/\(String(decoding: hex[2...], as: UTF8.self))"
    }

    static func fault(_ what: String, _ path: String) -> Fault {
        let code = errno
        let hint: String
        switch code {
        case ENOSPC, EDQUOT: hint = "make room on the disk"
        case EROFS: hint = "the disk is read-only; mount it for writing"
        case EACCES, EPERM: hint = "check who owns the folder"
        default: hint = "check the disk"
        }
        return Fault.failed("cannot \(what) (\(path)): \(String(cString: strerror(code)))", hint: hint)
    }

    /// All bytes of a descriptor; nil with `errno` set when a read fails.
    static func readAll(_ descriptor: Int32) -> [UInt8]? {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        var failed = false
        var bytes = [UInt8](unsafeUninitializedCapacity: max(Int(status.st_size), 1)) { buffer, count in
            while count < buffer.count {
                let got = read(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
                if got < 0, errno == EINTR { continue }
                if got < 0 { failed = true }
                if got <= 0 { break }
                count += got
            }
        }
        while !failed, bytes.count >= Int(status.st_size) {
            var more = [UInt8](repeating: 0, count: 65_536)
            let got = read(descriptor, &more, more.count)
            if got < 0, errno == EINTR { continue }
            if got < 0 { failed = true }
            if got <= 0 { break }
            bytes.append(contentsOf: more[..<got])
        }
        return failed ? nil : bytes
    }
}
