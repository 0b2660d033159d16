import AgentOSCore
import EventLog

extension PulseEngine {
    /// Who waits in the log and who runs here.
    func queueState() async throws -> QueueState {
        let stored = try await setting.log.read { [tenant = setting.tenant] sql in
            try sql.rows(
                "SELECT id, priority, queued, not_before, model FROM session_queue WHERE tenant = ?", [tenant]
            ) { row in
                (
                    QueueRow(
                        id: try row.at(0), tenant: tenant, priority: try row.at(1), queuedAt: try row.at(2),
                        notBefore: try row.at(3)), try row.at(4, as: String.self)
                )
            }
        }
        // From here on nothing waits, so who runs is who runs when it is decided who comes next.
        let busy = busyModels
        let models = Set(stored.map(\.1) + busy.compactMap(\.self))
        let providers = Dictionary(uniqueKeysWithValues: models.map { ($0, setting.providers($0)) })
        let queue = stored.compactMap { row, model -> QueueRow? in
            guard !isBusy(row.id) else { return nil }
            var row = row
            row.providers = providers[model] ?? []
            row.bar = isUnstartable(row.id) ? .fault : isOurs(row.id) ? nil : .host
            return row
        }
        let running = busy.map { model in
            RunningRow(tenant: setting.tenant, providers: model.flatMap { providers[$0] } ?? [])
        }
        let hold: QueuePlace.Reason? =
            !isServingSessions ? .host : isPausedAll ? .paused : isTakingNoMore ? .drain : nil
        return QueueState(queue: queue, running: running, capacity: setting.capacity, hold: hold)
    }

    /// Whether a session waits that will be started without anybody's word.
    func hasQueued() async throws -> Bool {
        let state = try await queueState()
        // Before its host has begun to run sessions, what waits will be started too.
        return state.hold != .paused && state.hold != .drain && state.queue.contains { $0.bar == nil }
    }

    /// Summaries as they are read: rehearsed models marked, queued ones with their place.
    func read(_ summaries: [SessionSummary]) async throws -> [SessionSummary] {
        var places: [SessionID: QueuePlace] = [:]
        if summaries.contains(where: { $0.state == .queued }) {
            places = queuePlaces(try await queueState(), now: setting.clock.now())
        }
        return summaries.map { summary in
            var read = summary
            // What has answered stands in the log, whatever the configuration names by now.
            if summary.turns == 0 { read.isRehearsal = setting.isRehearsal(summary.model) }
            if summary.state == .queued, let place = places[summary.sessionId] {
                read.queue = place
                read.activity = "#\(place.position) in the queue: \(place.text)"
            }
            return read
        }
    }
}

/// The one timer of the queue: wakes the engine at the earliest time that a session waits for.
struct QueueAlarm {
    private var at: Timestamp?
    private var task: Task<Void, Never>?

    /// A clock that is set wakes nobody, so no sleep is longer than this.
    private static let longest: Int64 = 3_600_000

    /// Sets it, or puts it out.
    mutating func set(_ moment: Timestamp?, now: Timestamp, _ ring: @escaping @Sendable () async -> Void) {
        guard moment != at || task == nil else { return }
        task?.cancel()
        (at, task) = (moment, nil)
        guard let moment else { return }
        let wait = min(max(1, moment.since(now)), Self.longest)
        // Held here, and cancelled by whoever sets it anew or puts it out.
        task = Task {
            do { try await Task.sleep(for: .milliseconds(wait)) } catch { return }
            await ring()
        }
    }

    /// Notes that it has rung.
    mutating func rang() { (at, task) = (nil, nil) }
}
