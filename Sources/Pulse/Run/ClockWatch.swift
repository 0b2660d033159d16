import AgentOSCore

/// Tells by how much the machine's clock was set since it was last looked at.
///
/// It is compared with a clock that nobody sets and that stands still while the machine sleeps.
struct ClockWatch: Sendable {
    /// What a clock may be moved by between two looks without being set.
    static let tolerance: Int64 = 5000

    private var wall: Timestamp
    private var steady: SuspendingClock.Instant

    init(_ now: Timestamp, steady: SuspendingClock.Instant = .now) {
        (wall, self.steady) = (now, steady)
    }

    /// By how many milliseconds the clock was set; nil where it was not.
    mutating func look(_ now: Timestamp, steady instant: SuspendingClock.Instant = .now) -> Int64? {
        let passed = steady.duration(to: instant) / .milliseconds(1)
        let by = now.since(wall) - Int64(passed)
        (wall, steady) = (now, instant)
        return abs(by) < Self.tolerance ? nil : by
    }
}
