import AgentOSCore

/// The clocks of a console: the system's at the door, a test's elsewhere.
public struct ConsoleClock: Sendable {
    /// A clock that only runs forward.
    public var now: @Sendable () -> ContinuousClock.Instant
    /// Waits until a moment; throws when the task is cancelled.
    public var sleep: @Sendable (ContinuousClock.Instant) async throws -> Void
    /// The time of day.
    public var wall: WallClock

    /// Clocks made of these.
    public init(
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        sleep: @escaping @Sendable (ContinuousClock.Instant) async throws -> Void, wall: WallClock
    ) {
        self.now = now
        self.sleep = sleep
        self.wall = wall
    }

    /// The system's, with a time of day from outside.
    public static func system(wall: WallClock) -> ConsoleClock {
        let clock = ContinuousClock()
        return ConsoleClock(now: { clock.now }, sleep: { try await clock.sleep(until: $0) }, wall: wall)
    }
}
