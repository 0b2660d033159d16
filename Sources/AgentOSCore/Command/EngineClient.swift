/// Asks for something without changing anything; each type has one answer.
public protocol EngineQuery: Codable, Sendable {
    /// What is answered.
    associatedtype Answer: Codable, Sendable
    /// Its name on the wire: `session.list`, …
    static var name: String { get }
}

/// From where a follower wants to hear of events.
public struct FollowRequest: Hashable, Sendable, Codable {
    /// Events after this place in the log; nil is only new ones.
    public var after: Int64?
    /// A glob over types; nil is all.
    public var type: String?
    /// Whether signals (streamed text, activity) are wanted beside events.
    public var signals: Bool

    /// From where, what.
    public init(after: Int64?, type: String? = nil, signals: Bool = false) {
        self.after = after
        self.type = type
        self.signals = signals
    }
}

/// Something a follower hears.
public enum EngineUpdate: Hashable, Sendable, Codable {
    /// A committed event; none is ever left out.
    case event(EventRecord)
    /// A committed event of the machine, such as the brake, beside the tenant's; only where signals are wanted, and
    /// only new ones.
    case host(EventRecord)
    /// What a session's model or tool has written so far in the call under way; some may be left out.
    case live(LiveText)
}

/// The output so far of a call under way.
public struct LiveText: Hashable, Sendable, Codable {
    /// The session.
    public var sessionId: SessionID
    /// The call.
    public var callId: CallID
    /// `model` or the tool's name.
    public var source: String
    /// The last 8 KiB at most, raw; shown as `SafeText`.
    public var text: String

    /// The output so far.
    public init(sessionId: SessionID, callId: CallID, source: String, text: String) {
        self.sessionId = sessionId
        self.callId = callId
        self.source = source
        self.text = text
    }
}

/// The engine as a screen or a command sees it: in this process or at the other end of a socket, it cannot tell which.
public struct EngineClient: Sendable {
    /// Does a command; returns once it is committed.
    ///
    /// Throws a `Fault`.
    public var perform: @Sendable (Command) async throws -> CommandReply
    /// Answers a query, untyped; use `ask`.
    ///
    /// Throws a `Fault`.
    public var answer: @Sendable (any EngineQuery) async throws -> any Sendable
    /// Follows the tenant's log.
    ///
    /// Ends when the host does.
    public var follow: @Sendable (FollowRequest) -> AsyncThrowingStream<EngineUpdate, any Error>

    /// A client made of these calls.
    public init(
        perform: @escaping @Sendable (Command) async throws -> CommandReply,
        answer: @escaping @Sendable (any EngineQuery) async throws -> any Sendable,
        follow: @escaping @Sendable (FollowRequest) -> AsyncThrowingStream<EngineUpdate, any Error>
    ) {
        self.perform = perform
        self.answer = answer
        self.follow = follow
    }

    /// Answers a query.
    public func ask<Query: EngineQuery>(_ query: Query) async throws -> Query.Answer {
        guard let answer = try await answer(query) as? Query.Answer else {
            throw Fault(
                .negative, "the host gave an answer of another shape to \(Query.name)",
                hint: "restart it: agentos host restart")
        }
        return answer
    }
}
