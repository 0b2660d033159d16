import AgentOSCore
import FoundationEssentials
import GRDB
import Glibc

extension EventLog {
    private static let batch = 1000

    /// Checks the tenant's chain, or one stream's, entry by entry against the hashes and the signed head.
    ///
    /// It reads in batches and holds nothing up. The end of a stream is checked by what stands after it in the
    /// tenant's log: nothing may be missing there.
    public func verify(tenant: TenantID, stream: String? = nil) async throws -> Verification {
        // The heads first: a head may only vouch for what the entries read later hold.
        var check = ChainCheck(tenant: tenant, stream: stream, heads: SealedHeads.read(beside: path))
        do {
            var isGoing = true
            while isGoing {
                let before = check
                (check, isGoing) = try await pool.read { try Self.advance(before, SQLReader(database: $0)) }
            }
        } catch let error as DatabaseError {
            throw StorageFault.fault(error, path: path)
        }
        return check.result
    }

    /// Checks the chain in a database that nobody uses: a backup, or a copy, with its `-heads` and `-key` beside it
    /// if there are any.
    ///
    /// The file is only read. Throws a `Fault` where it cannot be read at all.
    public static func verify(file: String, tenant: TenantID, stream: String? = nil) throws -> Verification {
        var check = ChainCheck(tenant: tenant, stream: stream, heads: SealedHeads.read(beside: file))
        try reading(file) { reader in
            var isGoing = true
            while isGoing { (check, isGoing) = try advance(check, reader) }
        }
        return check.result
    }

    /// The tenants that have events in a database that nobody uses.
    public static func tenants(file: String) throws -> [TenantID] {
        try reading(file) { try $0.tenants() }
    }

    /// The tenants that have events.
    public func tenants() async throws -> [TenantID] { try await read { try $0.tenants() } }

    /// What SQLite itself finds wrong with the file, at most ten lines; empty for a sound one.
    public func integrity() async throws -> [String] {
        try await read { try $0.rows("PRAGMA integrity_check(10)") { try $0.at(0, as: String.self) } }
            .filter { $0 != "ok" }
    }

    /// Queries a database that nobody uses, without writing to it.
    static func reading<Value>(_ file: String, _ body: (SQLReader) throws -> Value) throws -> Value {
        guard access(file, R_OK) == 0 else { throw StorageFault.system(errno, path: file) }
        do {
            var configuration = GRDB.Configuration()
            configuration.readonly = true
            let queue = try DatabaseQueue(path: file, configuration: configuration)
            return try queue.read { try body(SQLReader(database: $0)) }
        } catch let error as DatabaseError {
            throw StorageFault.fault(error, path: file)
        }
    }

    private static func advance(
        _ check: ChainCheck, _ reader: SQLReader
    ) throws -> (check: ChainCheck, isGoing: Bool) {
        var check = check
        do {
            let tenant = check.result.tenant
            let place = check.result.stream == nil ? "seq" : "version"
            let condition = check.result.stream == nil ? "" : "AND stream = ?"
            let arguments: [any SQLStorable] =
                [tenant] + (check.result.stream.map { [$0] } ?? []) + [check.cursor, batch]
            var isWhole = true
            let count = try reader.rows(
                """
                SELECT \(EventRow.columns) FROM events WHERE tenant = ? \(condition) AND \(place) > ?
                ORDER BY \(place) LIMIT ?
                """, arguments
            ) { if isWhole { isWhole = check.take($0) } }.count
            if isWhole, count == batch { return (check, true) }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            check.failUnreadable()
        }
        try check.finish(reader)
        return (check, false)
    }
}
