import AgentOSCore

extension SessionRunner {
    /// Does an effect and returns the events that tell how it went.
    ///
    /// Never throws: a failure is an event.
    func results(of effect: SessionEffect, in session: Session) async -> Results {
        do {
            switch effect {
            case .callModel:
                if let agent = session.config.agent { return try await runAgent(agent, session) }
                return try await callModel(session)
            case .callJudge: return try await callJudge(session)
            case .recover(.model(let callId)):
                guard let agent = session.config.agent, session.seat == nil else {
                    return try await lost(callId, session)
                }
                try await bench.settle(session.id)
                return try await undoRun(callId, agent)
            case .makeWorkspace, .setUp, .runTool, .runGate, .finish, .restore, .recover, .record,
                .checkpoint:
                return Results(try await events(of: effect, in: session))
            }
        } catch is CancellationError {
            return Results()
        } catch let fault as Fault {
            return Results([.failed(error: fault.description)])
        } catch {
            return Results([.failed(error: "\(error)")])
        }
    }

    private func events(of effect: SessionEffect, in session: Session) async throws -> [SessionEvent] {
        switch effect {
        case .makeWorkspace: return [.workspaceMade(try await bench.make(session))]
        case .setUp(let setup): return await setUp(setup, session)
        case .runTool(let call, _): return await runTool(call, session)
        case .runGate(let gate): return try await runGate(gate, session)
        case .finish: return try await finish(session)
        case .restore(let rollback): return try await restore(rollback, session)
        case .recover(let inflight): return try await recover(inflight, session)
        case .callModel, .callJudge, .record, .checkpoint: return []
        }
    }

    /// A model call that was cut: made again, and what it may have cost is counted.
    func lost(_ callId: CallID, _ session: Session) async throws -> Results {
        let settled = try await calls.settle(callId, session, .lost)
        return Results([.modelLost(callId: callId, cost: settled.cost)], appends: settled.appends)
    }

    private func setUp(_ setup: SetupConfig, _ session: Session) async -> [SessionEvent] {
        guard case .setup(let callId) = session.inflight else { return [] }
        return ended(callId, await calls.setUp(setup, callId, session))
    }

    private func ended(_ callId: CallID, _ result: ToolResult) -> [SessionEvent] {
        if Task.isCancelled { return [] }
        let end = SessionEvent.setupFinished(callId: callId, result: result)
        return result.isError ? [end, .failed(error: setupFailure(result))] : [end]
    }

    private func callModel(_ session: Session) async throws -> Results {
        guard case .model(let callId) = session.inflight else { return Results() }
        if let plan = session.context.compacting { return try await compact(plan, callId, session) }
        let request = try await request(for: session)
        live.begin(session.id, callId, source: "model")
        defer { live.end(session.id) }
        do {
            let board = live
            let reply = try await inTime(session) { [calls] in
                try await calls.model(request, session) { event in
                    if case .text(let more) = event { board.add(session.id, more) }
                }
            }
            // A vendor that does not say what was used may charge all that was reserved.
            let end = reply.usage.map { CallEnd.used(reply.model, $0) } ?? .lost
            let settled = try await calls.settle(callId, session, end)
            let room = AnswerRoom(window: window(of: session), allowed: request.maxOutputTokens)
            if let broken = brokenEnd(of: reply, cap: outputCap, room: room, in: session) {
                return Results(
                    [.modelFinished(callId: callId, reply: reply, cost: settled.cost), event(of: broken)],
                    appends: settled.appends)
            }
            let seen = session.said.filter { $0.receipt == .delivered }.map(\.messageId)
            let share = usedShare(of: session, ran: session.ran(until: clock.now()))
            return Results(
                [.modelFinished(callId: callId, reply: reply, cost: settled.cost)]
                    + (seen.isEmpty ? [] : [.seen(messageIds: seen)]) + [
                        .progress(step: "turn \(session.turns + 1)", pct: share)
                    ],
                appends: settled.appends)
        } catch let failure as ModelFailure {
            return try await results(of: failure, callId, session)
        } catch is TimeIsUp {
            return try await outOfTime(callId, session)
        }
    }

