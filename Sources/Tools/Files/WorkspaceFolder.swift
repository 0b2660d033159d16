import AgentOSCore
import CSandbox
import Glibc

/// A session's files, reached through the folder's descriptor so that no path and no link leads out of it.
struct WorkspaceFolder: ~Copyable {
    private let descriptor: Int32
    private let path: String

    /// The largest file that is taken into memory.
    static let maxBytes = 16 << 20
    /// Folders within folders; a checkpoint keeps no deeper ones.
    static let maxDepth = 200

    init(_ path: String) throws(Refusal) {
        self.path = realPath(path) ?? path
        descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Refusal("The workspace cannot be opened.") }
    }

    deinit { close(descriptor) }

    /// A path relative to the workspace; an absolute one below it is taken as such.
    func relative(_ given: String) throws(Refusal) -> String {
        guard !given.utf8.contains(0), !given.isEmpty else {
            throw Refusal("A path must not be empty or contain NUL.")
        }
        var rest = Substring(given)
        if rest.hasPrefix("/") {
            guard rest == path || rest.hasPrefix(path + "/") else {
                throw Refusal("`\(given)` is outside of the workspace. Paths are relative to the workspace.")
            }
            rest = rest.dropFirst(path.count).drop { $0 == "/" }
        }
        while rest.hasPrefix("./") { rest = rest.dropFirst(2).drop { $0 == "/" } }
        while rest.hasSuffix("/") { rest = rest.dropLast() }
        return rest.isEmpty ? "." : String(rest)
    }

    /// Opens something below the workspace.
    func open(_ path: String, _ flags: Int32, mode: UInt32 = 0o644) throws(Refusal) -> FileHandle {
        // Neither a fifo nor a terminal may hold us up; with a path-only descriptor nothing can.
        let careful = flags & csandbox_path_only == 0 ? flags | O_NONBLOCK | O_NOCTTY : flags
        let file = csandbox_open_beneath(descriptor, path, careful, mode)
        guard file >= 0 else { throw Refusal(Self.explain(-file, path)) }
        return FileHandle(file)
    }

    static func explain(_ error: Int32, _ path: String) -> String {
        switch error {
        case ENOENT: "There is no `\(path)`. Use `list` to see what there is."
        case EXDEV, ELOOP:
            "`\(path)` leads out of the workspace, or through a link that does. Only files in the workspace can be used."
        case ENOTDIR: "A part of `\(path)` is a file, not a folder."
        case EISDIR: "`\(path)` is a folder. Use `list` for folders."
        case EACCES, EPERM: "`\(path)` cannot be opened: permission denied."
        case ENAMETOOLONG: "The path is too long."
        case ENXIO: "`\(path)` is not a regular file."
        case EROFS, ENOSPC, EDQUOT: "`\(path)` cannot be written: \(String(cString: strerror(error)))."
        default: "`\(path)` cannot be opened: \(String(cString: strerror(error)))."
        }
    }

    /// The bytes of a regular file.
    func read(_ path: String) throws(Refusal) -> (bytes: [UInt8], mode: UInt32) {
        let file = try open(path, O_RDONLY)
        let info = try file.info()
        if info.isFolder { throw Refusal(Self.explain(EISDIR, path)) }
        guard info.isFile else { throw Refusal(Self.explain(ENXIO, path)) }
        guard info.size <= Self.maxBytes else {
            throw Refusal(
                "`\(path)` has \(info.size) bytes, too many to read at once. Use `search`, or `shell` with sed -n or head -c."
            )
        }
        return (try file.readAll(atMost: Self.maxBytes), info.mode)
    }

    /// Replaces a file whole, or makes it and the folders it needs; keeps the mode of what it replaces.
    func write(_ path: String, _ bytes: [UInt8]) throws(Refusal) -> Bool {
        guard !ProtectedPaths.contains(path) else {
            throw Refusal(
                "`\(path)` is protected: it configures or runs by itself outside of this session. Leave it as it is."
            )
        }
        var parts = path.split(separator: "/").map(String.init)
        guard let name = parts.popLast(), name != ".", name != ".." else {
            throw Refusal(Self.explain(EISDIR, path))
        }
        let parent = try makeFolders(parts)
        let existing = parent.info(of: name)
        if existing?.isFolder == true { throw Refusal(Self.explain(EISDIR, path)) }
        guard existing?.isFile ?? true else {
            throw Refusal(
                "`\(path)` is a link or a device. Write the file that it stands for, by its own path.")
        }
        let draft = ".agentos-\(UInt64.random(in: 0 ... .max)).new"
        let file = csandbox_open_beneath(
            parent.descriptor, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644)
        guard file >= 0 else { throw Refusal(Self.explain(-file, path)) }
        let handle = FileHandle(file)
        if let mode = existing?.mode { fchmod(file, mode_t(mode & 0o777)) }
        guard handle.writeAll(bytes), renameat(parent.descriptor, draft, parent.descriptor, name) == 0 else {
            let error = errno
            unlinkat(parent.descriptor, draft, 0)
            throw Refusal(Self.explain(error, path))
        }
        return existing != nil
    }

    private func makeFolders(_ parts: [String]) throws(Refusal) -> FileHandle {
        // Asked before the first is made: folders deeper than this cannot be kept in a checkpoint.
        guard parts.count < Self.maxDepth, parts.reduce(0, { $0 + $1.utf8.count + 1 }) < 4000 else {
            throw Refusal(Self.explain(ENAMETOOLONG, ""))
        }
        for count in 0..<parts.count {
            let path = parts[...count].joined(separator: "/")
            let found = csandbox_open_beneath(descriptor, path, csandbox_path_only | O_DIRECTORY, 0)
            if found >= 0 {
                close(found)
                continue
            }
            guard found == -ENOENT else { throw Refusal(Self.explain(-found, path)) }
            let parent = try open(
                count == 0 ? "." : parts[..<count].joined(separator: "/"), csandbox_path_only | O_DIRECTORY)
            guard mkdirat(parent.descriptor, parts[count], 0o755) == 0 || errno == EEXIST else {
                throw Refusal(Self.explain(errno, path))
            }
        }
        return try open(parts.isEmpty ? "." : parts.joined(separator: "/"), csandbox_path_only | O_DIRECTORY)
    }
}

