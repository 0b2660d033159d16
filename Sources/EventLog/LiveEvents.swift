import AgentOSCore
import Synchronization

/// What has been committed lately, and who waits for more.
///
/// Followers take events from here while they keep up, and from the log otherwise, so the memory is bounded
/// by `countLimit` events and `byteLimit` bytes a tenant.
final class LiveEvents: Sendable {
    /// What there is for a follower.
    enum Next {
        case recent(ArraySlice<EventRecord>)
        case behind
        case upToDate
        case closed
    }

    fileprivate struct Tenant {
        var head: Int64
        var recent: [EventRecord] = []
        var bytes = 0
    }

    private struct Waiter {
        let tenant: TenantID
        let done: CheckedContinuation<Void, Never>
    }

    private struct State {
        var tenants: [TenantID: Tenant] = [:]
        var waiters: [UInt64: Waiter] = [:]
        var cancelled: Set<UInt64> = []
        var lastWaiter: UInt64 = 0
        var isClosed = false
    }

    private static let countLimit = 256
    private static let byteLimit = 512 * 1024

    private let state: Mutex<State>

    init(heads: [TenantID: Int64]) {
        var state = State()
        for (tenant, head) in heads { state.tenants[tenant] = Tenant(head: head) }
        self.state = Mutex(state)
    }

    /// The seq of the tenant's last committed event.
    func head(_ tenant: TenantID) -> Int64 { state.withLock { $0.tenants[tenant]?.head ?? 0 } }

    /// Takes the events of a commit, each tenant's in order, and wakes who waits for them.
    func publish(_ commit: some Sequence<[EventRecord]>) {
        let ready = state.withLock { state in
            var touched: Set<TenantID> = []
            for events in commit {
                for event in events where state.tenants[event.tenant, default: Tenant(head: 0)].take(event) {
                    touched.insert(event.tenant)
                }
            }
            for tenant in touched { state.tenants[tenant]?.trim(Self.countLimit, Self.byteLimit) }
            if state.waiters.isEmpty { return [Waiter]() }
            let ids = state.waiters.filter { touched.contains($0.value.tenant) }.map(\.key)
            return ids.compactMap { state.waiters.removeValue(forKey: $0) }
        }
        for waiter in ready { waiter.done.resume() }
    }

    /// What a follower at `after` can have.
    func next(_ tenant: TenantID, after: Int64) -> Next {
        state.withLock { state in
            if state.isClosed { return .closed }
            guard let known = state.tenants[tenant], known.head > after else { return .upToDate }
            guard let first = known.recent.first?.seq, first <= after + 1 else { return .behind }
            return .recent(known.recent[Int(after + 1 - first)...])
        }
    }

    /// Returns when there is more than `after`, or the task is cancelled, or the log is closed.
    func wait(_ tenant: TenantID, after: Int64) async {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { done in
                let isReady = state.withLock { state in
                    let wasCancelled = state.cancelled.remove(id) != nil
                    if wasCancelled || state.isClosed || (state.tenants[tenant]?.head ?? 0) > after {
                        return true
                    }
                    state.waiters[id] = Waiter(tenant: tenant, done: done)
                    return false
                }
                if isReady { done.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let waiter = state.waiters.removeValue(forKey: id)
                if waiter == nil { state.cancelled.insert(id) }
                return waiter
            }
            waiter?.done.resume()
        }
        state.withLock { _ = $0.cancelled.remove(id) }
    }

    /// Ends every follower.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiting { waiter.done.resume() }
    }
}

extension LiveEvents.Tenant {
    /// Adds an event if it is the next one; says whether it was.
    mutating func take(_ event: EventRecord) -> Bool {
        guard event.seq == head + 1 else { return false }
        head = event.seq
        recent.append(event)
        bytes += event.payload.utf8.count
        return true
    }

    /// Lets go of the oldest events; down to half, so that it is seldom done.
    mutating func trim(_ count: Int, _ limit: Int) {
        guard recent.count > count || bytes > limit else { return }
        var dropped = 0
        while recent.count - dropped > count / 2 || bytes > limit / 2, dropped < recent.count {
            bytes -= recent[dropped].payload.utf8.count
            dropped += 1
        }
        recent.removeFirst(dropped)
    }
}
