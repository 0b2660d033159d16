import AgentOSCore

/// What is told of a limit or budget that is reached: a line for the list, and what lifts it.
struct LimitWords {
    /// The line.
    let line: String
    /// What is spent, what the next call needs, and the command that lets it go on; a line each.
    let detail: [String]
}

/// What is told of a limit of the session's own.
func words(onLimit name: String, of session: Session) -> LimitWords {
    let lift = "agentos session set \(session.id) limits.\(name)=VALUE"
    let again = lifted(name, of: session).map { "; yes is \($0)" } ?? ""
    let facts = limitFacts(name, session)
    let line = "limit \(name) is reached" + (facts.map { ": \($0.line)" } ?? "")
    return LimitWords(
        line: line, detail: (facts.map { [$0.detail] } ?? []) + ["lift it: \(lift)\(again)"])
}

private func limitFacts(_ name: String, _ session: Session) -> (line: String, detail: String)? {
    let limits = session.config.limits
    func plain(_ text: String) -> (String, String) { (text, text) }
    switch name {
    case "cost":
        guard let limit = limits.cost else { return nil }
        let refusal = session.refusal.flatMap { $0.cause == .session ? $0 : nil }
        return spending(.usd(session.cost), of: .usd(limit), needed: refusal?.needed, verb: "spent")
    case "time":
        return limits.time.map {
            plain("\(DurationText.short(session.ranMilliseconds)) of \(DurationText.exact($0)) ran")
        }
    case "idle": return limits.idle.map { plain("\(DurationText.exact($0)) without progress") }
    case "turns": return limits.turns.map { plain("\(session.turns) of \($0) turns") }
    case "calls": return limits.calls.map { plain("\(session.calls) of \($0) calls") }
    case "output_tokens":
        return limits.outputTokens.map { plain("\(session.usage.written) of \($0) output tokens") }
    default: return nil
    }
}

func spending(
    _ spent: BudgetAmount, of limit: BudgetAmount, needed: BudgetAmount?, verb: String
) -> (line: String, detail: String) {
    let unit = if case .usd = limit { " USD" } else { " tokens" }
    let next = needed.map { ", the next call may need \($0.short)" } ?? ""
    let exact = needed.map { "; the next call needs up to \($0)" } ?? ""
    return (
        "\(spent.short) of \(limit.short)\(unit) \(verb)\(next)",
        "\(spent) of \(limit) \(verb), \(limit.left(after: spent)) left\(exact)"
    )
}

/// What is told of a budget that the session shares with others.
func words(onBudget name: String, of session: Session) -> LimitWords {
    let refusal = session.refusal.flatMap { $0.cause.rawValue == name ? $0 : nil }
    let title =
        switch name {
        case "chain": "the budget of its chain is used up"
        case "unpriced": "the day's tokens of models without a price are used up"
        default: "the \(name)'s budget is used up"
        }
    var (line, detail): (String, [String]) = (title, [])
    if let spent = refusal?.spent, let limit = refusal?.limit {
        let facts = spending(spent, of: limit, needed: refusal?.needed, verb: "spent or held back")
        line += ": " + facts.line
        detail.append(facts.detail)
    }
    let resume = "agentos session resume \(session.id) (yes does that)"
    switch name {
    case "chain":
        detail.append(
            "raise it: agentos chain set \(session.config.chain.map { "\($0.chainId)" } ?? "CHAIN") budget=VALUE"
        )
    case "unpriced":
        detail +=
            renewal(refusal) + [
                "or raise budgets.unpriced.tokens_day in config.yaml, or name a price in prices.yaml, then: agentos host restart",
                "let it go on: \(resume)",
            ]
    default:
        detail +=
            renewal(refusal) + [
                "or raise budgets.\(name) in config.yaml, then: agentos host restart",
                "let it go on: \(resume)",
            ]
    }
    return LimitWords(line: line, detail: detail)
}

private func renewal(_ refusal: CallRefusal?) -> [String] {
    refusal?.renews.map { ["it begins anew with \($0)"] } ?? []
}

