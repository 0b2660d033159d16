/// What a session's breaker found.
public struct LoopEvidence: Hashable, Sendable, Codable {
    /// How it goes in circles.
    public enum Pattern: String, Hashable, Sendable, Codable, CaseIterable {
        /// The same call came to the same result.
        case sameCall = "same_call"
        /// The same error came back.
        case sameError = "same_error"
        /// Two calls take turns, each with its own same result.
        case alternating
        /// Turns of text without a call, or of nearly the same text.
        case monologue
    }
    /// How it goes in circles.
    public var pattern: Pattern
    /// How often.
    public var times: Int
    /// What was repeated, a line each, raw; shown as `SafeText`.
    public var lines: [String]

    /// What a breaker found.
    public init(pattern: Pattern, times: Int, lines: [String]) {
        self.pattern = pattern
        self.times = times
        self.lines = lines
    }
}
