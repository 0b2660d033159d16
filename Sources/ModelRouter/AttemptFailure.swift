import AgentOSCore
import HTTPTransport

/// Why one request to one model gave no reply, and what may be done about it.
struct AttemptFailure: Error, Sendable, Hashable {
    /// What the router may do, as long as nothing has been passed on.
    enum Remedy: Sendable, Hashable {
        /// Ask the same model again after a wait; then the next of the route.
        case retry
        /// Ask the next model of the route.
        case nextModel
        /// Ask a model of the route with a larger window: no other takes the request.
        case largerWindow
        /// Nothing: no other model would do better, or none may be asked.
        case none
    }

    var kind: ModelFailure.Kind
    var remedy: Remedy
    /// The cause in a few words, without secrets.
    var cause: String
    /// What a person can do, as an imperative.
    var hint: String
    var retryAfter: Duration?
    var usage: Usage?
    /// The model's window in tokens, where the vendor told it.
    var window: Int?
    /// Whether the server is there and only has to load its model first.
    var isStarting = false
    /// Whether the vendor may charge for it: it had begun to answer, or was at work when nobody waited any more.
    var mayBeCharged = false
    /// Whether the key is why, refused or without money, and so not asked with for a while.
    var isOfKey = false
    /// Whether no request was sent: the provider is not asked now.
    var isUnsent = false

    init(
        _ kind: ModelFailure.Kind, _ remedy: Remedy, _ cause: String, hint: String,
        retryAfter: Duration? = nil,
        usage: Usage? = nil, mayBeCharged: Bool = false
    ) {
        self.kind = kind
        self.remedy = remedy
        self.cause = cause
        self.hint = hint
        self.retryAfter = retryAfter
        self.usage = usage
        self.mayBeCharged = mayBeCharged
    }

    static let cancelled = AttemptFailure(
        .cancelled, .none, "cancelled", hint: "resume the session to ask again", mayBeCharged: true)
}
