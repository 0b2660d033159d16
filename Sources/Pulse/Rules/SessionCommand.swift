import AgentOSCore

/// What can be wanted of a session, checked and resolved.
public enum SessionCommand: Hashable, Sendable {
    /// To be queued, and not started before a moment.
    case start(notBefore: Timestamp? = nil)
    /// To stand still at the next safe point.
    case pause
    /// To go on.
    case resume
    /// To end, and everything it runs with it.
    case cancel
    /// To hear this at the next tool boundary, or after the calls of the turn under way.
    case say(String, afterTurn: Bool = false)
    /// To have these limits from now on.
    case setLimits(SessionLimits)
    /// To get this answer to a request.
    case answer(ItemID, Answer)
}

/// Decides what a command does to a session; refuses what the state forbids, with the reason.
///
/// An empty list means that the goal already holds.
func decide(_ command: SessionCommand, in session: Session) throws(Fault) -> [SessionEvent] {
    switch command {
    case .start(let notBefore): try decideStart(notBefore, session)
    case .pause: try decidePause(session)
    case .resume: try decideResume(session)
    case .cancel: try decideCancel(session)
    case .say(let text, let afterTurn): try decideSay(text, afterTurn, session)
    case .setLimits(let limits): try decideLimits(limits, session)
    case .answer(let item, let answer): try decideAnswer(item, answer, session)
    }
}

/// A refusal in the contract's words: `cannot resume: the session is COMPLETE`.
func cannot(_ verb: String, _ session: Session, hint: String? = nil) -> Fault {
    Fault.refused("cannot \(verb) \(session.id): the session is \(session.state.rawValue)", hint: hint)
}

private func decideStart(_ notBefore: Timestamp?, _ session: Session) throws(Fault) -> [SessionEvent] {
    switch session.state {
    case .created:
        return [.queued(attempt: session.attempt + 1, notBefore: notBefore ?? session.config.notBefore)]
    case .queued where notBefore != nil && notBefore != session.notBefore:
        return [.queued(attempt: session.attempt, notBefore: notBefore)]
    case .queued, .running, .checkpoint, .gateCheck, .rollback: return []
    case .paused, .rolledBack:
        throw cannot("start", session, hint: "let it go on: agentos session resume \(session.id)")
    case .complete, .failed, .cancelled:
        throw cannot("start", session, hint: "roll it back first, or make a new one")
    }
}

private func decidePause(_ session: Session) throws(Fault) -> [SessionEvent] {
    switch session.state {
    case .queued, .running, .checkpoint, .gateCheck: return session.pauseAsked ? [] : [.pauseAsked]
    case .paused: return []
    case .created, .rollback, .complete, .failed, .rolledBack, .cancelled: throw cannot("pause", session)
    }
}

private func decideResume(_ session: Session) throws(Fault) -> [SessionEvent] {
    switch session.state {
    case .queued, .running, .checkpoint, .gateCheck: return session.pauseAsked ? [.resumed] : []
    case .paused: return try resumePaused(session)
    case .rolledBack where session.isUndoing:
        throw Fault.refused(
            "cannot resume \(session.id): an undo of its rollback was cut short",
            hint: "finish it: agentos session undo \(session.id)")
    case .rolledBack: return [.queued(attempt: session.attempt + 1)]
    case .created: throw cannot("resume", session, hint: "start it: agentos session start \(session.id)")
    case .rollback, .complete, .failed, .cancelled: throw cannot("resume", session)
    }
}

private func resumePaused(_ session: Session) throws(Fault) -> [SessionEvent] {
    // To let it go on is the answer to whether its setup may run again.
    if session.reason == .setup, let request = session.requests.first {
        return [.answered(itemId: request.itemId, answer: .yes), .resumed]
    }
    if let request = session.requests.first {
        throw Fault.refused(
            "cannot resume \(session.id): it waits for an answer",
            hint: "answer it: agentos inbox answer \(request.itemId) yes|no|TEXT")
    }
    switch session.reason {
    case .limit(let name):
        // Limits of running time do not grow while it stands still, so the start of the pause is as good as now.
        if let over = exceededLimit(of: session, ran: session.ranMilliseconds), over == name {
            throw Fault.refused(
                "cannot resume \(session.id): its limit \(name) is reached",
                hint: "lift it: agentos session set \(session.id) limits.\(name)=VALUE")
        }
        return [.resumed]
    case .gate:
        // What a person has run by hand since may have made them green.
        let isRed = session.gates.contains { $0.required && !$0.passed }
        return isRed ? [.resumed, .gateReturned(text: gateFeedback(session))] : [.resumed]
    case .operatorAsked, .approval, .question, .budget, .recovery, .price, .disk, .files, .setup, .loop,
        .context, .pauseAll,
        nil:
        return [.resumed]
    }
}

private func decideCancel(_ session: Session) throws(Fault) -> [SessionEvent] {
    switch session.state {
    case .created, .queued, .running, .checkpoint, .gateCheck, .paused, .rollback: return [.cancelled]
    case .cancelled: return []
    case .complete, .failed, .rolledBack: throw cannot("cancel", session)
    }
}

private func decideSay(_ text: String, _ afterTurn: Bool, _ session: Session) throws(Fault) -> [SessionEvent]
{
    guard !text.isEmpty else { throw Fault.usage("nothing was said to \(session.id)", hint: "give a text") }
    switch session.state {
    case .created, .queued, .running, .checkpoint, .gateCheck, .paused:
        let id = MessageID("\(session.id).s\(session.said.count + 1)")
        return [.said(messageId: id, text: text, afterTurn: afterTurn)]
    case .rollback, .complete, .failed, .rolledBack, .cancelled:
        throw cannot("say something to", session)
    }
}

private func decideLimits(_ limits: SessionLimits, _ session: Session) throws(Fault) -> [SessionEvent] {
    guard !session.state.isEnded || session.state == .rolledBack else {
        throw cannot("change the limits of", session)
    }
    guard limits != session.config.limits else { return [] }
    var changed = session
    changed.apply(.limitsSet(limits), at: session.touchedAt)
    guard case .limit = session.reason, session.state == .paused,
        exceededLimit(of: changed, ran: session.ranMilliseconds) == nil
    else { return [.limitsSet(limits)] }
    return [.limitsSet(limits), .resumed]
}

private func decideAnswer(_ item: ItemID, _ answer: Answer, _ session: Session) throws(Fault)
    -> [SessionEvent]
{
    guard let request = session.requests.first(where: { $0.itemId == item }) else {
        throw Fault.refused(
            "\(item) does not wait for an answer any more", hint: "see what does: agentos inbox list")
    }
    switch (request.kind, answer) {
    case (.approval, .text), (.setup, .text), (.gate, .text):
        throw Fault.usage("\(item) is answered by yes or no")
    case (.question, .yes), (.question, .no):
        throw Fault.usage("\(item) is a question: answer it with a text")
    case (.setup, .no): return [.answered(itemId: item, answer: answer), .cancelled]
    case (.approval, .yes), (.approval, .no), (.approval, .unattended), (.question, .text),
        (.question, .unattended), (.setup, .yes), (.setup, .unattended), (.gate, .yes), (.gate, .no),
        (.gate, .unattended):
        break
    }
    let isLast = session.requests.count == 1
    let reasons: [PauseReason] = [.approval, .question, .setup]
    let waits = session.state == .paused && session.reason.map(reasons.contains) ?? false
    return isLast && waits
        ? [.answered(itemId: item, answer: answer), .resumed] : [.answered(itemId: item, answer: answer)]
}
