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

/// What a vendor says of an error, in whatever place it says it.
struct VendorError: Sendable, Hashable {
    /// Of the answer, or a code in the stream that is one.
    var status: Int?
    /// The vendor's own word for it, such as `insufficient_quota`.
    var code: String?
    /// Its sentence, already safe to show.
    var message: String?
    /// The model's window in tokens, where it is a field of its own.
    var window: Int?
    /// `x-should-retry`, where it is given.
    var shouldRetry: Bool?
}

/// From what was seen on the wire to what it means: tables, no effects.
enum FailureTable {
    /// What a vendor's error means.
    static func classify(_ error: VendorError, provider: String) -> AttemptFailure {
        var failure = bare(error, provider: provider)
        failure.isStarting = error.status == 503 && error.code == "unavailable_error"
        failure.cause += error.message.map { ": \($0)" } ?? ""
        if failure.kind == .context {
            // The same request is as long the next time, whatever the vendor says.
            failure.window = error.window ?? error.message.flatMap { ContextWords.window(in: $0) }
            return failure
        }
        if let shouldRetry = error.shouldRetry {
            failure.remedy = shouldRetry ? .retry : failure.remedy == .retry ? .nextModel : failure.remedy
        }
        return failure
    }

    private static func bare(_ error: VendorError, provider: String) -> AttemptFailure {
        let key = "check the key of provider \(provider) in config.yaml"
        let later = "try again later, or add another model to the route"
        let said = error.status.map { "\($0)" } ?? error.code ?? "an error"
        switch meaning(error) {
        case .key:
            return AttemptFailure(.authentication, .nextModel, "the key was refused (\(said))", hint: key)
        case .money:
            return AttemptFailure(
                .rejected, .nextModel, "the account is out of credit (\(said))",
                hint: "add credit at the vendor, or another model to the route")
        case .absent:
            return AttemptFailure(
                .rejected, .nextModel, "no such model or address (\(said))",
                hint: "check the model's name and the url of provider \(provider)")
        case .request:
            return AttemptFailure(
                .rejected, .none, "the request was refused (\(said))",
                hint: "see what the vendor says, then change the session or the model")
        case .context:
            return AttemptFailure(
                .context, .none, "the request is longer than the model's window (\(said))",
                hint: "shorten what it is given, or use a model with a larger window")
        case .busy: return AttemptFailure(.overloaded, .retry, "overloaded (\(said))", hint: later)
        case .slow: return AttemptFailure(.timeout, .retry, "the vendor took too long (\(said))", hint: later)
        case .vendor: return AttemptFailure(.server, .retry, "the vendor failed (\(said))", hint: later)
        }
    }

    private enum Meaning { case key, money, absent, request, context, busy, slow, vendor }

    private static let codes: [String: Meaning] = [
        "insufficient_quota": .money, "billing_hard_limit_reached": .money, "billing_error": .money,
        "invalid_api_key": .key, "authentication_error": .key, "permission_error": .key,
        "permission_denied": .key, "model_not_found": .absent, "not_found_error": .absent,
        "invalid_request_error": .request, "context_length_exceeded": .context,
        "exceed_context_size_error": .context, "context_window_exceeded": .context,
        "rate_limit_exceeded": .busy, "rate_limit_error": .busy,
        "overloaded": .busy, "overloaded_error": .busy, "unavailable_error": .busy, "timeout_error": .slow,
    ]

    private static func meaning(_ error: VendorError) -> Meaning {
        let meaning = meaningOfCode(error)
        switch meaning {
        case .request, .vendor:
            // Many servers say it in words alone.
            return error.message.map { ContextWords.areMeant(by: $0) } == true ? .context : meaning
        case .key, .money, .absent, .context, .busy, .slow: return meaning
        }
    }

    private static func meaningOfCode(_ error: VendorError) -> Meaning {
        let named = error.code.flatMap { codes[$0] }
        guard let status = error.status else { return named ?? .vendor }
        switch status {
        case 401, 403: return named == .money ? .money : .key
        case 402: return .money
        case 404: return .absent
        case 408, 504: return .slow
        case 429: return named == .money ? .money : .busy
        case 409, 425: return .busy
        case 503, 529: return .busy
        case 300..<500, 501, 505:
            return named == .money || named == .key || named == .context ? named ?? .request : .request
        default: return named == .context ? .context : .vendor
        }
    }

    /// What a failure below HTTP means.
    static func classify(_ failure: HTTPFailure, provider: String) -> AttemptFailure {
        let cause = "\(failure)"
        let server = "start the server, or check the url of provider \(provider)"
        switch failure {
        case .refused, .unresolvable, .unreachable, .tls:
            return AttemptFailure(.unreachable, .retry, cause, hint: server)
        case .timedOut(.connect): return AttemptFailure(.timeout, .retry, cause, hint: server)
        case .timedOut(.firstByte), .timedOut(.idle), .timedOut(.total):
            return AttemptFailure(
                .timeout, .retry, cause,
                hint: "raise the timeouts of provider \(provider), or use a faster model", mayBeCharged: true)
        case .cut, .malformed, .tooLarge:
            return AttemptFailure(
                .protocolError, .retry, cause,
                hint: "check that provider \(provider) is what its kind says", mayBeCharged: true)
        case .invalidRequest, .forbidden:
            return AttemptFailure(
                .rejected, .none, cause, hint: "check the url and key of provider \(provider)")
        case .cancelled: return .cancelled
        case .closed:
            return AttemptFailure(.cancelled, .none, cause, hint: "start the host again")
        }
    }
}

/// Words of a vendor, made fit to show and to log (INV-7, INV-8).
enum VendorText {
    private static let longest = 300

    /// One line without controls, the key or anything that looks like one, cut to a few hundred characters.
    static func safe(_ raw: String, hiding key: String?) -> String {
        var text = raw
        if let key, key.utf8.count >= 4 { text = replace(key, in: text) }
        let words = text.split(whereSeparator: { $0.isWhitespace }).map { word in
            looksLikeKey(word) ? "[key]" : String(word)
        }
        let line = SafeText(words.joined(separator: " ")).text
        return line.count <= longest ? line : String(line.prefix(longest)) + "…"
    }

    private static func looksLikeKey(_ word: Substring) -> Bool {
        let body = word.drop { "\"'`(<[{:=,.".contains($0) }
        return body.hasPrefix("sk-") || body.hasPrefix("Bearer") || body.contains("****")
    }

    private static func replace(_ secret: String, in text: String) -> String {
        var rest = text[...]
        var out = ""
        while let found = rest.firstRange(of: secret) {
            out += rest[..<found.lowerBound] + "[key]"
            rest = rest[found.upperBound...]
        }
        return out + rest
    }
}
