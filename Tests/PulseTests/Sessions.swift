import AgentOSCore

@testable import Pulse

let noon = Timestamp(milliseconds: 1_795_353_385_042)
let someTree = TreeID(String(repeating: "a", count: 64))

/// A fork of a session that had said something.
let someFork: SessionFork? = {
    var parent = session(after: path(to: .paused))
    parent.apply(.gateReturned(text: "again"), at: noon)
    return SessionFork(of: parent, at: checkpoint(0))
}()

/// The events that bring a new session into a state, after `created`.
func path(to state: SessionState) -> [SessionEvent] {
    let base = WorkspaceBase(spec: .empty, source: nil, git: nil, tree: someTree)
    let running: [SessionEvent] = [.queued(attempt: 1), .started(layer: "bubblewrap"), .workspaceMade(base)]
    let begun = running + [.checkpointTaken(checkpoint(0))]
    let asked = begun + [.modelStarted(callId: CallID("s.m1"), route: "default", reserved: nil)]
    switch state {
    case .created: return []
    case .queued: return [.queued(attempt: 1)]
    case .running: return asked
    case .checkpoint: return begun
    case .gateCheck: return begun + [.gateStarted(gate: "tests", tree: someTree, attempt: 1)]
    case .paused: return begun + [.paused(reason: .operatorAsked)]
    case .complete:
        return begun + [.completed(SessionOutcome(text: "", tree: someTree, files: 1, added: 1, removed: 0))]
    case .failed: return begun + [.failed(error: "no")]
    case .cancelled: return begun + [.cancelled]
    case .rollback: return path(to: .paused) + [.rollbackStarted(rollback)]
    case .rolledBack: return path(to: .rollback) + [.rolledBack(checkpointId: CheckpointID("s.c0"), files: 0)]
    }
}

let rollback = Rollback(
    checkpointId: CheckpointID("s.c0"), safety: CheckpointID("s.c0"), files: true, context: true,
    from: .paused)

func checkpoint(_ number: Int, messages: Int = 0) -> Checkpoint {
    Checkpoint(
        checkpointId: CheckpointID(session: SessionID("s"), number: number), number: number, tree: someTree,
        files: 0,
        name: nil, cause: "start", auto: true, messages: messages, turn: 0)
}

/// A session in a state.
func session(in state: SessionState, config: SessionConfig = SessionConfig(name: "n", goal: "g")) -> Session {
    session(after: path(to: state), config: config)
}

/// A session after these events.
func session(after events: [SessionEvent], config: SessionConfig = SessionConfig(name: "n", goal: "g"))
    -> Session
{
    var session = Session(id: SessionID("s"), created: .created(config: config), at: noon)
    for event in events { session?.apply(event, at: noon) }
    guard let session else { preconditionFailure("`created` makes a session") }
    return session
}