    /// What follows from a model call that failed: made again, made shorter by the rules, or the end.
    func results(of failure: ModelFailure, _ callId: CallID, _ session: Session) async throws -> Results {
        if failure.kind == .cancelled || Task.isCancelled { return try await lost(callId, session) }
        let settled = try await calls.settle(callId, session, end(of: failure))
        let failed = SessionEvent.modelFailed(callId: callId, failure: failure, cost: settled.cost)
        // What was held may be spent; the next try asks the budget for its own. Where nothing was held, the router
        // has tried as often as is meant.
        let wasHeld = session.reserved.map { $0 > .zero } ?? false
        let isWorthIt = wasHeld && failure.isWorthAnother == true && failure.mayBeCharged == true
        // A request that is too long is made shorter by the rules, or the session pauses.
        let goesOn = failure.kind == .context || isWorthIt && session.failedCalls < 2
        return Results(
            goesOn ? [failed] : [failed, .failed(error: failure.message)], appends: settled.appends)
    }

    /// What follows from a model call that the session's time limit ended.
    func outOfTime(_ callId: CallID, _ session: Session) async throws -> Results {
        let lost = try await lost(callId, session)
        return Results(lost.events + [.paused(reason: .limit("time"))], appends: lost.appends)
    }

    /// The answer of a call, or `TimeIsUp` where the session's time ends before it; the call is then cancelled.
    func inTime(
        _ session: Session, _ call: @escaping @Sendable () async throws -> ModelReply
    ) async throws -> ModelReply {
        guard let limit = session.config.limits.time else { return try await call() }
        let left = max(0, limit - session.ran(until: clock.now()))
        return try await withThrowingTaskGroup(of: ModelReply?.self) { group in
            group.addTask { try await call() }
            group.addTask {
                // Whoever is cancelled leaves it to the call to say so.
                do { try await Task.sleep(for: .milliseconds(left)) } catch { return nil }
                throw TimeIsUp()
            }
            defer { group.cancelAll() }
            while let ended = try await group.next() { if let ended { return ended } }
            throw CancellationError()
        }
    }

    private func event(of broken: BrokenEnd) -> SessionEvent {
        switch broken {
        case .limit(let reason): .paused(reason: reason)
        case .failure(let error): .failed(error: error)
        }
    }

    /// What a failed call is settled as: nothing where no vendor can have worked for it, else what was reserved.
    func end(of failure: ModelFailure) -> CallEnd {
        failure.mayHaveCost ? .lost : .notMade
    }

    private func runTool(_ call: ToolCall, _ session: Session) async -> [SessionEvent] {
        guard case .tool(let intent) = session.inflight else { return [] }
        live.begin(session.id, intent.callId, source: call.name)
        defer { live.end(session.id) }
        let board = live
        let left = session.config.limits.time.map { max(1000, $0 - session.ran(until: clock.now())) }
        let remaining = [left, session.config.limits.idle].compactMap { $0 }.min()
        let result = await calls.tool(intent, session, remaining) { bytes in
            board.add(session.id, String(decoding: bytes, as: UTF8.self))
        }
        guard Task.isCancelled else {
            return [.toolFinished(callId: intent.callId, outcome: .done, result: result)]
        }
        if isCutByHost, let events = try? await undo(intent, session) { return events }
        var ended = result
        ended.text = "A person ended this call before it was done.\n" + result.text
        ended.isError = true
        return [.toolFinished(callId: intent.callId, outcome: .cancelled, result: ended)]
    }

    private func runGate(_ gate: GateConfig, _ session: Session) async throws -> [SessionEvent] {
        guard let tree = session.checkpoints.last?.tree else { return [] }
        live.begin(session.id, CallID("\(session.id).gate"), source: "gate \(gate.name)")
        defer { live.end(session.id) }
        let outcome = try await calls.gate(gate, tree, session)
        if Task.isCancelled { return [] }
        return [outcome.passed ? .gatePassed(outcome) : .gateFailed(outcome)]
    }

