import AgentOSCore
import EventLog
import Tools

/// Runs of a command-line agent: each is a call of the engine, told turn by turn as its agent reports them.
extension SessionRunner {
    /// Writes the intent of a run into the batch; false when the rules must look again instead.
    func intend(_ agent: AgentConfig, _ batch: inout Batch) async throws -> Bool {
        do {
            try await calls.admit(agent, batch.session)
            batch.add([start(of: agent, in: batch.session)])
            return true
        } catch let pause as PauseRequired {
            batch.add((pause.refusal.map { [.callRefused($0)] } ?? []) + [.paused(reason: pause.reason)])
            return false
        }
    }

    private func start(of agent: AgentConfig, in session: Session) -> SessionEvent {
        .modelStarted(callId: session.nextModelCallID, route: agent.name, reserved: nil)
    }

    /// Runs the agent to its end.
    func runAgent(_ agent: AgentConfig, _ session: Session) async throws -> Results {
        guard case .model(let callId) = session.inflight else { return Results() }
        talk = AgentTalk()
        live.begin(session.id, callId, source: agent.name)
        defer { live.end(session.id) }
        let left = session.config.limits.time.map { max(1, $0 - session.ran(until: clock.now())) }
        let (board, redact, id) = (live, redact, session.id)
        let end = await calls.agent(
            AgentRun(callId: callId, agent: agent, left: left), session, { await self.hear($0, of: agent) },
            { board.add(id, redact(String(decoding: $0, as: UTF8.self))) })
        // What it reported has been written meanwhile.
        guard case .model(let last) = self.session.inflight else { return Results() }
        switch end {
        case .never(let fault):
            return try await failed(last, fault.description, agent, wasMade: false)
        case .ran(let result, let text, let skipped, let wasIdle):
            if isCutByHost { return try await undoRun(last, agent) }
            if Task.isCancelled { return try await cut(last, "a person ended this run of the agent", agent) }
            if wasIdle {
                return try await cut(last, "the agent was silent for too long and was ended", agent)
            }
            if result.timedOut { return try await cut(last, "the agent was ended: its time was up", agent) }
            return try await answer(last, agent, result, text, skipped)
        }
    }

    /// Takes what the agent reports, writes down a turn that is complete, and returns whether the agent may go on.
    private func hear(_ report: AgentReport, of agent: AgentConfig) async -> Bool {
        if let line = liveLine(of: report) { live.add(session.id, redact(line) + "\n") }
        guard let turn = talk.add(report) else { return true }
        await take()
        defer { lock.release() }
        guard case .model(let callId) = session.inflight, !session.state.isEnded else { return false }
        do {
            let now = clock.now()
            var (batch, appends) = try await told(turn, callId, agent, cost: .zero, at: now)
            let goesOn = !mustStop(batch.session, now: now)
            if goesOn {
                batch.add([start(of: agent, in: batch.session)])
            } else {
                (batch, appends) = try await told(turn, callId, agent, cost: nil, at: now)
            }
            try await commit(batch.events, with: appends, by: .engine)
            return goesOn
        } catch {
            tell(error)
            return false
        }
    }

    private func tell(_ error: any Error) {
        report((error as? Fault) ?? Fault.failed("session \(id): its agent cannot be followed: \(error)"))
    }

    private func liveLine(of report: AgentReport) -> String? {
        switch report {
        case .said(let text): text
        case .called(let call): "→ \(call.name) \(callSubject(call).prefix(200))"
        case .began, .answered, .ended: nil
        }
    }

    /// A turn as the log tells it; `cost` nil where nobody will tell it any more.
    private func told(
        _ turn: AgentTurn, _ callId: CallID, _ agent: AgentConfig, cost: Money?, at now: Timestamp
    )
        async throws -> (Batch, [Append])
    {
        var batch = Batch(session: session, at: now)
        let end = CallEnd.reported(reference(of: agent), Usage(), cost)
        let settled = try await calls.settle(callId, batch.session, end)
        // The model's own ids need not differ from run to run.
        let calls = turn.calls.map { told in
            var call = told.call
            call.id = "\(callId).\(call.id)"
            return call
        }
        batch.add([
            .modelFinished(
                callId: callId,
                reply: ModelReply(
                    text: turn.text, calls: calls, usage: cost == nil ? Usage() : nil, finish: .tools,
                    model: reference(of: agent)), cost: cost),
            .progress(
                step: "turn \(session.turns + 1)", pct: usedShare(of: session, ran: session.ran(until: now))),
        ])
        for (call, told) in zip(calls, turn.calls) {
            let id = batch.session.nextToolCallID
            batch.add([
                .toolStarted(
                    ToolIntent(
                        callId: id, call: call, effect: session.config.isAgentConfined ? .confined : .outside,
                        checkpointId: session.checkpoints.last?.checkpointId, layer: self.calls.layer)),
                .toolFinished(callId: id, outcome: .done, result: told.result),
            ])
        }
        return (batch, settled.appends)
    }

    /// Whether a run ends after this turn: someone wants it to stand still, or a limit is reached.
    private func mustStop(_ session: Session, now: Timestamp) -> Bool {
        let ran = session.ran(until: now)
        return session.pauseAsked || brake.isOn || isStopping || exceededLimit(of: session, ran: ran) != nil
            || isIdle(session, ran: ran) || session.config.breaker != false && loop(in: session) != nil
    }

