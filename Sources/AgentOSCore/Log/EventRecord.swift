/// Who caused an event.
public struct Actor: Hashable, Sendable, Codable, CustomStringConvertible {
    /// What sort of actor.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// A person, on this machine or over SSH.
        case user
        /// A program with a key of its own.
        case key
        /// An agent's session.
        case session
        /// The engine itself.
        case engine
        /// A check.
        case check
        /// A dream.
        case dream
    }

    /// What sort of actor.
    public var kind: Kind
    /// The user's name, the session's id and so on.
    public var name: String
    /// The Unix user.
    public var uid: UInt32?
    /// The address at the other end of the SSH connection.
    public var peer: String?

    /// An actor.
    public init(kind: Kind, name: String, uid: UInt32? = nil, peer: String? = nil) {
        self.kind = kind
        self.name = name
        self.uid = uid
        self.peer = peer
    }

    /// The engine.
    public static let engine = Actor(kind: .engine, name: "engine")

    /// `user:ana`, or just `engine`.
    public var description: String { kind == .engine ? "engine" : "\(kind.rawValue):\(name)" }
}

/// An event as the log holds it.
public struct EventRecord: Hashable, Sendable {
    /// Whose event.
    public var tenant: TenantID
    /// Its place in the tenant's log, from 1, without gaps.
    public var seq: Int64
    /// The thing it is about: `session/ID`.
    public var stream: String
    /// Its place in the stream, from 1, without gaps.
    public var version: Int64
    /// `session.created` and so on.
    public var type: String
    /// When it was decided.
    public var at: Timestamp
    /// Who caused it.
    public var actor: Actor
    /// The fields of the type: the text of a JSON object, as stored and hashed.
    public var payload: String
    /// The hash of the tenant's previous event, 64 hexadecimal digits; zeros for the first.
    public var previous: String
    /// This event's hash, 64 hexadecimal digits.
    public var hash: String

    /// An event as stored.
    public init(
        tenant: TenantID, seq: Int64, stream: String, version: Int64, type: String, at: Timestamp,
        actor: Actor,
        payload: String, previous: String, hash: String
    ) {
        self.tenant = tenant
        self.seq = seq
        self.stream = stream
        self.version = version
        self.type = type
        self.at = at
        self.actor = actor
        self.payload = payload
        self.previous = previous
        self.hash = hash
    }

    /// The line that `agentos events` and `--no-ui` print: the envelope and the type's fields in one object.
    public func line() throws -> JSONValue {
        var members = try JSONText.decode(JSONValue.self, from: payload).object ?? [:]
        members["seq"] = .int(seq)
        members["at"] = .string(at.description)
        members["type"] = .string(type)
        members["tenantId"] = .string(tenant.rawValue)
        members["actor"] = try JSONText.value(actor)
        return .object(members)
    }
}

extension EventRecord: Codable {}

/// An event that is to be appended.
public struct NewEvent: Hashable, Sendable {
    /// `session.created` and so on.
    public var type: String
    /// The text of a JSON object with the fields of the type.
    public var payload: String

    /// An event.
    public init(type: String, payload: String) {
        self.type = type
        self.payload = payload
    }
}
