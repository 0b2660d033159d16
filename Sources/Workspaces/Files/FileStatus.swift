import AgentOSCore
import Glibc

/// What `lstat` says of a name.
struct FileStatus: Equatable {
    enum Kind: Equatable { case file, folder, symlink, other }

    var kind: Kind
    var mode: UInt16
    var size: Int64
    var modified: Int64
    var changed: Int64
    var inode: UInt64
    var device: UInt64

    init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .folder
        case S_IFLNK: kind = .symlink
        default: kind = .other
        }
        mode = UInt16(status.st_mode & 0o777)
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
        changed = Int64(status.st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_ctim.tv_nsec)
        inode = UInt64(status.st_ino)
        device = UInt64(status.st_dev)
    }

    /// Of a path, links followed; nil with `errno` set when there is none.
    static func following(_ path: String) -> FileStatus? {
        var status = stat()
        return stat(path, &status) == 0 ? FileStatus(status) : nil
    }
}

/// A system call that failed, as one line.
func systemFault(_ what: String, _ path: String, code: Int32 = errno) -> Fault {
    let hint: String
    switch code {
    case ENOSPC, EDQUOT: hint = "make room on the disk and try again"
    case EROFS: hint = "the disk is read-only; mount it for writing"
    case EACCES, EPERM: hint = "check its permissions and its owner"
    case EMFILE, ENFILE: hint = "raise the limit of open files (ulimit -n)"
    case ELOOP, ENOTDIR: hint = "a symbolic link or a file is in the way; move it"
    case ENOENT:
        hint = missingFolder(above: path).map { "there is no \($0); make it first" } ?? "check the path"
    default: hint = "check the disk"
    }
    return Fault.failed("cannot \(what) \(path): \(String(cString: strerror(code)))", hint: hint)
}

/// The first folder above an absolute path that is not there; nil when all of them are.
private func missingFolder(above path: String) -> String? {
    guard path.hasPrefix("/") else { return nil }
    var folder = ""
    for name in path.split(separator: "/").dropLast() {
        folder += "/" + name
        if access(folder, F_OK) != 0 { return errno == ENOENT ? folder : nil }
    }
    return nil
}

/// An absolute path without links, `.` and `..`; nil with `errno` set when there is none.
func resolvedPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
}
