/// What a rollback, its undoing and a fork do to a session.
extension Session {
    mutating func startRollback(_ rollback: Rollback, at: Timestamp) {
        beforeRollback = Conversation(
            messages: messages, context: context, waitingCalls: waitingCalls, agentIsDone: agentIsDone,
            gates: gates,
            gateAttempt: gateAttempt,
            outcome: outcome, result: result, reason: reason, resumesAs: resumesAs, error: error,
            requests: requests)
        self.rollback = rollback
        (inflight, seat, votes) = (nil, nil, [])
        enter(.rollback, at: at)
    }

    mutating func finishRollback(_ id: CheckpointID, at: Timestamp) {
        if let rollback, rollback.context, let target = checkpoints.first(where: { $0.checkpointId == id }) {
            rewind(to: target)
        }
        (outcome, result, gates, gateAttempt, requests) = (nil, .none, [], 1, [])
        context.compacting = nil
        filesTouched = true
        enter(.rolledBack, at: at)
    }

    /// Puts the conversation back to what it was at a checkpoint.
    mutating func rewind(to target: Checkpoint) {
        take(up: conversation(at: target))
    }

    /// The conversation at a checkpoint, also where a rollback has left it since.
    public func conversation(at checkpoint: Checkpoint) -> [Message] {
        left[checkpoint.checkpointId] ?? Array(messages.prefix(checkpoint.messages))
    }

    /// Goes on from a conversation; its calls without a result wait again.
    mutating func take(up conversation: [Message]) {
        let common = zip(messages, conversation).prefix { $0 == $1 }.count
        for checkpoint in checkpoints
        where checkpoint.messages > common && left[checkpoint.checkpointId] == nil {
            left[checkpoint.checkpointId] = Array(messages.prefix(checkpoint.messages))
        }
        messages = conversation
        context.rewind(to: conversation.count, common: common)
        loopSeen = messages.count
        (waitingCalls, agentIsDone) = ([], false)
        let isReply: (Message) -> Bool = { if case .assistant = $0 { true } else { false } }
        guard let last = messages.lastIndex(where: isReply), case .assistant(_, let calls) = messages[last]
        else { return }
        let answered = messages[last...].compactMap { if case .tool(let id, _, _) = $0 { id } else { nil } }
        waitingCalls = calls.filter { !answered.contains($0.id) }
        agentIsDone = calls.isEmpty && last == messages.count - 1
    }

    mutating func undo(at: Timestamp) {
        guard let before = beforeRollback, let rollback else { return }
        (messages, waitingCalls, agentIsDone) = (before.messages, before.waitingCalls, before.agentIsDone)
        // What a vendor told of its window stays known.
        let window = context.window
        (context, context.window) = (before.context, window)
        (gates, gateAttempt, outcome, result) = (
            before.gates, before.gateAttempt, before.outcome, before.result
        )
        // What was taken or put back meanwhile is not undone.
        if let taken = resultDelivery {
            if taken.rest == nil { result = .applied }
        } else if result == .applied, !isInPlace {
            result = .pending
        }
        requests = before.requests
        enter(rollback.from, at: at)
        if !rollback.from.isEnded { endedAt = nil }
        (resumesAs, error) = (before.resumesAs, before.error)
        reason = rollback.from == .paused ? before.reason ?? .gate : nil
        filesTouched = true
        (beforeRollback, self.rollback, isUndoing) = (nil, nil, false)
    }
}
