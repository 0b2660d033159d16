import AgentOSCore
import Synchronization

/// What a signal is about.
public struct SignalTopic: Hashable, Sendable {
    /// Whose signal (INV-1).
    public var tenant: TenantID
    /// The thing: `session/ID`.
    public var stream: String

    /// The thing of a tenant.
    public init(tenant: TenantID, stream: String) {
        self.tenant = tenant
        self.stream = stream
    }
}

/// What a subscriber of signals is given.
public enum SignalUpdate<Signal: Sendable, Snapshot: Sendable>: Sendable {
    /// All there is so far; replaces what the subscriber has.
    case snapshot(Snapshot)
    /// What came after it.
    case signal(Signal)
    /// The thing is over; what it came to is in the log.
    case ended
}

/// Passes on what is not worth an event: streaming text, progress.
///
/// A subscriber first gets the snapshot, then signals. One that falls behind by more than the bound loses the
/// signals that wait and gets a fresh snapshot instead, so it is never wrong, only coarser.
public final class SignalHub<Signal: Sendable, Snapshot: Sendable>: Sendable {
    /// What a subscriber is given.
    public typealias Update = SignalUpdate<Signal, Snapshot>

    private struct Subscriber {
        var topic: SignalTopic
        var waiting: [Update] = []
        var continuation: CheckedContinuation<Void, Never>?
        var isCancelled = false
    }

    private struct State {
        var snapshots: [SignalTopic: Snapshot] = [:]
        var subscribers: [UInt64: Subscriber] = [:]
        var last: UInt64 = 0
    }

    private let bound: Int
    private let fold: @Sendable (inout Snapshot?, Signal) -> Void
    private let state = Mutex(State())

    /// A hub whose subscribers may fall `bound` signals behind, and whose snapshots are made by `fold`, which
    /// also bounds their size.
    public init(bound: Int = 64, fold: @escaping @Sendable (inout Snapshot?, Signal) -> Void) {
        self.bound = bound
        self.fold = fold
    }

    /// Passes a signal on to those who follow the topic; never waits.
    public func publish(_ signal: Signal, to topic: SignalTopic) {
        let woken = state.withLock { state in
            var snapshot = state.snapshots[topic]
            fold(&snapshot, signal)
            state.snapshots[topic] = snapshot
            return send(.signal(signal), topic, &state)
        }
        for continuation in woken { continuation.resume() }
    }

    /// Forgets the topic's snapshot and tells its followers that it is over.
    public func end(_ topic: SignalTopic) {
        let woken = state.withLock { state in
            defer { state.snapshots[topic] = nil }
            return send(.ended, topic, &state)
        }
        for continuation in woken { continuation.resume() }
    }

    /// The topic's snapshot, nil where nothing is going on.
    public func snapshot(of topic: SignalTopic) -> Snapshot? { state.withLock { $0.snapshots[topic] } }

    /// The topic's signals from now on, until the task is cancelled.
    public func subscribe(_ topic: SignalTopic) -> Signals {
        let id = state.withLock { state in
            state.last += 1
            state.subscribers[state.last] = Subscriber(
                topic: topic, waiting: state.snapshots[topic].map { [.snapshot($0)] } ?? [])
            return state.last
        }
        return Signals(subscription: Subscription(hub: self, id: id))
    }

    private func send(_ update: Update, _ topic: SignalTopic, _ state: inout State) -> [CheckedContinuation<
        Void, Never
    >] {
        var woken: [CheckedContinuation<Void, Never>] = []
        for (id, subscriber) in state.subscribers where subscriber.topic == topic {
            var subscriber = subscriber
            if subscriber.waiting.count >= bound {
                subscriber.waiting = state.snapshots[topic].map { [.snapshot($0)] } ?? []
                if case .ended = update { subscriber.waiting.append(update) }
            } else {
                subscriber.waiting.append(update)
            }
            if let continuation = subscriber.continuation { woken.append(continuation) }
            subscriber.continuation = nil
            state.subscribers[id] = subscriber
        }
        return woken
    }

    private func next(_ id: UInt64) async -> Update? {
        while !Task.isCancelled {
            let update = state.withLock { state -> Update? in
                guard let first = state.subscribers[id]?.waiting.first else { return nil }
                state.subscribers[id]?.waiting.removeFirst()
                return first
            }
            if let update { return update }
            await wait(id)
        }
        return nil
    }

    private func wait(_ id: UInt64) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    guard let subscriber = state.subscribers[id], subscriber.waiting.isEmpty,
                        !subscriber.isCancelled
                    else { return true }
                    state.subscribers[id]?.continuation = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                state.subscribers[id]?.isCancelled = true
                defer { state.subscribers[id]?.continuation = nil }
                return state.subscribers[id]?.continuation
            }
            continuation?.resume()
        }
    }

    fileprivate func unsubscribe(_ id: UInt64) {
        state.withLock { _ = $0.subscribers.removeValue(forKey: id) }
    }

    /// A place in the hub, given up when nobody reads any more.
    fileprivate final class Subscription: Sendable {
        let hub: SignalHub
        let id: UInt64

        init(hub: SignalHub, id: UInt64) {
            self.hub = hub
            self.id = id
        }

        deinit { hub.unsubscribe(id) }
    }

    /// The signals of a topic, for one reader.
    public struct Signals: AsyncSequence, AsyncIteratorProtocol, Sendable {
        /// What it gives.
        public typealias Element = Update

        fileprivate let subscription: Subscription

        /// The sequence itself.
        public func makeAsyncIterator() -> Signals { self }

        /// The next update, waiting for it; nil when the task was cancelled.
        public mutating func next() async -> Update? { await subscription.hub.next(subscription.id) }
    }
}
