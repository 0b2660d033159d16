import AgentOSCore

/// What a command would act on: enough to say why it cannot.
struct Subject: Hashable {
    /// The session that is shown or selected.
    var session: SessionSummary?
    /// Whether its last rollback can be undone; nil while that is not known.
    var canUndo: Bool?
    /// The item whose request is on the screen.
    var item: InboxItem?
    /// Whether this console only looks.
    var isReadOnly = false
    /// Whether the host is there.
    var isLinked = true
}

/// Says why a command cannot be done now; nil when it can.
///
/// The host decides in the end: this is what the state on the screen already tells.
func disabledReason(_ spec: CommandSpec, on subject: Subject) -> String? {
    if spec.changes, subject.isReadOnly { return "cannot \(spec.title): this console is read-only" }
    if spec.changes, !subject.isLinked { return "cannot \(spec.title): the link to the host is lost" }
    switch spec.name {
    case "inbox.yes", "inbox.no", "inbox.answer": return answerReason(spec, subject.item)
    case "session.new", "session.create", "session.search": return nil
    default: break
    }
    guard spec.name.hasPrefix("session.") || spec.name == "gate.run" else { return nil }
    guard let session = subject.session else { return "cannot \(spec.title): no session is selected" }
    return sessionReason(spec.name, session, subject.canUndo).map { "cannot \(verb(spec, session)): \($0)" }
}

/// What the command would do to this session, in a word.
private func verb(_ spec: CommandSpec, _ session: SessionSummary) -> String {
    guard spec.name == "session.toggle" else { return spec.title }
    return session.state.isWorking ? "pause" : "resume"
}

private func answerReason(_ spec: CommandSpec, _ item: InboxItem?) -> String? {
    guard let item else { return "cannot answer: no request is shown, ! goes to the next" }
    if item.isFailedChain { return nil }
    switch (item.kind, spec.name) {
    case (.approval, _), (.question, "inbox.answer"), (.limit, "inbox.yes"), (.limit, "inbox.answer"):
        return nil
    case (.question, _): return "cannot answer \(spec.title): this is a question, i answers it with a text"
    case (.result, _): return "cannot answer: this is a result, a applies it"
    case (.limit, _), (.stuck, _), (.gate, _), (.ended, _): return "cannot answer: nothing is asked here"
    }
}

/// The rules of DESIGN.md's arrows, as far as a summary shows them.
private func sessionReason(_ name: String, _ session: SessionSummary, _ canUndo: Bool?) -> String? {
    let state = session.state
    let stands = "the session is \(state.rawValue)"
    switch name {
    case "session.start": return state == .created ? nil : stands
    case "session.say":
        // One that has ended goes on as a fork, from a checkpoint that it has.
        return state == .rollback || state.isEnded && session.startedAt == nil ? stands : nil
    case "session.fork": return session.startedAt == nil ? "it has not run yet" : nil
    case "session.set": return state.isEnded && state != .rolledBack ? stands : nil
    case "session.cancel": return state.isEnded ? stands : nil
    case "session.pause": return state.isWorking && state != .rollback ? nil : stands
    case "session.resume":
        return resumeReason(session) ?? (state == .paused || state == .rolledBack ? nil : stands)
    case "session.toggle":
        if state.isWorking { return state == .rollback ? stands : nil }
        return resumeReason(session) ?? (state == .paused || state == .rolledBack ? nil : stands)
    case "session.checkpoint": return state == .created || state == .queued || state.isEnded ? stands : nil
    case "session.rollback":
        if state == .rolledBack { return "it is rolled back already, undo that first" }
        if state == .rollback || state == .created { return stands }
        return session.startedAt == nil ? "it has not run yet" : nil
    case "session.undo":
        if let canUndo { return canUndo ? nil : "it has no rollback to undo" }
        return state == .rolledBack ? nil : "it has no rollback to undo"
    case "session.diff", "session.export": return session.startedAt == nil ? "it has not run yet" : nil
    case "session.apply", "session.discard":
        if state.isWorking { return "the session is still working (\(state.rawValue))" }
        return session.startedAt == nil ? "it has not run yet" : resultReason(session)
    case "gate.run":
        if state.isWorking { return "\(stands), pause it first" }
        return session.startedAt == nil ? "it has not run yet" : nil
    case "session.unapply":
        let isTaken = session.result.state == .applied || session.result.applied != nil
        return isTaken ? nil : "nothing of it was applied"
    default: return nil
    }
}

private func resumeReason(_ session: SessionSummary) -> String? {
    switch session.reason {
    case .approval, .question: "it waits for an answer, ! goes to the request"
    case .pauseAll: "everything is paused, P lets it go on"
    case .operatorAsked, .gate, .limit, .budget, .recovery, .price, .disk, .files, .setup, .loop, .context,
        nil:
        nil
    }
}

/// What was not finished can still be taken; only what is known to hold nothing, or to be settled, cannot.
private func resultReason(_ session: SessionSummary) -> String? {
    switch session.result.state {
    case .pending: nil
    case .none: session.state == .complete ? "it has no result that changed anything" : nil
    case .applied: "its result was applied already"
    case .discarded: "its result was discarded"
    }
}
