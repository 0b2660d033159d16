import AgentOSCore

/// What checking a chain found.
public struct Verification: Hashable, Sendable, Codable {
    /// What is wrong with an entry.
    public enum Damage: String, Hashable, Sendable, Codable {
        /// Its bytes are not those that were written at this place.
        case changed
        /// It is not there, though later ones are.
        case missing
        /// It was there when the head was signed, and the log now ends before it.
        case cut
        /// The file is damaged where it stands.
        case unreadable
    }

    /// The first entry that is wrong.
    public struct Break: Hashable, Sendable, Codable, CustomStringConvertible {
        /// Its place in the tenant's log.
        public var seq: Int64
        /// What is wrong.
        public var damage: Damage

        /// One line.
        public var description: String {
            switch damage {
            case .changed: "entry \(seq) is not what was written there"
            case .missing: "entry \(seq) is missing"
            case .cut: "the log was cut before entry \(seq)"
            case .unreadable: "the file is damaged at entry \(seq)"
            }
        }
    }

    /// Whose log.
    public var tenant: TenantID
    /// The stream, nil for the whole log.
    public var stream: String?
    /// How many entries were found whole, from the first on.
    public var entries: Int64 = 0
    /// The seq of the last of them, 0 without one.
    public var head: Int64 = 0
    /// The first entry that is wrong.
    public var brokenAt: Break?
    /// Whether a signed head was there to show a cut tail.
    public var isSealed = false
    /// Where the log was sealed anew, without a head that vouched for what stood before: after a restore, or when
    /// heads or key were gone.
    public var resealedAt: [Int64] = []

    /// Whether every entry is as it was written.
    public var isWhole: Bool { brokenAt == nil }
}

/// Checks entries one after another, in the order of a tenant's log or of one stream.
struct ChainCheck {
    private(set) var result: Verification
    private let lines: [SealedHeads.Line]
    private let sealed: SealedHeads.Line?
    private var version: Int64 = 0
    private var hash = Chain.origin

    /// A check against the heads beside the log, nil where there are none.
    init(tenant: TenantID, stream: String?, heads: [SealedHeads.Line]?) {
        lines = (heads ?? []).filter { $0.tenant == tenant }
        sealed = lines.last { $0.kind == .head }
        result = Verification(tenant: tenant, stream: stream)
        result.isSealed = sealed != nil
        result.resealedAt = lines.filter { $0.kind == .resealed }.map(\.seq)
    }

    /// The place after which the next entries are to be read: a version in a stream, else a seq.
    var cursor: Int64 { result.stream == nil ? result.head : version }

    /// Checks the next entry; false ends the check.
    mutating func take(_ row: SQLRow) -> Bool {
        result.stream == nil ? takeOfTenant(row) : takeOfStream(row)
    }

    private mutating func takeOfTenant(_ row: SQLRow) -> Bool {
        let expected = result.head + 1
        if let seq = try? row.at(1, as: Int64.self), seq > expected { return fail(.missing, at: expected) }
        guard let read = try? EventRow(row), read.entry.tenant == result.tenant.rawValue,
            Chain.hash(read.entry) == read.hash
        else { return fail(.changed, at: expected) }
        // An entry that fits its own hash but does not follow: the one before it was written again.
        if read.entry.previous != hash { return fail(.changed, at: max(1, result.head)) }
        if let sealed, sealed.seq == expected, sealed.hash != read.hash {
            return fail(.changed, at: expected)
        }
        pass(read)
        return true
    }

    private mutating func takeOfStream(_ row: SQLRow) -> Bool {
        let seq = (try? row.at(1, as: Int64.self)) ?? result.head + 1
        guard let read = try? EventRow(row), Chain.hash(read.entry) == read.hash else {
            return fail(.changed, at: seq)
        }
        if read.entry.version != version + 1 { return fail(.missing, at: result.head + 1) }
        if read.entry.streamPrevious != hash { return fail(.changed, at: max(1, result.head)) }
        pass(read)
        return true
    }

    private mutating func pass(_ row: EventRow) {
        result.entries += 1
        result.head = row.entry.seq
        version = row.entry.version
        hash = row.hash
    }

    /// Notes damage of the file itself, at the place that could not be read.
    mutating func failUnreadable() { _ = fail(.unreadable, at: result.head + 1) }

    /// Ends the check: compares with the signed heads, and a stream with what stands after its last entry.
    mutating func finish(_ reader: SQLReader) throws {
        for line in lines where line.seq <= (result.brokenAt?.seq ?? .max) {
            switch line.kind {
            case .lost: _ = fail(.cut, at: line.seq)
            case .changed: _ = fail(.changed, at: line.seq)
            case .head, .resealed: break
            }
        }
        guard result.isWhole else { return }
        guard result.stream != nil else {
            if let sealed, sealed.seq > result.head { _ = fail(.cut, at: result.head + 1) }
            return
        }
        let end = try reader.head(tenant: result.tenant)
        if let hole = try reader.firstHole(tenant: result.tenant, after: result.head) {
            _ = fail(.missing, at: hole)
        }
        if result.isWhole, let sealed, sealed.seq > end { _ = fail(.cut, at: end + 1) }
    }

    private mutating func fail(_ damage: Verification.Damage, at seq: Int64) -> Bool {
        result.brokenAt = Verification.Break(seq: seq, damage: damage)
        return false
    }
}

extension SQLReader {
    /// The first place after `seq` that has no entry though a later one exists.
    func firstHole(tenant: TenantID, after seq: Int64) throws -> Int64? {
        let end = try head(tenant: tenant)
        let count = try value(
            "SELECT count(*) FROM events WHERE tenant = ? AND seq > ?", [tenant, seq], as: Int64.self)
        if count == max(0, end - seq) { return nil }
        return try value(
            """
            SELECT min(place) FROM (
                SELECT ?2 + 1 AS place UNION ALL SELECT seq + 1 FROM events WHERE tenant = ?1 AND seq > ?2
            ) WHERE NOT EXISTS (SELECT 1 FROM events WHERE tenant = ?1 AND seq = place)
            """, [tenant, seq])
    }
}
