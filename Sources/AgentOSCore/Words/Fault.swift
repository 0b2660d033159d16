/// How a command ended, as the shell sees it.
public enum ExitCode: Int32, Sendable, Codable, Hashable {
    /// Done, or the goal already held.
    case done = 0
    /// It ran and the outcome is negative.
    case negative = 1
    /// Wrong use, an invalid file or an unusable terminal.
    case usage = 2
    /// Refused: role, plan, budget, policy or state.
    case refused = 3
    /// No such thing.
    case notFound = 4
    /// No host, or the home is held by another.
    case noHost = 5
    /// It waits for a person.
    case waiting = 6
    /// Interrupted by the user.
    case interrupted = 130
}

/// An error with an address: what failed, which id, what to do next.
///
/// Its `description` is one line and is what a person reads; secrets must be redacted before a text
/// gets in here.
public struct Fault: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    /// What the shell is told.
    public let code: ExitCode
    /// What failed and which id, without a final full stop.
    public let message: String
    /// What to do next, as an imperative; nil only where nothing can be done.
    public let hint: String?

    /// An error with its code, what failed and what to do next.
    public init(_ code: ExitCode, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// `message; hint`, on one line.
    public var description: String {
        let text = hint.map { "\(message); \($0)" } ?? message
        return String(text.map { $0.isNewline ? " " : $0 })
    }

    /// Wrong use or an invalid file (exit 2).
    public static func usage(_ message: String, hint: String? = nil) -> Fault {
        Fault(.usage, message, hint: hint)
    }
    /// Forbidden by role, budget, policy or state (exit 3).
    public static func refused(_ message: String, hint: String? = nil) -> Fault {
        Fault(.refused, message, hint: hint)
    }
    /// No such thing (exit 4).
    public static func notFound(_ message: String, hint: String? = nil) -> Fault {
        Fault(.notFound, message, hint: hint)
    }
    /// It ran and failed (exit 1).
    public static func failed(_ message: String, hint: String? = nil) -> Fault {
        Fault(.negative, message, hint: hint)
    }
}
