/// Holds the first frame back until there is something to show, so that no empty one is sent before it.
struct Opening {
    /// How long the answers are waited for.
    static let patience = Duration.milliseconds(100)

    private var awaited: Set<Load> = []
    private var latest: ContinuousClock.Instant?

    /// Nothing is waited for.
    init() {}

    /// Waits for what a console asks first.
    init(_ effects: [ConsoleEffect], at now: ContinuousClock.Instant) {
        for case .load(let load) in effects { awaited.insert(load) }
        latest = now.advanced(by: Self.patience)
    }

    /// A question was answered, or failed.
    mutating func answered(_ load: Load) { awaited.remove(load) }

    /// Frames are wanted now, whatever they show.
    mutating func end() { awaited = [] }

    /// When the first frame is drawn at the latest; nil when it need not wait.
    func deadline(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        guard let latest, !awaited.isEmpty, now < latest else { return nil }
        return latest
    }
}
