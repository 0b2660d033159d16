import AgentOSCore

/// A judge cannot be asked; the gate is red with the reason.
struct JudgeRefusal: Error, Hashable, Sendable {
    /// Why, in one line.
    var reason: String
}

extension GateConfig {
    /// What a judge is asked for; nil for a gate of another kind.
    var judge: JudgeRule? {
        switch kind {
        case .judge(let rule): rule
        case .run, .diff, .match, .schema, .present, .human: nil
        }
    }

    /// What the next vote on files is about.
    func seat(on tree: TreeID, in session: Session, byHand: Bool = false) -> JudgeSeat {
        var seat = JudgeSeat(
            gate: name, gateHash: gateHash(self), tree: tree, vote: 1, byHand: byHand ? true : nil)
        seat.vote = session.votes(for: seat).count + 1
        return seat
    }
}

extension Session {
    /// The votes in the log that count beside this one.
    func votes(for seat: JudgeSeat) -> [JudgeVote] { votes.filter { $0.seat.isBeside(seat) } }
}

/// The next vote, or once all are in the log the gate's result: no vote that is there is asked for again.
func stepToJudge(_ gate: GateConfig, _ rule: JudgeRule, _ tree: TreeID, in session: Session, now: Timestamp)
    -> SessionEffect
{
    let votes = session.votes(for: gate.seat(on: tree, in: session))
    if votes.count >= rule.votes {
        let outcome = outcome(of: votes, gate, rule, tree, in: session)
        return .record([outcome.passed ? .gatePassed(outcome) : .gateFailed(outcome)])
    }
    if let limit = judgeLimit(of: session, ran: session.ran(until: now)) {
        return .record([.paused(reason: .limit(limit))])
    }
    return .callJudge(gate)
}

/// The limit that a session has reached and that a vote would go beyond.
func judgeLimit(of session: Session, ran: Int64) -> String? {
    let limits = session.config.limits
    if let cost = limits.cost, session.cost >= cost { return "cost" }
    if let time = limits.time, ran >= time { return "time" }
    if let tokens = limits.outputTokens, session.usage.written >= tokens { return "output_tokens" }
    return nil
}

/// What the votes come to: green where more than half of them give a score and the mean of all, one that gives none
/// counting as 0, reaches what the gate asks for.
func outcome(
    of votes: [JudgeVote], _ gate: GateConfig, _ rule: JudgeRule, _ tree: TreeID, in session: Session,
    byHand: Bool = false
) -> GateOutcome {
    let given = votes.filter { $0.score != nil }
    let mean = votes.isEmpty ? 0 : votes.reduce(0) { $0 + ($1.score ?? 0) } / Double(votes.count)
    // Sums of decimals are a hair below what they are on paper.
    let reaches = mean >= rule.pass - 1e-9
    var reason: String?
    if given.count * 2 <= votes.count {
        let silent = votes.first { $0.score == nil }?.reason ?? "no vote was given"
        reason = "\(votes.count - given.count) of \(votes.count) votes give no score: \(silent)"
    } else if !reaches {
        let lowest = votes.min { ($0.score ?? 0) < ($1.score ?? 0) }?.reason ?? ""
        reason = "score \(hundredths(mean)), \(hundredths(rule.pass)) is needed: \(lowest)"
    }
    let lines = votes.map { vote in
        "vote \(vote.seat.vote) · \(vote.model.map { "\($0)" } ?? "nobody") · "
            + "\(vote.score.map(hundredths) ?? "no score") · \(vote.reason)"
    }
    return GateOutcome(
        gate: gate.name, passed: reason == nil, required: gate.required, tree: tree,
        gateHash: gateHash(gate), reason: reason.map { line($0) },
        output: (["score \(hundredths(mean)) of \(hundredths(rule.pass))"] + lines).joined(separator: "\n"),
        attempt: session.gateAttempt, milliseconds: votes.reduce(0) { $0 + $1.milliseconds },
        byHand: byHand ? true : nil)
}

/// The result of a judge that could not be asked: red.
func outcome(
    of refusal: JudgeRefusal, _ gate: GateConfig, _ tree: TreeID, in session: Session, byHand: Bool = false
) -> GateOutcome {
    GateOutcome(
        gate: gate.name, passed: false, required: gate.required, tree: tree, gateHash: gateHash(gate),
        reason: line(SafeText(refusal.reason).text), output: SafeText(refusal.reason).text,
        attempt: session.gateAttempt, milliseconds: 0, byHand: byHand ? true : nil)
}

/// A number with two places, rounded down: what is not enough must not look like it.
func hundredths(_ number: Double) -> String {
    let value = Int((max(0, number) * 100 + 1e-7).rounded(.down))
    return "\(value / 100).\(value % 100 < 10 ? "0" : "")\(value % 100)"
}

/// Whether a judge can be nobody but who writes the work, as far as the configuration tells; then the reason.
func selfJudging(_ gate: GateConfig, author: [ModelReference], judges: [ModelReference], model: String)
    -> String?
{
    guard let rule = gate.judge, author.count == 1, let writer = author.first, !judges.isEmpty,
        judges.allSatisfy({ $0 == writer })
    else { return nil }
    return "gate \(gate.name): \(rule.model) is \(writer) alone, and so is the session's model \(model)"
}