    private func finish(_ session: Session) async throws -> [SessionEvent] {
        guard let start = session.startTree, let last = session.checkpoints.last else { return [] }
        let diff = try await bench.diff(session, start, last.tree)
        let words = session.messages.reversed().compactMap {
            if case .assistant(let text, _) = $0 { text } else { nil }
        }.first
        return [
            .completed(
                SessionOutcome(
                    text: words ?? "", tree: last.tree, files: diff.files.count, added: diff.added,
                    removed: diff.removed))
        ]
    }

    private func restore(_ rollback: Rollback, _ session: Session) async throws -> [SessionEvent] {
        guard rollback.files,
            let target = session.checkpoints.first(where: { $0.checkpointId == rollback.checkpointId })
        else {
            return [.rolledBack(checkpointId: rollback.checkpointId, files: 0)]
        }
        let files = try await bench.restore(session, target.tree)
        return [.rolledBack(checkpointId: rollback.checkpointId, files: files)]
    }

    // MARK: Recovery (INV-4)

    private func recover(_ inflight: Session.Inflight, _ session: Session) async throws -> [SessionEvent] {
        try await bench.settle(session.id)
        switch inflight {
        case .model: return []
        case .tool(let intent):
            if let result = calls.finished(intent.callId, session) {
                return [.toolFinished(callId: intent.callId, outcome: .done, result: result)]
            }
            return try await undo(intent, session)
        case .setup(let callId):
            if let result = calls.finished(callId, session) { return ended(callId, result) }
            return session.config.setup.map { setupCut(callId, $0, in: session) } ?? []
        case .gate(let name):
            guard let gate = session.config.gates.first(where: { $0.name == name }) else { return [] }
            return try await runGate(gate, session)
        }
    }

    /// A cut call: only read → again; confined → files back and again; outside → nobody knows, and it is told.
    private func undo(_ intent: ToolIntent, _ session: Session) async throws -> [SessionEvent] {
        // A command may have ended the session meanwhile: its files stay as they are.
        if self.session.state.isEnded { return [cutForGood(intent.callId)] }
        switch intent.effect {
        case .read: return [.toolUndone(callId: intent.callId, checkpointId: nil)]
        case .confined:
            guard let id = intent.checkpointId,
                let checkpoint = session.checkpoints.first(where: { $0.checkpointId == id })
            else {
                return [.toolUndone(callId: intent.callId, checkpointId: nil)]
            }
            let (bench, tree) = (bench, checkpoint.tree)
            // A restore is finished even when the host is stopping: half of it would be neither one state nor the other.
            let restoring = Task { try await bench.restore(session, tree) }
            _ = try await restoring.value
            return [.toolUndone(callId: intent.callId, checkpointId: id)]
        case .outside:
            let text =
                "The outcome of this call is unknown: its host ended while it ran, and it may have acted outside the workspace. "
                + "It was not run again. Find out what it did before you repeat anything."
            return [
                .toolFinished(
                    callId: intent.callId, outcome: .unknown, result: ToolResult(text: text, isError: true))
            ]
        }
    }
}

extension SessionRunner {
    /// Settles the call under way of a session that is cancelled while nothing runs it, so that none stays open.
    func settleCut() async throws -> Results {
        switch session.inflight {
        case .model(let callId):
            // Nobody else would settle what was reserved.
            let settled = try await calls.settle(callId, session, .lost)
            return Results([.modelLost(callId: callId, cost: settled.cost)], appends: settled.appends)
        case .tool(let intent):
            guard let result = calls.finished(intent.callId, session) else {
                return Results([cutForGood(intent.callId)])
            }
            return Results([.toolFinished(callId: intent.callId, outcome: .done, result: result)])
        case .setup, .gate, nil: return Results()
        }
    }
}

/// The end of a call that was cut in a session that has ended: nothing is put back and nothing run again.
private func cutForGood(_ callId: CallID) -> SessionEvent {
    .toolFinished(
        callId: callId, outcome: .cancelled,
        result: ToolResult(
            text:
                "Its host ended before this call was done. It was not run again, and its files stay as they are.",
            isError: true))
}

/// The session's running time ended during a call.
struct TimeIsUp: Error {}
