/// An entry of the log with all that its hash covers, so that it can be checked without the log.
public struct AuditEntry: Hashable, Sendable, Codable {
    /// What the log holds, byte for byte.
    public struct Stored: Hashable, Sendable, Codable {
        /// The actor's JSON text.
        public var actor: String
        /// The JSON text of the type's fields; nil where it holds a secret and is withheld.
        public var payload: String?

        /// The stored texts.
        public init(actor: String, payload: String?) {
            self.actor = actor
            self.payload = payload
        }
    }

    /// Its place in the tenant's log.
    public var seq: Int64
    /// When it was decided.
    public var at: Timestamp
    /// `session.created` and so on.
    public var type: String
    /// Who caused it.
    public var actor: Actor
    /// Its hash, 64 hexadecimal digits.
    public var hash: String
    /// Whose log.
    public var tenantId: TenantID
    /// `session/ID`, or the ledger's stream.
    public var stream: String
    /// Its place in the stream.
    public var version: Int64
    /// The hash of the tenant's previous entry.
    public var previous: String
    /// The hash of the stream's previous entry.
    public var streamPrevious: String
    /// What is hashed.
    public var stored: Stored
    /// The payload with the secret taken out, where the stored one is withheld.
    public var shown: String?

    /// An entry as stored.
    public init(
        seq: Int64, at: Timestamp, type: String, actor: Actor, hash: String, tenantId: TenantID,
        stream: String,
        version: Int64, previous: String, streamPrevious: String, stored: Stored
    ) {
        self.seq = seq
        self.at = at
        self.type = type
        self.actor = actor
        self.hash = hash
        self.tenantId = tenantId
        self.stream = stream
        self.version = version
        self.previous = previous
        self.streamPrevious = streamPrevious
        self.stored = stored
    }

    /// The fields as they may be shown.
    public var payload: String { stored.payload ?? shown ?? "{}" }

    /// The entry without what the redactor finds: its stored payload is withheld, and its hash stands for it.
    public func redacted(_ redact: Redactor) -> AuditEntry {
        guard let payload = stored.payload else { return self }
        let clean = redact(payload)
        guard clean != payload else { return self }
        var entry = self
        (entry.stored.payload, entry.shown) = (nil, clean)
        return entry
    }
}

/// A line of the table of contents of an audit: what must stand where.
public struct AuditLink: Hashable, Sendable, Codable {
    /// The entry's place in the tenant's log.
    public var seq: Int64
    /// Its hash.
    public var hash: String
    /// The SHA-256 of what is shown in the place of a withheld payload.
    public var shown: String?

    /// What must stand here.
    public init(seq: Int64, hash: String, shown: String? = nil) {
        self.seq = seq
        self.hash = hash
        self.shown = shown
    }
}
