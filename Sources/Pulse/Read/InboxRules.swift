import AgentOSCore

/// What of a session waits for a person, oldest first.
func inboxItems(of session: Session) -> [InboxItem] {
    let name = session.config.name
    func item(_ suffix: String, _ kind: InboxItem.Kind, _ text: String, detail: String = "") -> InboxItem {
        InboxItem(
            itemId: ItemID("\(session.id).\(suffix)"), kind: kind, sessionId: session.id, name: name,
            text: text,
            askedAt: session.touchedAt, detail: detail)
    }
    // A gate that a person runs by hand asks after the end too.
    let asked = session.state.isEnded ? requestItems(session) : []
    return asked + courseItems(session, item)
}

private func courseItems(
    _ session: Session, _ item: (String, InboxItem.Kind, String, String) -> InboxItem
) -> [InboxItem] {
    switch session.state {
    case .paused: return pausedItems(session, item)
    // What a chain's sessions came to is the chain's to tell.
    case .complete where session.config.chain != nil, .failed where session.config.chain != nil: return []
    case .complete where session.result == .pending:
        return [item("r", .result, resultText(session), session.outcome?.text ?? "")]
    case .failed:
        return session.result == .discarded
            ? [] : [item("f", .stuck, "failed: \(session.error ?? "no reason given")", "")]
    case .created, .queued, .running, .checkpoint, .gateCheck, .complete, .rollback, .rolledBack, .cancelled:
        return []
    }
}

private func requestItems(_ session: Session) -> [InboxItem] {
    session.requests.map { request in
        InboxItem(
            itemId: request.itemId, kind: request.kind == .question ? .question : .approval,
            sessionId: session.id,
            name: session.config.name, text: request.text, askedAt: session.touchedAt,
            detail: [.question, .gate].contains(request.kind)
                ? "" : (try? JSONText.string(request.call.arguments)) ?? "",
            why: request.kind == .approval ? askReason(request.call, in: session.config) : nil)
    }
}

private func pausedItems(
    _ session: Session, _ item: (String, InboxItem.Kind, String, String) -> InboxItem
) -> [InboxItem] {
    let requests = requestItems(session)
    if !requests.isEmpty { return requests }
    func limitItem(_ words: LimitWords) -> InboxItem {
        item("l", .limit, words.line, words.detail.joined(separator: "\n"))
    }
    switch session.reason {
    case .gate:
        let red = session.gates.filter { $0.required && !$0.passed }
        return [
            item(
                "g", .gate, "gate \(red.map(\.gate).joined(separator: ", ")) is red",
                red.map(gateReport).joined(separator: "\n"))
        ]
    case .limit(let limit): return [limitItem(words(onLimit: limit, of: session))]
    // One item for all the sessions of a chain: its own.
    case .budget("chain") where session.config.chain != nil: return []
    case .budget(let budget): return [limitItem(words(onBudget: budget, of: session))]
    case .recovery:
        return [
            item(
                "k", .stuck, recoveryText(session), "resume it, roll it back or cancel it"
            )
        ]
    case .disk:
        return [
            item(
                "k", .stuck, "its files could not be kept, the disk is full or fails",
                "make room on the disk, then resume it")
        ]
    case .files:
        return [
            item(
                "k", .stuck, "it holds more files than are kept",
                "name the folder that grew in its .gitignore or remove it, then resume; or roll it back")
        ]
    case .price: return [limitItem(wordsOnPrice(of: session))]
    case .loop:
        return [
            item(
                "k", .stuck,
                session.loop.map { "it goes in circles: \(loopText($0))" } ?? "it goes in circles",
                ((session.loop?.lines ?? []) + [
                    "say something to it and resume it, roll it back or cancel it"
                ])
                .joined(separator: "\n"))
        ]
    case .context:
        let line = session.context.evidence.map(contextText) ?? "the context is full"
        return [item("k", .stuck, line, contextAdvice(session).joined(separator: "\n"))]
    case .operatorAsked, .approval, .question, .setup, .pauseAll, nil: return []
    }
}

/// What the breaker found, in a few words.
func loopText(_ evidence: LoopEvidence) -> String {
    switch evidence.pattern {
    case .sameCall: "the same call and result \(evidence.times) times"
    case .sameError: "the same error \(evidence.times) times"
    case .alternating: "two calls in turn, \(evidence.times) in all"
    case .monologue: "\(evidence.times) turns of words alone"
    }
}

/// `+120 −14 in 6 files · gates 3/3`.
func resultText(_ session: Session) -> String {
    guard let outcome = session.outcome else { return "" }
    if let rest = session.resultDelivery?.rest {
        return "\(rest.of - rest.left) of \(counted(rest.of, "file")) applied; the rest waits"
    }
    var files =
        "+\(outcome.added) −\(outcome.removed) in \(outcome.files) file\(outcome.files == 1 ? "" : "s")"
    if let count = session.checkpoints.last?.quarantined?.count { files += " · \(count) quarantined" }
    guard !session.config.gates.isEmpty else { return files }
    return "\(files) · gates \(session.gates.filter(\.passed).count)/\(session.config.gates.count)"
}
