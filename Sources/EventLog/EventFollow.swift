import AgentOSCore
import GRDB

/// A tenant's events from one place on, for `for try await`.
public struct EventFollow: AsyncSequence, Sendable {
    let log: EventLog
    let tenant: TenantID
    let after: Int64

    /// Starts at the place that `follow` was given.
    public func makeAsyncIterator() -> Iterator { Iterator(log: log, tenant: tenant, cursor: after) }

    /// Reads on from one place.
    public struct Iterator: AsyncIteratorProtocol {
        private static let batch = 256

        let log: EventLog
        let tenant: TenantID
        var cursor: Int64
        private var batch: ArraySlice<EventRecord> = []

        init(log: EventLog, tenant: TenantID, cursor: Int64) {
            self.log = log
            self.tenant = tenant
            self.cursor = cursor
        }

        /// The next event, waiting for it; nil when the task was cancelled or the log closed.
        public mutating func next() async throws -> EventRecord? {
            while !Task.isCancelled {
                if let event = batch.popFirst() {
                    cursor = event.seq
                    return event
                }
                switch log.live.next(tenant, after: cursor) {
                case .closed: return nil
                case .recent(let events): batch = events
                case .behind:
                    do {
                        batch = try await log.events(tenant: tenant, after: cursor, limit: Self.batch)[...]
                    } catch is CancellationError { return nil }
                case .upToDate: await log.live.wait(tenant, after: cursor)
                }
            }
            return nil
        }
    }
}