/// Why a model call was not made, in one line.
func refusalText(_ refusal: CallRefusal) -> String {
    guard let spent = refusal.spent, let limit = refusal.limit else {
        let names = refusal.models?.map(\.description).joined(separator: ", ") ?? "the model"
        return refusal.cause == .price ? "no price for \(names)" : "budget \(refusal.cause.rawValue)"
    }
    let facts = spending(spent, of: limit, needed: refusal.needed, verb: "spent or held back")
    return "budget \(refusal.cause.rawValue): \(facts.detail)"
}

/// What is told of a model that may not be called since nobody knows what it costs.
func wordsOnPrice(of session: Session) -> LimitWords {
    let models = session.refusal?.models?.map(\.description) ?? []
    let names = models.isEmpty ? "its model" : models.joined(separator: ", ")
    let verb = models.count > 1 ? "have" : "has"
    let isAsked = session.config.onUnknownPrice == .refuse
    let why =
        isAsked
        ? "its file says on_unknown_price: refuse"
        : session.config.limits.cost != nil ? "the session has a cost limit" : "its chain has a budget"
    let priced = (models.isEmpty ? ["PROVIDER/MODEL"] : models)
        .map { "\($0): {input: USD, output: USD}" }.joined(separator: ", ")
    var detail = [
        "name what a million tokens cost in prices.yaml, models: {\(priced)}, then: agentos host restart"
    ]
    if !isAsked {
        detail.append(
            session.config.limits.cost != nil
                ? "or take the limit away: agentos session set \(session.id) limits.cost=none"
                : "or take the budget away: agentos chain set \(session.config.chain.map { "\($0.chainId)" } ?? "CHAIN") budget=none"
        )
    }
    detail.append("let it go on: agentos session resume \(session.id) (yes does that)")
    return LimitWords(line: "\(names) \(verb) no price, and \(why)", detail: detail)
}

/// The setting that lets a session go on beyond a limit that it has reached: as much again as it had, and for money at
/// least what the next call needs; nil for no limit.
func lifted(_ name: String, of session: Session) -> String? {
    let limits = session.config.limits
    let value: String?
    switch name {
    case "cost":
        let needed = session.refusal.flatMap { $0.cause == .session ? $0.needed?.money : nil } ?? .zero
        value = limits.cost.map { max($0 + $0, session.cost + needed).description }
    case "time": value = limits.time.map { "\(max(1, $0 / 500))s" }
    case "idle": value = limits.idle.map { "\(max(1, $0 / 500))s" }
    case "turns": value = limits.turns.map { "\($0 * 2)" }
    case "calls": value = limits.calls.map { "\($0 * 2)" }
    case "output_tokens": value = limits.outputTokens.map { "\($0 * 2)" }
    default: value = nil
    }
    return value.map { "limits.\(name)=\($0)" }
}

/// What follows from limits that a person sets, where one of them is reached already; nil where none is.
func consequence(of limits: SessionLimits, on session: Session, now: Timestamp) -> String? {
    var changed = session
    changed.apply(.limitsSet(limits), at: session.touchedAt)
    guard let name = exceededLimit(of: changed, ran: session.ran(until: now)) else {
        // What was refused under the limit before is refused again where this one does not pay for it either.
        guard session.reason == .limit("cost"), session.refusal?.cause == .session,
            let needed = session.refusal?.needed?.money, let cost = limits.cost, cost - session.cost < needed
        else { return nil }
        return
            "the next call needs up to \(needed) USD and \(cost - session.cost) USD are left: it pauses again"
    }
    guard let facts = limitFacts(name, changed) else { return nil }
    let follows =
        switch session.state {
        case .paused: "it stays paused"
        case .created, .queued, .rolledBack: "it pauses as soon as it runs"
        case .running, .checkpoint, .gateCheck, .rollback: "it pauses at its next step"
        case .complete, .failed, .cancelled: "it has ended"
        }
    return "limit \(name) is reached already: \(facts.line); \(follows)"
}
