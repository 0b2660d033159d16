extension Session {
    /// The session that a `created` event makes; nil for any other event.
    public init?(id: SessionID, created event: SessionEvent, at: Timestamp) {
        guard case .created(let config) = event else { return nil }
        self.id = id
        self.config = config
        createdAt = at
        touchedAt = at
        version = 1
    }

    /// Folds the events of a stream; nil when the first is not `created`.
    public static func fold(id: SessionID, _ events: some Sequence<(event: SessionEvent, at: Timestamp)>) -> Session? {
        var session: Session?
        for (event, at) in events {
            if session == nil {
                session = Session(id: id, created: event, at: at)
                if session == nil { return nil }
            } else {
                session?.apply(event, at: at)
            }
        }
        return session
    }

    /// Applies one event. The only way a session changes.
    public mutating func apply(_ event: SessionEvent, at: Timestamp) {
        version += 1
        touchedAt = at
        switch event {
        case .created: break
        case .queued(let attempt):
            self.attempt = attempt
            (endedAt, error, takeovers) = (nil, nil, 0)
            enter(.queued, at: at)
        case .started(let layer):
            self.layer = layer
            startedAt = startedAt ?? at
            enter(.running, at: at)
        case .workspaceMade(let base): self.base = base
        case .progress: break
        case .checkpointTaken(let checkpoint):
            checkpoints.append(checkpoint)
            (filesTouched, turnOpen) = (false, false)
            if state == .running { enter(.checkpoint, at: at) }
        case .recovered: takeovers += 1
        case .limitsSet(let limits): config.limits = limits
        case .setupStarted, .setupFinished, .modelStarted, .modelFinished, .modelFailed, .modelLost, .toolStarted, .toolFinished,
            .toolUndone:
            applyCall(event, at: at)
        case .gateStarted, .gatePassed, .gateFailed, .gateReturned: applyGate(event, at: at)
        case .said, .delivered, .seen, .asked, .answered: applyTalk(event)
        case .pauseAsked, .paused, .resumed, .completed, .failed, .cancelled: applyCourse(event, at: at)
        case .rollbackStarted, .rolledBack, .undone: applyRollback(event, at: at)
        case .applied, .unapplied, .exported, .discarded: applyDelivery(event)
        }
    }

    /// Changes the state, and keeps the running time.
    private mutating func enter(_ next: SessionState, at: Timestamp) {
        let wasRunning = state == .running || state == .checkpoint || state == .gateCheck
        let runs = next == .running || next == .checkpoint || next == .gateCheck
        if wasRunning, !runs { (ranMilliseconds, runningSince) = (ran(until: at), nil) }
        if !wasRunning, runs { runningSince = at }
        if next != .paused { reason = nil }
        if next.isEnded {
            endedAt = at
            pauseAsked = false
        }
        state = next
    }

    private mutating func applyCall(_ event: SessionEvent, at: Timestamp) {
        switch event {
        case .setupStarted(let callId): inflight = .setup(callId)
        case .setupFinished:
            inflight = nil
            isSetUp = true
        case .modelStarted(let callId, _, let reserved):
            inflight = .model(callId)
            modelCalls += 1
            self.reserved = reserved
            enter(.running, at: at)
        case .modelFinished(_, let reply, let cost):
            settle(reply.usage, cost)
            (turns, takeovers, turnOpen) = (turns + 1, 0, true)
            messages.append(.assistant(text: reply.text, calls: reply.calls))
            waitingCalls = reply.calls
            agentIsDone = reply.calls.isEmpty
        case .modelFailed(_, let failure, let cost): settle(failure.usage, cost)
        case .modelLost(_, let cost):
            inflight = nil
            reserved = nil
            if let cost { self.cost = self.cost + cost }
        case .toolStarted(let intent):
            inflight = .tool(intent)
            calls += 1
            if state != .running { enter(.running, at: at) }
        case .toolFinished(_, _, let result):
            if case .tool(let intent) = inflight {
                answer(intent.call, with: result)
                if intent.effect != .read { filesTouched = true }
            } else if let call = waitingCalls.first {
                answer(call, with: result)
            }
            inflight = nil
            takeovers = 0
        case .toolUndone: inflight = nil
        case .created, .queued, .started, .workspaceMade, .progress, .checkpointTaken, .gateStarted, .gatePassed, .gateFailed,
            .gateReturned, .pauseAsked, .paused, .resumed, .said, .delivered, .seen, .asked, .answered, .rollbackStarted,
            .rolledBack, .undone, .limitsSet, .recovered, .completed, .failed, .cancelled, .applied, .unapplied, .exported,
            .discarded:
            break
        }
    }

    private mutating func settle(_ used: Usage?, _ cost: Money?) {
        inflight = nil
        reserved = nil
        replies += 1
        if let used { usage = usage + used }
        if let cost { self.cost = self.cost + cost } else if used != nil { hasUnpriced = true }
    }

    private mutating func answer(_ call: ToolCall, with result: ToolResult) {
        messages.append(.tool(callId: call.id, text: result.text, isError: result.isError))
        waitingCalls.removeAll { $0.id == call.id }
    }

    private mutating func applyGate(_ event: SessionEvent, at: Timestamp) {
        switch event {
        case .gateStarted(let gate, _, _):
            inflight = .gate(gate)
            if state != .gateCheck { enter(.gateCheck, at: at) }
        case .gatePassed(let outcome), .gateFailed(let outcome):
            inflight = nil
            gates.removeAll { $0.gate == outcome.gate }
            gates.append(outcome)
            takeovers = 0
        case .gateReturned(let text):
            messages.append(.user(text))
            (agentIsDone, gateAttempt, gates) = (false, gateAttempt + 1, [])
            enter(.running, at: at)
        case .created, .queued, .started, .workspaceMade, .setupStarted, .setupFinished, .progress, .modelStarted, .modelFinished,
            .modelFailed, .modelLost, .toolStarted, .toolFinished, .toolUndone, .checkpointTaken, .pauseAsked, .paused, .resumed,
            .said, .delivered, .seen, .asked, .answered, .rollbackStarted, .rolledBack, .undone, .limitsSet, .recovered,
            .completed, .failed, .cancelled, .applied, .unapplied, .exported, .discarded:
            break
        }
    }

    private mutating func applyTalk(_ event: SessionEvent) {
        switch event {
        case .said(let messageId, let text): said.append(Said(messageId: messageId, text: text, receipt: .queued))
        case .delivered(let ids):
            let texts = said.filter { ids.contains($0.messageId) }.map(\.text)
            messages.append(contentsOf: texts.map { .user($0) })
            if !texts.isEmpty { agentIsDone = false }
            mark(ids, .delivered)
        case .seen(let ids): mark(ids, .seen)
        case .asked(let request):
            requests.append(request)
            requestCount += 1
        case .answered(let itemId, let answer):
            guard let request = requests.first(where: { $0.itemId == itemId }) else { return }
            requests.removeAll { $0.itemId == itemId }
            answers[request.call.id] = answer
        case .created, .queued, .started, .workspaceMade, .setupStarted, .setupFinished, .progress, .modelStarted, .modelFinished,
            .modelFailed, .modelLost, .toolStarted, .toolFinished, .toolUndone, .checkpointTaken, .gateStarted, .gatePassed,
            .gateFailed, .gateReturned, .pauseAsked, .paused, .resumed, .rollbackStarted, .rolledBack, .undone, .limitsSet,
            .recovered, .completed, .failed, .cancelled, .applied, .unapplied, .exported, .discarded:
            break
        }
    }

    private mutating func mark(_ ids: [MessageID], _ receipt: Said.Receipt) {
        for index in said.indices where ids.contains(said[index].messageId) { said[index].receipt = receipt }
    }

    private mutating func applyCourse(_ event: SessionEvent, at: Timestamp) {
        switch event {
        case .pauseAsked: pauseAsked = true
        case .paused(let reason):
            pauseAsked = false
            if state != .paused { resumesAs = state }
            enter(.paused, at: at)
            self.reason = reason
        case .resumed:
            pauseAsked = false
            if state == .paused { enter(resumesAs, at: at) }
        case .completed(let outcome):
            self.outcome = outcome
            result = outcome.files > 0 ? .pending : .none
            enter(.complete, at: at)
        case .failed(let error):
            self.error = error
            inflight = nil
            requests = []
            enter(.failed, at: at)
        case .cancelled:
            requests = []
            enter(.cancelled, at: at)
        case .created, .queued, .started, .workspaceMade, .setupStarted, .setupFinished, .progress, .modelStarted, .modelFinished,
            .modelFailed, .modelLost, .toolStarted, .toolFinished, .toolUndone, .checkpointTaken, .gateStarted, .gatePassed,
            .gateFailed, .gateReturned, .said, .delivered, .seen, .asked, .answered, .rollbackStarted, .rolledBack, .undone,
            .limitsSet, .recovered, .applied, .unapplied, .exported, .discarded:
            break
        }
    }

    private mutating func applyRollback(_ event: SessionEvent, at: Timestamp) {
        switch event {
        case .rollbackStarted(let rollback):
            beforeRollback = Conversation(
                messages: messages, waitingCalls: waitingCalls, agentIsDone: agentIsDone, gates: gates,
                gateAttempt: gateAttempt, outcome: outcome, result: result, reason: reason, resumesAs: resumesAs, error: error)
            self.rollback = rollback
            inflight = nil
            enter(.rollback, at: at)
        case .rolledBack(let id, _):
            if let rollback, rollback.context, let target = checkpoints.first(where: { $0.checkpointId == id }) {
                rewind(to: target)
            }
            (outcome, result, gates, gateAttempt) = (nil, .none, [], 1)
            filesTouched = true
            requests = []
            enter(.rolledBack, at: at)
        case .undone:
            if let before = beforeRollback, let rollback {
                (messages, waitingCalls, agentIsDone) = (before.messages, before.waitingCalls, before.agentIsDone)
                (gates, gateAttempt, outcome, result) = (before.gates, before.gateAttempt, before.outcome, before.result)
                enter(rollback.from, at: at)
                (reason, resumesAs, error) = (rollback.from == .paused ? before.reason ?? .gate : nil, before.resumesAs, before.error)
            }
            filesTouched = true
            (beforeRollback, rollback) = (nil, nil)
        case .created, .queued, .started, .workspaceMade, .setupStarted, .setupFinished, .progress, .modelStarted, .modelFinished,
            .modelFailed, .modelLost, .toolStarted, .toolFinished, .toolUndone, .checkpointTaken, .gateStarted, .gatePassed,
            .gateFailed, .gateReturned, .pauseAsked, .paused, .resumed, .said, .delivered, .seen, .asked, .answered, .limitsSet,
            .recovered, .completed, .failed, .cancelled, .applied, .unapplied, .exported, .discarded:
            break
        }
    }

    /// Cuts the conversation to what it was at a checkpoint; calls that had no result there wait again.
    private mutating func rewind(to target: Checkpoint) {
        messages = Array(messages.prefix(target.messages))
        (waitingCalls, agentIsDone) = ([], false)
        guard let last = messages.lastIndex(where: { if case .assistant = $0 { true } else { false } }),
            case .assistant(_, let calls) = messages[last]
        else { return }
        let answered = messages[last...].compactMap { if case .tool(let id, _, _) = $0 { id } else { nil } }
        waitingCalls = calls.filter { !answered.contains($0.id) }
        agentIsDone = calls.isEmpty && last == messages.count - 1
    }

    private mutating func applyDelivery(_ event: SessionEvent) {
        switch event {
        case .applied(let form, let branch, let commit, let files, let record):
            delivery = Delivery(form: form, branch: branch, commit: commit, files: files, record: record)
            result = .applied
        case .unapplied:
            delivery = nil
            result = .pending
        case .exported: break
        case .discarded: result = .discarded
        case .created, .queued, .started, .workspaceMade, .setupStarted, .setupFinished, .progress, .modelStarted, .modelFinished,
            .modelFailed, .modelLost, .toolStarted, .toolFinished, .toolUndone, .checkpointTaken, .gateStarted, .gatePassed,
            .gateFailed, .gateReturned, .pauseAsked, .paused, .resumed, .said, .delivered, .seen, .asked, .answered,
            .rollbackStarted, .rolledBack, .undone, .limitsSet, .recovered, .completed, .failed, .cancelled:
            break
        }
    }
}
