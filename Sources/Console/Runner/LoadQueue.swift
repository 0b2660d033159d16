/// Which questions are under way, so that each is asked once at a time and not more often than it can matter.
struct LoadQueue {
    /// The least time between two refreshes of the same thing.
    let interval: Duration
    private var underWay: Set<Load> = []
    private var again: Set<Load> = []
    private var due: [Load: ContinuousClock.Instant] = [:]
    private var asked: [Load: ContinuousClock.Instant] = [:]

    init(interval: Duration = .milliseconds(100)) { self.interval = interval }

    /// When the next refresh is due.
    var deadline: ContinuousClock.Instant? { due.values.min() }

    /// Wishes for something at once.
    mutating func ask(_ load: Load, at now: ContinuousClock.Instant) {
        if underWay.contains(load) { again.insert(load) } else { due[load] = now }
    }

    /// Wishes for something soon.
    mutating func refresh(_ load: Load, at now: ContinuousClock.Instant) {
        if underWay.contains(load) {
            again.insert(load)
        } else {
            let next = asked[load].map { max(now, $0.advanced(by: interval)) } ?? now
            due[load] = min(due[load] ?? next, next)
        }
    }

    /// What is to be asked now.
    mutating func take(at now: ContinuousClock.Instant) -> [Load] {
        let ready = due.filter { $0.value <= now }.keys
        asked = asked.filter { $0.value.advanced(by: interval) > now }
        for load in ready {
            due[load] = nil
            underWay.insert(load)
            asked[load] = now
        }
        return Array(ready)
    }

    /// Something was answered; what was wished for meanwhile comes next.
    mutating func done(_ load: Load, at now: ContinuousClock.Instant) {
        underWay.remove(load)
        if again.remove(load) != nil { refresh(load, at: now) }
    }
}
