import AgentOSCore
import EventLog
import Ledger

/// What a gate that was run by hand came to.
enum HandGate: Sendable {
    /// It has a result, which is in the log.
    case done(GateOutcome)
    /// A person is asked, and this item is the question.
    case waits(ItemID)
}

/// Gates that a person runs on a session that does not work.
extension SessionRunner {
    /// Runs one gate on the files as they are; the result is an event like any other.
    func runGate(named name: String, by actor: Actor, commandId: String) async throws -> HandGate {
        // A run that has come to its end, or another gate by hand, leaves in a moment.
        if isRunning, !session.state.isWorking { await waitUntilIdle() }
        guard !isRunning else {
            throw Fault.refused(
                "cannot run a gate of \(id): something of it runs", hint: "wait for its end, or pause it")
        }
        // Nothing else of the session runs meanwhile; what a command starts waits for the end.
        isRunning = true
        defer {
            isRunning = false
            for waiter in idleWaiters { waiter.resume() }
            idleWaiters = []
        }
        let gate = try gate(named: name)
        let isCancelled = session.state == .cancelled
        let tree = try await presentTree(for: name, by: actor)
        switch gate.kind {
        case .human: return try await askAPerson(gate, tree, by: actor, commandId: commandId)
        case .judge(let rule): return .done(try await vote(gate, rule, tree, by: actor, commandId: commandId))
        case .run, .diff, .match, .schema, .present: break
        }
        let results = await carryOut(.runGate(gate), isAfterCancel: isCancelled)
        var found: GateOutcome?
        for event in results.events {
            switch event {
            case .gatePassed(let outcome), .gateFailed(let outcome): found = outcome
            case .failed(let error): throw Fault.failed("gate \(name) of \(id) could not run: \(error)")
            default: continue
            }
        }
        guard var outcome = found else { throw cut(gate) }
        outcome.byHand = true
        return .done(try await record(outcome, by: actor, commandId: commandId))
    }

    private func cut(_ gate: GateConfig) -> Fault {
        .failed("gate \(gate.name) of \(id) was cut before its end", hint: "run it again")
    }

    private func gate(named name: String) throws(Fault) -> GateConfig {
        let gates = session.config.gates
        if let gate = gates.first(where: { $0.name == name }) { return gate }
        let names = gates.map(\.name).joined(separator: ", ")
        throw .notFound(
            "\(id) has no gate '\(SafeText(name))'",
            hint: gates.isEmpty ? "it has none at all" : "it has \(names)")
    }

    /// The files as they are now; where they are not those of the last checkpoint, one is taken.
    private func presentTree(for name: String, by actor: Actor) async throws -> TreeID {
        await take()
        defer { lock.release() }
        guard !session.state.isWorking else {
            throw cannot(
                "run gate \(name) of", session, hint: "pause it first: agentos session pause \(id)")
        }
        guard session.base != nil, session.startTree != nil, let last = session.checkpoints.last else {
            throw cannot("run gate \(name) of", session, hint: "it has no files yet")
        }
        if session.areCheckpointsCleared { throw clearedFault(id) }
        try await settleOpenVote()
        if session.isWorkspaceCleared { return last.tree }
        let taken = try await takeCheckpoint(session, cause: "gate \(name)", name: nil, auto: true)
        guard case .checkpointTaken(let checkpoint) = taken else { return last.tree }
        if session.checkpoints.last?.tree != checkpoint.tree { try await commit([taken], by: actor) }
        return checkpoint.tree
    }

    /// Settles a vote by hand that an earlier process was cut in, with the lock held; nothing where there is none.
    private func settleOpenVote() async throws {
        guard !session.state.isWorking, case .model(let call) = session.inflight else { return }
        let settled = try await calls.settle(call, session, .lost)
        try await commit([.modelLost(callId: call, cost: settled.cost)], with: settled.appends, by: .engine)
    }

    /// Settles the vote by hand that an earlier process was cut in, before something leaves it behind.
    func settleLeft() async throws {
        await take()
        defer { lock.release() }
        try await settleOpenVote()
    }

    /// Settles a call that the ledger still holds money for where no run of this session will end it: a vote by hand that
    /// was cut, or a call that its log has left behind.
    func settle(_ open: OpenCall) async throws {
        await take()
        defer { lock.release() }
        if case .model(open.id) = session.inflight { return try await settleOpenVote() }
        // A run that is under way is not disturbed; the next start looks again.
        guard session.inflight == nil else { return }
        try await commit(
            [.modelLost(callId: open.id, cost: open.amount)],
            with: [try .losing(open, tenant: tenant, at: clock.now())], by: .engine)
    }

