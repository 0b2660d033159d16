import AgentOSCore
import Crypto
import FoundationEssentials

extension AuditEntry {
    /// The hash of what the entry holds; nil where its payload is withheld, or a link is no digest.
    public var computedHash: String? {
        guard let payload = stored.payload, let previous = Self.digest(previous),
            let streamPrevious = Self.digest(streamPrevious)
        else { return nil }
        return Chain.hex(
            Chain.hash(
                Chain.Entry(
                    tenant: tenantId.rawValue, seq: seq, stream: stream, version: version, type: type,
                    at: at.milliseconds, actor: stored.actor, payload: payload, previous: previous,
                    streamPrevious: streamPrevious)))
    }

    /// The bytes of digits in the form that is written: lower case.
    private static func digest(_ text: String) -> Digest32? {
        Chain.bytes(hex: text).flatMap { Chain.hex($0) == text ? $0 : nil }
    }

    /// What the first entry of a tenant, and of a stream, links to.
    public static let origin = Chain.hex(Chain.origin)
}

/// SHA-256 of texts.
public enum TextDigest {
    /// The digits of a text's digest.
    public static func hex(_ text: String) -> String {
        Chain.hex(Digest32(SHA256.hash(data: Data(text.utf8))))
    }
}

extension SQLReader {
    /// The entries of a stream, oldest first, with all that their hashes cover.
    public func auditEntries(tenant: TenantID, stream: String) throws -> [AuditEntry] {
        try rows(
            "SELECT \(EventRow.columns) FROM events WHERE tenant = ? AND stream = ? ORDER BY version",
            [tenant, stream]
        ) { try Self.auditEntry($0) }
    }

    /// The entries of a stream between two places of the tenant's log, both included, whose payload holds a text.
    public func auditEntries(
        tenant: TenantID, stream: String, from: Int64, to: Int64, holding text: String
    ) throws -> [AuditEntry] {
        try rows(
            """
            SELECT \(EventRow.columns) FROM events
            WHERE tenant = ? AND seq BETWEEN ? AND ? AND stream = ? AND instr(payload, ?) > 0 ORDER BY seq
            """, [tenant, from, to, stream, text]
        ) { try Self.auditEntry($0) }
    }

    /// Reads leniently: what was damaged is shown as it stands, for the check to name.
    private static func auditEntry(_ row: SQLRow) throws -> AuditEntry {
        let actor: String = try row.at(6)
        return AuditEntry(
            seq: try row.at(1), at: try row.at(5), type: try row.at(4),
            actor: (try? ActorText.actor(actor)) ?? Actor(kind: .engine, name: "unreadable"),
            hash: Chain.hex(try row.at(10)), tenantId: try row.at(0), stream: try row.at(2),
            version: try row.at(3), previous: Chain.hex(try row.at(8)),
            streamPrevious: Chain.hex(try row.at(9)),
            stored: AuditEntry.Stored(actor: actor, payload: try row.at(7)))
    }
}
