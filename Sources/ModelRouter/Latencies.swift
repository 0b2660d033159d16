import AgentOSCore
import Synchronization

/// How long the last answers of a provider took; samples, which live in memory only.
final class Latencies: Sendable {
    private static let kept = 200
    private let last = Mutex<[Int64]>([])

    /// Notes an answer, in milliseconds.
    func add(_ milliseconds: Int64) {
        last.withLock { last in
            if last.count >= Self.kept { last.removeFirst() }
            last.append(milliseconds)
        }
    }

    /// The time that so many of a hundred answers did not exceed, by nearest rank; nil without an answer.
    func percentile(_ share: Int) -> Int64? {
        let sorted = last.withLock { $0 }.sorted()
        guard !sorted.isEmpty else { return nil }
        let rank = (sorted.count * share + 99) / 100
        return sorted[max(0, min(sorted.count, rank) - 1)]
    }
}
