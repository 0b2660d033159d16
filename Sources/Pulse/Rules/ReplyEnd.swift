import AgentOSCore

/// Why a reply without calls is not the agent's last word, as one line; nil where it may be.
///
/// A vendor that filters or cuts an answer ends it as if it were whole; taken for the end, a session would complete on
/// half an answer. `cap` is what the request allowed, told where the vendor did not count.
func brokenEnd(of reply: ModelReply, cap: Int?) -> String? {
    guard reply.calls.isEmpty else { return nil }
    switch reply.finish {
    case .stop, .tools: return nil
    case .filtered: return "the model's answer was filtered by its vendor"
    case .length:
        let place = (reply.usage?.output ?? cap).map { "\($0) output tokens" } ?? "the vendor's limit"
        return "the answer was cut at \(place); raise limits.output_tokens or use another model"
    }
}
