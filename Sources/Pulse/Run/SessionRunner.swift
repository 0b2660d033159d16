import AgentOSCore
import EventLog

/// Runs one session: asks the rules for the next step, writes the intent, does it, writes the result.
///
/// It alone appends to the session's stream. Commands and the run's own steps take turns at a lock, so both
/// always decide on what is in the log.
actor SessionRunner {
    let id: SessionID
    /// The route or model it was made with, which never changes.
    nonisolated let model: String
    let tenant: TenantID
    let log: EventLog
    let clock: WallClock
    let bench: Workbench
    let calls: CallPort
    let live: LiveBoard
    /// Takes secrets out of all that is written (INV-7).
    let redact: Redactor
    /// Told of what keeps a run from going on; for the log of the host.
    let report: @Sendable (Fault) -> Void
    /// Whether everything stands still.
    let brake: Brake

    /// As it is in the log; only `commit` changes it.
    var session: Session
    var lock = AsyncLock()
    /// The effect under way, so that a command can end it.
    var current: Task<Results, Never>?
    var isRunning = false
    var isStopping = false
    /// Whether the call under way is to be cut, also one whose intent is being written just now.
    var isCut = false
    /// Whether this host has taken the session over from an earlier one and has not said so yet.
    var isTakenOver = false
    /// Whether it ran under an earlier host, and this one has not gone on with it yet.
    var ranBefore: Bool
    var watch: ClockWatch
    /// What the clock was set by, as far as it was seen and is not in the log yet.
    var unwritten: Int64 = 0
    var idleWaiters: [CheckedContinuation<Void, Never>] = []
    /// Whether the last run ended because the log or the files could not be written.
    var hasFailed = false

    /// The workspace's notes for agents, once they have been found: checkpoint 0 holds them, and it never changes.
    var notes: String?
    /// What the judge is asked whose vote is about to be taken.
    var ballot: ModelRequest?
    /// What the command-line agent has said and the log does not tell yet.
    var talk = AgentTalk()
    /// What the model may write in the call that is about to be made.
    var outputCap: OutputCap?

    init(
        session: Session, tenant: TenantID, log: EventLog, clock: WallClock, bench: Workbench,
        calls: CallPort,
        live: LiveBoard, redact: Redactor, brake: Brake,
        report: @escaping @Sendable (Fault) -> Void
    ) {
        id = session.id
        model = session.config.worker
        self.session = session
        self.tenant = tenant
        self.log = log
        self.clock = clock
        self.bench = bench
        self.calls = calls
        self.live = live
        self.redact = redact
        self.brake = brake
        ranBefore = session.runningSince != nil
        watch = ClockWatch(clock.now())
        self.report = report
    }

    // MARK: Commands

    /// Decides on a command and commits what it leads to; returns the session after it.
    func perform(_ command: SessionCommand, by actor: Actor, commandId: String?) async throws -> Session {
        await take()
        defer { lock.release() }
        var events = try decide(command, in: session)
        // No run is under way that would tell how its call ended.
        let cut = command == .cancel && !isRunning ? try await settleCut() : Results()
        events.insert(contentsOf: cut.events, at: 0)
        try await commit(events, with: cut.appends, by: actor, commandId: commandId)
        if command == .cancel { current?.cancel() }
        return session
    }

    /// Commits events that were decided elsewhere on the session as it is, with the lock held.
    func perform(
        by actor: Actor, commandId: String?, _ decide: @Sendable (Session) async throws -> [SessionEvent]
    ) async throws -> Session {
        await take()
        defer { lock.release() }
        let events = try await decide(session)
        try await commit(events, by: actor, commandId: commandId)
        return session
    }

    /// Takes a checkpoint now, or where a call is under way at the next safe point; returns it, or nil for later.
    func checkpoint(named name: String?, by actor: Actor, commandId: String) async throws -> Checkpoint? {
        await take()
        defer { lock.release() }
        guard session.base != nil else {
            throw cannot("take a checkpoint of", session, hint: "it has no workspace yet")
        }
        // The files are half way between two checkpoints.
        guard session.state != .rollback else { throw cannot("take a checkpoint of", session) }
        if session.inflight != nil, session.state.isWorking {
            try await commit([.checkpointAsked(name: name)], by: actor, commandId: commandId)
            return nil
        }
        let event = try await takeCheckpoint(session, cause: "by hand", name: name, auto: false)
        try await commit([event], by: actor, commandId: commandId)
        return session.checkpoints.last
    }

    /// Brings a working session to a standstill: ends the call under way and pauses.
    func interrupt(by actor: Actor, commandId: String) async throws {
        _ = try await perform(.pause, by: actor, commandId: commandId)
        current?.cancel()
        if isRunning { await waitUntilIdle() } else { await run() }
    }

    /// Commits an intent on behalf of a `perform` that is under way and holds the lock.
    func note(_ events: [SessionEvent], by actor: Actor) async throws { try await commit(events, by: actor) }

    /// The hash of the session's last entry in the log that tells of work; zeros without one.
    func lastHash() async throws -> String {
        let (tenant, stream) = (tenant, SessionEvent.stream(id))
        return try await log.read { sql in
            try sql.first(
                "SELECT hash FROM events WHERE tenant = ? AND stream = ? AND type <> 'session.applying' ORDER BY version DESC LIMIT 1",
                [tenant, stream]
            ) {
                try $0.at(0, as: [UInt8].self).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            }
        } ?? String(repeating: "0", count: 64)
    }

    /// Notes that this host takes the session over from an earlier one; what it does next says so.
    func takeOver() { if !isRunning { isTakenOver = true } }

    /// Ends the run at its next safe point; the state stays as it is, so the next host goes on.
    ///
    /// A call that has not ended after the grace is cut, and undone where that is possible; nil waits for its end.
    func stop(grace: Duration?) async {
        isStopping = true
        guard let grace else { return await waitUntilIdle() }
        await withDiscardingTaskGroup { group in
            group.addTask {
                do { try await Task.sleep(for: grace) } catch { return }
                await self.cut()
            }
            await waitUntilIdle()
            group.cancelAll()
        }
    }

    private func cut() {
        isCut = true
        current?.cancel()
    }

    /// How long the session has run, without what the clock was set by; nil while it does not run here.
    var runningTime: Int64? {
        guard session.runningSince != nil, !ranBefore else { return nil }
        var watch = watch
        let now = clock.now()
        return session.ran(until: now.adding(milliseconds: -(watch.look(now) ?? 0) - unwritten))
    }

    /// Whether the rules have something to do while no run is under way.
    var wantsToRun: Bool {
        !isRunning && !isStopping && session.state.isWorking && session.state != .queued && !hasFailed
    }

    /// Returns when no call of the session is under way any more.
    func waitUntilIdle() async {
        guard isRunning else { return }
        await withCheckedContinuation { idleWaiters.append($0) }
    }
}
