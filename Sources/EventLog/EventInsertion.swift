import AgentOSCore
import FoundationEssentials
import GRDB

/// Where a tenant's chain ends.
struct TenantHead: Hashable, Sendable {
    var seq: Int64
    var hash: Digest32
}

/// Inserts appends into the table and shows them to the projectors.
struct EventInsertion: Sendable {
    let projectors: [any Projector]

    /// Inserts one append, or finds what its command recorded before.
    func insert(
        _ prepared: PreparedAppend, _ database: Database, _ tenants: inout [TenantID: TenantHead]
    ) throws -> [EventRecord] {
        let append = prepared.append
        let writer = SQLWriter(database: database)
        if let id = append.commandId, let recorded = try recorded(id, append.tenant, writer.reader) {
            return recorded
        }
        try append.condition?(writer.reader)
        var stream = try streamHead(append, writer.reader)
        if let expected = append.expectedVersion, expected != stream.seq {
            throw StaleVersion(
                tenant: append.tenant, stream: append.stream, expected: expected, actual: stream.seq)
        }
        var head = try tenants[append.tenant] ?? tenantHead(append.tenant, writer.reader)
        let first = head.seq + 1
        var records: [EventRecord] = []
        for event in append.events {
            let entry = Chain.Entry(
                tenant: append.tenant.rawValue, seq: head.seq + 1, stream: append.stream,
                version: stream.seq + 1,
                type: event.type, at: append.at.milliseconds, actor: prepared.actor, payload: event.payload,
                previous: head.hash, streamPrevious: stream.hash)
            let hash = Chain.hash(entry)
            let row = EventRow(entry: entry, hash: hash, actor: append.actor)
            try row.insert(writer)
            head = TenantHead(seq: entry.seq, hash: hash)
            stream = TenantHead(seq: entry.version, hash: hash)
            records.append(row.record)
        }
        if let id = append.commandId {
            try writer.execute(
                "INSERT INTO commands (tenant, id, first, count) VALUES (?, ?, ?, ?)",
                [append.tenant, id, first, records.count])
        }
        for record in records {
            for projector in projectors { try projector.apply(record, in: writer) }
        }
        if !records.isEmpty { tenants[append.tenant] = head }
        return records
    }

    private func recorded(_ id: String, _ tenant: TenantID, _ reader: SQLReader) throws -> [EventRecord]? {
        let place = try reader.first(
            "SELECT first, count FROM commands WHERE tenant = ? AND id = ?", [tenant, id]
        ) {
            (first: try $0.at(0, as: Int64.self), count: try $0.at(1, as: Int.self))
        }
        guard let place else { return nil }
        return try reader.events(tenant: tenant, after: place.first - 1, limit: place.count)
    }

    private func streamHead(_ append: Append, _ reader: SQLReader) throws -> TenantHead {
        try reader.first(
            "SELECT version, hash FROM events WHERE tenant = ? AND stream = ? ORDER BY version DESC LIMIT 1",
            [append.tenant, append.stream]
        ) { TenantHead(seq: try $0.at(0), hash: try $0.at(1)) } ?? TenantHead(seq: 0, hash: Chain.origin)
    }

    private func tenantHead(_ tenant: TenantID, _ reader: SQLReader) throws -> TenantHead {
        try reader.tenantHead(tenant) ?? TenantHead(seq: 0, hash: Chain.origin)
    }
}

extension SQLReader {
    /// Where a tenant's chain ends, nil without an event.
    func tenantHead(_ tenant: TenantID) throws -> TenantHead? {
        try first("SELECT seq, hash FROM events WHERE tenant = ? ORDER BY seq DESC LIMIT 1", [tenant]) {
            TenantHead(seq: try $0.at(0), hash: try $0.at(1))
        }
    }

    /// Every tenant that has an event, found without reading the events.
    func tenants() throws -> [TenantID] {
        try rows(
            """
            WITH RECURSIVE t(tenant) AS (
                SELECT min(tenant) FROM events UNION ALL
                SELECT (SELECT min(tenant) FROM events WHERE tenant > t.tenant) FROM t WHERE t.tenant IS NOT NULL
            ) SELECT tenant FROM t WHERE tenant IS NOT NULL
            """
        ) { try $0.at(0) }
    }
}

extension EventRow {
    init(entry: Chain.Entry, hash: Digest32, actor: Actor) {
        self.entry = entry
        self.hash = hash
        self.actor = actor
    }

    /// Inserts the row.
    func insert(_ writer: SQLWriter) throws {
        let statement = try writer.database.cachedStatement(
            sql: "INSERT INTO events (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        statement.setUncheckedArguments([
            entry.tenant, entry.seq, entry.stream, entry.version, entry.type, entry.at, entry.actor,
            entry.payload,
            Data(entry.previous), Data(entry.streamPrevious), Data(hash),
        ])
        try statement.execute()
    }
}
