import AgentOSCore

/// How a reply without calls ended, as far as it is not the agent's last word.
///
/// A vendor that filters or cuts an answer ends it as if it were whole; taken for the end, a session would complete on
/// half an answer.
enum BrokenEnd: Hashable {
    /// A limit of the session, or a budget, cut it: it pauses, and goes on when that is lifted.
    case limit(PauseReason)
    /// The vendor did, and nothing of ours can be lifted; the cause in one line.
    case failure(String)
}

/// What a model call was allowed to write beside the session's own limit.
struct OutputCap: Hashable, Sendable {
    /// In tokens.
    var tokens: Int
    /// The budget that pays for no more; nil where the cap is only what a call may write as a rule.
    var budget: PauseReason?
}

/// How a reply is broken off; nil where it may be the end.
///
/// `session` is as it was before the reply. What the vendor did not count is taken for all that it was allowed. An
/// answer that came to the end of the model's window is not the last one: the conversation is compacted, and it goes on.
func brokenEnd(of reply: ModelReply, cap: OutputCap?, room: AnswerRoom, in session: Session) -> BrokenEnd? {
    guard reply.calls.isEmpty else { return nil }
    switch reply.finish {
    case .stop, .tools: return nil
    case .filtered: return .failure("the model's answer was filtered by its vendor")
    case .length: break
    }
    let left = session.config.limits.outputTokens.map { max(1, $0 - session.usage.written) }
    let bound = [left, cap?.tokens].compactMap { $0 }.min()
    let written = reply.usage?.written ?? bound
    if let written, let bound, written >= bound {
        if left == bound { return .limit(.limit("output_tokens")) }
        if let budget = cap?.budget { return .limit(budget) }
    }
    if room.isFull(reply.usage, written: written, bound: bound) { return nil }
    let place = written.map { "\($0) output tokens" } ?? "the vendor's limit"
    let advice =
        bound == nil && room.window == nil
        ? "if its window was full, name that (window of its provider in config.yaml), else use another model"
        : "raise limits.output_tokens or use another model"
    return .failure("the answer was cut at \(place); \(advice)")
}

/// What the model's window left for an answer.
struct AnswerRoom: Hashable, Sendable {
    /// The window in tokens, where it is known.
    var window: Int?
    /// What the call was allowed to write.
    var allowed: Int?

    /// Whether an answer was cut by the window: the call was allowed no more because of it, or prompt and answer came
    /// into the part of it that is kept free.
    func isFull(_ usage: Usage?, written: Int?, bound: Int?) -> Bool {
        guard let window else { return false }
        if let allowed, let written, allowed < bound ?? .max, written >= allowed { return true }
        guard let usage, usage.prompt > 0 else { return false }
        return usage.prompt + usage.written > ContextRoom(window: window).limit
    }
}
