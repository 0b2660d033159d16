import AgentOSCore
import FoundationEssentials
import GRDB
import Glibc

extension EventLog {
    /// Writes a consistent copy of the log while it is in use, with its heads and key beside it.
    ///
    /// The copy appears under its name when it is whole and on the disk. It may be ahead of its heads, and
    /// its key is as secret as the home's.
    public func backup(to file: String) async throws {
        do {
            try Backup.copySidecars(of: path, to: file)
            // A reading connection outside a transaction: the writer goes on meanwhile.
            try await pool.unsafeRead { try Backup.copy($0, to: file, replacing: false) }
        } catch let error as DatabaseError {
            throw StorageFault.fault(error, path: file)
        }
    }

    /// Writes a consistent copy of a log that another process may be writing, with its heads and key beside it.
    ///
    /// It only reads, as a connection of its own, and holds up nobody. Otherwise as `backup(to:)`.
    public static func backup(of path: String, to file: String) throws {
        guard access(path, R_OK) == 0 else { throw StorageFault.system(errno, path: path) }
        do {
            try Backup.copySidecars(of: path, to: file)
            var configuration = GRDB.Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(2)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.unsafeRead { try Backup.copy($0, to: file, replacing: false) }
        } catch let error as DatabaseError {
            throw StorageFault.fault(error, path: file)
        }
    }

    /// Puts a backup in the place of a log that is not open.
    ///
    /// Every tenant's chain is checked first; a broken one is refused and nothing is touched. The heads note
    /// where the log was restored.
    public static func restore(from file: String, to path: String) throws {
        for tenant in try tenants(file: file) {
            if let broken = try verify(file: file, tenant: tenant).brokenAt {
                throw Fault.failed("\(file) is not whole: \(broken)", hint: "restore an older backup")
            }
        }
        let partial = "\(path).partial"
        try Backup.copyFile(file, to: partial)
        for suffix in ["-wal", "-shm", "-heads", "-key"] { unlink(path + suffix) }
        try Backup.copySidecars(of: file, to: path)
        try Backup.finish(partial, as: path)
        let ends = try reading(path) { reader in
            try reader.tenants().map { ($0, try reader.tenantHead($0)) }
        }
        let heads = try SealedHeads.open(beside: path)
        for case (let tenant, let head?) in ends { try heads.noteReseal(tenant, head) }
        heads.close()
    }
}

/// Copies of a database and what belongs to it.
enum Backup {
    /// Writes a consistent copy, durably, under its final name only when it is whole.
    static func copy(_ database: Database, to path: String, replacing: Bool) throws {
        if !replacing { try refuseExisting(path) }
        let partial = "\(path).partial"
        unlink(partial)
        try database.execute(sql: "VACUUM INTO ?", arguments: [partial])
        try finish(partial, as: path)
    }

    /// Copies heads and key, where there are any.
    static func copySidecars(of source: String, to target: String) throws {
        try refuseExisting("\(target)-heads")
        for suffix in ["-heads", "-key"] where access(source + suffix, F_OK) == 0 {
            try copyFile(source + suffix, to: target + suffix)
        }
    }

    /// Copies a file's bytes, durably, readable by the owner alone.
    static func copyFile(_ source: String, to target: String) throws {
        let input = Glibc.open(source, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw StorageFault.system(errno, path: source) }
        defer { Glibc.close(input) }
        let output = Glibc.open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw StorageFault.system(errno, path: target) }
        defer { Glibc.close(output) }
        while true {
            let count = sendfile(output, input, nil, 1 << 20)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw StorageFault.system(errno, path: target) }
            if count == 0 { break }
        }
        guard fsync(output) == 0 else { throw StorageFault.system(errno, path: target) }
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

    private static func refuseExisting(_ path: String) throws {
        guard access(path, F_OK) != 0 else {
            throw Fault.refused("\(path) exists", hint: "name a file that does not")
        }
    }
}
