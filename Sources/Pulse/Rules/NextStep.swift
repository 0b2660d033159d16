import AgentOSCore

/// What the engine must now do for a session.
public enum SessionEffect: Hashable, Sendable {
    /// Only write these down: the rules alone decided.
    case record([SessionEvent])
    /// Make the workspace.
    case makeWorkspace
    /// Run the command that prepares it.
    case setUp(SetupConfig)
    /// Take a checkpoint.
    case checkpoint(cause: String)
    /// Call the model.
    case callModel
    /// Run a tool.
    case runTool(ToolCall, EffectClass)
    /// Run a gate.
    case runGate(GateConfig)
    /// Ask a judge for its next vote.
    case callJudge(GateConfig)
    /// Compare with checkpoint 0 and end.
    case finish
    /// Put the files back.
    case restore(Rollback)
    /// Take up a call that was cut.
    case recover(Session.Inflight)
}

/// What the engine must now do for a session; nil when it is somebody else's turn.
///
/// A function of the state alone, so normal running and the restart after a crash are the same: fold the
/// log, ask for the next step, do it. `effectOf` tells the class of a call, nil for a tool that does not exist.
///
/// `isHeld` says that everything stands still: then the session pauses at its next safe point too.
func nextStep(
    for session: Session, now: Timestamp, isHeld: Bool = false, effectOf: (ToolCall) -> EffectClass?
) -> SessionEffect? {
    switch session.state {
    case .created, .queued, .paused, .complete, .failed, .rolledBack, .cancelled: return nil
    case .rollback: return session.rollback.map { .restore($0) }
    case .running, .checkpoint, .gateCheck: break
    }
    let stop: PauseReason? = session.pauseAsked ? .operatorAsked : isHeld ? .pauseAll : nil
    if let inflight = session.inflight {
        if leavesNothing(inflight) {
            if let stop { return .record([.paused(reason: stop)]) }
            if session.takeovers >= 3 { return .record([.paused(reason: .recovery)]) }
        }
        return .recover(inflight)
    }
    if session.takeovers >= 3 { return .record([.paused(reason: .recovery)]) }
    if let stop, session.checkpoints.isEmpty { return .record([.paused(reason: stop)]) }
    if session.base == nil { return .makeWorkspace }
    if let setup = session.config.setup, !session.isSetUp { return .setUp(setup) }
    if session.checkpoints.isEmpty { return .checkpoint(cause: "start") }
    if let stop {
        return session.filesTouched || session.turnOpen
            ? .checkpoint(cause: "pause") : .record([.paused(reason: stop)])
    }
    // What a command-line agent calls it runs itself.
    if session.config.agent == nil, let call = session.waitingCalls.first {
        if session.isSteered { return .record(session.waitingCalls.map { _ in leftOut(session) }) }
        return step(toward: call, in: session, now: now, effectOf: effectOf)
    }
    return session.agentIsDone && session.undelivered.isEmpty
        ? stepToEnd(session, now: now) : stepToModel(session, now: now)
}

/// Whether a call that was cut leaves nothing to take up: a gate works on a copy.
private func leavesNothing(_ inflight: Session.Inflight) -> Bool {
    switch inflight {
    case .gate: true
    case .model, .tool, .setup: false
    }
}

/// The result of a call that is not made because a person said something.
private func leftOut(_ session: Session) -> SessionEvent {
    .toolFinished(
        callId: session.nextToolCallID, outcome: .cancelled,
        result: ToolResult(
            text:
                "Not run: the user said something meanwhile, which comes next. Make this call again if it is still right.",
            isError: true))
}

/// The way to a tool call: limits, policy, checkpoint, run.
private func step(
    toward call: ToolCall, in session: Session, now: Timestamp, effectOf: (ToolCall) -> EffectClass?
) -> SessionEffect {
    let ran = session.ran(until: now)
    if let limit = exceededLimit(of: session, ran: ran), limit == "calls" || limit == "time" {
        return .record([.paused(reason: .limit(limit))])
    }
    if call.name == "ask" { return stepToQuestion(call, in: session) }
    let effect = effectOf(call)
    switch verdict(on: call, effect: effect, in: session) {
    case .deny(let text):
        let callId = session.nextToolCallID
        return .record([
            .toolFinished(callId: callId, outcome: .denied, result: ToolResult(text: text, isError: true))
        ])
    case .ask:
        let request = PersonRequest(
            itemId: ItemID("\(session.id).a\(session.requestCount + 1)"), kind: .approval, call: call,
            text: "\(call.name) \(callSubject(call))")
        if session.config.unattended == .deny {
            return .record([.asked(request), .answered(itemId: request.itemId, answer: .unattended)])
        }
        return .record([.asked(request), .paused(reason: .approval)])
    case .run:
        guard let effect else { return .callModel }
        if effect != .read, session.filesTouched {
            return .checkpoint(cause: "before \(session.nextToolCallID)")
        }
        return .runTool(call, effect)
    }
}

