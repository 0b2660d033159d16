import AgentOSCore
import EventLog
import Ledger

/// Makes the facts of an audit from its entries: a function of them alone, so that whoever holds them can make it again.
struct AuditFold {
    private(set) var document: AuditDocument
    /// The session as far as the entries could be read.
    private(set) var session: Session?
    private var models: [CallID: Int] = [:]
    private var tools: [CallID: Int] = [:]
    private var requests: [ItemID: Int] = [:]
    /// The request that was made for a call of the model's.
    private var asked: [String: ItemID] = [:]
    private var stretch = AuditStretch()
    private var ledger = Money.zero
    /// The calls for which something is held back.
    private var held: Set<CallID> = []
    /// The first call that was settled though nothing stood held back for it, as far as the entries tell.
    private(set) var unheld: CallID?
    private var unpriced = 0

    /// The document of a session's entries, without file lists, verdict and seal.
    init(_ entries: [AuditEntry], of id: SessionID, tenant: TenantID) {
        document = AuditDocument(sessionId: id, tenantId: tenant)
        document.entries = entries
        document.index = entries.map {
            AuditLink(seq: $0.seq, hash: $0.hash, shown: $0.shown.map { TextDigest.hex($0) })
        }
        for entry in entries { add(entry) }
        finish()
    }

    private mutating func add(_ entry: AuditEntry) {
        guard entry.stream != Ledger.stream else { return addMoney(entry) }
        // What was damaged or comes from a newer program counts as an entry and tells nothing.
        let event = try? SessionEvent(type: entry.type, payload: entry.payload)
        if session == nil, let event {
            session = Session(id: document.sessionId, created: event, at: entry.at)
        } else {
            if let event { addCall(event, entry) }
            session?.follow(event, at: entry.at)
        }
        if let event { addCourse(event, entry) }
    }

    private mutating func finish() {
        guard let session else { return }
        document.name = session.config.name
        document.state = session.state
        document.totals = AuditTotals(
            costKnown: session.cost, hasUnpriced: session.hasUnpriced, ledger: ledger, unpriced: unpriced,
            usage: session.usage, calls: session.modelCalls, tools: session.calls, turns: session.turns)
    }

    // MARK: Money

    private mutating func addMoney(_ entry: AuditEntry) {
        let record = EventRecord(
            tenant: entry.tenantId, seq: entry.seq, stream: entry.stream, version: entry.version,
            type: entry.type,
            at: entry.at, actor: entry.actor, payload: entry.payload, previous: entry.previous,
            hash: entry.hash)
        guard let event = try? LedgerEvent(record) else { return }
        switch event {
        case .reserved(let reservation): held.insert(reservation.callId)
        case .released(let callId): close(callId)
        case .reached: break
        case .settled(let line), .recorded(let line):
            if entry.type == "ledger.settled" { close(line.callId) }
            ledger = ledger + (line.cost ?? .zero)
            guard let index = models[line.callId] else { return }
            document.models[index].ledgerSeq = entry.seq
            document.models[index].prices = line.prices
        }
    }

    private mutating func close(_ callId: CallID) {
        if held.remove(callId) == nil { unheld = unheld ?? callId }
    }

    // MARK: Calls

