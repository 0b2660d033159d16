/// What a session was asked, was allowed, did, cost and gave out, with the entries of the log that prove it.
///
/// Everything but the file lists of `changes` follows from `entries`; those come from the trees whose hashes the entries
/// hold.
public struct AuditDocument: Hashable, Sendable, Codable {
    /// The form of the file.
    public static let currentFormat = "agentos.audit.v1"

    /// The form of the file.
    public var format = AuditDocument.currentFormat
    /// The session.
    public var sessionId: SessionID
    /// Whose.
    public var tenantId: TenantID
    /// Its name.
    public var name = ""
    /// Where it stands.
    public var state: SessionState?
    /// Whether every entry is as it was written.
    public var verified = true
    /// The seq of the first entry that is wrong.
    public var brokenAt: Int64?
    /// What is wrong.
    public var damage: String?
    /// What it was to do.
    public var goal = ""
    /// Who made it, who started it.
    public var asked: [AuditAct] = []
    /// What it was made with: limits, gates, network, sandbox, sources.
    public var config: SessionConfig?
    /// What its workspace was made from.
    public var base: WorkspaceBase?
    /// The sandbox layers it ran under.
    public var layers: [String] = []
    /// What was changed of what it may: limits, rules.
    public var granted: [AuditAct] = []
    /// Every model call.
    public var models: [AuditModelCall] = []
    /// Every tool call.
    public var tools: [AuditToolCall] = []
    /// The files that changed between checkpoints.
    public var changes: [AuditChange] = []
    /// Every request to a person.
    public var approvals: [AuditApproval] = []
    /// Every gate's result.
    public var gates: [AuditGate] = []
    /// Every checkpoint.
    public var checkpoints: [CheckpointReading] = []
    /// What else changed its course: pauses, rollbacks, ends.
    public var course: [AuditAct] = []
    /// What left the workspace, and how.
    public var left: [AuditAct] = []
    /// The sums.
    public var totals = AuditTotals(
        costKnown: .zero, hasUnpriced: false, ledger: .zero, unpriced: 0, usage: Usage(), calls: 0, tools: 0,
        turns: 0)
    /// What must stand in `entries`, in order.
    public var index: [AuditLink] = []
    /// The SHA-256 of this document without it and without the entries.
    public var digest = ""
    /// The session's entries and the ledger's about it, in the order of the log.
    public var entries: [AuditEntry] = []

    /// An audit without facts.
    public init(sessionId: SessionID, tenantId: TenantID) {
        self.sessionId = sessionId
        self.tenantId = tenantId
    }

    /// The document without its entries: the first line of its text.
    public var head: AuditDocument {
        var head = self
        head.entries = []
        return head
    }

    enum CodingKeys: CodingKey {
        case format, sessionId, tenantId, name, state, verified, brokenAt, damage, goal, asked, config, base,
            layers
        case granted, models, tools, changes, approvals, gates, checkpoints, course, left, totals, index,
            digest
        case entries
    }

    /// The text of the document: one JSON object, an entry a line, so that a damaged entry can be named.
    ///
    /// Keys are sorted, but for the entries, which stand last; what a terminal would obey is escaped (INV-8).
    public func text() throws -> String {
        var text = try Self.headText(head)
        text.removeLast()
        let lines = try entries.map { try JSONText.printableString($0) }
        return text + Self.opening + "\n" + lines.joined(separator: ",\n") + "\n" + Self.closing + "\n"
    }

    /// What stands between the head and the entries.
    public static let opening = #","entries":["#
    /// What stands after the entries.
    public static let closing = "]}"

    /// The JSON of a head, without the entries' key.
    public static func headText(_ head: AuditDocument) throws -> String {
        var members = try JSONText.value(head).object ?? [:]
        members["entries"] = nil
        return try JSONText.printableString(JSONValue.object(members))
    }

    /// Reads the JSON of a head.
    public static func head(text: String) throws -> AuditDocument {
        var members = try JSONText.decode(JSONValue.self, from: text).object ?? [:]
        members["entries"] = .array([])
        return try JSONText.decode(AuditDocument.self, from: .object(members))
    }
}

/// Asks for the audit of a session.
public struct SessionAudit: EngineQuery {
    /// `session.audit`.
    public static let name = "session.audit"
    /// The audit.
    public typealias Answer = AuditDocument
    /// An id, an unambiguous prefix or a unique name.
    public var id: String
    /// The audit of a session.
    public init(id: String) { self.id = id }
}

extension AuditDocument {
    /// How many entries hold a secret, so that their payloads are withheld.
    public var withheld: Int { entries.filter { $0.stored.payload == nil }.count }
}
