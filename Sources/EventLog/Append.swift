import AgentOSCore

/// Events for the end of one stream.
public struct Append: Sendable {
    /// What is asked of the database inside the transaction, before anything is inserted; throwing refuses
    /// the append and whatever shares its transaction.
    public typealias Condition = @Sendable (SQLReader) throws -> Void

    /// Whose log.
    public var tenant: TenantID
    /// The thing that the events are about: `session/ID`.
    public var stream: String
    /// The version that the stream must have, 0 for a stream that must be new; nil takes any.
    public var expectedVersion: Int64?
    /// The events, oldest first; none is allowed, and only checks the version and the condition.
    public var events: [NewEvent]
    /// Who caused them.
    public var actor: Actor
    /// When they were decided.
    public var at: Timestamp
    /// The command that they answer: the same id again inserts nothing and returns what was recorded.
    public var commandId: String?
    /// What must hold in the database.
    public var condition: Condition?

    /// Events for the end of a stream.
    public init(
        tenant: TenantID, stream: String, expectedVersion: Int64? = nil, events: [NewEvent], actor: Actor,
        at: Timestamp, commandId: String? = nil, condition: Condition? = nil
    ) {
        self.tenant = tenant
        self.stream = stream
        self.expectedVersion = expectedVersion
        self.events = events
        self.actor = actor
        self.at = at
        self.commandId = commandId
        self.condition = condition
    }
}

/// The stream has moved on since the caller looked: load, decide again, append again.
public struct StaleVersion: Error, Sendable, Hashable, CustomStringConvertible {
    /// Whose log.
    public let tenant: TenantID
    /// The stream.
    public let stream: String
    /// The version that the caller expected.
    public let expected: Int64
    /// The version that the stream has.
    public let actual: Int64

    /// One line.
    public var description: String { "\(stream) is at version \(actual), not \(expected); load it again" }
}

/// Which events of a tenant are wanted.
public struct EventFilter: Hashable, Sendable {
    /// Only this stream.
    public var stream: String?
    /// Only types that match: `*` any text, `?` any character, `[abc]` one of them.
    public var type: String?

    /// All events, or those of a stream, of types that match, or both.
    public init(stream: String? = nil, type: String? = nil) {
        self.stream = stream
        self.type = type
    }
}
