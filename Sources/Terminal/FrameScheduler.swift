/// Decides when to paint: frames are asked for, taken together, and capped in rate.
///
/// A value without a clock: the loop that owns it passes the time in and sleeps until `deadline`.
public struct FrameScheduler: Hashable, Sendable {
    /// The least time between two frames.
    public let interval: Duration
    /// When the next frame is due; nil while nothing asks for one.
    public private(set) var deadline: ContinuousClock.Instant?
    private var lastPaint: ContinuousClock.Instant?

    /// At most 30 frames a second by default.
    public init(interval: Duration = .microseconds(33_333)) { self.interval = interval }

    /// Asks for a frame now, or after a delay for what changes by itself; the earliest wish wins.
    public mutating func request(at now: ContinuousClock.Instant, after delay: Duration = .zero) {
        var wanted = now.advanced(by: delay)
        if let lastPaint { wanted = max(wanted, lastPaint.advanced(by: interval)) }
        deadline = deadline.map { min($0, wanted) } ?? wanted
    }

    /// A person did something: the next frame need not wait for the cap.
    public mutating func allowNow(at now: ContinuousClock.Instant) {
        lastPaint = nil
        if let deadline { self.deadline = min(deadline, now) }
    }

    /// Whether to paint now; if so, the wish is granted and the cap counts from now.
    public mutating func take(at now: ContinuousClock.Instant) -> Bool {
        guard let deadline, deadline <= now else { return false }
        self.deadline = nil
        lastPaint = now
        return true
    }
}
