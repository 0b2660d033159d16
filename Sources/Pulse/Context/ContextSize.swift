import AgentOSCore

/// How many tokens a context has, as far as that can be known before a vendor counts them.
enum ContextSize {
    /// A token for three bytes of JSON: text and code have three to four.
    static func tokens(ofBytes bytes: Int) -> Int { (bytes + 2) / 3 }

    /// What entries of a conversation have, estimated.
    static func tokens(of messages: some Sequence<Message>) -> Int {
        tokens(ofBytes: messages.reduce(0) { $0 + $1.jsonSize + 1 })
    }

    /// What a session's next request would have: what the vendor counted for the last one with its answer, and an estimate
    /// of what came after; an estimate of all where nothing is counted.
    static func tokens(of request: ModelRequest, in session: Session) -> Int {
        guard let counted = session.context.counted, session.context.countedMessages <= session.messages.count
        else { return tokens(ofBytes: request.jsonSize) }
        return counted + tokens(of: session.messages[session.context.countedMessages...])
    }
}

/// How a window is shared out; the same for every model.
struct ContextRoom: Hashable, Sendable {
    /// The window in tokens.
    let window: Int
    /// What stays free for the next answer and for what cannot be estimated: a fifth, at most 20,000 tokens.
    var reserve: Int { min(20_000, window / 5) }
    /// The most that a request may have.
    var limit: Int { window - reserve }
    /// The most of the recent part that is kept: a quarter, at most 20,000 tokens.
    var recent: Int { min(20_000, window / 4) }
    /// The most that a summary may have: an eighth, at most 4,000 tokens.
    var summary: Int { min(4_000, max(1, window / 8)) }

    /// The most that may be left of so many tokens: three quarters, and within the limit.
    ///
    /// A compaction that saves less would be needed again at once.
    func target(from tokens: Int) -> Int { min(limit, tokens / 4 * 3) }
}
