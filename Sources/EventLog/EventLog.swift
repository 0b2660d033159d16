import AgentOSCore
import FoundationEssentials
import GRDB

/// The append-only log of everything that changes a state, and the projections made from it.
///
/// One value a process, and one process a home: the holder of `host.lock`. What `append` has returned is on
/// the disk. Followers and queries see an append only after its commit.
public final class EventLog: Sendable {
    /// The largest payload that belongs into an event; larger bodies go to the object store, their hash here.
    public static let inlineBodyLimit = 64 * 1024
    /// The largest payload that is taken at all.
    public static let payloadLimit = 1024 * 1024

    /// The database file.
    public let path: String
    let pool: DatabasePool
    let writer: LogWriter
    let live: LiveEvents
    let heads: SealedHeads

    init(path: String, pool: DatabasePool, writer: LogWriter, live: LiveEvents, heads: SealedHeads) {
        self.path = path
        self.pool = pool
        self.writer = writer
        self.live = live
        self.heads = heads
    }

    /// Appends to one stream and returns the events as stored, once they are durable.
    ///
    /// Throws `StaleVersion` where the stream is not at `expectedVersion`, what the condition or a projector
    /// throws, and a `Fault` where the store fails; then nothing of it was written.
    @discardableResult
    public func append(_ append: Append) async throws -> [EventRecord] { try await self.append([append]) }

    /// Appends to several streams of any tenants in one transaction: all of it or nothing.
    ///
    /// Conditions are asked and versions are compared in the order given, each after the appends before it.
    @discardableResult
    public func append(_ appends: [Append]) async throws -> [EventRecord] {
        try await writer.submit(appends.map { try PreparedAppend($0) })
    }

    /// Queries the projections on one consistent state.
    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (SQLReader) throws -> Value
    ) async throws -> Value {
        do {
            return try await pool.read { try body(SQLReader(database: $0)) }
        } catch let error as DatabaseError {
            throw StorageFault.fault(error, path: path)
        }
    }

    /// The tenant's events after `after`, oldest first, at most `limit`.
    public func events(
        tenant: TenantID, after: Int64 = 0, limit: Int = 1000, filter: EventFilter = EventFilter()
    ) async throws -> [EventRecord] {
        try await read { try $0.events(tenant: tenant, after: after, limit: limit, filter: filter) }
    }

    /// The seq of the tenant's last event, 0 without one.
    public func head(tenant: TenantID) -> Int64 { live.head(tenant) }

    /// The version of a stream's last event, 0 without one.
    public func streamVersion(tenant: TenantID, stream: String) async throws -> Int64 {
        try await read { try $0.streamVersion(tenant: tenant, stream: stream) }
    }

    /// The tenant's events after `after` as they come: first from the log, then live; none is ever left out.
    ///
    /// It ends when its task is cancelled or the log is closed. A reader that falls behind reads on from
    /// the log, so what waits for it takes no memory.
    public func follow(tenant: TenantID, after: Int64) -> EventFollow {
        EventFollow(log: self, tenant: tenant, after: after)
    }

    /// Ends the followers, waits for what is being written and closes the files; later appends throw.
    public func close() {
        writer.close()
        live.close()
        // Leaves one file with everything in it; where that fails, the write-ahead log beside it still has the rest.
        _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        try? pool.close()
        heads.close()
    }
}

extension SQLReader {
    /// The tenant's events after `after`, oldest first, at most `limit`.
    public func events(
        tenant: TenantID, after: Int64 = 0, limit: Int = 1000, filter: EventFilter = EventFilter()
    ) throws -> [EventRecord] {
        var arguments: [any SQLStorable] = [tenant, after]
        var conditions = "tenant = ? AND seq > ?"
        if let stream = filter.stream {
            conditions += " AND stream = ?"
            arguments.append(stream)
        }
        if let type = filter.type {
            conditions += " AND type GLOB ?"
            arguments.append(type)
        }
        let order = filter.stream == nil ? "seq" : "version"
        arguments.append(limit)
        return try rows(
            "SELECT \(EventRow.columns) FROM events WHERE \(conditions) ORDER BY \(order) LIMIT ?", arguments
        ) { try EventRow($0).record }
    }

    /// The version of a stream's last event, 0 without one.
    public func streamVersion(tenant: TenantID, stream: String) throws -> Int64 {
        try value(
            "SELECT max(version) FROM events WHERE tenant = ? AND stream = ?", [tenant, stream],
            as: Int64?.self
        )
        .flatMap(\.self) ?? 0
    }

    /// The seq of the tenant's last event, 0 without one.
    public func head(tenant: TenantID) throws -> Int64 {
        try value("SELECT max(seq) FROM events WHERE tenant = ?", [tenant], as: Int64?.self).flatMap(\.self)
            ?? 0
    }
}
