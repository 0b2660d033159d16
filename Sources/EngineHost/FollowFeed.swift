import AgentOSCore
import EventLog

/// Joins a tenant's events and its signals for one follower.
///
/// Events wait until they are taken, so a slow follower holds up only itself and nothing is lost; of signals that are not
/// taken in time only the newest of each session, and of each thing of the machine, is kept.
actor FollowFeed {
    private var event: EventRecord?
    private var host: [String: EventRecord] = [:]
    private var live: [SessionID: LiveText] = [:]
    private var isEnded = false
    private var failure: (any Error)?
    private var reader: CheckedContinuation<Void, Never>?
    private var writer: CheckedContinuation<Void, Never>?

    func put(_ next: EventRecord) async {
        while event != nil, !isEnded { await withCheckedContinuation { writer = $0 } }
        event = next
        wakeReader()
    }

    func offer(_ text: LiveText) {
        live[text.sessionId] = text
        wakeReader()
    }

    func offer(_ record: EventRecord) {
        host[record.stream] = record
        wakeReader()
    }

    func end(_ error: (any Error)?) {
        isEnded = true
        failure = failure ?? error
        wakeReader()
        writer?.resume()
        writer = nil
    }

    func next() async throws -> EngineUpdate? {
        while true {
            if let taken = event {
                event = nil
                writer?.resume()
                writer = nil
                return .event(taken)
            }
            if let key = host.keys.first, let record = host.removeValue(forKey: key) { return .host(record) }
            if let key = live.keys.first, let text = live.removeValue(forKey: key) { return .live(text) }
            if let failure { throw failure }
            if isEnded || Task.isCancelled { return nil }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    if isEnded || event != nil || !live.isEmpty || !host.isEmpty {
                        continuation.resume()
                    } else {
                        reader = continuation
                    }
                }
            } onCancel: {
                Task { await self.end(nil) }
            }
        }
    }

    private func wakeReader() {
        reader?.resume()
        reader = nil
    }
}

/// The tasks that fill a feed; they end with it.
final class FeedTasks: Sendable {
    private let tasks: [Task<Void, Never>]
    init(_ tasks: [Task<Void, Never>]) { self.tasks = tasks }
    deinit { for task in tasks { task.cancel() } }
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
                await feed.end(nil)
            } catch {
                await feed.end(error)
            }
        }
        var tasks = [pump]
        if request.signals {
            let texts = pulse.live.listen()
            tasks.append(Task { for await text in texts { await feed.offer(text) } })
            if options.tenant != .host {
                let machine = log.follow(tenant: .host, after: log.head(tenant: .host))
                tasks.append(
                    Task {
                        do { for try await record in machine { await feed.offer(record) } } catch {
                            await feed.end(error)
                        }
                    })
            }
        }
        let held = FeedTasks(tasks)
        return AsyncThrowingStream {
            defer { withExtendedLifetime(held) {} }
            return try await feed.next()
        }
    }
}
