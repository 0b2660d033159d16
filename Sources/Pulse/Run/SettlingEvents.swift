import AgentOSCore

extension SessionEvent {
    /// Whether the event tells only what a call came to, and leads to no other state.
    var settlesACall: Bool {
        switch self {
        case .modelFinished, .modelFailed, .modelLost, .toolFinished, .toolUndone, .setupFinished, .setupCut,
            .gatePassed, .gateFailed, .seen:
            true
        case .created, .forked, .queued, .started, .workspaceMade, .setupStarted, .progress, .modelStarted,
            .callRefused, .compacting, .compacted, .contextFull, .toolStarted,
            .checkpointAsked, .checkpointTaken, .gateStarted, .gateReturned, .pauseAsked, .paused, .resumed,
            .loopFound,
            .said, .delivered,
            .asked, .answered,
            .allowed, .rollbackStarted, .rolledBack, .undoStarted, .undone, .limitsSet, .recovered,
            .budgetReached, .clockSet,
            .completed, .failed,
            .cancelled, .applying,
            .applied, .deliveryUndone, .unapplied, .exported, .discarded, .evicted:
            false
        }
    }
}
