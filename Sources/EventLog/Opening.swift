import AgentOSCore
import FoundationEssentials
import GRDB
import Glibc

extension EventLog {
    /// Opens the log of a home, making it on first use and bringing an older one up to date.
    ///
    /// Before an older database is migrated it is copied beside itself as `….backup-vN`. A newer one, a
    /// file that is none, a held lock, a folder that cannot be written and a full disk are `Fault`s. Holding
    /// `host.lock` is the caller's part.
    public static func open(path: String, projectors: [any Projector] = []) throws(Fault) -> EventLog {
        try open(path: path, projectors: projectors, probe: nil)
    }

    /// Opens the log of a home with a probe at the edges of its commits, and no more pages than a limit.
    package static func open(
        path: String, projectors: [any Projector], pageLimit: Int? = nil, probe: CommitProbe? = nil
    ) throws(Fault) -> EventLog {
        do {
            try makeFile(path)
            let pool = try DatabasePool(path: path, configuration: configuration())
            let migrator = Migrator(path: path, projectors: projectors)
            try pool.writeWithoutTransaction { database in
                try migrator.migrate(database)
                // The pool has set NORMAL on this connection; what is acknowledged must survive a power cut.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                if let pageLimit { try database.execute(sql: "PRAGMA max_page_count = \(pageLimit)") }
                guard try Int.fetchOne(database, sql: "PRAGMA synchronous") == 2 else {
                    throw Fault.failed("\(path) cannot be written durably", hint: "choose another --home")
                }
            }
            let ends = try pool.read { database in
                let reader = SQLReader(database: database)
                return try reader.tenants().map { ($0, try reader.tenantHead($0)) }
            }
            let known = Dictionary(
                uniqueKeysWithValues: ends.compactMap { tenant, head in head.map { (tenant, $0) } })
            let heads = try SealedHeads.open(beside: path)
            try heads.check(known) { tenant, seq in
                try pool.read { try SQLReader(database: $0).hash(tenant: tenant, seq: seq) }
            }
            let live = LiveEvents(heads: known.mapValues(\.seq))
            let writer = LogWriter(
                pool: pool, path: path, projectors: projectors, heads: heads, live: live, probe: probe)
            return EventLog(path: path, pool: pool, writer: writer, live: live, heads: heads)
        } catch let fault as Fault {
            throw fault
        } catch let error as DatabaseError {
            throw StorageFault.fault(error, path: path)
        } catch {
            throw Fault.failed("\(path) cannot be opened: \(error)")
        }
    }

    private static func configuration() -> GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.maximumReaderCount = 4
        configuration.busyMode = .timeout(2)
        configuration.label = "EventLog"
        return configuration
    }

    /// Makes an empty file that only its owner can read, so that the database and its log are never others'.
    private static func makeFile(_ path: String) throws {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StorageFault.system(errno, path: path) }
        Glibc.close(descriptor)
    }
}

extension SQLReader {
    /// The hash of one event, nil where there is none.
    func hash(tenant: TenantID, seq: Int64) throws -> Digest32? {
        try value("SELECT hash FROM events WHERE tenant = ? AND seq = ?", [tenant, seq])
    }
}
