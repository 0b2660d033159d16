/// What calls and gates do to a session.
extension Session {
    mutating func startModel(_ callId: CallID, _ reserved: Money?, at: Timestamp) {
        inflight = .model(callId)
        callStartedAt = at
        modelCalls += 1
        (self.reserved, refusal) = (reserved, nil)
        // A command-line agent changes files while the engine waits for what it says.
        if config.agent != nil { filesTouched = true }
        enter(.running, at: at)
    }

    mutating func finishModel(_ reply: ModelReply, _ cost: Money?) {
        settle(reply.usage, cost, attempts: max(1, reply.attempts))
        isRehearsed = (isRehearsed ?? true) && reply.isRehearsal == true
        (turns, takeovers, failedCalls, turnOpen) = (turns + 1, 0, 0, true)
        messages.append(.assistant(text: reply.text, calls: reply.calls))
        waitingCalls = reply.calls
        agentIsDone = reply.calls.isEmpty && reply.finish != .length
        // Half an answer is not the last word: where the session goes on, the model does where it ended.
        if reply.calls.isEmpty, reply.finish == .length {
            messages.append(.user("Your answer was cut at its output limit. Go on where it ended."))
        }
    }

    mutating func failModel(_ failure: ModelFailure, _ cost: Money?) {
        settle(failure.usage, cost, attempts: failure.attempts)
        failedCalls += 1
    }

    mutating func settle(_ used: Usage?, _ cost: Money?, attempts: Int) {
        (inflight, reserved) = (nil, nil)
        replies += attempts
        if let used { usage = usage + used }
        if used == nil, let cost { lostCost = lostCost + cost }
        if let cost { self.cost = self.cost + cost } else if used != nil { hasUnpriced = true }
    }

    mutating func loseModel(_ cost: Money?) {
        (inflight, reserved) = (nil, nil)
        if let cost { (self.cost, lostCost) = (self.cost + cost, lostCost + cost) }
    }

    mutating func startTool(_ intent: ToolIntent, at: Timestamp) {
        inflight = .tool(intent)
        calls += 1
        if state != .running { enter(.running, at: at) }
    }

    /// The result answers the call under way, or the next waiting one where it was refused before it ran.
    mutating func finishTool(_ result: ToolResult, at: Timestamp) {
        // Evidence of progress: a call that came to something, and to something else than the one before it.
        let before = messages.last { if case .tool = $0 { true } else { false } }
        if !result.isError,
            before.map({ if case .tool(_, result.text, _) = $0 { false } else { true } }) ?? true
        {
            progressAt = ran(until: at)
        }
        if case .tool(let intent) = inflight {
            answer(intent.call, with: result)
            if intent.effect != .read { filesTouched = true }
        } else if let call = waitingCalls.first {
            answer(call, with: result)
        }
        (inflight, takeovers) = (nil, 0)
    }

    mutating func answer(_ call: ToolCall, with result: ToolResult) {
        messages.append(.tool(callId: call.id, text: result.text, isError: result.isError))
        waitingCalls.removeAll { $0.id == call.id }
    }

    // MARK: Gates

    mutating func startGate(_ gate: String, at: Timestamp) {
        inflight = .gate(gate)
        if state != .gateCheck { enter(.gateCheck, at: at) }
    }

    mutating func finishGate(_ outcome: GateOutcome, at: Timestamp) {
        (inflight, takeovers, progressAt) = (nil, 0, ran(until: at))
        gates.removeAll { $0.gate == outcome.gate }
        gates.append(outcome)
    }

    mutating func returnGates(_ text: String, at: Timestamp) {
        messages.append(.user(text))
        (agentIsDone, gateAttempt, gates) = (false, gateAttempt + 1, [])
        enter(.running, at: at)
    }
}
