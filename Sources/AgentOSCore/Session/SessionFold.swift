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
        let before = touchedAt
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
        case .modelStarted(let callId, let route, let reserved, let judge):
            startModel(callId, route, reserved, judge, at: at)
        case .modelFinished(_, let reply, let cost): finishModel(reply, cost)
        case .modelFailed(_, let failure, let cost): failModel(failure, cost)
        case .modelLost(_, let cost): loseModel(cost)
        case .callRefused(let refusal): self.refusal = refusal
        case .compacting(let plan): context.compacting = plan
        case .compacted(let compaction): compact(compaction)
        case .contextFull(let evidence): fill(evidence)
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
        case .said(let messageId, let text, let afterTurn):
            said.append(
                Said(
                    messageId: messageId, text: text, receipt: .queued, afterTurn: afterTurn ? true : nil))
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
        case .recovered: takeOver(since: before, at: at)
        case .clockSet(let by): runningSince = runningSince?.adding(milliseconds: by)
        case .completed(let outcome): complete(outcome, at: at)
        case .failed(let error): fail(error, at: at)
        case .cancelled: cancel(at: at)
        case .applying(let record): delivering = record
        case .applied(let form, let branch, let commit, let files, let record, let rest):
            deliveries.append(
                Delivery(
                    form: form, branch: branch, commit: commit, files: files, record: record, rest: rest))
            (result, delivering) = (resultOfDeliveries, nil)
        case .deliveryUndone: delivering = nil
        case .unapplied:
            delivering = nil
            _ = deliveries.popLast()
            earlierDeliveries = min(earlierDeliveries, deliveries.count)
            if state != .rolledBack { result = resultOfDeliveries }
        case .allowed(let rule): config.allow.append(rule)
        case .discarded: result = resultDelivery == nil ? .discarded : .applied
        case .evicted(let eviction): clear(eviction)
        }
    }

    /// What the deliveries make of the result: it waits until nothing of it is left.
    private var resultOfDeliveries: ResultState {
        guard let last = resultDelivery else { return .pending }
        return last.rest == nil ? .applied : .pending
    }

    /// Changes the state, and keeps the running time.
    mutating func enter(_ next: SessionState, at: Timestamp) {
        let wasRunning = state == .running || state == .checkpoint || state == .gateCheck
        let runs = next == .running || next == .checkpoint || next == .gateCheck
        if wasRunning, !runs { (ranMilliseconds, runningSince) = (ran(until: at), nil) }
        if !wasRunning, runs { runningSince = at }
        if next != .paused { reason = nil }
        if next.isEnded { (endedAt, pauseAsked) = (at, false) }
        state = next
    }

    /// While no host lived it did not run.
    private mutating func takeOver(since before: Timestamp, at: Timestamp) {
        takeovers += 1
        guard runningSince != nil else { return }
        (ranMilliseconds, runningSince) = (ran(until: before), at)
    }

    // MARK: Course

    private mutating func queue(_ attempt: Int, _ notBefore: Timestamp?, at: Timestamp) {
        (self.attempt, self.notBefore) = (attempt, notBefore)
        // Who only changes the time keeps the place.
        if state != .queued { queuedAt = at }
        (endedAt, error, takeovers, failedCalls) = (nil, nil, 0, 0)
        (rollback, beforeRollback) = (nil, nil)
        (context.evidence, context.overflows, context.isTooLong) = (nil, 0, false)
        enter(.queued, at: at)
    }

    private mutating func follow(_ fork: SessionFork) {
        self.fork = fork
        (replies, judgeReplies) = (fork.replies, fork.judgeReplies ?? [:])
        authors = fork.authors ?? []
        take(up: fork.messages)
        context.compactions = fork.compaction.map { [$0] } ?? []
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
        (pauseAsked, takeovers, progressAt, refusal) = (false, 0, ranMilliseconds, nil)
        (context.evidence, context.overflows, context.isTooLong) = (nil, 0, false)
        switch reason {
        case .loop, .limit: (loop, loopSeen) = (nil, messages.count)
        case .operatorAsked, .approval, .question, .gate, .budget, .recovery, .price, .disk, .files, .setup,
            .context, .pauseAll,
            nil:
            break
        }
        if state == .paused { enter(resumesAs, at: at) }
    }

    private mutating func complete(_ outcome: SessionOutcome, at: Timestamp) {
        self.outcome = outcome
        earlierDeliveries = deliveries.count
        result = outcome.files == 0 ? .none : isInPlace ? .applied : .pending
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
