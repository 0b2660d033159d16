import AgentOSCore
import EventLog
import Synchronization

/// Joins a tenant's events and its signals for one follower.
///
/// Events wait until they are taken, so a slow follower holds up only itself and nothing is lost; of signals that are not
/// taken in time only the newest of each session, and of each thing of the machine, is kept.
final class FollowFeed: Sendable {
    private typealias Waiter = CheckedContinuation<Void, Never>

    private enum Found {
        case update(EngineUpdate)
        case end((any Error)?)
        case nothing
    }

    private struct State {
        var event: EventRecord?
        var host: [String: EventRecord] = [:]
        var live: [SessionID: LiveText] = [:]
        var isEnded = false
        var failure: (any Error)?
        var reader: Waiter?
        var writer: Waiter?

        /// What the reader gets now, and the writer that may go on.
        mutating func take() -> (Found, Waiter?) {
            if let event {
                self.event = nil
                return (.update(.event(event)), takeWriter())
            }
            if let record = host.popFirst()?.value { return (.update(.host(record)), nil) }
            if let text = live.popFirst()?.value { return (.update(.live(text)), nil) }
            return (isEnded ? .end(failure) : .nothing, nil)
        }

        mutating func takeReader() -> Waiter? {
            defer { reader = nil }
            return reader
        }

        mutating func takeWriter() -> Waiter? {
            defer { writer = nil }
            return writer
        }
    }

    private let state = Mutex(State())

    /// Hands an event over, once the last one was taken; after the end it is dropped.
    ///
    /// One caller at a time.
    func put(_ next: EventRecord) async {
        await withCheckedContinuation { continuation in
            let mustWait = state.withLock { state in
                guard state.event != nil, !state.isEnded else { return false }
                state.writer = continuation
                return true
            }
            if !mustWait { continuation.resume() }
        }
        let reader = state.withLock { state in
            if !state.isEnded { state.event = next }
            return state.takeReader()
        }
        reader?.resume()
    }

    /// Leaves a signal; a newer one of the session takes its place.
    func offer(_ text: LiveText) {
        let reader = state.withLock { state in
            state.live[text.sessionId] = text
            return state.takeReader()
        }
        reader?.resume()
    }

    /// Leaves an event of the machine; a newer one of the same thing takes its place.
    func offer(_ record: EventRecord) {
        let reader = state.withLock { state in
            state.host[record.stream] = record
            return state.takeReader()
        }
        reader?.resume()
    }

    /// Ends the feed; what was handed over is still taken.
    func end(_ error: (any Error)?) {
        let (reader, writer) = state.withLock { state in
            state.isEnded = true
            state.failure = state.failure ?? error
            return (state.takeReader(), state.takeWriter())
        }
        reader?.resume()
        writer?.resume()
    }

    /// The next update, events first; nil at the end or when the task is cancelled.
    ///
    /// One caller at a time.
    func next() async throws -> EngineUpdate? {
        while true {
            let (found, writer) = state.withLock { $0.take() }
            writer?.resume()
            switch found {
            case .update(let update): return update
            case .end(let failure?): throw failure
            case .end(nil): return nil
            case .nothing: if Task.isCancelled { return nil }
            }
            await waitForMore()
        }
    }

    private func waitForMore() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    guard !state.isEnded, state.event == nil, state.live.isEmpty, state.host.isEmpty else {
                        return false
                    }
                    state.reader = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            end(nil)
        }
    }
}

/// The tasks that fill a feed; they end with whoever follows.
final class FeedTasks: Sendable {
    private let feed: FollowFeed
    private let tasks: [Task<Void, Never>]

    init(_ tasks: [Task<Void, Never>], filling feed: FollowFeed) {
        (self.tasks, self.feed) = (tasks, feed)
    }

    deinit {
        for task in tasks { task.cancel() }
        // One of them may wait for an event to be taken, which nobody will.
        feed.end(nil)
    }
}

extension EngineHost {
    /// The one way out: the tenant's events from a place on, and what is written meanwhile.
    func follow(_ request: FollowRequest) -> AsyncThrowingStream<EngineUpdate, any Error> {
        let feed = FollowFeed()
        let after = request.after ?? log.head(tenant: options.tenant)
        let events = log.follow(tenant: options.tenant, after: after)
        let pump = Task {
            do {
                for try await event in events {
                    if let type = request.type, !TextGlob.matches(type, event.type) { continue }
                    await feed.put(event)
                }
                feed.end(nil)
            } catch {
                feed.end(error)
            }
        }
        var tasks = [pump]
        if request.signals {
            let texts = pulse.live.listen()
            tasks.append(Task { for await text in texts { feed.offer(text) } })
            if options.tenant != .host {
                let machine = log.follow(tenant: .host, after: log.head(tenant: .host))
                tasks.append(
                    Task {
                        do { for try await record in machine { feed.offer(record) } } catch {
                            feed.end(error)
                        }
                    })
            }
        }
        let held = FeedTasks(tasks, filling: feed)
        return AsyncThrowingStream {
            defer { withExtendedLifetime(held) {} }
            return try await feed.next()
        }
    }
}