/// Every kind of event, once.
let everyEvent: [(name: String, event: SessionEvent)] = {
    let call = ToolCall(id: "call", name: "read", arguments: ["path": "a"])
    let reply = ModelReply(
        text: "t", calls: [call], usage: Usage(input: 1), finish: .tools,
        model: ModelReference(provider: "p", model: "m"))
    let outcome = GateOutcome(
        gate: "tests", passed: true, required: true, tree: someTree, gateHash: "h", reason: nil, output: "",
        attempt: 1,
        milliseconds: 1)
    let request = PersonRequest(itemId: ItemID("s.a1"), kind: .approval, call: call, text: "t")
    return [
        ("queued", .queued(attempt: 2)), ("queuedForLater", .queued(attempt: 2, notBefore: noon)),
        ("started", .started(layer: "l")),
        ("workspaceMade", .workspaceMade(WorkspaceBase(spec: .empty, source: nil, git: nil, tree: someTree))),
        ("setupStarted", .setupStarted(callId: CallID("s.setup"))),
        ("setupFinished", .setupFinished(callId: CallID("s.setup"), result: ToolResult(text: ""))),
        ("setupCut", .setupCut(callId: CallID("s.setup"), undone: true)),
        ("loopFound", .loopFound(LoopEvidence(pattern: .alternating, times: 6, lines: ["a", "b"]))),
        ("progress", .progress(step: "1", pct: 0.5)),
        ("modelStarted", .modelStarted(callId: CallID("s.m9"), route: "r", reserved: Money(picodollars: 5))),
        (
            "voteStarted",
            .modelStarted(
                callId: CallID("s.m9"), route: "judge", reserved: nil,
                judge: JudgeSeat(gate: "review", gateHash: "h", tree: someTree, vote: 2))
        ),
        (
            "voteByHandStarted",
            .modelStarted(
                callId: CallID("s.m9"), route: "judge", reserved: nil,
                judge: JudgeSeat(gate: "review", gateHash: "h", tree: someTree, vote: 1, byHand: true))
        ),
        ("modelFinished", .modelFinished(callId: CallID("s.m9"), reply: reply, cost: nil)),
        (
            "modelFailed",
            .modelFailed(
                callId: CallID("s.m9"), failure: ModelFailure(kind: .server, message: "x"), cost: .zero)
        ),
        (
            "callRefused",
            .callRefused(
                CallRefusal(
                    cause: .day, limit: .usd(Money(picodollars: 9)), spent: .usd(Money(picodollars: 8)),
                    needed: .tokens(3), renews: "2026-11-23 (UTC)",
                    models: [ModelReference(provider: "p", model: "m")]))
        ),
        (
            "compacting",
            .compacting(CompactionPlan(cause: .near, from: 0, to: 0, tokensBefore: 900, window: 1000))
        ),
        (
            "compacted",
            .compacted(
                Compaction(
                    from: 0, to: 0, messages: 0, tokensBefore: 900, tokensAfter: 90, summary: "short"))
        ),
        ("contextFull", .contextFull(ContextEvidence(cause: .notSmaller, tokens: 900, window: nil))),
        ("modelLost", .modelLost(callId: CallID("s.m9"), cost: nil)),
        (
            "toolStarted",
            .toolStarted(
                ToolIntent(callId: CallID("s.t9"), call: call, effect: .read, checkpointId: nil, layer: nil))
        ),
        (
            "toolFinished",
            .toolFinished(callId: CallID("s.t9"), outcome: .done, result: ToolResult(text: "x"))
        ),
        ("toolUndone", .toolUndone(callId: CallID("s.t9"), checkpointId: nil)),
        ("checkpointAsked", .checkpointAsked(name: "here")),
        ("checkpointTaken", .checkpointTaken(checkpoint(1))),
        ("gateStarted", .gateStarted(gate: "tests", tree: someTree, attempt: 1)),
        ("gatePassed", .gatePassed(outcome)),
        ("gateFailed", .gateFailed(outcome)), ("gateReturned", .gateReturned(text: "again")),
        ("pauseAsked", .pauseAsked),
        ("paused", .paused(reason: .limit("cost"))), ("resumed", .resumed),
        ("said", .said(messageId: MessageID("s.s1"), text: "hi")),
        ("delivered", .delivered(messageIds: [MessageID("s.s1")])),
        ("seen", .seen(messageIds: [MessageID("s.s1")])), ("asked", .asked(request)),
        ("answered", .answered(itemId: ItemID("s.a1"), answer: .no("why"))),
        ("rollbackStarted", .rollbackStarted(rollback)),
        ("rolledBack", .rolledBack(checkpointId: CheckpointID("s.c0"), files: 2)),
        ("undoStarted", .undoStarted(checkpointId: CheckpointID("s.c0"))),
        ("undone", .undone(checkpointId: CheckpointID("s.c0"), files: 2)),
        ("limitsSet", .limitsSet(SessionLimits())),
        ("recovered", .recovered(undone: 1)),
        ("recoveredFrom", .recovered(undone: 0, from: HostLease(host: "h", boot: "b", pid: 7))),
        ("clockSet", .clockSet(by: -3_600_000)),
        (
            "budgetReached",
            .budgetReached(share: 80, spent: Money(picodollars: 8), limit: Money(picodollars: 10))
        ),
        ("completed", .completed(SessionOutcome(text: "", tree: someTree, files: 0, added: 0, removed: 0))),
        ("failed", .failed(error: "e")), ("cancelled", .cancelled),
        ("applied", .applied(form: "branch", branch: "b", commit: "c", files: 1, record: ["form": "here"])),
        (
            "appliedPart",
            .applied(
                form: "here", branch: nil, commit: nil, files: 1, record: ["form": "here"],
                rest: DeliveryRest(left: 6, of: 7))
        ),
        ("applying", .applying(record: ["form": "here"])), ("deliveryUndone", .deliveryUndone),
        ("allowed", .allowed(rule: "shell ls*")), ("unapplied", .unapplied),
        ("exported", .exported(to: "/x")), ("discarded", .discarded),
        ("evicted", .evicted(Eviction(workspace: true, checkpoints: true, bytes: 5))),
    ] + (someFork.map { [("forked", .forked($0))] } ?? [])
}()
