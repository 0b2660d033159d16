import AgentOSCore

/// Two directions of lines: a socket, or the standard streams.
struct LinePort: Sendable {
    /// The next line of the other side; nil at its end, and once this side has stopped listening.
    var next: @Sendable () async -> LineSplitter.Item?
    /// Writes a line with its end; returns once the system has taken it, which is what holds back a fast
    /// follower.
    ///
    /// Throws when the other side is gone.
    var write: @Sendable ([UInt8]) async throws -> Void
    /// Whether the other side takes lines more slowly than they come.
    var isCongested: @Sendable () -> Bool
}