/// An open file that closes itself.
struct FileHandle: ~Copyable {
    let descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// What `stat` says of a file.
    struct Info {
        var size: Int
        var mode: UInt32
        var isFolder: Bool { mode & UInt32(S_IFMT) == UInt32(S_IFDIR) }
        var isFile: Bool { mode & UInt32(S_IFMT) == UInt32(S_IFREG) }
        var isLink: Bool { mode & UInt32(S_IFMT) == UInt32(S_IFLNK) }
    }

    func info() throws(Refusal) -> Info {
        var value = stat()
        guard fstat(descriptor, &value) == 0 else { throw Refusal("The file cannot be examined.") }
        return Info(size: Int(value.st_size), mode: value.st_mode)
    }

    /// What a name in this folder is, links not followed.
    func info(of name: String) -> Info? {
        var value = stat()
        guard fstatat(descriptor, name, &value, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        return Info(size: Int(value.st_size), mode: value.st_mode)
    }

    func readAll(atMost limit: Int) throws(Refusal) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < limit {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Refusal("Reading failed: \(String(cString: strerror(errno))).") }
            if count == 0 { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        return bytes
    }

    func writeAll(_ bytes: [UInt8]) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                buffer.baseAddress.map { Glibc.write(descriptor, $0 + done, bytes.count - done) } ?? 0
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    /// The names in this folder, sorted by their bytes.
    func names() -> [String] {
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let folder = fdopendir(copy) else {
            if copy >= 0 { close(copy) }
            return []
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Where a link in this folder points, as it is written.
    func target(of name: String) -> String {
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map {
                readlinkat(descriptor, name, $0.assumingMemoryBound(to: CChar.self), bytes.count)
            } ?? 0
        }
        return count > 0 ? ToolText.decode(buffer[..<count]) : "?"
    }
}
