import Synchronization

/// What a terminal tells, in order, for one reader; it ends after `finish`.
///
/// A reader on an actor is resumed there and nowhere else: beside the terminal's own thread, no other is needed.
public final class TerminalEvents: AsyncSequence, Sendable {
    private struct State {
        var events: [TerminalEvent] = []
        var isFinished = false
        var reader: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// None so far.
    public init() {}

    /// Tells something; after `finish` it is dropped.
    public func yield(_ event: TerminalEvent) { change { if !$0.isFinished { $0.events.append(event) } } }

    /// Nothing more will be told.
    public func finish() { change { $0.isFinished = true } }

    private func change(_ body: (inout State) -> Void) {
        let reader = state.withLock { state in
            body(&state)
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }

    /// Reads from the first event on that nobody has taken.
    public func makeAsyncIterator() -> Iterator { Iterator(events: self) }

    /// Takes one event at a time.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let events: TerminalEvents

        /// The next event; nil once all are taken and there will be no more, or when the task is cancelled.
        public func next(isolation actor: isolated (any Actor)?) async -> TerminalEvent? {
            await events.next(isolation: actor)
        }

        /// The next event, for readers on no actor.
        public func next() async -> TerminalEvent? { await events.next(isolation: nil) }
    }

    private func next(isolation: isolated (any Actor)?) async -> TerminalEvent? {
        while true {
            let found: TerminalEvent?? = state.withLock { state in
                if !state.events.isEmpty { return .some(state.events.removeFirst()) }
                return state.isFinished || Task.isCancelled ? .some(nil) : nil
            }
            if let found { return found }
            await wait(isolation: isolation)
        }
    }

    /// Until something changes or the task is cancelled.
    private func wait(isolation: isolated (any Actor)?) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if !state.events.isEmpty || state.isFinished || Task.isCancelled { return true }
                    state.reader = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            change { _ in }
        }
    }
}
