import AgentOSCore
import FoundationEssentials
import GRDB
import Glibc

/// Copies of a database that is in use.
enum Backup {
    /// Writes a consistent copy, durably, under its final name only when it is whole.
    static func copy(_ database: Database, to path: String, replacing: Bool) throws {
        if !replacing, access(path, F_OK) == 0 {
            throw Fault.refused("\(path) exists", hint: "name a file that does not")
        }
        let partial = "\(path).partial"
        unlink(partial)
        try database.execute(sql: "VACUUM INTO ?", arguments: [partial])
        try finish(partial, as: path)
    }

    /// Flushes a file and gives it its final name.
    static func finish(_ partial: String, as path: String) throws {
        chmod(partial, 0o600)
        let descriptor = Glibc.open(partial, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw StorageFault.system(errno, path: partial) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0, rename(partial, path) == 0 else {
            throw StorageFault.system(errno, path: path)
        }
        try syncFolder(of: path)
    }
}
