import AgentOSCore

/// Inserts appends into the table and shows them to the projectors.
struct EventInsertion: Sendable {
    private static let sql =
        "INSERT INTO events (\(EventRow.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

    let projectors: [any Projector]

    /// Inserts one append, or finds what its command recorded before.
    func insert(
        _ prepared: PreparedAppend, _ writer: SQLWriter, _ ends: inout ChainEnds
    ) throws -> [EventRecord] {
        let append = prepared.append
        if let id = append.commandId, let recorded = try recorded(id, append.tenant, writer.reader) {
            return recorded
        }
        try append.condition?(writer.reader)
        let version = try ends.stream(append.stream, append.tenant, writer.reader).seq
        if let expected = append.expectedVersion, expected != version {
            throw StaleVersion(
                tenant: append.tenant, stream: append.stream, expected: expected, actual: version)
        }
        let records = try insertRows(prepared, writer, &ends)
        if let id = append.commandId {
            try writer.execute(
                "INSERT INTO commands (tenant, id, first, count) VALUES (?, ?, ?, ?)",
                [
                    append.tenant, id,
                    try ends.tenant(append.tenant, writer.reader).seq - Int64(records.count) + 1,
                    records.count,
                ])
        }
        for projector in projectors { try projector.apply(records, in: writer) }
        return records
    }

    private func insertRows(
        _ prepared: PreparedAppend, _ writer: SQLWriter, _ ends: inout ChainEnds
    ) throws -> [EventRecord] {
        let append = prepared.append
        if append.events.isEmpty { return [] }
        let statement = try PreparedStatement(Self.sql, writer.database)
        var head = try ends.tenant(append.tenant, writer.reader)
        var stream = try ends.stream(append.stream, append.tenant, writer.reader)
        var previous = Chain.hex(head.hash)
        var records: [EventRecord] = []
        records.reserveCapacity(append.events.count)
        for event in append.events {
            let entry = Chain.Entry(
                tenant: append.tenant.rawValue, seq: head.seq + 1, stream: append.stream,
                version: stream.seq + 1,
                type: event.type, at: append.at.milliseconds, actor: prepared.actor, payload: event.payload,
                previous: head.hash, streamPrevious: stream.hash)
            let hash = Chain.hash(entry)
            try statement.insert(entry, hash)
            head = TenantHead(seq: entry.seq, hash: hash)
            stream = TenantHead(seq: entry.version, hash: hash)
            let record = EventRecord(
                tenant: append.tenant, seq: entry.seq, stream: entry.stream, version: entry.version,
                type: entry.type, at: append.at, actor: append.actor, payload: entry.payload,
                previous: previous, hash: Chain.hex(hash))
            previous = record.hash
            records.append(record)
        }
        ends.move(append.tenant, to: head, stream: append.stream, to: stream)
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
}

extension PreparedStatement {
    /// Inserts a row, its columns in the order of `EventRow.columns`.
    fileprivate func insert(_ entry: Chain.Entry, _ hash: Digest32) throws {
        reset()
        try bind(entry.tenant, at: 1)
        try bind(entry.seq, at: 2)
        try bind(entry.stream, at: 3)
        try bind(entry.version, at: 4)
        try bind(entry.type, at: 5)
        try bind(entry.at, at: 6)
        try bind(entry.actor, at: 7)
        try bind(entry.payload, at: 8)
        try bind(entry.previous, at: 9)
        try bind(entry.streamPrevious, at: 10)
        try bind(hash, at: 11)
        try run()
    }
}

extension SQLReader {
    /// The stream to which a command's events were appended, nil for one that was never recorded.
    public func stream(ofCommand id: String, tenant: TenantID) throws -> String? {
        try value(
            """
            SELECT stream FROM events WHERE tenant = ? AND seq =
                (SELECT first FROM commands WHERE tenant = ? AND id = ?)
            """, [tenant, tenant, id])
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
