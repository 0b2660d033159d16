import AgentOSCore
import EventLog

/// The engine of sessions: makes them, queues them, runs them, answers for them.
public actor PulseEngine {
    let setting: PulseSetting
    /// What calls under way have written so far.
    public nonisolated let live: LiveBoard
    private var runners: [SessionID: SessionRunner] = [:]
    private var busy: Set<SessionID> = []
    private let (pokes, poke) = AsyncStream.makeStream(of: SessionID.self)
    /// Whether sessions are run here, or commands only carried out on the store.
    private var isServing = false
    private var isStopping = false
    /// Queued sessions that could not be loaded or started; they hold up nobody else.
    private var unstartable: Set<SessionID> = []
    /// The session that alone is run where only the first one is.
    private var first: SessionID?
    /// The sessions of the chain that alone is run where only the first one is.
    private var adopted: Set<SessionID> = []
    private var isDraining = false
    /// Whether the home is being cleared.
    var isClearing = false
    private var idleWaiters: [CheckedContinuation<Void, Never>] = []
    private var alarm = QueueAlarm()
    /// How often something ended or left the queue, for those that wait until nothing is left.
    private var changes = 0
    private var changeWaiters: [CheckedContinuation<Void, Never>] = []

    /// An engine over a log; it runs nothing before `run`.
    public init(_ setting: PulseSetting) {
        self.setting = setting
        live = LiveBoard(redact: setting.redact)
    }

    // MARK: Service

    /// Takes up what an earlier host left, then runs sessions until `stop`.
    public func run() async throws {
        isServing = true
        try await takeUp()
        await withDiscardingTaskGroup { group in
            for await id in pokes {
                guard let runner = runners[id] else { continue }
                group.addTask {
                    await runner.run()
                    await self.ended(id)
                }
            }
        }
    }

    /// Brings every run to a standstill at its next safe point, however long its call takes, and starts none.
    public func standDown() async {
        isStopping = true
        await stopRunners(grace: nil)
    }

    private func stopRunners(grace: Duration?) async {
        await withDiscardingTaskGroup { group in
            for runner in busy.compactMap({ runners[$0] }) {
                group.addTask { await runner.stop(grace: grace) }
            }
        }
    }

    /// Ends every run at its next safe point and then `run` itself.
    ///
    /// The states stay, so the next host goes on.
    public func stop(grace: Duration) async {
        isStopping = true
        alarm.set(nil, now: setting.clock.now()) {}
        noteChange()
        await stopRunners(grace: grace)
        setting.bench.letGo()
        poke.finish()
    }

    /// Takes no more sessions from the queue.
    public func drain() {
        isDraining = true
        noteChange()
    }

    /// Whether nothing runs and nothing in the queue will.
    ///
    /// What waits for a person, or cannot be started, is not for this host to wait for; what waits for its time is.
    public func isIdle() async throws -> Bool {
        guard busy.isEmpty, try await !hasQueued() else { return false }
        // What waited may have been started while the queue was read.
        return busy.isEmpty
    }

    /// Returns when nothing runs and nothing in the queue will, or the engine is stopped.
    public func waitUntilNothingIsLeft() async throws {
        while !isStopping {
            let seen = changes
            if try await isIdle() { return }
            if changes == seen, !isStopping { await withCheckedContinuation { changeWaiters.append($0) } }
        }
    }

    /// Lets those look again that wait until nothing is left.
    func noteChange() {
        changes += 1
        for waiter in changeWaiters { waiter.resume() }
        changeWaiters = []
    }

    /// Returns when nothing runs any more.
    public func waitUntilIdle() async {
        guard !busy.isEmpty else { return }
        await withCheckedContinuation { idleWaiters.append($0) }
    }

    private func takeUp() async throws {
        guard !setting.runsOnlyFirst else { return }
        let working = try await setting.log.read { [tenant = setting.tenant] sql in
            try sql.rows(
                "SELECT id FROM sessions WHERE tenant = ? AND state IN ('RUNNING', 'CHECKPOINT', 'GATE_CHECK', 'ROLLBACK') ORDER BY created",
                [tenant]
            ) { try $0.at(0, as: SessionID.self) }
        }
        for id in working {
            do {
                // A query may have loaded it already.
                try await runner(for: id).takeOver()
                go(id)
            } catch {
                setting.report(Fault.failed("session \(id) cannot be taken up: \(error)"))
            }
        }
        try await putBackHalfDeliveries()
        // A host may have ended while it let everything go on.
        if !isPausedAll { _ = try await releaseBraked(by: .engine) }
        try await startQueued()
    }

    /// Has a session's run go on; nothing happens while one is under way.
    func go(_ id: SessionID) {
        guard isServing, !isStopping, isOurs(id), busy.insert(id).inserted else { return }
        poke.yield(id)
    }

    private func ended(_ id: SessionID) async {
        busy.remove(id)
        // A command may have come between the last step and here.
        if let runner = runners[id], await runner.wantsToRun, !isStopping { go(id) }
        if !isStopping {
            do { try await startQueued() } catch is CancellationError {
                // The host is ending: the queue waits for the next one.
            } catch {
                setting.report(
                    Fault.failed(
                        "the queue cannot be read: \(error)", hint: "restart the host: agentos host restart"))
            }
        }
        noteChange()
        guard busy.isEmpty else { return }
        for waiter in idleWaiters { waiter.resume() }
        idleWaiters = []
    }

    /// Starts queued sessions as far as the rule of the queue lets it, and sets the timer for those that wait for theirs.
    func startQueued() async throws {
        while isServing, !isStopping, busy.count < setting.capacity.home {
            let state = try await queueState()
            let now = setting.clock.now()
            guard let id = nextToStart(state, now: now) else {
                return alarm.set(nextTime(state.queue, now: now), now: now) { [weak self] in
                    await self?.timeHasCome()
                }
            }
            // Two that look at the queue at once may choose the same session; it is run once.
            guard busy.insert(id).inserted else { return }
            // A host that began to stop meanwhile leaves it to the next one.
            if await start(id), !isStopping { poke.yield(id) } else { busy.remove(id) }
        }
    }

    private func timeHasCome() async {
        alarm.rang()
        do { try await startQueued() } catch is CancellationError {
            // The host is ending: the queue waits for the next one.
        } catch {
            setting.report(
                Fault.failed(
                    "the queue cannot be read: \(error)", hint: "restart the host: agentos host restart"))
        }
    }

    /// Whether a session is run right now.
    func isBusy(_ id: SessionID) -> Bool { busy.contains(id) }

    /// Whether a session could not be started here.
    func isUnstartable(_ id: SessionID) -> Bool { unstartable.contains(id) }

    /// The models of the sessions that are run, nil where one is just being taken up.
    var busyModels: [String?] { busy.map { runners[$0]?.model } }

    /// Whether no more sessions are taken from the queue.
    var isTakingNoMore: Bool { isDraining }

    /// Whether a session is run here at all.
    func isOurs(_ id: SessionID) -> Bool { !setting.runsOnlyFirst || first == id || adopted.contains(id) }

    /// Has a session of a chain run here, where only the first one is.
    func adopt(_ id: SessionID) { if setting.runsOnlyFirst { adopted.insert(id) } }

    /// A session by its full id as the log has it: a follower hears of a commit before the runner that made it goes on.
    func session(_ id: SessionID) async throws -> Session {
        let known = try await runner(for: id).session
        return try await setting.log.read { [tenant = setting.tenant] sql in
            let version = try sql.streamVersion(tenant: tenant, stream: SessionEvent.stream(id))
            guard known.version < version else { return known }
            return try Session.load(id, tenant: tenant, in: sql) ?? known
        }
    }

    /// Notes which session was started here first.
    func claim(_ id: SessionID) { first = first ?? id }

    /// Takes a queued session up; false where that is not possible, which is told.
    private func start(_ id: SessionID) async -> Bool {
        let layer = setting.calls.layer
        do {
            let now = setting.clock.now()
            let session = try await runner(for: id).perform(by: .engine, commandId: nil) { session in
                let isDue = session.notBefore.map { $0 <= now } ?? true
                return session.state == .queued && isDue ? [.started(layer: layer)] : []
            }
            return session.state == .running
        } catch {
            unstartable.insert(id)
            noteChange()
            setting.report(Fault.failed("session \(id) cannot be started: \(error)"))
            return false
        }
    }

    // MARK: Runners

    /// The runner of a session by its full id.
    func runner(for id: SessionID) async throws -> SessionRunner {
        if let runner = runners[id] { return runner }
        let loaded = try await setting.log.read { [tenant = setting.tenant] sql in
            try Session.load(id, tenant: tenant, in: sql)
        }
        if let runner = runners[id] { return runner }
        guard let loaded else {
            throw Fault.notFound("there is no session \(id)", hint: "see: agentos session list")
        }
        return keep(loaded)
    }

    private func keep(_ session: Session) -> SessionRunner {
        let runner = SessionRunner(
            session: session, tenant: setting.tenant, log: setting.log, clock: setting.clock,
            bench: setting.bench,
            calls: setting.calls, live: live,
            redact: setting.redact.and(secrets(of: session.config.agent, in: setting.environment)),
            brake: setting.brake,
            report: setting.report)
        runners[session.id] = runner
        return runner
    }

    /// Whether everything stands still.
    public nonisolated var isPausedAll: Bool { setting.brake.isOn }

    /// Whether sessions are run in this process.
    var isServingSessions: Bool { isServing && !isStopping }
}