/// A question of the agent's: asked once, and its answer is the call's result.
private func stepToQuestion(_ call: ToolCall, in session: Session) -> SessionEffect {
    let callId = session.nextToolCallID
    func finish(_ text: String, isError: Bool = false) -> SessionEffect {
        .record([
            .toolFinished(
                callId: callId, outcome: isError ? .denied : .done,
                result: ToolResult(text: text, isError: isError))
        ])
    }
    switch session.answers[call.id] {
    case .text(let text): return finish(text)
    case .yes: return finish("yes")
    case .no(let why): return finish(why.map { "no: \($0)" } ?? "no")
    case .unattended:
        return finish("Nobody answered. Decide yourself, and say what you assumed.", isError: true)
    case nil: break
    }
    guard let text = call.arguments["question"]?.string, !text.isEmpty else {
        return finish("ask needs a 'question' that is a text.", isError: true)
    }
    let request = PersonRequest(
        itemId: ItemID("\(session.id).q\(session.requestCount + 1)"), kind: .question, call: call, text: text)
    if session.config.unattended == .deny {
        return .record([.asked(request), .answered(itemId: request.itemId, answer: .unattended)])
    }
    return .record([.asked(request), .paused(reason: .question)])
}

/// The way to the next turn: checkpoint, limits, what people said, the breaker, the model.
private func stepToModel(_ session: Session, now: Timestamp) -> SessionEffect {
    if session.turnOpen, session.config.checkpoint != .manual { return .checkpoint(cause: "turn") }
    let ran = session.ran(until: now)
    if let limit = exceededLimit(of: session, ran: ran) {
        return .record([.paused(reason: .limit(limit))])
    }
    if isIdle(session, ran: ran) { return .record([.paused(reason: .limit("idle"))]) }
    // What a person says starts the breaker's count anew.
    let waiting = session.undelivered
    if !waiting.isEmpty { return .record([.delivered(messageIds: waiting.map(\.messageId))]) }
    if session.config.breaker != false, let evidence = loop(in: session) {
        return .record([.loopFound(evidence), .paused(reason: .loop)])
    }
    if session.config.agent != nil, session.filesTouched {
        return .checkpoint(cause: "before \(session.nextModelCallID)")
    }
    return .callModel
}

/// The way to the end: the last checkpoint, the gates, what a red one leads to.
private func stepToEnd(_ session: Session, now: Timestamp) -> SessionEffect {
    if session.filesTouched || session.turnOpen { return .checkpoint(cause: "turn") }
    guard let tree = session.checkpoints.last?.tree else { return .checkpoint(cause: "turn") }
    let open = session.config.gates.filter { gate in
        !session.gates.contains { $0.gate == gate.name && $0.tree == tree && $0.gateHash == gateHash(gate) }
    }
    if let next = open.first(where: { !$0.asksAPerson && $0.judge == nil }) { return .runGate(next) }
    let isRed = session.gates.contains { $0.required && !$0.passed }
    // A judge costs and a person is asked last: neither about work that goes back anyway.
    if !isRed, let next = open.first(where: { $0.judge != nil }), let rule = next.judge {
        return stepToJudge(next, rule, tree, in: session, now: now)
    }
    if !isRed, let next = open.first { return stepToPerson(next, tree, in: session) }
    guard isRed else { return .finish }
    if session.gateAttempt < session.config.gateAttempts {
        return .record([.gateReturned(text: gateFeedback(session))])
    }
    let names = session.gates.filter { $0.required && !$0.passed }.map(\.gate).joined(separator: ", ")
    switch session.config.gateFailure {
    case .pause: return .record([.paused(reason: .gate)])
    case .fail:
        return .record([
            .failed(
                error:
                    "gate \(names) is red after \(session.gateAttempt) of \(session.config.gateAttempts) attempts"
            )
        ])
    case .rollback:
        guard let first = session.checkpoints.first, let last = session.checkpoints.last else {
            return .record([.paused(reason: .gate)])
        }
        return .record([
            .rollbackStarted(
                Rollback(
                    checkpointId: first.checkpointId, safety: last.checkpointId, files: true, context: true,
                    from: .paused))
        ])
    }
}

/// How what the agent is told of red gates begins.
let gateFeedbackOpening = "The work is not done yet. The engine ran the gates"

/// What the agent is told of the red gates.
func gateFeedback(_ session: Session) -> String {
    let red = session.gates.filter { $0.required && !$0.passed }
    return gateFeedbackOpening + " on a clean copy of your files.\n\n"
        + red.map(gateReport).joined(separator: "\n\n") + "\n\nFix this, then say that you are done."
}

/// A red gate for the agent and the person: its line, then its output, set in so that no line of it passes for ours.
func gateReport(_ gate: GateOutcome) -> String {
    let head = "Gate '\(gate.gate)' failed: \(SafeText(gate.reason ?? "no reason given"))"
    let output = gate.output.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    return ([head] + output.map { $0.isEmpty ? "" : "  \($0)" }).joined(separator: "\n")
}
