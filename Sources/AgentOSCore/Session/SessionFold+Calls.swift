/// What calls and gates do to a session.
extension Session {
    mutating func startModel(
        _ callId: CallID, _ route: String, _ reserved: Money?, _ judge: JudgeSeat?, at: Timestamp
    ) {
        inflight = .model(callId)
        callStartedAt = at
        modelCalls += 1
        (self.reserved, refusal) = (reserved, nil)
        seat = judge.map { TakenSeat($0, route) }
        guard let judge else {
            // A command-line agent changes files while the engine waits for what it says.
            if config.agent != nil { filesTouched = true }
            return enter(.running, at: at)
        }
        if judge.byHand != true, state != .gateCheck { enter(.gateCheck, at: at) }
    }

    mutating func finishModel(_ reply: ModelReply, _ cost: Money?) {
        if let taken = seat {
            settleVote(taken, reply.usage, cost, attempts: max(1, reply.attempts))
            var vote = JudgeVote.read(reply, seat: taken.seat)
            vote.milliseconds = reply.milliseconds
            return cast(vote)
        }
        if !authors.contains(reply.model) { authors.append(reply.model) }
        settle(reply.usage, cost, attempts: max(1, reply.attempts))
        isRehearsed = (isRehearsed ?? true) && reply.isRehearsal == true
        // A summary is no turn and no part of the conversation.
        guard context.compacting == nil else { return (takeovers, failedCalls) = (0, 0) }
        (turns, takeovers, failedCalls, turnOpen) = (turns + 1, 0, 0, true)
        messages.append(.assistant(text: reply.text, calls: reply.calls))
        count(reply.usage)
        waitingCalls = reply.calls
        agentIsDone = reply.calls.isEmpty && reply.finish != .length
        // Half an answer is not the last word: where the session goes on, the model does where it ended.
        if reply.calls.isEmpty, reply.finish == .length {
            messages.append(.user(Self.cutAnswer))
        }
    }

    /// What a model is told of an answer that its output limit cut.
    public static let cutAnswer = "Your answer was cut at its output limit. Go on where it ended."

    mutating func failModel(_ failure: ModelFailure, _ cost: Money?) {
        if let taken = seat {
            let wasHeld = reserved.map { $0 > .zero } ?? false
            settleVote(taken, failure.usage, cost, attempts: failure.attempts)
            failedCalls += 1
            // As with the agent's calls: what was held may be spent, and another try asks the budget for its own.
            let goesOn = wasHeld && failure.isWorthAnother == true && failure.mayBeCharged == true
            if goesOn, failedCalls < 3 { return }
            return cast(
                JudgeVote(
                    seat: taken.seat, model: nil, score: nil,
                    reason: "no vote: \(SafeText(failure.message).text)"))
        }
        settle(failure.usage, cost, attempts: failure.attempts)
        if failure.kind == .context { overflow(failure.window) } else { failedCalls += 1 }
    }

    mutating func settle(_ used: Usage?, _ cost: Money?, attempts: Int) {
        (inflight, reserved) = (nil, nil)
        replies += attempts
        if let used { usage = usage + used }
        if used == nil, let cost { lostCost = lostCost + cost }
        if let cost { self.cost = self.cost + cost } else if used != nil { hasUnpriced = true }
    }

    /// A judge's answers count for the session's money and tokens, and move the author's rehearsal by no line.
    private mutating func settleVote(_ taken: TakenSeat, _ used: Usage?, _ cost: Money?, attempts: Int) {
        settle(used, cost, attempts: 0)
        judgeReplies[taken.route, default: 0] += attempts
        seat = nil
    }

    /// Counts a vote; those on other files, or on another gate of the name, are void.
    private mutating func cast(_ vote: JudgeVote) {
        (failedCalls, takeovers) = (0, 0)
        votes.removeAll { $0.seat.gate == vote.seat.gate && !$0.seat.isBeside(vote.seat) }
        votes.append(vote)
    }

    mutating func loseModel(_ cost: Money?) {
        (inflight, reserved, seat) = (nil, nil, nil)
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
        // A tool boundary: what was said and does not wait for the turn's end is heard before its next call.
        for index in said.indices where said[index].receipt == .queued && said[index].afterTurn != true {
            said[index].isDue = true
        }
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
        votes.removeAll { $0.seat.gate == outcome.gate }
        if outcome.byHand == true {
            // The result that waits is judged by its own files alone.
            if let result = self.outcome, state == .complete, result.tree != outcome.tree { return }
        } else {
            (inflight, takeovers, progressAt) = (nil, 0, ran(until: at))
        }
        gates.removeAll { $0.gate == outcome.gate }
        gates.append(outcome)
    }

    mutating func returnGates(_ text: String, at: Timestamp) {
        messages.append(.user(text))
        (agentIsDone, gateAttempt, gates, votes) = (false, gateAttempt + 1, [], [])
        enter(.running, at: at)
    }
}
