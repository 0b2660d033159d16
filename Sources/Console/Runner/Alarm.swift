/// Which timer is to wake the loop next.
///
/// A timer that was started cannot be taken back; one that is no longer wanted rings for nothing, and starts nothing.
struct Alarm {
    private var armed: ContinuousClock.Instant?

    /// Whether a timer must be started to ring at this moment.
    mutating func set(_ next: ContinuousClock.Instant?) -> Bool {
        guard let next else { return false }
        if let armed, armed <= next { return false }
        armed = next
        return true
    }

    /// A timer rang.
    mutating func rang(_ at: ContinuousClock.Instant) {
        if armed == at { armed = nil }
    }
}