    private func record(
        _ outcome: GateOutcome, by actor: Actor, commandId: String, with others: [Append] = []
    ) async throws -> GateOutcome {
        await take()
        defer { lock.release() }
        try await commit(
            [outcome.passed ? .gatePassed(outcome) : .gateFailed(outcome)], with: others, by: actor,
            commandId: commandId)
        return session.gates.last { $0.gate == outcome.gate && $0.tree == outcome.tree } ?? outcome
    }

    // MARK: Votes

    /// Vote after vote until there is a result; what is paid is what the session's limits and the home's budgets allow.
    private func vote(
        _ gate: GateConfig, _ rule: JudgeRule, _ tree: TreeID, by actor: Actor, commandId: String
    ) async throws -> GateOutcome {
        let isCancelled = session.state == .cancelled
        while true {
            let votes = session.votes(for: gate.seat(on: tree, in: session, byHand: true))
            if votes.count >= rule.votes {
                let result = outcome(of: votes, gate, rule, tree, in: session, byHand: true)
                return try await record(result, by: actor, commandId: commandId)
            }
            if let limit = judgeLimit(of: session, ran: session.ranMilliseconds) {
                throw refused(gate, limit)
            }
            if let result = try await intendByHand(gate, tree, by: actor, commandId: commandId) {
                return result
            }
            let results = await carryOut(.callJudge(gate), isAfterCancel: isCancelled)
            await take()
            defer { lock.release() }
            let ended = results.events.filter(\.settlesACall)
            try await commit(ended, with: results.appends, by: .engine)
            if ended.contains(where: { if case .modelLost = $0 { true } else { false } }) || ended.isEmpty {
                throw cut(gate)
            }
        }
    }

    /// Writes the intent of a vote; or where no judge can be asked, the result.
    private func intendByHand(_ gate: GateConfig, _ tree: TreeID, by actor: Actor, commandId: String)
        async throws -> GateOutcome?
    {
        await take()
        defer { lock.release() }
        while true {
            var batch = Batch(session: session, at: clock.now())
            do {
                let asks = try await intendVote(gate, tree, byHand: true, &batch)
                try await commit(
                    batch.events, with: batch.appends, by: actor, commandId: asks ? nil : commandId)
                guard !asks else { return nil }
                let told = batch.events.compactMap {
                    if case .gateFailed(let outcome) = $0 { outcome } else { nil }
                }
                return told.first
            } catch is BudgetRefusal {
                continue
            } catch let pause as PauseRequired {
                throw refused(gate, "\(pause.reason)", pause.refusal.map { refusalText($0) })
            }
        }
    }

    private func refused(_ gate: GateConfig, _ reason: String, _ detail: String? = nil) -> Fault {
        Fault.refused(
            "cannot run gate \(gate.name) of \(id): \(reason)\(detail.map { ": \($0)" } ?? "")",
            hint: "a vote costs: agentos session set \(id) limits.cost=VALUE, or see: agentos cost")
    }

    // MARK: A person

    /// Asks once for these files in this attempt; an answer that is in the log is the result.
    private func askAPerson(_ gate: GateConfig, _ tree: TreeID, by actor: Actor, commandId: String)
        async throws -> HandGate
    {
        await take()
        defer { lock.release() }
        guard case .record(let events) = stepToPerson(gate, tree, in: session) else {
            throw Fault.failed("gate \(gate.name) of \(id) asks nobody")
        }
        for event in events {
            switch event {
            case .gatePassed(var outcome), .gateFailed(var outcome):
                outcome.byHand = true
                try await commit(
                    [outcome.passed ? .gatePassed(outcome) : .gateFailed(outcome)], by: actor,
                    commandId: commandId)
                return .done(outcome)
            case .asked(let request):
                if let open = session.requests.first(where: { $0.call.id == request.call.id }) {
                    return .waits(open.itemId)
                }
                try await commit([event], by: actor, commandId: commandId)
                return .waits(request.itemId)
            default: continue
            }
        }
        throw Fault.failed("gate \(gate.name) of \(id) asks nobody")
    }
}
