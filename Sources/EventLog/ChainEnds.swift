import AgentOSCore

/// Where a chain ends: a tenant's by seq, or a stream's by version.
struct TenantHead: Hashable, Sendable {
    var seq: Int64
    var hash: Digest32
}

/// The ends of chains as the writer left them, so that an append seldom asks the table for them.
///
/// What is not here is asked and kept. They hold only while every append since was kept too: after a rollback,
/// of a savepoint or the whole, all of them are forgotten.
struct ChainEnds: Sendable {
    private struct Stream: Hashable {
        let tenant: TenantID
        let name: String
    }

    private static let limit = 1024
    private static let none = TenantHead(seq: 0, hash: Chain.origin)

    private var tenants: [TenantID: TenantHead] = [:]
    private var streams: [Stream: TenantHead] = [:]

    /// The end of a tenant's chain, if it is known.
    subscript(tenant: TenantID) -> TenantHead? { tenants[tenant] }

    /// The end of a tenant's chain; seq 0 without an event.
    mutating func tenant(_ tenant: TenantID, _ reader: SQLReader) throws -> TenantHead {
        if let end = tenants[tenant] { return end }
        let end = try reader.tenantHead(tenant) ?? Self.none
        if tenants.count >= Self.limit { tenants.removeAll() }
        tenants[tenant] = end
        return end
    }

    /// The end of a stream; version 0 without an event.
    mutating func stream(_ name: String, _ tenant: TenantID, _ reader: SQLReader) throws -> TenantHead {
        let stream = Stream(tenant: tenant, name: name)
        if let end = streams[stream] { return end }
        let end = try reader.streamHead(name, tenant) ?? Self.none
        if streams.count >= Self.limit { streams.removeAll() }
        streams[stream] = end
        return end
    }

    /// Notes where an append has left both chains.
    mutating func move(_ tenant: TenantID, to end: TenantHead, stream name: String, to streamEnd: TenantHead)
    {
        tenants[tenant] = end
        streams[Stream(tenant: tenant, name: name)] = streamEnd
    }

    /// Forgets all of them.
    mutating func forget() {
        tenants.removeAll(keepingCapacity: true)
        streams.removeAll(keepingCapacity: true)
    }
}

extension SQLReader {
    /// Where a tenant's chain ends, nil without an event.
    func tenantHead(_ tenant: TenantID) throws -> TenantHead? {
        try first("SELECT seq, hash FROM events WHERE tenant = ? ORDER BY seq DESC LIMIT 1", [tenant]) {
            TenantHead(seq: try $0.at(0), hash: try $0.at(1))
        }
    }

    /// Where a stream ends, nil without an event.
    func streamHead(_ stream: String, _ tenant: TenantID) throws -> TenantHead? {
        try first(
            "SELECT version, hash FROM events WHERE tenant = ? AND stream = ? ORDER BY version DESC LIMIT 1",
            [tenant, stream]
        ) { TenantHead(seq: try $0.at(0), hash: try $0.at(1)) }
    }
}
