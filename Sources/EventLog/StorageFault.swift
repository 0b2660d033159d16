import AgentOSCore
import GRDB
import Glibc

/// What SQLite's errors mean to the person whose home it is.
enum StorageFault {
    /// The fault of an error of the database; other errors as they are.
    static func mapped(_ error: any Error, path: String) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        return fault(error, path: path)
    }

    /// One line: what failed, which file, what to do next.
    static func fault(_ error: DatabaseError, path: String) -> Fault {
        switch error.resultCode {
        case .SQLITE_FULL,
            .SQLITE_IOERR where isFull(path) || error.resultCode == .SQLITE_FULL:
            Fault.failed(
                "no space is left for \(path), nothing was written",
                hint: "free some space on its disk and try again")
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
            Fault.usage(
                "\(path) cannot be opened", hint: "check that its folder exists and that you may write to it")
        case .SQLITE_READONLY:
            Fault.usage(
                "\(path) cannot be written", hint: "make it and its folder writable, or choose another --home"
            )
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            Fault(
                .noHost, "\(path) is held by another program",
                hint: "end that program, or choose another --home")
        case .SQLITE_NOTADB:
            Fault.usage(
                "\(path) is not a database",
                hint: "move it away, or restore a backup with: agentos home restore FILE")
        case .SQLITE_CORRUPT:
            Fault.failed("\(path) is damaged", hint: "restore a backup with: agentos home restore FILE")
        case .SQLITE_IOERR:
            Fault.failed(
                "the disk failed under \(path) (SQLite \(error.extendedResultCode.rawValue))",
                hint: "check the disk and its space, then try again")
        default:
            Fault.failed(
                "the store \(path) failed: \(error.message ?? "SQLite \(error.extendedResultCode.rawValue)")")
        }
    }

    /// Whether the disk under a path has no room: what SQLite calls a disk that failed is mostly that.
    private static func isFull(_ path: String) -> Bool {
        var disk = statvfs()
        let folder =
            path.hasPrefix("/") ? "/" + path.split(separator: "/").dropLast().joined(separator: "/") : "."
        return statvfs(folder, &disk) == 0 && (disk.f_bavail == 0 || (disk.f_files > 0 && disk.f_favail == 0))
    }

    /// The fault of a system call.
    static func system(_ code: Int32, path: String) -> Fault {
        let reason = String(cString: strerror(code))
        return switch code {
        case ENOSPC, EDQUOT:
            Fault.failed("no space is left for \(path)", hint: "free some space on its disk and try again")
        case EACCES, EPERM, EROFS:
            Fault.usage(
                "\(path) cannot be written: \(reason)",
                hint: "make it and its folder writable, or choose another --home")
        case ENOENT, ENOTDIR, EISDIR:
            Fault.usage(
                "\(path) cannot be opened: \(reason)",
                hint: "check that its folder exists, or choose another --home")
        default:
            Fault.failed("\(path) failed: \(reason)", hint: "check the disk and its space, then try again")
        }
    }
}
