import AgentOSCore

/// What the router needs of the world; a test gives its own.
public struct RouterEnvironment: Sendable {
    /// Waits this long; throws when the task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// A random number from 0 to 1.
    public var random: @Sendable () -> Double
    /// The present moment.
    public var clock: WallClock
    /// Told of what an operator must mend: a key that was refused or has no money.
    public var tell: @Sendable (Fault) -> Void

    /// The world as given.
    public init(
        clock: WallClock, sleep: @escaping @Sendable (Duration) async throws -> Void,
        random: @escaping @Sendable () -> Double, tell: @escaping @Sendable (Fault) -> Void = { _ in }
    ) {
        self.tell = tell
        self.clock = clock
        self.sleep = sleep
        self.random = random
    }

    /// Waits on the system's clock and draws from its random numbers.
    public static func system(
        clock: WallClock, tell: @escaping @Sendable (Fault) -> Void = { _ in }
    ) -> RouterEnvironment {
        RouterEnvironment(
            clock: clock, sleep: { try await Task.sleep(for: $0) }, random: { Double.random(in: 0..<1) },
            tell: tell)
    }
}
