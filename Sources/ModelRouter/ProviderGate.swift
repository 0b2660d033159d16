import AgentOSCore
import Synchronization

/// Holds the calls of one provider and key to what it can take: so many at once, so many requests and tokens in a
/// time, and none while it is left alone.
final class ProviderGate: Sendable {
    /// A call that was let in; every pass needs its `leave`.
    struct Pass: Sendable, Hashable {
        fileprivate let id: UInt64
        fileprivate let isProbe: Bool
    }

    private enum Entry { case open(Pass), blocked, cancelled }
    private typealias Waiting = CheckedContinuation<Entry, Never>

    private struct State: Sendable {
        var running = 0
        var waiting: [(id: UInt64, entry: Waiting)] = []
        var cancelled: Set<UInt64> = []
        var lastID: UInt64 = 0
        var requests: RateWindow?
        var tokens: RateWindow?
        var room = RateRoom()
        var health = ProviderHealth()
    }

    private let name: String
    private let concurrent: Int?
    /// Whether it can be down: a file cannot.
    private let isWatched: Bool
    private let state: Mutex<State>

    init(_ provider: ProviderConfiguration) {
        name = provider.name
        concurrent = provider.concurrent.map { max(1, $0) }
        isWatched = provider.kind != .rehearsal
        var state = State()
        state.requests = provider.requests.flatMap { $0.count > 0 ? RateWindow($0) : nil }
        state.tokens = provider.tokens.flatMap { $0.count > 0 ? RateWindow($0) : nil }
        self.state = Mutex(state)
    }

    /// Whether tokens are counted, so that a request's must be estimated.
    var countsTokens: Bool { state.withLock { $0.tokens != nil || !$0.room.tokens.isEmpty } }

    /// How the provider stands.
    func standing(now: Timestamp) -> ProviderHealth.Standing {
        state.withLock { $0.health.standing(now: now) }
    }

    /// Whether a request may go now, as far as the provider's health tells.
    func mayAsk(now: Timestamp) -> Bool { state.withLock { $0.health.mayAsk(now: now) } }

    /// Returns when the call may begin.
    func enter(_ environment: RouterEnvironment, tokens: Int = 0) async throws(AttemptFailure) -> Pass {
        let pass: Pass
        switch await takePlace(environment.clock) {
        case .open(let taken): pass = taken
        case .cancelled: throw .cancelled
        case .blocked: throw blocked(now: environment.clock.now())
        }
        do throws(AttemptFailure) {
            var heedsRoom = true
            while let wait = try start(
                pass, tokens: tokens, heedsRoom: heedsRoom, now: environment.clock.now())
            {
                heedsRoom = false
                do { try await environment.sleep(.milliseconds(wait)) } catch {
                    throw AttemptFailure.cancelled
                }
            }
            return pass
        } catch {
            leave(pass, failure: nil, now: environment.clock.now())
            throw error
        }
    }

    /// It has begun to answer: whoever waits for a probe may go.
    func answered(_ pass: Pass, now: Timestamp) {
        guard isWatched else { return }
        admit(now) { $0.health.answered(isProbe: pass.isProbe) }
    }

    /// Gives the place to who has waited longest; true where the key is newly disabled by this failure.
    ///
    /// Without a failure it is told of nothing: the call was answered, or came to no request.
    @discardableResult
    func leave(_ pass: Pass, failure: AttemptFailure?, now: Timestamp) -> Bool {
        var isNews = false
        admit(now) { state in
            state.running -= 1
            guard isWatched else { return }
            if let failure, failure.kind != .cancelled, !failure.isUnsent {
                isNews = state.health.failed(failure, isProbe: pass.isProbe, now: now)
            } else if pass.isProbe {
                // Where it was answered, this is known already and nothing is left of the probe.
                state.health.forgetProbe()
            }
        }
        return isNews
    }

    /// Lets the next request find out at once.
    func askAgain(now: Timestamp) { state.withLock { $0.health.askAgain(now: now) } }

    /// What a request has really used.
    func used(_ pass: Pass, _ usage: Usage) {
        state.withLock { $0.tokens?.correct(pass.id, to: usage.total) }
    }

    /// What the vendor says is left.
    func heard(_ room: RateRoom) { state.withLock { $0.room = room } }

