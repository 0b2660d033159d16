/// Which questions are under way, so that each is asked once at a time and not more often than it can matter.
///
/// Questions about the same thing share a lane: while one is under way the next waits, so that an older answer
/// never comes after a newer one.
struct LoadQueue {
    private struct Wish {
        var load: Load
        var at: ContinuousClock.Instant
    }

    /// The least time between two refreshes in a lane.
    let interval: Duration
    private var underWay: Set<Load> = []
    private var wishes: [Load: Wish] = [:]
    private var asked: [Load: ContinuousClock.Instant] = [:]

    init(interval: Duration = .milliseconds(100)) { self.interval = interval }

    /// When the next question is due.
    var deadline: ContinuousClock.Instant? {
        wishes.filter { !underWay.contains($0.key) }.values.map(\.at).min()
    }

    /// Wishes for something at once.
    mutating func ask(_ load: Load, at now: ContinuousClock.Instant) { wish(load, at: now) }

    /// Wishes for something soon.
    mutating func refresh(_ load: Load, at now: ContinuousClock.Instant) {
        wish(load, at: asked[load.lane].map { max(now, $0.advanced(by: interval)) } ?? now)
    }

    /// What is to be asked now.
    mutating func take(at now: ContinuousClock.Instant) -> [Load] {
        asked = asked.filter { $0.value.advanced(by: interval) > now }
        var ready: [Load] = []
        for (lane, wish) in wishes where wish.at <= now && !underWay.contains(lane) {
            wishes[lane] = nil
            underWay.insert(lane)
            asked[lane] = now
            ready.append(wish.load)
        }
        return ready
    }

    /// Something was answered; what was wished for meanwhile comes next.
    mutating func done(_ load: Load) { underWay.remove(load.lane) }

    private mutating func wish(_ load: Load, at time: ContinuousClock.Instant) {
        let lane = load.lane
        guard let earlier = wishes[lane] else {
            wishes[lane] = Wish(load: load, at: time)
            return
        }
        wishes[lane] = Wish(load: load.merged(with: earlier.load), at: min(earlier.at, time))
    }
}

extension Load {
    /// What stands for all questions about the same thing.
    fileprivate var lane: Load {
        switch self {
        case .overview, .inbox, .session, .checkpoints, .chain: self
        case .chains: .chains(filter: "", limit: 0)
        case .sessions: .sessions(filter: "", offset: 0, limit: 0)
        case .transcript(let id, _): .transcript(id, after: 0)
        case .diff(let id, _): .diff(id, from: nil)
        case .preview(let id, _): .preview(id, checkpoint: "")
        case .search: .search("")
        case .events(let after, _, _): .events(after: after == nil ? nil : 0, limit: 0, type: nil)
        }
    }

    /// The question that also answers an earlier one of its lane: the later one, but never a shorter part of a transcript.
    fileprivate func merged(with earlier: Load) -> Load {
        guard case .transcript(let id, let after) = self, case .transcript(_, let before) = earlier else {
            return self
        }
        return .transcript(id, after: min(after, before))
    }
}
