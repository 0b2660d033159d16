import AgentOSCore

/// A session that waits to be started.
struct QueueRow: Hashable, Sendable {
    /// The session.
    var id: SessionID
    /// Whose it is.
    var tenant: TenantID
    /// From 1, which is taken first.
    var priority = SessionConfig.usualPriority
    /// Since when it waits.
    var queuedAt: Timestamp
    /// When it may be started.
    var notBefore: Timestamp?
    /// The providers of its model, in the order in which they are tried.
    var providers: [String] = []
    /// Why this process cannot start it, whatever there is room for.
    var bar: QueuePlace.Reason?
}

/// A session that runs.
struct RunningRow: Hashable, Sendable {
    /// Whose it is.
    var tenant: TenantID
    /// The providers of its model.
    var providers: [String] = []
}

/// How many sessions there is room for.
struct QueueCapacity: Hashable, Sendable {
    /// In the home.
    var home: Int
    /// Of one tenant; nil is as many as the home has room for.
    var tenant: Int?
    /// By provider; one that is not here has room for all.
    var providers: [String: Int] = [:]
}

extension QueueCapacity {
    /// What a configuration has room for.
    init(_ configuration: Configuration) {
        home = configuration.sessions.concurrent
        tenant = configuration.sessions.perTenant
        for provider in configuration.providers { providers[provider.name] = provider.concurrent }
    }
}

/// Who waits, who runs, and what holds everybody up.
struct QueueState: Hashable, Sendable {
    /// Who waits.
    var queue: [QueueRow]
    /// Who runs.
    var running: [RunningRow]
    /// How many may.
    var capacity: QueueCapacity
    /// What holds everybody up: `paused`, `drain`, `host`.
    var hold: QueuePlace.Reason?
}

/// How waiting makes up for a low priority, so that nobody waits for ever behind those that came later.
enum QueueAging {
    /// For each so many milliseconds of waiting a session counts as one priority higher, up to the highest.
    static let step: Int64 = 30 * 60_000

    /// The priority that a session has come to.
    ///
    /// One of priority 9 counts as 1 after four hours, and is then behind those alone that have waited longer. Until
    /// its time has come it does not wait.
    static func priority(of row: QueueRow, now: Timestamp) -> Int {
        let since = row.notBefore.map { max($0, row.queuedAt) } ?? row.queuedAt
        return max(1, row.priority - Int(clamping: max(0, now.since(since)) / step))
    }
}

/// The session to start now; nil where none can be.
func nextToStart(_ state: QueueState, now: Timestamp) -> SessionID? {
    let room = Room(state)
    return inOrder(state.queue, now: now).first { reason($0, state, room, now: now) == nil }?.id
}

/// The places of all that wait.
///
/// Those whose time has come first, by priority (`QueueAging`) and then by how long they wait; then the others by their
/// time.
func queuePlaces(_ state: QueueState, now: Timestamp) -> [SessionID: QueuePlace] {
    let room = Room(state)
    var places: [SessionID: QueuePlace] = [:]
    for (index, row) in inOrder(state.queue, now: now).enumerated() {
        let why = reason(row, state, room, now: now) ?? .next
        places[row.id] = QueuePlace(
            position: index + 1, reason: why, text: words(why, row, state, room), notBefore: row.notBefore)
    }
    return places
}

/// The moment at which a session may be started though nothing else happens; nil where there is none.
func nextTime(_ queue: [QueueRow], now: Timestamp) -> Timestamp? {
    queue.compactMap { $0.bar == nil ? $0.notBefore : nil }.filter { $0 > now }.min()
}

private func inOrder(_ queue: [QueueRow], now: Timestamp) -> [QueueRow] {
    func key(_ row: QueueRow) -> (Int64, Int, Int64, String) {
        let wait = row.notBefore.flatMap { $0 > now ? $0.milliseconds : nil } ?? .min
        return (wait, QueueAging.priority(of: row, now: now), row.queuedAt.milliseconds, row.id.rawValue)
    }
    return queue.sorted { key($0) < key($1) }
}

/// What those that run take up.
private struct Room {
    let home: Int
    var tenants: [TenantID: Int] = [:]
    var providers: [String: Int] = [:]
    private let capacity: QueueCapacity

    init(_ state: QueueState) {
        capacity = state.capacity
        home = state.running.count
        for row in state.running {
            tenants[row.tenant, default: 0] += 1
            // It is counted where its calls go: to the first provider that has room for one more.
            guard let first = row.providers.first else { continue }
            providers[row.providers.first { !isFull($0) } ?? first, default: 0] += 1
        }
    }

    func isFull(_ provider: String) -> Bool {
        capacity.providers[provider].map { providers[provider, default: 0] >= $0 } ?? false
    }
}

/// Why a session is not started now; nil where it can be.
private func reason(_ row: QueueRow, _ state: QueueState, _ room: Room, now: Timestamp) -> QueuePlace.Reason?
{
    if let hold = state.hold ?? row.bar { return hold }
    if let time = row.notBefore, time > now { return .delay }
    if room.home >= state.capacity.home { return .home }
    if let most = state.capacity.tenant, room.tenants[row.tenant, default: 0] >= most { return .tenant }
    return !row.providers.isEmpty && row.providers.allSatisfy(room.isFull) ? .model : nil
}

private func words(_ reason: QueuePlace.Reason, _ row: QueueRow, _ state: QueueState, _ room: Room) -> String
{
    let capacity = state.capacity
    switch reason {
    case .next: return "starts next"
    case .home: return "\(room.home) of \(capacity.home) sessions run"
    case .tenant:
        let most = capacity.tenant ?? capacity.home
        return "\(room.tenants[row.tenant, default: 0]) of \(most) sessions of \(row.tenant) run"
    case .model:
        let full = row.providers.map {
            "\($0) has \(room.providers[$0, default: 0]) of \(capacity.providers[$0] ?? 0)"
        }
        return "no provider is free: " + full.joined(separator: ", ")
    case .delay: return "not before \(row.notBefore.map { String($0.description.prefix(19)) + "Z" } ?? "")"
    case .paused: return "everything is paused"
    case .drain: return "the host takes no new work"
    case .host: return "no host runs it"
    case .fault: return "it could not be started, see the host's log"
    }
}
