/// A line of a transcript.
public struct TranscriptEntry: Hashable, Sendable, Codable {
    /// What sort of line.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// The goal.
        case goal
        /// What a person said.
        case said
        /// What the model said.
        case text
        /// A tool call with its result, folded by default.
        case tool
        /// A gate's result.
        case gate
        /// A checkpoint.
        case checkpoint
        /// A request to a person and its answer.
        case request
        /// A change of state, a failure, a recovery: told in one line.
        case note
    }
    /// The event's place in the log; the entry's identity.
    public var seq: Int64
    /// When.
    public var at: Timestamp
    /// What sort of line.
    public var kind: Kind
    /// The line when folded, raw; shown as `SafeText`.
    public var title: String
    /// What unfolds beneath it, raw.
    public var body: String
    /// Whether it tells of a failure or refusal.
    public var isError: Bool
    /// Whether it is still under way.
    public var isOpen: Bool
    /// The call it is about.
    public var callId: CallID?
    /// For receipts: queued, delivered, seen; for tools: outcome, layer, milliseconds.
    public var detail: String?
    /// Whether a rollback has taken it out of the agent's context.
    public var isRewound: Bool

    /// A line.
    public init(
        seq: Int64, at: Timestamp, kind: Kind, title: String, body: String = "", isError: Bool = false,
        isOpen: Bool = false,
        callId: CallID? = nil, detail: String? = nil, isRewound: Bool = false
    ) {
        self.seq = seq
        self.at = at
        self.kind = kind
        self.title = title
        self.body = body
        self.isError = isError
        self.isOpen = isOpen
        self.callId = callId
        self.detail = detail
        self.isRewound = isRewound
    }
}
