import AgentOSCore

/// The name of the first limit that a session has reached, in the order cost, time, turns, calls, output tokens.
///
/// `ran` is its running time in milliseconds. A limit is reached when the next step could only go beyond it.
func exceededLimit(of session: Session, ran: Int64) -> String? {
    let limits = session.config.limits
    if let cost = limits.cost, session.cost >= cost { return "cost" }
    if let time = limits.time, ran >= time { return "time" }
    if let turns = limits.turns, session.turns >= turns { return "turns" }
    if let calls = limits.calls, session.calls >= calls { return "calls" }
    if let tokens = limits.outputTokens, session.usage.written >= tokens { return "output_tokens" }
    return nil
}

/// Whether a session has run so long without evidence of progress that its limit is reached.
///
/// A person who lets it go on is evidence enough, so this holds up no resume.
func isIdle(_ session: Session, ran: Int64) -> Bool {
    session.config.limits.idle.map { ran - session.progressAt >= $0 } ?? false
}

/// The shares of its cost limit that a session has reached and that were not told, as events.
func budgetEvents(of session: Session) -> [SessionEvent] {
    guard let limit = session.config.limits.cost, !session.state.isEnded else { return [] }
    return BudgetShare.untold(by: session.cost, of: limit, told: session.budgetShare).map {
        .budgetReached(share: $0, spent: session.cost, limit: limit)
    }
}

/// The share of the tightest limit that is used, 0 to 1; nil without limits.
func usedShare(of session: Session, ran: Int64) -> Double? {
    let limits = session.config.limits
    var shares: [Double] = []
    if let cost = limits.cost, cost > .zero {
        shares.append(Double(session.cost.picodollars) / Double(cost.picodollars))
    }
    if let time = limits.time, time > 0 { shares.append(Double(ran) / Double(time)) }
    if let turns = limits.turns, turns > 0 { shares.append(Double(session.turns) / Double(turns)) }
    if let calls = limits.calls, calls > 0 { shares.append(Double(session.calls) / Double(calls)) }
    if let tokens = limits.outputTokens, tokens > 0 {
        shares.append(Double(session.usage.written) / Double(tokens))
    }
    return shares.max().map { min(1, ($0 * 1000).rounded() / 1000) }
}

/// Reads `limits.KEY=VALUE` and returns the limits with that one changed; `none` lifts it.
func limits(_ limits: SessionLimits, setting text: String) throws(Fault) -> SessionLimits {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].hasPrefix("limits.") else {
        throw Fault.usage(
            "'\(text)' sets nothing",
            hint:
                "write limits.cost=2.00, limits.time=30m, limits.idle=10m, limits.turns=60, limits.calls=300 or limits.output_tokens=90000"
        )
    }
    let (key, value) = (String(parts[0].dropFirst(7)), String(parts[1]))
    func count() throws(Fault) -> Int? {
        if value == "none" { return nil }
        guard let number = Int(value), number > 0 else {
            throw Fault.usage("limits.\(key) is a whole number above 0, not '\(value)'")
        }
        return number
    }
    var changed = limits
    switch key {
    case "cost":
        guard value == "none" || Money(value).map({ $0 > .zero }) == true else {
            throw Fault.usage(
                "limits.cost is an amount in USD above 0, not '\(value)'", hint: "write limits.cost=2.00")
        }
        changed.cost = Money(value)
    case "time":
        guard value == "none" || DurationText.milliseconds(value) != nil else {
            throw Fault.usage("limits.time is a duration, not '\(value)'", hint: "write limits.time=30m")
        }
        changed.time = DurationText.milliseconds(value)
    case "idle":
        guard value == "none" || DurationText.milliseconds(value) != nil else {
            throw Fault.usage("limits.idle is a duration, not '\(value)'", hint: "write limits.idle=10m")
        }
        changed.idle = DurationText.milliseconds(value)
    case "turns": changed.turns = try count()
    case "calls": changed.calls = try count()
    case "output_tokens": changed.outputTokens = try count()
    default:
        throw Fault.usage(
            "there is no limit '\(key)'", hint: "limits are cost, time, idle, turns, calls and output_tokens")
    }
    return changed
}

/// What an answer to a reached limit wants: yes is as much again, anything else the new value; nil where none is reached.
func lift(_ text: String, _ session: Session) throws(Fault) -> SessionCommand? {
    guard case .limit(let name) = session.reason else {
        let isYes = ["yes", "y"].contains(text.lowercased())
        return isYes && session.requests.isEmpty ? .resume : nil
    }
    let limits = session.config.limits
    switch text.lowercased() {
    case "no", "n":
        throw Fault.usage(
            "the limit \(name) of \(session.id) stays as it is",
            hint: "end it: agentos session cancel \(session.id)")
    case "yes", "y":
        guard let setting = lifted(name, of: session) else { return .resume }
        return .setLimits(try Pulse.limits(limits, setting: setting))
    default: return .setLimits(try Pulse.limits(limits, setting: "limits.\(name)=\(text)"))
    }
}
