/// What can happen to a session.
///
/// The stored type and the fields of each are in `SessionEventCoding`.
public enum SessionEvent: Hashable, Sendable {
    /// It was made.
    case created(config: SessionConfig)
    /// It goes on from a checkpoint of another session; always its second event.
    case forked(SessionFork)
    /// It was asked to run, `notBefore` a moment where one is named; `attempt` counts from 1.
    case queued(attempt: Int, notBefore: Timestamp? = nil)
    /// The engine took it up under this sandbox layer.
    case started(layer: String)
    /// Its workspace was made.
    case workspaceMade(WorkspaceBase)
    /// The command that prepares the workspace was about to run.
    case setupStarted(callId: CallID)
    /// It ended.
    case setupFinished(callId: CallID, result: ToolResult)
    /// It was cut by the end of its host; `undone` says that the workspace is made anew before it runs again, where it
    /// reached no further.
    case setupCut(callId: CallID, undone: Bool)
    /// Where it stands: a step in words and the share of the tightest limit that is used, 0 to 1.
    case progress(step: String, pct: Double?)
    /// A model was about to be called; what was reserved for it, and what it votes on where it is a judge.
    case modelStarted(callId: CallID, route: String, reserved: Money?, judge: JudgeSeat? = nil)
    /// It answered. `cost` is nil when a part has no price.
    case modelFinished(callId: CallID, reply: ModelReply, cost: Money?)
    /// It failed for good.
    case modelFailed(callId: CallID, failure: ModelFailure, cost: Money?)
    /// A model call was cut by the end of its host; it is made again, and what it may have cost is counted.
    case modelLost(callId: CallID, cost: Money?)
    /// A model was not called: no budget pays for it, or it has no price; before the pause for that.
    case callRefused(CallRefusal)
    /// The context is nearly full: the next model call asks for a summary of the conversation's earlier part.
    case compacting(CompactionPlan)
    /// From now on the summary stands for that part in what models are given.
    case compacted(Compaction)
    /// There is no room in the context, and a compaction makes none; before the pause for that.
    case contextFull(ContextEvidence)
    /// A tool was about to run.
    case toolStarted(ToolIntent)
    /// It answered, was refused, or its outcome is unknown.
    case toolFinished(callId: CallID, outcome: ToolOutcome, result: ToolResult)
    /// A cut call's changes were undone by restoring this checkpoint, nil where it only read; it runs again.
    case toolUndone(callId: CallID, checkpointId: CheckpointID?)
    /// A checkpoint was taken.
    case checkpointTaken(Checkpoint)
    /// A person asked for a checkpoint with this name while a call was under way; it is taken at the next safe point.
    case checkpointAsked(name: String?)
    /// A gate was about to be run on this tree.
    case gateStarted(gate: String, tree: TreeID, attempt: Int)
    /// It is green.
    case gatePassed(GateOutcome)
    /// It is red.
    case gateFailed(GateOutcome)
    /// The output of the red gates goes back to the agent as this text.
    case gateReturned(text: String)
    /// A person asked to pause; it pauses at the next safe point.
    case pauseAsked
    /// It stands still.
    case paused(reason: PauseReason)
    /// Its breaker found that it goes in circles; the evidence, before it pauses for it.
    case loopFound(LoopEvidence)
    /// It goes on.
    case resumed
    /// A person said something.
    case said(messageId: MessageID, text: String, afterTurn: Bool = false)
    /// What was said is part of the conversation now.
    case delivered(messageIds: [MessageID])
    /// A model has answered with these in its conversation.
    case seen(messageIds: [MessageID])
    /// A person is asked.
    case asked(PersonRequest)
    /// A person, or the session's policy, answered.
    case answered(itemId: ItemID, answer: Answer)
    /// Calls that this rule covers need no approval from now on.
    case allowed(rule: String)
    /// The files and the transcript are about to be put back; `safety` holds what was there.
    case rollbackStarted(Rollback)
    /// They were put back.
    case rolledBack(checkpointId: CheckpointID, files: Int)
    /// The files are about to be put back to before the last rollback.
    case undoStarted(checkpointId: CheckpointID)
    /// The last rollback was undone.
    case undone(checkpointId: CheckpointID, files: Int)
    /// A limit was changed.
    case limitsSet(SessionLimits)
    /// A host took it over after another's end; `from` is the one before it, where that is known.
    case recovered(undone: Int, from: HostLease? = nil)
    /// So many percent of its cost limit are spent, 50, 80 or 100: told once for each limit.
    case budgetReached(share: Int, spent: Money, limit: Money)
    /// The machine's clock was set while it ran, by so many milliseconds: they are no running time.
    case clockSet(by: Int64)
    /// The agent is done and the required gates are green.
    case completed(SessionOutcome)
    /// It cannot go on.
    case failed(error: String)
    /// A person ended it.
    case cancelled
    /// Its result is about to be taken; `record` is what puts back whatever of it has been written.
    case applying(record: JSONValue)
    /// Its result was taken. `record` is what `unapply` needs; `rest` is what was not taken along, nil for nothing.
    case applied(
        form: String, branch: String?, commit: String?, files: Int, record: JSONValue,
        rest: DeliveryRest? = nil)
    /// What a delivery had written that did not come to its end was put back.
    case deliveryUndone
    /// What was taken last was put back.
    case unapplied
    /// Its result was written elsewhere.
    case exported(to: String)
    /// Its result is not wanted.
    case discarded
    /// Files of it were cleared to make room.
    case evicted(Eviction)
}
