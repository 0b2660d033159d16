import AgentOSCore
import EventLog
import Ledger

extension SessionRunner {
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
        batch.add(clockEvents(now))
        if isTakenOver, !session.state.isEnded {
            isTakenOver = false
            let from = await bench.earlierHost(id)
            batch.add([.recovered(undone: willUndo(session) ? 1 : 0, from: from)])
        }
        // A session that was ended meanwhile stays ended: only what its calls came to is still written.
        batch.add(session.state.isEnded ? results.events.filter(\.settlesACall) : results.events)
        batch.add(budgetEvents(of: batch.session))
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
            if batch.session.inflight == nil, batch.session.base != nil,
                batch.session.reason != .disk, batch.session.reason != .files,
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
                    isHeld: brake.isOn,
                    effectOf: { [session = batch.session] in calls.effect($0, session) })
            else {
                try await commit(batch.events, with: batch.appends, by: .engine)
                return nil
            }
            switch effect {
            case .record(let events): batch.add(await explained(events, batch.session))
            case .checkpoint(let cause):
                batch.add([try await checkpointOrPause(batch.session, cause: cause, name: nil, auto: true)])
            case .makeWorkspace, .setUp, .callModel, .callJudge, .runTool, .runGate, .finish, .restore,
                .recover:
                let before = batch
                guard let ready = try await intend(effect, &batch) else { continue }
                do {
                    try await commit(batch.events, with: batch.appends, by: .engine)
                    return ready
                } catch is BudgetRefusal {
                    // Another session's call was quicker: what is left now decides.
                    batch = before
                }
            }
        }
    }

    /// Writes the intent of an effect into the batch; nil when the rules must look again instead.
    private func intend(_ effect: SessionEffect, _ batch: inout Batch) async throws -> SessionEffect? {
        switch effect {
        case .setUp: batch.add([.setupStarted(callId: batch.session.nextSetupID)])
        case .runTool(let call, let effectClass):
            batch.add([
                .toolStarted(
                    ToolIntent(
                        // What the vendor wants back stands in the reply already.
                        callId: batch.session.nextToolCallID,
                        call: ToolCall(id: call.id, name: call.name, arguments: call.arguments),
                        effect: effectClass,
                        checkpointId: batch.session.checkpoints.last?.checkpointId,
                        layer: call.name == "shell" ? calls.layer : nil))
            ])
        case .runGate(let gate):
            guard let tree = batch.session.checkpoints.last?.tree else { return effect }
            batch.add([.gateStarted(gate: gate.name, tree: tree, attempt: batch.session.gateAttempt)])
        case .callModel:
            if let agent = batch.session.config.agent {
                return try await intend(agent, &batch) ? effect : nil
            }
            do {
                outputCap = nil
                if let events = try await makeRoom(for: batch.session) {
                    batch.add(events)
                    return nil
                }
                let plan = try await calls.plan(try await request(for: batch.session), batch.session)
                batch.add([
                    .modelStarted(
                        callId: batch.session.nextModelCallID, route: batch.session.config.model,
                        reserved: plan.reserved)
                ])
                batch.appends += plan.appends
                outputCap = plan.cap
            } catch let pause as PauseRequired {
                batch.add((pause.refusal.map { [.callRefused($0)] } ?? []) + [.paused(reason: pause.reason)])
                return nil
            } catch let fault as Fault {
                batch.add([.failed(error: fault.description)])
                return nil
            }
        case .callJudge(let gate):
            guard let tree = batch.session.checkpoints.last?.tree,
                try await intendVote(gate, tree, byHand: false, &batch)
            else { return nil }
        case .makeWorkspace, .finish, .restore, .recover, .record, .checkpoint: break
        }
        return effect
    }

    /// A pause at the limit of cost, with what the next call would need; where that cannot be said, without it.
    private func explained(_ events: [SessionEvent], _ session: Session) async -> [SessionEvent] {
        guard events == [.paused(reason: .limit("cost"))], session.config.agent == nil else { return events }
        outputCap = nil
        do {
            _ = try await calls.plan(try await request(for: session), session)
        } catch let pause as PauseRequired where pause.reason == .limit("cost") {
            return (pause.refusal.map { [.callRefused($0)] } ?? []) + events
        } catch {
            // It cannot be called for another reason, which the resume will tell.
        }
        return events
    }

    /// Does an effect in a task that a command can end; `isAfterCancel` where it was begun on a session cancelled before.
    func carryOut(_ effect: SessionEffect, isAfterCancel: Bool = false) async -> Results {
        let before = session
        let task = Task { await self.results(of: effect, in: before) }
        current = task
        defer { current = nil }
        if isCut || (session.state == .cancelled && !isAfterCancel) { task.cancel() }
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Whether the call under way was cut by the end of its host: it is undone, not answered.
    ///
    /// A call that a person ends while the host waits for its result is theirs: what it wrote stays.
    var isCutByHost: Bool { isCut && !session.state.isEnded }

    private func willUndo(_ session: Session) -> Bool {
        if case .model = session.inflight, session.config.agent != nil {
            return session.config.isAgentConfined
        }
        guard case .tool(let intent) = session.inflight else { return false }
        return intent.effect == .confined && calls.finished(intent.callId, session) == nil
    }
}
