import AgentOSCore
import EventLog

/// Runs one session: asks the rules for the next step, writes the intent, does it, writes the result.
///
/// It alone appends to the session's stream. Commands and the run's own steps take turns at a lock, so both
/// always decide on what is in the log.
actor SessionRunner {
    let id: SessionID
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

    private(set) var session: Session
    private var lock = AsyncLock()
    /// The effect under way, so that a command can end it.
    private var current: Task<Results, Never>?
    private var isRunning = false
    private var isStopping = false
    /// Whether this host has taken the session over from an earlier one and has not said so yet.
    private var isTakenOver: Bool
    private var idleWaiters: [CheckedContinuation<Void, Never>] = []
    /// Whether the last run ended because the log or the files could not be written.
    private var hasFailed = false

    init(
        session: Session, tenant: TenantID, log: EventLog, clock: WallClock, bench: Workbench,
        calls: CallPort,
        live: LiveBoard, redact: Redactor, isTakenOver: Bool, report: @escaping @Sendable (Fault) -> Void
    ) {
        id = session.id
        self.session = session
        self.tenant = tenant
        self.log = log
        self.clock = clock
        self.bench = bench
        self.calls = calls
        self.live = live
        self.redact = redact
        self.isTakenOver = isTakenOver
        self.report = report
    }

    // MARK: Commands

    /// Decides on a command and commits what it leads to; returns the session after it.
    func perform(_ command: SessionCommand, by actor: Actor, commandId: String?) async throws -> Session {
        await take()
        defer { lock.release() }
        var events = try decide(command, in: session)
        var appends: [Append] = []
        if command == .cancel, !isRunning, case .model(let callId) = session.inflight {
            // No run is under way that would settle what was reserved.
            let settled = try await calls.settle(callId, session, .lost)
            events.insert(.modelLost(callId: callId, cost: settled.cost), at: 0)
            appends = settled.appends
        }
        try await commit(events, with: appends, by: actor, commandId: commandId)
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

    /// Ends the run at its next safe point; the state stays as it is, so the next host goes on.
    ///
    /// A call that has not ended after the grace is cut, and undone where that is possible; nil waits for its end.
    func stop(grace: Duration?) async {
        isStopping = true
        let alarm = grace.map { grace in
            Task {
                try? await Task.sleep(for: grace)
                if !Task.isCancelled { self.cut() }
            }
        }
        await waitUntilIdle()
        alarm?.cancel()
    }

    private func cut() { current?.cancel() }

    /// Whether the rules have something to do while no run is under way.
    var wantsToRun: Bool {
        !isRunning && !isStopping && session.state.isWorking && session.state != .queued && !hasFailed
    }

    /// Returns when no call of the session is under way any more.
    func waitUntilIdle() async {
        guard isRunning else { return }
        await withCheckedContinuation { idleWaiters.append($0) }
    }

    // MARK: The run

    /// Does step after step until it is somebody else's turn.
    ///
    /// Returns at once when a run is under way.
    func run() async {
        guard !isRunning else { return }
        (isRunning, hasFailed) = (true, false)
        defer {
            isRunning = false
            for waiter in idleWaiters { waiter.resume() }
            idleWaiters = []
        }
        var results = Results()
        while true {
            do {
                // Results are written down even when the task was cancelled meanwhile.
                guard let effect = try await advance(with: results), !Task.isCancelled else { return }
                results = await carryOut(effect)
            } catch let fault as Fault {
                hasFailed = true
                report(Fault(fault.code, "session \(id) stands still: \(fault.message)", hint: fault.hint))
                return
            } catch {
                hasFailed = true
                report(
                    Fault.failed(
                        "session \(id) stands still: \(error)", hint: "restart the host: agentos host restart"
                    ))
                return
            }
        }
    }

    /// Appends the results of the last effect with everything that the rules alone decide after them and the
    /// intent of the next effect, in one commit; returns that effect.
    private func advance(with results: Results) async throws -> SessionEffect? {
        await take()
        defer { lock.release() }
        let now = clock.now()
        var batch = Batch(session: session, at: now)
        if isTakenOver {
            isTakenOver = false
            batch.add([.recovered(undone: willUndo(session) ? 1 : 0)])
        }
        // A session that was ended meanwhile stays ended: only what its calls came to is still written.
        batch.add(session.state.isEnded ? results.events.filter(\.settlesACall) : results.events)
        batch.appends = results.appends
        while true {
            if isStopping {
                if batch.session.inflight == nil, batch.session.filesTouched || batch.session.turnOpen,
                    !batch.session.state.isEnded
                {
                    batch.add([
                        try await takeCheckpoint(batch.session, cause: "host stop", name: nil, auto: true)
                    ])
                }
                try await commit(batch.events, with: batch.appends, by: .engine)
                return nil
            }
            if batch.session.inflight == nil, batch.session.base != nil, batch.session.reason != .disk,
                let name = batch.session.wantedCheckpoints.first
            {
                batch.add([
                    try await checkpointOrPause(batch.session, cause: "by hand", name: name, auto: false)
                ])
                continue
            }
            guard
                let effect = nextStep(
                    for: batch.session, now: now,
                    effectOf: { [session = batch.session] in calls.effect($0, session) })
            else {
                try await commit(batch.events, with: batch.appends, by: .engine)
                return nil
            }
            switch effect {
            case .record(let events): batch.add(events)
            case .checkpoint(let cause):
                batch.add([try await checkpointOrPause(batch.session, cause: cause, name: nil, auto: true)])
            case .makeWorkspace, .setUp, .callModel, .runTool, .runGate, .finish, .restore, .recover:
                if let ready = try await intend(effect, &batch) {
                    try await commit(batch.events, with: batch.appends, by: .engine)
                    return ready
                }
            }
        }
    }

    /// Writes the intent of an effect into the batch; nil when the rules must look again instead.
    private func intend(_ effect: SessionEffect, _ batch: inout Batch) async throws -> SessionEffect? {
        switch effect {
        case .setUp: batch.add([.setupStarted(callId: CallID("\(id).setup"))])
        case .runTool(let call, let effectClass):
            batch.add([
                .toolStarted(
                    ToolIntent(
                        callId: batch.session.nextToolCallID, call: call, effect: effectClass,
                        checkpointId: batch.session.checkpoints.last?.checkpointId,
                        layer: call.name == "shell" ? calls.layer : nil))
            ])
        case .runGate(let gate):
            guard let tree = batch.session.checkpoints.last?.tree else { return effect }
            batch.add([.gateStarted(gate: gate.name, tree: tree, attempt: batch.session.gateAttempt)])
        case .callModel:
            do {
                outputCap = nil
                let plan = try await calls.plan(try await request(for: batch.session), batch.session)
                batch.add([
                    .modelStarted(
                        callId: batch.session.nextModelCallID, route: batch.session.config.model,
                        reserved: plan.reserved)
                ])
                batch.appends += plan.appends
                outputCap = plan.maxOutputTokens
            } catch let pause as PauseRequired {
                batch.add([.paused(reason: pause.reason)])
                return nil
            } catch let fault as Fault {
                batch.add([.failed(error: fault.description)])
                return nil
            }
        case .makeWorkspace, .finish, .restore, .recover, .record, .checkpoint: break
        }
        return effect
    }

    /// The workspace's notes for agents, once they have been found: checkpoint 0 holds them, and it never changes.
    var notes: String?

    /// What the model may write in the call that is about to be made.
    var outputCap: Int?

    private func carryOut(_ effect: SessionEffect) async -> Results {
        let before = session
        let task = Task { await self.results(of: effect, in: before) }
        current = task
        defer { current = nil }
        if session.state == .cancelled { task.cancel() }
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Whether the host is being stopped: a call cut by that is undone, not answered.
    var isBeingStopped: Bool { isStopping }

    // MARK: Writing

    func takeCheckpoint(_ session: Session, cause: String, name: String?, auto: Bool) async throws
        -> SessionEvent
    {
        let taken = try await bench.snapshot(session)
        return .checkpointTaken(
            Checkpoint(
                checkpointId: session.nextCheckpointID, number: session.checkpoints.count, tree: taken.tree,
                files: taken.files,
                name: name, cause: cause, auto: auto, messages: session.messages.count, turn: session.turns,
                notes: taken.notes, quarantined: taken.quarantined))
    }

    /// A checkpoint; or, where the files cannot be kept, a pause: what was done since is written down, and a resume
    /// tries again.
    private func checkpointOrPause(_ session: Session, cause: String, name: String?, auto: Bool) async throws
        -> SessionEvent
    {
        do {
            return try await takeCheckpoint(session, cause: cause, name: name, auto: auto)
        } catch let fault as Fault where session.state.isWorking {
            report(Fault(fault.code, "session \(id) is paused: \(fault.message)", hint: fault.hint))
            return .paused(reason: .disk)
        }
    }

    private func commit(
        _ events: [SessionEvent], with others: [Append] = [], by actor: Actor, commandId: String? = nil
    ) async throws {
        guard !events.isEmpty else { return }
        let at = clock.now()
        let stream = SessionEvent.stream(id)
        let (clean, stored) = try redacted(events)
        let own = Append(
            tenant: tenant, stream: stream, expectedVersion: session.version,
            events: stored, actor: actor, at: at, commandId: commandId)
        let records = try await log.append([own] + others)
        guard let last = records.last(where: { $0.stream == stream }), last.version > session.version else {
            return
        }
        for event in clean { session.apply(event, at: at) }
    }

    /// The events without secrets, and as they are stored.
    private func redacted(_ events: [SessionEvent]) throws -> ([SessionEvent], [NewEvent]) {
        var clean: [SessionEvent] = []
        var stored: [NewEvent] = []
        for event in events {
            var new = try event.encoded(for: id)
            let payload = redact(new.payload)
            if payload == new.payload {
                clean.append(event)
            } else {
                new.payload = payload
                clean.append(try SessionEvent(type: new.type, payload: payload) ?? event)
            }
            stored.append(new)
        }
        return (clean, stored)
    }

    private func take() async {
        if lock.tryTake() { return }
        await withCheckedContinuation { lock.enqueue($0) }
    }

    private func willUndo(_ session: Session) -> Bool {
        guard case .tool(let intent) = session.inflight else { return false }
        return intent.effect == .confined && calls.finished(intent.callId, session) == nil
    }
}
