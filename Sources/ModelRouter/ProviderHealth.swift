import AgentOSCore

/// How a provider stands with its key: a value; what happened in, whether it may be asked out.
struct ProviderHealth: Sendable, Hashable {
    /// Whether it may be asked.
    enum Standing: Sendable, Hashable {
        case up
        /// Not before then; afterwards by one request alone.
        case cooling(until: Timestamp, cause: String)
        /// One request is finding out.
        case probing(cause: String)
        /// The key was refused, or has no money; not before then.
        case disabled(until: Timestamp, cause: String)
    }

    /// Failures in a row after which it is left alone though it named no time.
    static let patience = 3
    private static let firstWait: Int64 = 5_000
    private static let longestWait: Int64 = 60_000
    /// How long a key is left alone that was refused or has no money.
    static let keyWait: Int64 = 15 * 60_000

    private var failures = 0
    private var until: Timestamp?
    private var cause = ""
    private var isOfKey = false
    private(set) var isProbing = false

    /// A provider of which nothing bad is known.
    init() {}

    func standing(now: Timestamp) -> Standing {
        guard let until else { return .up }
        if isProbing { return .probing(cause: cause) }
        return isOfKey ? .disabled(until: until, cause: cause) : .cooling(until: until, cause: cause)
    }

    /// Whether a request may go now; where the time is over, only as a probe.
    func mayAsk(now: Timestamp) -> Bool { until.map { !isProbing && $0 <= now } ?? true }

    /// A request goes out; true where it is the probe.
    mutating func begin() -> Bool {
        guard until != nil else { return false }
        isProbing = true
        return true
    }

    /// A person wants to know now: the next request is the probe, whatever was told.
    mutating func askAgain(now: Timestamp) { until = until.map { min($0, now) } }

    /// It has answered: all is well, unless it was told to be left alone since the request went out.
    mutating func answered(isProbe: Bool) {
        if isProbe || until == nil { self = ProviderHealth() }
    }

    /// The probe ended without telling anything: the next request is one.
    mutating func forgetProbe() { isProbing = false }

    /// A request failed; true where the key is newly disabled.
    mutating func failed(_ failure: AttemptFailure, isProbe: Bool, now: Timestamp) -> Bool {
        if isProbe { isProbing = false }
        if failure.isOfKey {
            let isNews = !isOfKey
            (isOfKey, cause) = (true, failure.cause)
            hold(Self.keyWait, now: now)
            return isNews
        }
        // A server that loads its model is waited for; what is wrong with a request says nothing about the provider.
        guard failure.remedy == .retry || failure.retryAfter != nil, !failure.isStarting else {
            answered(isProbe: isProbe)
            return false
        }
        failures += 1
        let told = failure.retryAfter.map { max(0, $0.wholeMilliseconds) } ?? 0
        guard told > 0 || failures >= Self.patience else { return false }
        let doublings = min(max(0, failures - Self.patience), 8)
        let own = failures >= Self.patience ? min(Self.firstWait << doublings, Self.longestWait) : 0
        if !isOfKey { cause = failure.cause }
        hold(max(told, own), now: now)
        return false
    }

    /// The latest of what was held and what is told now: a shorter wait never takes the place of a longer one.
    private mutating func hold(_ milliseconds: Int64, now: Timestamp) {
        let moment = now.adding(milliseconds: milliseconds)
        until = until.map { max($0, moment) } ?? moment
    }
}

extension Duration {
    /// The milliseconds in it.
    var wholeMilliseconds: Int64 {
        let parts = components
        return parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000
    }
}
