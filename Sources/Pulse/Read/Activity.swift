import AgentOSCore

/// What a session is doing, in a few words; raw, shown as `SafeText`.
func activity(of session: Session) -> String {
    if let inflight = session.inflight, session.state.isWorking {
        switch inflight {
        case .model where session.context.compacting != nil: return "summarising its context"
        case .model: return "thinking, turn \(session.turns + 1)"
        case .tool(let intent): return line("\(intent.call.name) \(callSubject(intent.call))")
        case .setup: return "setting up"
        case .gate(let name): return "gate \(name)"
        }
    }
    switch session.state {
    case .created: return "not started"
    case .queued: return "waits for its turn"
    case .running, .checkpoint: return session.pauseAsked ? "pausing" : "turn \(session.turns)"
    case .gateCheck: return "gates"
    case .rollback: return "rolling back"
    case .paused: return pausedActivity(session)
    case .complete: return line(session.outcome?.text ?? "done")
    case .failed: return line(session.error ?? "failed")
    case .rolledBack: return "back at \(session.rollback?.checkpointId.rawValue ?? "its start")"
    case .cancelled: return "cancelled"
    }
}

private func pausedActivity(_ session: Session) -> String {
    switch session.reason {
    case .approval, .setup: return "asks: " + line(session.requests.first?.text ?? "")
    case .question: return "asks: " + line(session.requests.first?.text ?? "")
    case .gate:
        return "gate red: "
            + session.gates.filter { $0.required && !$0.passed }.map(\.gate).joined(separator: ", ")
    case .limit(let name): return "limit \(name) reached"
    case .budget(let name): return "budget of the \(name) used up"
    case .disk: return "its files could not be kept, the disk is full or fails"
    case .files: return "it holds more files than are kept"
    case .recovery: return recoveryText(session)
    case .price: return "its model has no price"
    case .loop: return session.loop.map { "loops: \(loopText($0))" } ?? "goes in circles"
    case .context: return session.context.evidence.map(contextText) ?? "the context is full"
    case .pauseAll: return "everything is paused"
    case .operatorAsked, nil: return "paused by a person"
    }
}

/// The first line that is not blank, at most 200 characters.
func line(_ text: String) -> String {
    let first = text.split(whereSeparator: \.isNewline).first { !$0.allSatisfy(\.isWhitespace) } ?? ""
    return first.count > 200 ? first.prefix(199) + "…" : String(first)
}