    private mutating func addCall(_ event: SessionEvent, _ entry: AuditEntry) {
        switch event {
        case .modelStarted(let callId, let route, let reserved, let judge):
            models[callId] = document.models.count
            var call = AuditModelCall(
                seq: entry.seq, at: entry.at, callId: callId, route: route, reserved: reserved)
            call.judge = judge
            document.models.append(call)
        case .modelFinished(let callId, let reply, let cost):
            end(callId, .answered, reply.usage, cost, reply.attempts)
            if let index = models[callId] {
                document.models[index].model = reply.model
                if let seat = document.models[index].judge {
                    let vote = JudgeVote.read(reply, seat: seat)
                    (document.models[index].score, document.models[index].reason) = (vote.score, vote.reason)
                }
            }
        case .modelFailed(let callId, let failure, let cost):
            end(callId, .failed, failure.usage, cost, failure.attempts)
            if let index = models[callId], document.models[index].judge != nil {
                document.models[index].reason = failure.message
            }
        case .modelLost(let callId, let cost): end(callId, .lost, nil, cost, 0)
        case .setupStarted(let callId):
            start(
                AuditToolCall(
                    seq: entry.seq, at: entry.at, callId: callId, tool: "setup",
                    arguments: ["command": .string(session?.config.setup?.run ?? "")]))
            stretch.begin(callId)
        case .setupFinished(let callId, let result): end(callId, ToolOutcome.done.rawValue, result)
        case .toolStarted(let intent):
            var call = AuditToolCall(
                seq: entry.seq, at: entry.at, callId: intent.callId, tool: intent.call.name,
                arguments: intent.call.arguments)
            (call.effect, call.layer, call.approval) = (intent.effect, intent.layer, asked[intent.call.id])
            start(call)
            if intent.effect != .read { stretch.begin(intent.callId) }
        case .toolFinished(let callId, let outcome, let result):
            // A refused call never began; what it was is what the model waited for. It has no id of its own.
            if session?.isRunningTool != true, let call = session?.waitingCalls.first {
                var refused = AuditToolCall(
                    seq: entry.seq, at: entry.at, callId: callId, tool: call.name, arguments: call.arguments)
                (refused.approval, refused.outcome, refused.isError) = (
                    asked[call.id], outcome.rawValue, result.isError
                )
                document.tools.append(refused)
            } else {
                end(callId, outcome.rawValue, result)
            }
        case .toolUndone(let callId, _):
            stretch.forget(callId)
            if let index = tools[callId] { document.tools[index].outcome = "undone" }
        case .checkpointTaken(let checkpoint): add(checkpoint, entry)
        case .rolledBack(let id, _), .undone(let id, _):
            if session?.rollback?.files != false { stretch.jump(to: id, in: session?.checkpoints ?? []) }
        default: break
        }
    }

    private mutating func start(_ call: AuditToolCall) {
        tools[call.callId] = document.tools.count
        document.tools.append(call)
    }

    private mutating func end(_ callId: CallID, _ outcome: String, _ result: ToolResult) {
        guard let index = tools[callId] else { return }
        document.tools[index].outcome = outcome
        document.tools[index].exitStatus = result.exitStatus
        document.tools[index].milliseconds = result.milliseconds
        document.tools[index].isError = result.isError
        document.tools[index].layer = result.layer ?? document.tools[index].layer
    }

    private mutating func end(
        _ callId: CallID, _ outcome: AuditModelCall.Outcome, _ usage: Usage?, _ cost: Money?, _ attempts: Int
    ) {
        if usage != nil, cost == nil { unpriced += 1 }
        guard let index = models[callId] else { return }
        document.models[index].outcome = outcome
        document.models[index].usage = usage
        document.models[index].cost = cost
        document.models[index].attempts = attempts
    }

    private mutating func add(_ checkpoint: Checkpoint, _ entry: AuditEntry) {
        document.checkpoints.append(
            CheckpointReading(checkpoint, sessionId: document.sessionId, seq: entry.seq, at: entry.at))
        guard let change = stretch.end(at: checkpoint) else { return }
        for callId in change.calls {
            if let index = tools[callId] { document.tools[index].change = document.changes.count }
        }
        document.changes.append(change)
    }

    // MARK: Course

