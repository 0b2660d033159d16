import AgentOSCore
import HTTPTransport

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
    /// The wait that it asks for, where its body or stream does.
    var retryAfter: Duration?
}

/// From what was seen on the wire to what it means: tables, no effects.
enum FailureTable {
    /// What a vendor's error means.
    static func classify(_ error: VendorError, provider: String) -> AttemptFailure {
        var failure = bare(error, provider: provider)
        failure.isOfKey = isOfKey(error)
        failure.isStarting = error.status == 503 && error.code == "unavailable_error"
        failure.cause += error.message.map { ": \($0)" } ?? ""
        if failure.kind == .context {
            // The same request is as long the next time, whatever the vendor says.
            failure.window = error.window ?? error.message.flatMap { ContextWords.window(in: $0) }
            return failure
        }
        // What a key lacks no further request gives it, whatever the vendor advises.
        if failure.isOfKey { return failure }
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
                .context, .largerWindow, "the request is longer than the model's window (\(said))",
                hint: "shorten what it is given, or use a model with a larger window")
        case .busy: return AttemptFailure(.overloaded, .retry, "overloaded (\(said))", hint: later)
        case .slow: return AttemptFailure(.timeout, .retry, "the vendor took too long (\(said))", hint: later)
        case .vendor: return AttemptFailure(.server, .retry, "the vendor failed (\(said))", hint: later)
        }
    }

    private enum Meaning { case key, money, absent, request, context, busy, slow, vendor }

    /// Our word for a quota of a vendor that no wait of minutes renews.
    static let spentQuota = "spent_quota"

    /// Whether a vendor's word has a meaning here.
    static func isKnown(_ code: String) -> Bool { codes[code] != nil }

    private static func isOfKey(_ error: VendorError) -> Bool {
        switch meaning(error) {
        case .key, .money: true
        case .absent, .request, .context, .busy, .slow, .vendor: false
        }
    }

    private static let codes: [String: Meaning] = [
        "insufficient_quota": .money, "billing_hard_limit_reached": .money, "billing_error": .money,
        "billing_not_active": .money, "insufficient_balance": .money, spentQuota: .money,
        "RESOURCE_EXHAUSTED": .busy, "UNAVAILABLE": .busy, "DEADLINE_EXCEEDED": .slow, "INTERNAL": .vendor,
        "UNAUTHENTICATED": .key, "PERMISSION_DENIED": .key, "API_KEY_INVALID": .key, "NOT_FOUND": .absent,
        "INVALID_ARGUMENT": .request, "FAILED_PRECONDITION": .request, "api_error": .vendor,
        "server_error": .vendor, "request_too_large": .request,
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
            if error.message.map(MoneyWords.areMeant) == true { return .money }
            return error.message.map { ContextWords.areMeant(by: $0) } == true ? .context : meaning
        case .key, .money, .absent, .context, .busy, .slow: return meaning
        }
    }

    private static func meaningOfCode(_ error: VendorError) -> Meaning {
        let named = error.code.flatMap { codes[$0] }
        guard let status = error.status else { return named ?? .vendor }
        if named == .money { return .money }
        switch status {
        case 401, 403: return named == .absent ? .absent : .key
        case 402: return .money
        case 404: return .absent
        case 408, 504: return .slow
        case 429: return .busy
        case 409, 425: return .busy
        case 503, 529: return .busy
        case 300..<500, 501, 505:
            return named == .key || named == .context || named == .absent ? named ?? .request : .request
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

/// How vendors say in words that an account has no money left.
enum MoneyWords {
    private static let phrases = [
        "credit balance is too low", "insufficient balance", "insufficient credits", "out of credits",
        "billing hard limit", "spending limit", "spend limit",
    ]

    /// Whether a vendor's sentence says so.
    static func areMeant(by sentence: String) -> Bool {
        let low = sentence.lowercased()
        return phrases.contains { low.contains($0) }
    }
}
