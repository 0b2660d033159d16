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
    public static func fold(id: SessionID, _ events: some Sequence<(event: SessionEvent, at: Timestamp)>)
        -> Session?
    {
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

    /// Applies one event.
    ///
    /// The only way a session changes.
    public mutating func apply(_ event: SessionEvent, at: Timestamp) {
        version += 1
        if event.isWork { touchedAt = at }
        switch event {
        case .created, .progress, .exported: break
        case .forked(let fork): follow(fork)
        case .queued(let attempt, let notBefore): queue(attempt, notBefore, at: at)
        case .started(let layer): start(layer, at: at)
        case .workspaceMade(let base): self.base = base
        case .setupStarted(let callId): (inflight, setups) = (.setup(callId), setups + 1)
        case .setupFinished: (inflight, isSetUp, filesTouched) = (nil, true, true)
        case .setupCut(_, let undone): cutSetup(undone)
        case .modelStarted(let callId, _, let reserved): startModel(callId, reserved, at: at)
        case .modelFinished(_, let reply, let cost): finishModel(reply, cost)
        case .modelFailed(_, let failure, let cost): settle(failure.usage, cost, attempts: failure.attempts)
        case .modelLost(_, let cost): loseModel(cost)
        case .toolStarted(let intent): startTool(intent, at: at)
        case .toolFinished(_, _, let result): finishTool(result, at: at)
        case .toolUndone: inflight = nil
        case .checkpointAsked(let name): wantedCheckpoints.append(name)
        case .checkpointTaken(let checkpoint): add(checkpoint, at: at)
        case .gateStarted(let gate, _, _): startGate(gate, at: at)
        case .gatePassed(let outcome), .gateFailed(let outcome): finishGate(outcome, at: at)
        case .gateReturned(let text): returnGates(text, at: at)
        case .pauseAsked: pauseAsked = true
        case .paused(let reason): pause(reason, at: at)
        case .loopFound(let evidence): loop = evidence
        case .resumed: resume(at: at)
        case .said(let messageId, let text):
            said.append(Said(messageId: messageId, text: text, receipt: .queued))
        case .delivered(let ids): deliver(ids)
        case .seen(let ids): mark(ids, .seen)
        case .asked(let request): ask(request)
        case .answered(let itemId, let answer): take(answer, to: itemId)
        case .rollbackStarted(let rollback): startRollback(rollback, at: at)
        case .rolledBack(let id, _): finishRollback(id, at: at)
        case .undoStarted: isUndoing = true
        case .undone: undo(at: at)
        case .limitsSet(let limits): limit(limits)
        case .budgetReached(let share, _, _): budgetShare = share
        case .recovered: takeovers += 1
        case .completed(let outcome): complete(outcome, at: at)
        case .failed(let error): fail(error, at: at)
        case .cancelled: cancel(at: at)
        case .applying(let record): delivering = record
        case .applied(let form, let branch, let commit, let files, let record):
            deliveries.append(
                Delivery(form: form, branch: branch, commit: commit, files: files, record: record))
            (result, delivering) = (.applied, nil)
        case .deliveryUndone: delivering = nil
        case .unapplied:
            delivering = nil
            _ = deliveries.popLast()
            result = deliveries.isEmpty ? .pending : .applied
        case .allowed(let rule): config.allow.append(rule)
        case .discarded: result = .discarded
        case .evicted(let eviction): clear(eviction)
        }
    }

    /// Changes the state, and keeps the running time.
    private mutating func enter(_ next: SessionState, at: Timestamp) {
        let wasRunning = state == .running || state == .checkpoint || state == .gateCheck
        let runs = next == .running || next == .checkpoint || next == .gateCheck
        if wasRunning, !runs { (ranMilliseconds, runningSince) = (ran(until: at), nil) }
        if !wasRunning, runs { runningSince = at }
        if next != .paused { reason = nil }
        if next.isEnded { (endedAt, pauseAsked) = (at, false) }
        state = next
    }

    // MARK: Course

    private mutating func queue(_ attempt: Int, _ notBefore: Timestamp?, at: Timestamp) {
        (self.attempt, self.notBefore) = (attempt, notBefore)
        // Who only changes the time keeps the place.
        if state != .queued { queuedAt = at }
        (endedAt, error, takeovers) = (nil, nil, 0)
        (rollback, beforeRollback) = (nil, nil)
        enter(.queued, at: at)
    }

    private mutating func follow(_ fork: SessionFork) {
        self.fork = fork
        replies = fork.replies
        take(up: fork.messages)
    }

    private mutating func clear(_ eviction: Eviction) {
        if eviction.workspace { (isWorkspaceCleared, isSetUp) = (true, false) }
        if eviction.checkpoints { areCheckpointsCleared = true }
    }

    private mutating func start(_ layer: String, at: Timestamp) {
        self.layer = layer
        startedAt = startedAt ?? at
        progressAt = ranMilliseconds
        (queuedAt, notBefore) = (nil, nil)
        enter(.running, at: at)
    }

    /// What was told of a limit holds for that limit alone.
    private mutating func limit(_ limits: SessionLimits) {
        config.limits = limits
        budgetShare = min(budgetShare, limits.cost.map { BudgetShare.reached(by: cost, of: $0) } ?? 0)
    }

    private mutating func pause(_ reason: PauseReason, at: Timestamp) {
        (pauseAsked, inflight) = (false, nil)
        if state != .paused { resumesAs = state }
        enter(.paused, at: at)
        self.reason = reason
    }

    private mutating func resume(at: Timestamp) {
        (pauseAsked, takeovers, progressAt) = (false, 0, ranMilliseconds)
        switch reason {
        case .loop, .limit: (loop, loopSeen) = (nil, messages.count)
        case .operatorAsked, .approval, .question, .gate, .budget, .recovery, .price, .disk, .setup,
            .pauseAll,
            nil:
            break
        }
        if state == .paused { enter(resumesAs, at: at) }
    }

    private mutating func complete(_ outcome: SessionOutcome, at: Timestamp) {
        self.outcome = outcome
        result = outcome.files > 0 ? .pending : .none
        enter(.complete, at: at)
    }

    private mutating func fail(_ error: String, at: Timestamp) {
        self.error = error
        (inflight, requests) = (nil, [])
        enter(.failed, at: at)
    }

    private mutating func cancel(at: Timestamp) {
        requests = []
        enter(.cancelled, at: at)
    }

    private mutating func add(_ checkpoint: Checkpoint, at: Timestamp) {
        checkpoints.append(checkpoint)
        (filesTouched, turnOpen, takeovers) = (false, false, 0)
        if !checkpoint.auto, !wantedCheckpoints.isEmpty { wantedCheckpoints.removeFirst() }
        if state == .running { enter(.checkpoint, at: at) }
    }

    /// Without a base the workspace is made anew.
    private mutating func cutSetup(_ undone: Bool) {
        inflight = nil
        if undone { base = nil }
    }

    // MARK: Calls

    private mutating func startModel(_ callId: CallID, _ reserved: Money?, at: Timestamp) {
        inflight = .model(callId)
        callStartedAt = at
        modelCalls += 1
        self.reserved = reserved
        enter(.running, at: at)
    }

    private mutating func finishModel(_ reply: ModelReply, _ cost: Money?) {
        settle(reply.usage, cost, attempts: max(1, reply.attempts))
        (turns, takeovers, turnOpen) = (turns + 1, 0, true)
        messages.append(.assistant(text: reply.text, calls: reply.calls))
        waitingCalls = reply.calls
        agentIsDone = reply.calls.isEmpty && reply.finish != .length
        // Half an answer is not the last word: where the session goes on, the model does where it ended.
        if reply.calls.isEmpty, reply.finish == .length {
            messages.append(.user("Your answer was cut at its output limit. Go on where it ended."))
        }
    }

    private mutating func settle(_ used: Usage?, _ cost: Money?, attempts: Int) {
        (inflight, reserved) = (nil, nil)
        replies += attempts
        if let used { usage = usage + used }
        if let cost { self.cost = self.cost + cost } else if used != nil { hasUnpriced = true }
    }

    private mutating func loseModel(_ cost: Money?) {
        (inflight, reserved) = (nil, nil)
        if let cost { self.cost = self.cost + cost }
    }

    private mutating func startTool(_ intent: ToolIntent, at: Timestamp) {
        inflight = .tool(intent)
        calls += 1
        if state != .running { enter(.running, at: at) }
    }

    /// The result answers the call under way, or the next waiting one where it was refused before it ran.
    private mutating func finishTool(_ result: ToolResult, at: Timestamp) {
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

    private mutating func answer(_ call: ToolCall, with result: ToolResult) {
        messages.append(.tool(callId: call.id, text: result.text, isError: result.isError))
        waitingCalls.removeAll { $0.id == call.id }
    }

    // MARK: Gates

    private mutating func startGate(_ gate: String, at: Timestamp) {
        inflight = .gate(gate)
        if state != .gateCheck { enter(.gateCheck, at: at) }
    }

    private mutating func finishGate(_ outcome: GateOutcome, at: Timestamp) {
        (inflight, takeovers, progressAt) = (nil, 0, ran(until: at))
        gates.removeAll { $0.gate == outcome.gate }
        gates.append(outcome)
    }

    private mutating func returnGates(_ text: String, at: Timestamp) {
        messages.append(.user(text))
        (agentIsDone, gateAttempt, gates) = (false, gateAttempt + 1, [])
        enter(.running, at: at)
    }

    // MARK: People

    private mutating func deliver(_ ids: [MessageID]) {
        let texts = said.filter { ids.contains($0.messageId) }.map(\.text)
        messages.append(contentsOf: texts.map { .user($0) })
        // A person who speaks has seen what was before.
        if !texts.isEmpty { (agentIsDone, loopSeen) = (false, messages.count) }
        mark(ids, .delivered)
    }

    private mutating func mark(_ ids: [MessageID], _ receipt: Said.Receipt) {
        for index in said.indices where ids.contains(said[index].messageId) { said[index].receipt = receipt }
    }

    private mutating func ask(_ request: PersonRequest) {
        requests.append(request)
        requestCount += 1
    }

    private mutating func take(_ answer: Answer, to itemId: ItemID) {
        guard let request = requests.first(where: { $0.itemId == itemId }) else { return }
        requests.removeAll { $0.itemId == itemId }
        answers[request.call.id] = answer
    }

    // MARK: Rollback

    private mutating func startRollback(_ rollback: Rollback, at: Timestamp) {
        beforeRollback = Conversation(
            messages: messages, waitingCalls: waitingCalls, agentIsDone: agentIsDone, gates: gates,
            gateAttempt: gateAttempt,
            outcome: outcome, result: result, reason: reason, resumesAs: resumesAs, error: error,
            requests: requests)
        self.rollback = rollback
        inflight = nil
        enter(.rollback, at: at)
    }

    private mutating func finishRollback(_ id: CheckpointID, at: Timestamp) {
        if let rollback, rollback.context, let target = checkpoints.first(where: { $0.checkpointId == id }) {
            rewind(to: target)
        }
        (outcome, result, gates, gateAttempt, requests) = (nil, .none, [], 1, [])
        filesTouched = true
        enter(.rolledBack, at: at)
    }

    /// Puts the conversation back to what it was at a checkpoint.
    private mutating func rewind(to target: Checkpoint) {
        take(up: conversation(at: target))
    }

    /// The conversation at a checkpoint, also where a rollback has left it since.
    public func conversation(at checkpoint: Checkpoint) -> [Message] {
        left[checkpoint.checkpointId] ?? Array(messages.prefix(checkpoint.messages))
    }

    /// Goes on from a conversation; its calls without a result wait again.
    private mutating func take(up conversation: [Message]) {
        let common = zip(messages, conversation).prefix { $0 == $1 }.count
        for checkpoint in checkpoints
        where checkpoint.messages > common && left[checkpoint.checkpointId] == nil {
            left[checkpoint.checkpointId] = Array(messages.prefix(checkpoint.messages))
        }
        messages = conversation
        loopSeen = messages.count
        (waitingCalls, agentIsDone) = ([], false)
        let isReply: (Message) -> Bool = { if case .assistant = $0 { true } else { false } }
        guard let last = messages.lastIndex(where: isReply), case .assistant(_, let calls) = messages[last]
        else { return }
        let answered = messages[last...].compactMap { if case .tool(let id, _, _) = $0 { id } else { nil } }
        waitingCalls = calls.filter { !answered.contains($0.id) }
        agentIsDone = calls.isEmpty && last == messages.count - 1
    }

    private mutating func undo(at: Timestamp) {
        guard let before = beforeRollback, let rollback else { return }
        (messages, waitingCalls, agentIsDone) = (before.messages, before.waitingCalls, before.agentIsDone)
        (gates, gateAttempt, outcome, result) = (
            before.gates, before.gateAttempt, before.outcome, before.result
        )
        requests = before.requests
        enter(rollback.from, at: at)
        (resumesAs, error) = (before.resumesAs, before.error)
        reason = rollback.from == .paused ? before.reason ?? .gate : nil
        filesTouched = true
        (beforeRollback, self.rollback, isUndoing) = (nil, nil, false)
    }
}

extension SessionEvent {
    /// Whether the event is something that happened in the session's work.
    ///
    /// The intent to deliver is not: the same delivery after a crash makes the same commit. Nor is clearing.
    fileprivate var isWork: Bool {
        if case .applying = self { return false }
        if case .evicted = self { return false }
        return true
    }
}
