import AgentOSCore
import Glibc
import ObjectStore

/// An open folder.
///
/// Everything inside a workspace or a source is reached from a handle, one name at a time and without following links, so
/// that a link which an agent made never leads a read or a write elsewhere.
final class FolderHandle {
    let descriptor: Int32
    /// What messages call it.
    let label: String

    /// Temporary files of ours begin like this; snapshots do not see them.
    static let temporaryPrefix = Array(".agentos-tmp-".utf8)

    private init(descriptor: Int32, label: String) {
        self.descriptor = descriptor
        self.label = label
    }

    deinit { close(descriptor) }

    /// Opens a folder by a path that is trusted: links are followed.
    convenience init(path: String) throws {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemFault("open", path) }
        self.init(descriptor: descriptor, label: path)
    }

    /// Opens a folder in it; nil when there is nothing by that name.
    ///
    /// A link or a file in its place is a fault.
    func folder(_ name: [UInt8]) throws -> FolderHandle? {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let found = withCString(name) { openat(descriptor, $0, flags) }
        if found >= 0 { return FolderHandle(descriptor: found, label: path(name)) }
        guard errno == ENOENT else { throw fault("open", name) }
        return nil
    }

    /// Whether a folder in it lets us read its names and reach what they stand for.
    func mayEnter(_ name: [UInt8]) -> Bool {
        withCString(name) { faccessat(descriptor, $0, R_OK | X_OK, 0) } == 0
    }

    /// Opens a folder in it, making it first when it is not there.
    func makeFolder(_ name: [UInt8]) throws -> FolderHandle {
        if let found = try folder(name) { return found }
        guard withCString(name, { mkdirat(descriptor, $0, 0o755) }) == 0 || errno == EEXIST else {
            throw fault("make the folder", name)
        }
        guard let made = try folder(name) else { throw fault("make the folder", name) }
        return made
    }

    /// What a name stands for, links not followed; nil when there is nothing.
    func status(_ name: [UInt8]) throws -> FileStatus? {
        var status = stat()
        if withCString(name, { fstatat(descriptor, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0 {
            return FileStatus(status)
        }
        guard errno == ENOENT || errno == ENOTDIR else { throw fault("look at", name) }
        return nil
    }

    /// What the folder itself is.
    func ownStatus() throws -> FileStatus {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw systemFault("look at", label) }
        return FileStatus(status)
    }

    /// All names in it with what they stand for, sorted by their bytes.
    func list() throws -> [(name: [UInt8], status: FileStatus)] {
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else { throw systemFault("list", label) }
        defer { closedir(stream) }
        var out: [(name: [UInt8], status: FileStatus)] = []
        while let entry = readdir(stream) {
            let found: (name: [UInt8], status: FileStatus)? = withUnsafePointer(to: &entry.pointee.d_name) {
                pointer in
                let name = UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self)
                let length = strlen(name)
                if name[0] == 0x2E, length == 1 || (length == 2 && name[1] == 0x2E) { return nil }
                var status = stat()
                guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
                let bytes = UnsafeRawBufferPointer(start: name, count: length)
                return (Array(bytes), FileStatus(status))
            }
            if let found { out.append(found) }
        }
        out.sort { left, right in precedes(left.name, right.name) }
        return out
    }

    /// The text of a link.
    func readLink(_ name: [UInt8]) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else { return 0 }
            return withCString(name) { readlinkat(descriptor, $0, start, bytes.count) }
        }
        guard count >= 0 else { throw fault("read the link", name) }
        return Array(buffer[..<count])
    }

    /// Opens a regular file for reading, never through a link, never waiting for a pipe; nil when there is
    /// none or we may not.
    ///
    /// With `mending`, a file of ours that forbids us to read is made readable for that moment.
    func openFile(_ name: [UInt8], mending: Bool = false) throws -> OpenFile? {
        let flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
        var found = withCString(name) { openat(descriptor, $0, flags) }
        if found < 0, errno == EACCES, mending, let before = try status(name), before.kind == .file {
            guard withCString(name, { fchmodat(descriptor, $0, mode_t(before.mode | 0o400), 0) }) == 0 else {
                throw fault("read", name)
            }
            found = withCString(name) { openat(descriptor, $0, flags) }
            if found >= 0 { fchmod(found, mode_t(before.mode)) }
        }
        if found < 0, [EACCES, EPERM, ENOENT].contains(errno) { return nil }
        guard found >= 0 else { throw fault("read", name) }
        return OpenFile(descriptor: found, label: path(name))
    }

    /// Makes a file that is not there yet, with exactly these bits whatever the umask.
    func createFile(_ name: [UInt8], _ bytes: [UInt8], mode: UInt16, durable: Bool = false) throws {
        try createFile(name, mode: mode, durable: durable) { try $0.write(bytes) }
    }

    /// Makes a file that is not there yet with the bytes of another.
    func createFile(_ name: [UInt8], copying source: OpenFile, mode: UInt16) throws {
        try createFile(name, mode: mode, durable: false) { file in
            try source.forEachChunk { try file.write($0) }
        }
    }

    private func createFile(
        _ name: [UInt8], mode: UInt16, durable: Bool, _ fill: (OpenFile) throws -> Void
    ) throws {
        let made = withCString(name) {
            openat(descriptor, $0, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        }
        guard made >= 0 else { throw fault("write", name) }
        let file = OpenFile(descriptor: made, label: path(name))
        do {
            try fill(file)
            guard fchmod(made, mode_t(mode)) == 0, !durable || fdatasync(made) == 0 else {
                throw fault("write", name)
            }
        } catch {
            _ = withCString(name) { unlinkat(descriptor, $0, 0) }
            throw error
        }
    }

    /// Writes over a regular file that has no other name; false, and nothing done, when it is something else.
    func overwriteFile(_ name: [UInt8], _ bytes: [UInt8], mode: UInt16) throws -> Bool {
        let flags = O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
        let found = withCString(name) { openat(descriptor, $0, flags) }
        guard found >= 0 else { return false }
        let file = OpenFile(descriptor: found, label: path(name))
        var status = stat()
        guard fstat(found, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 else {
            return false
        }
        try file.write(bytes)
        guard ftruncate(found, off_t(bytes.count)) == 0, fchmod(found, mode_t(mode)) == 0 else {
            throw fault("write", name)
        }
        return true
    }

    /// Makes a link that is not there yet.
    func createLink(_ name: [UInt8], to target: [UInt8]) throws {
        let made = withCString(target) { text in withCString(name) { symlinkat(text, descriptor, $0) } }
        guard made == 0 else { throw fault("make the link", name) }
    }

    /// Puts one name in place of another, at once; the other may be in another folder.
    func rename(_ old: [UInt8], to new: [UInt8], in folder: FolderHandle? = nil) throws {
        let target = folder ?? self
        let done = withCString(old) { from in
            withCString(new) { renameat(descriptor, from, target.descriptor, $0) }
        }
        guard done == 0 else { throw target.fault("put in place", new) }
    }

    /// Removes a file or a link; nothing there is fine.
    func remove(_ name: [UInt8]) throws {
        if withCString(name, { unlinkat(descriptor, $0, 0) }) == 0 { return }
        let code = errno
        if try isAbsent(name, code) { return }
        throw systemFault("remove", path(name), code: code)
    }

    /// Removes a folder if it is empty; says whether it is gone.
    func removeIfEmpty(_ name: [UInt8]) throws -> Bool {
        if withCString(name, { unlinkat(descriptor, $0, AT_REMOVEDIR) }) == 0 { return true }
        let code = errno
        if try isAbsent(name, code) { return true }
        guard [ENOTEMPTY, EEXIST, ENOTDIR].contains(code) else {
            throw systemFault("remove", path(name), code: code)
        }
        return false
    }

    /// Whether a removal failed because nothing is there; a read-only disk says only that it is one.
    private func isAbsent(_ name: [UInt8], _ code: Int32) throws -> Bool {
        if code == ENOENT { return true }
        return code == EROFS ? try status(name) == nil : false
    }

    /// Removes a name and all that is in it, however deep; links are removed, not followed.
    ///
    /// What lies far below is moved up into the folder that goes, so that neither handles nor the stack run out.
    func removeAll(_ name: [UInt8]) throws {
        guard let found = try status(name) else { return }
        guard found.kind == .folder else { return try remove(name) }
        if found.mode & 0o700 != 0o700 { try setMode(name, 0o700) }
        if let top = try folder(name) {
            var waiting = try top.list().map(\.name)
            while let next = waiting.popLast() { try top.removeAll(next, top, 0, &waiting) }
        }
        guard try removeIfEmpty(name) else { throw fault("remove", name) }
    }

    private func removeAll(_ name: [UInt8], _ top: FolderHandle, _ depth: Int, _ waiting: inout [[UInt8]])
        throws
    {
        guard let found = try status(name) else { return }
        guard found.kind == .folder else { return try remove(name) }
        if found.mode & 0o700 != 0o700 { try setMode(name, 0o700) }
        if depth == 64 {
            let moved = Self.temporaryName()
            try rename(name, to: moved, in: top)
            return waiting.append(moved)
        }
        if let inner = try folder(name) {
            for entry in try inner.list() { try inner.removeAll(entry.name, top, depth + 1, &waiting) }
        }
        guard try removeIfEmpty(name) else { throw fault("remove", name) }
    }

    /// Sets the bits of a file or folder; a link, or nothing, is left alone.
    func setMode(_ name: [UInt8], _ mode: UInt16) throws {
        guard let found = try status(name), found.kind != .symlink else { return }
        guard withCString(name, { fchmodat(descriptor, $0, mode_t(mode), 0) }) == 0 else {
            throw fault("set the mode of", name)
        }
    }

    /// Makes its names durable.
    func flush() throws {
        guard fsync(descriptor) == 0 else { throw systemFault("flush", label) }
    }

    /// A name that nothing else uses.
    static func temporaryName() -> [UInt8] {
        temporaryPrefix + Array(String(UInt64.random(in: 0 ... .max), radix: 36).utf8)
    }

    /// What messages call a name in it: a temporary file of ours means nothing to anybody, its folder does.
    private func path(_ name: [UInt8]) -> String {
        name.starts(with: Self.temporaryPrefix) ? label : "\(label)/\(TreePath(bytes: name))"
    }

    private func fault(_ what: String, _ name: [UInt8]) -> Fault { systemFault(what, path(name)) }
}

/// Calls with the bytes of a name and the NUL that ends it.
func withCString<Result>(_ name: [UInt8], _ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result
{
    try withUnsafeTemporaryAllocation(of: CChar.self, capacity: name.count + 1) { buffer in
        for index in name.indices { buffer[index] = CChar(bitPattern: name[index]) }
        buffer[name.count] = 0
        guard let base = buffer.baseAddress else { preconditionFailure("a buffer of at least one byte") }
        return try body(base)
    }
}

/// Whether the bytes of one name come before those of another.
func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.withUnsafeBytes { first in
        right.withUnsafeBytes { second in
            let count = min(first.count, second.count)
            guard count > 0, let start = first.baseAddress, let other = second.baseAddress else {
                return first.count < second.count
            }
            let order = memcmp(start, other, count)
            return order < 0 || (order == 0 && first.count < second.count)
        }
    }
}
