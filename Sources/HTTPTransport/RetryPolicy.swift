import AgentOSCore

/// How often and how long to wait before asking again; arithmetic only.
public struct RetryPolicy: Sendable, Hashable {
    /// Calls in all, the first one included.
    public var maxAttempts: Int
    /// The wait after the first failure, before jitter.
    public var base: Duration
    /// The longest wait of our own.
    public var cap: Duration
    /// The longest `Retry-After` that is waited for.
    public var longestRetryAfter: Duration

    /// Three calls, half a second doubled up to eight, and servers may ask for up to a minute.
    public init(
        maxAttempts: Int = 3, base: Duration = .milliseconds(500), cap: Duration = .seconds(8),
        longestRetryAfter: Duration = .seconds(60)
    ) {
        self.maxAttempts = maxAttempts
        self.base = base
        self.cap = cap
        self.longestRetryAfter = longestRetryAfter
    }

    /// The same for a server that says that it is starting: two minutes of waits at least.
    public var patient: RetryPolicy {
        var patient = self
        patient.maxAttempts = max(maxAttempts, 24)
        return patient
    }

    /// The wait after this many failed calls; nil when no further call is worth it.
    ///
    /// - Parameters:
    ///   - attempt: Calls made so far, from 1.
    ///   - jitter: A random number from 0 to 1; the wait shrinks by up to a quarter.
    ///   - retryAfter: What the server asked for: a floor, never shortened.
    public func delay(afterAttempt attempt: Int, jitter: Double, retryAfter: Duration? = nil) -> Duration? {
        guard attempt < maxAttempts else { return nil }
        if let retryAfter, retryAfter > longestRetryAfter { return nil }
        var wait = base
        for _ in 1..<max(1, attempt) where wait < cap { wait *= 2 }
        let share = 1 - 0.25 * min(max(jitter, 0), 1)
        return max(min(wait, cap) * share, retryAfter ?? .zero)
    }

    /// What an answer's headers ask for: `retry-after-ms`, then `retry-after` in seconds or as a date.
    public static func retryAfter(in head: HTTPResponseHead, now: Timestamp) -> Duration? {
        if let text = head["retry-after-ms"], let milliseconds = Self.number(text) {
            return .milliseconds(Int64(milliseconds.rounded(.up)))
        }
        guard let text = head["retry-after"] else { return nil }
        if let seconds = number(text) { return .milliseconds(Int64((seconds * 1000).rounded(.up))) }
        return HTTPDate.parse(text).map { .milliseconds(max(0, $0.since(now))) }
    }

    /// Milliseconds of a length of time as vendors write it: `34.4s`, `6m0s`, `1h2m3.5s`, `20ms`.
    public static func duration(_ text: String) -> Int64? {
        let units: [String: Double] = ["h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1]
        var rest = text[...]
        var sum = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { ("a"..."z").contains($0) }
            rest = rest.dropFirst(unit.count)
            guard let value = number(String(digits)), let scale = units[String(unit)] else { return nil }
            sum += value * scale
        }
        return sum < 1e12 ? Int64(sum.rounded(.up)) : nil
    }

    private static func number(_ text: String) -> Double? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) || $0 == UInt8(ascii: ".") }),
            let value = Double(text), value < 1e9
        else { return nil }
        return value
    }
}

/// The three date forms of HTTP.
public enum HTTPDate {
    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    /// Reads `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or `Sun Nov  6 08:49:37 1994`.
    public static func parse(_ text: String) -> Timestamp? {
        let words = text.split(whereSeparator: { " ,-".contains($0) }).map { $0.lowercased() }
        guard words.count == 5 || words.count == 6 else { return nil }
        let isAscii = words.count == 5
        guard isAscii || words[5] == "gmt" else { return nil }
        let (day, month, year, clock) =
            isAscii ? (words[2], words[1], words[4], words[3]) : (words[1], words[2], words[3], words[4])
        let time = clock.split(separator: ":", omittingEmptySubsequences: false).map { digits(String($0)) }
        guard let day = digits(day), (1...31).contains(day), let month = months.firstIndex(of: month),
            var year = digits(year), time.count == 3, let hour = time[0], let minute = time[1],
            let second = time[2], hour < 24, minute < 60, second < 61
        else { return nil }
        if year < 100 { year += year < 70 ? 2000 : 1900 }
        let days = Timestamp.days(fromCivil: year, Int64(month + 1), day)
        return Timestamp(milliseconds: (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000)
    }

    private static func digits(_ text: String) -> Int64? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        return Int64(text)
    }
}