    private func reference(of agent: AgentConfig) -> ModelReference {
        ModelReference(provider: "agent", model: talk.model.map { "\(agent.name) \($0)" } ?? agent.name)
    }

    // MARK: Ends

    /// The agent has ended by itself.
    private func answer(
        _ callId: CallID, _ agent: AgentConfig, _ result: ConfinedResult, _ text: String, _ skipped: Int
    ) async throws -> Results {
        let answer = talk.answer
        if let stopped = result.stopped {
            return try await failed(callId, "the agent was ended: limit of the sandbox (\(stopped))", agent)
        }
        if let answer, answer.isError {
            return try await failed(
                callId, "the agent \(agent.name) failed: \(line(answer.text ?? "it did not say why"))", agent)
        }
        if answer == nil, result.exit != 0 {
            let last = text.split(whereSeparator: \.isNewline).last { !$0.hasPrefix("[") }.map {
                ": \(line(String($0)))"
            }
            let how = result.exit.map { "exit code \($0)" } ?? "signal \(result.signal ?? 0)"
            return try await failed(callId, "the agent \(agent.name) ended with \(how)\(last ?? "")", agent)
        }
        let now = clock.now()
        var batch = Batch(session: session, at: now)
        var appends: [Append] = []
        if let rest = talk.rest() {
            (batch, appends) = try await told(rest, callId, agent, cost: .zero, at: now)
            batch.add([start(of: agent, in: batch.session)])
        }
        guard case .model(let last) = batch.session.inflight else { return Results() }
        let words = agent.talk == .text ? trimmed(text) : answer?.text ?? talk.text
        let note = skipped == 0 ? "" : "\n[\(skipped) lines of the agent were not understood]"
        let reply = ModelReply(
            text: words + note, calls: [], usage: answer?.usage ?? Usage(), finish: .stop,
            model: reference(of: agent), milliseconds: result.milliseconds)
        let end = CallEnd.reported(reply.model, reply.usage ?? Usage(), answer?.cost)
        let settled = try await calls.settle(last, batch.session, end)
        let seen = session.said.filter { $0.receipt == .delivered }.map(\.messageId)
        batch.add([.modelFinished(callId: last, reply: reply, cost: settled.cost)])
        if !seen.isEmpty { batch.add([.seen(messageIds: seen)]) }
        return Results(batch.events, appends: appends + settled.appends)
    }

    /// A run that was cut: what it cost nobody knows.
    private func cut(_ callId: CallID, _ why: String, _ agent: AgentConfig) async throws -> Results {
        let settled = try await calls.settle(callId, session, .reported(reference(of: agent), Usage(), nil))
        let failure = ModelFailure(kind: .cancelled, message: why, usage: Usage())
        return Results([.modelFailed(callId: callId, failure: failure, cost: nil)], appends: settled.appends)
    }

    private func failed(_ callId: CallID, _ why: String, _ agent: AgentConfig, wasMade: Bool = true)
        async throws -> Results
    {
        guard wasMade else {
            return Results([
                .modelFailed(
                    callId: callId, failure: ModelFailure(kind: .rejected, message: why, attempts: 0),
                    cost: .zero),
                .failed(error: why),
            ])
        }
        let answer = talk.answer
        let usage = answer?.usage ?? Usage()
        let end = CallEnd.reported(reference(of: agent), usage, answer?.cost)
        let settled = try await calls.settle(callId, session, end)
        let failure = ModelFailure(kind: .server, message: why, usage: usage)
        return Results(
            [.modelFailed(callId: callId, failure: failure, cost: settled.cost), .failed(error: why)],
            appends: settled.appends)
    }

    /// A run that was cut by the end of its host (INV-4): undone and run again where it could change nothing but the
    /// workspace; else nobody knows what it did, and a person is asked.
    func undoRun(_ callId: CallID, _ agent: AgentConfig) async throws -> Results {
        let session = self.session
        if session.state.isEnded { return try await cut(callId, "its host ended during this run", agent) }
        guard session.config.isAgentConfined, let checkpoint = session.checkpoints.last else {
            let why = "the host ended during this run of the agent, which could reach outside"
            var results = try await cut(callId, why + ": it does not run again by itself", agent)
            results.events.append(
                session.config.unattended == .deny
                    ? .failed(error: why + ", and nobody is asked (unattended: deny)")
                    : .paused(reason: .recovery))
            return results
        }
        let (bench, tree) = (bench, checkpoint.tree)
        // A restore is finished even when the host is stopping: half of it would be neither one state nor the other.
        let restoring = Task { try await bench.restore(session, tree) }
        _ = try await restoring.value
        return try await cut(
            callId,
            "the host ended during this run of the agent: its files went back to \(checkpoint.checkpointId), and it runs again",
            agent)
    }
}

/// A text without the empty lines at its end.
private func trimmed(_ text: String) -> String {
    String(text[..<(text.lastIndex { !$0.isWhitespace }.map { text.index(after: $0) } ?? text.startIndex)])
}