    private mutating func addCourse(_ event: SessionEvent, _ entry: AuditEntry) {
        func act(_ what: String, _ detail: String = "") -> AuditAct {
            AuditAct(seq: entry.seq, at: entry.at, actor: entry.actor, what: what, detail: detail)
        }
        switch event {
        case .created(let config):
            (document.config, document.goal) = (config, config.goal)
            document.asked.append(act("made"))
        case .forked(let fork):
            document.asked.append(act("forked", "from \(fork.checkpointId) of \(fork.parent)"))
        case .queued(let attempt, let notBefore):
            let time = notBefore.map { ", not before \($0)" } ?? ""
            document.asked.append(act("started", "attempt \(attempt)\(time)"))
        case .said(_, let text, _): document.asked.append(act("said", text))
        case .started(let layer): if !document.layers.contains(layer) { document.layers.append(layer) }
        case .workspaceMade(let base): document.base = base
        case .limitsSet(let limits):
            document.granted.append(act("limits", limits.line))
        case .allowed(let rule): document.granted.append(act("allowed", rule))
        case .asked(let request):
            asked[request.call.id] = request.itemId
            requests[request.itemId] = document.approvals.count
            document.approvals.append(
                AuditApproval(
                    seq: entry.seq, at: entry.at, itemId: request.itemId, kind: request.kind,
                    text: request.text))
        case .answered(let itemId, let answer):
            guard let index = requests[itemId] else { return }
            document.approvals[index].answer = answerText(answer)
            document.approvals[index].by = entry.actor
            document.approvals[index].answeredAt = entry.at
            document.approvals[index].answerSeq = entry.seq
        case .gatePassed(let outcome), .gateFailed(let outcome):
            document.gates.append(AuditGate(seq: entry.seq, at: entry.at, outcome))
        case .paused(let reason): document.course.append(act("paused", reason.description))
        case .callRefused(let refusal): document.course.append(act("call refused", refusalText(refusal)))
        case .compacted(let compaction): document.course.append(act("compacted", compactionText(compaction)))
        case .contextFull(let evidence): document.course.append(act("context", contextText(evidence)))
        case .loopFound(let evidence): document.course.append(act("loop", loopText(evidence)))
        case .resumed: document.course.append(act("resumed"))
        case .recovered(let undone, let from):
            let earlier = from.map { ", from \($0)" } ?? ""
            document.course.append(act("taken over", "\(counted(undone, "call")) undone\(earlier)"))
        case .rollbackStarted(let rollback):
            document.course.append(act("rollback", "to \(rollback.checkpointId), kept as \(rollback.safety)"))
        case .undone(let id, _): document.course.append(act("rollback undone", "back at \(id)"))
        case .completed(let outcome):
            document.course.append(
                act(
                    "completed",
                    "tree \(outcome.tree), \(counted(outcome.files, "file")) +\(outcome.added) −\(outcome.removed)"
                ))
        case .failed(let error): document.course.append(act("failed", error))
        case .cancelled: document.course.append(act("cancelled"))
        case .evicted(let eviction): document.course.append(act("cleared", evictionNote(eviction)))
        default: addLeaving(event, act)
        }
    }

    private mutating func addLeaving(_ event: SessionEvent, _ act: (String, String) -> AuditAct) {
        switch event {
        case .applied(let form, let branch, let commit, let files, _, _):
            var taken = act(form, "")
            (taken.branch, taken.commit, taken.files) = (branch, commit, files)
            document.left.append(taken)
        case .unapplied: document.left.append(act("unapply", "what was applied last was put back"))
        case .deliveryUndone:
            document.left.append(act("apply undone", "a delivery that did not end was put back"))
        case .exported(let to): document.left.append(act("export", to))
        case .discarded: document.left.append(act("discard", "the result is not wanted"))
        default: break
        }
    }
}

/// The stretch of work since the files last stood at a known tree.
private struct AuditStretch {
    private var from: (id: CheckpointID, tree: TreeID)?
    private var calls: [CallID] = []

    mutating func begin(_ callId: CallID) { calls.append(callId) }

    mutating func forget(_ callId: CallID) { calls.removeAll { $0 == callId } }

    /// The files were put back to a checkpoint: what ran before changes nothing any more.
    mutating func jump(to id: CheckpointID, in checkpoints: [Checkpoint]) {
        calls = []
        from = checkpoints.first { $0.checkpointId == id }.map { ($0.checkpointId, $0.tree) }
    }

    /// Ends at a checkpoint; nil where nothing ran and nothing differs.
    mutating func end(at checkpoint: Checkpoint) -> AuditChange? {
        defer { (from, calls) = ((checkpoint.checkpointId, checkpoint.tree), []) }
        guard let from, from.tree != checkpoint.tree || !calls.isEmpty else { return nil }
        var change = AuditChange(
            from: from.id, to: checkpoint.checkpointId, fromTree: from.tree, toTree: checkpoint.tree,
            calls: calls)
        if from.tree == checkpoint.tree { change.files = [] }
        return change
    }
}

extension Session {
    /// Whether a tool call is under way.
    fileprivate var isRunningTool: Bool { if case .tool = inflight { true } else { false } }
}