    /// A failure of a provider that is not asked now.
    func blocked(now: Timestamp) -> AttemptFailure {
        let said: (ModelFailure.Kind, String, Timestamp?)
        switch standing(now: now) {
        case .up: said = (.overloaded, "is busy", nil)
        case .probing(let cause): said = (.overloaded, "is being tried again after: \(cause)", nil)
        case .cooling(let until, let cause):
            said = (.overloaded, "is left alone until \(until): \(cause)", until)
        case .disabled(let until, let cause):
            said = (.authentication, "is disabled until \(until): \(cause)", until)
        }
        var failure = AttemptFailure(
            said.0, .nextModel, "provider \(name) \(said.1)",
            hint: "wait for that time, mend the provider, or add another model to the route")
        failure.isUnsent = true
        failure.retryAfter = said.2.map { .milliseconds(max(0, $0.since(now))) }
        return failure
    }

    // MARK: Places

    private func takePlace(_ clock: WallClock) async -> Entry {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiting in
                let now = clock.now()
                let entry = state.withLock { state -> Entry? in
                    if state.cancelled.remove(id) != nil { return .cancelled }
                    if let entry = meets(id, &state, now) { return entry }
                    state.waiting.append((id, waiting))
                    return nil
                }
                if let entry { waiting.resume(returning: entry) }
            }
        } onCancel: {
            forget(id)
        }
    }

    /// What a call meets now; nil where it waits.
    private func meets(_ id: UInt64, _ state: inout State, _ now: Timestamp) -> Entry? {
        if let concurrent, state.running >= concurrent { return nil }
        if !state.health.mayAsk(now: now) { return state.health.isProbing ? nil : .blocked }
        state.running += 1
        return .open(Pass(id: id, isProbe: state.health.begin()))
    }

    /// Changes the state, then lets in who can go on.
    private func admit(_ now: Timestamp, _ change: (inout State) -> Void) {
        let admitted = state.withLock { state in
            change(&state)
            var admitted: [(Waiting, Entry)] = []
            while let first = state.waiting.first, let entry = meets(first.id, &state, now) {
                state.waiting.removeFirst()
                admitted.append((first.entry, entry))
            }
            return admitted
        }
        for (waiting, entry) in admitted { waiting.resume(returning: entry) }
    }

    private func forget(_ id: UInt64) {
        let waiting = state.withLock { state -> Waiting? in
            guard let index = state.waiting.firstIndex(where: { $0.id == id }) else {
                state.cancelled.insert(id)
                return nil
            }
            return state.waiting.remove(at: index).entry
        }
        waiting?.resume(returning: .cancelled)
    }

    // MARK: Rates

    /// Vendors tell when a limit is whole again; room for one request is there sooner, and they will say if it is not.
    private static let longestRoomWait: Int64 = 60_000

    /// Counts a start; or, where a rate is used up, how many milliseconds to wait first.
    private func start(
        _ pass: Pass, tokens: Int, heedsRoom: Bool, now: Timestamp
    ) throws(AttemptFailure) -> Int64? {
        let wait = state.withLock { state -> Int64? in
            let opens = heedsRoom ? state.room.opens(for: tokens) : nil
            let waits: [Int64?] = [
                state.requests?.wait(for: 1, now: now) ?? (state.requests == nil ? 0 : nil),
                state.tokens?.wait(for: tokens, now: now) ?? (state.tokens == nil ? 0 : nil),
                opens.map { min(max(0, $0.since(now)), Self.longestRoomWait) } ?? 0,
            ]
            guard waits.allSatisfy({ $0 != nil }) else { return nil }
            let wait = waits.compactMap(\.self).max() ?? 0
            if wait == 0 {
                state.requests?.take(1, id: pass.id, now: now)
                state.tokens?.take(tokens, id: pass.id, now: now)
                state.room.take(tokens)
            }
            return wait
        }
        guard let wait else {
            throw AttemptFailure(
                .rejected, .nextModel,
                "the request has about \(tokens) tokens, more than the provider's limit",
                hint: "raise limits.tokens of provider \(name), or shorten what the session is given")
        }
        return wait > 0 ? wait : nil
    }
}
