import AgentOSCore
import Synchronization

/// Holds the calls of one provider to its limits: so many at once, so many in a time.
final class ProviderGate: Sendable {
    private typealias Entry = CheckedContinuation<Bool, Never>

    private struct State: Sendable {
        var running = 0
        var waiting: [(id: UInt64, entry: Entry)] = []
        var cancelled: Set<UInt64> = []
        var lastID: UInt64 = 0
        /// When the latest calls began, oldest first, at most as many as the rate allows.
        var starts: [Timestamp] = []
    }

    private let concurrent: Int?
    private let rate: RateLimit?
    private let state = Mutex(State())

    init(_ provider: ProviderConfiguration) {
        concurrent = provider.concurrent.map { max(1, $0) }
        rate = provider.requests.flatMap { $0.count > 0 ? $0 : nil }
    }

    /// Returns when the call may begin; every entry needs its `leave`.
    func enter(_ environment: RouterEnvironment) async throws(AttemptFailure) {
        guard await takePlace() else { throw .cancelled }
        do {
            while let wait = start(now: environment.clock.now()) { try await environment.sleep(wait) }
        } catch {
            leave()
            throw .cancelled
        }
    }

    /// Gives the place to who has waited longest.
    func leave() {
        let next = state.withLock { state -> Entry? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst().entry }
            state.running -= 1
            return nil
        }
        next?.resume(returning: true)
    }

    /// False when the task was cancelled while it waited.
    private func takePlace() async -> Bool {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { entry in
                let answer = state.withLock { state -> Bool? in
                    if state.cancelled.remove(id) != nil { return false }
                    guard let concurrent, state.running >= concurrent else {
                        state.running += 1
                        return true
                    }
                    state.waiting.append((id, entry))
                    return nil
                }
                if let answer { entry.resume(returning: answer) }
            }
        } onCancel: {
            forget(id)
        }
    }

    private func forget(_ id: UInt64) {
        let entry = state.withLock { state -> Entry? in
            guard let index = state.waiting.firstIndex(where: { $0.id == id }) else {
                state.cancelled.insert(id)
                return nil
            }
            return state.waiting.remove(at: index).entry
        }
        entry?.resume(returning: false)
    }

    /// Counts a start; or, where the rate is used up, how long to wait first.
    private func start(now: Timestamp) -> Duration? {
        guard let rate else { return nil }
        return state.withLock { state in
            // A clock that was set back holds nobody up for longer than the limit says.
            if let last = state.starts.last, last > now { state.starts = state.starts.map { min($0, now) } }
            if state.starts.count >= rate.count, let oldest = state.starts.first {
                let left = rate.milliseconds - now.since(oldest)
                if left > 0 { return .milliseconds(left) }
                state.starts.removeFirst()
            }
            state.starts.append(now)
            return nil
        }
    }
}
