/// A compaction that is about to be made: the summary of the conversation's earlier part is asked for.
public struct CompactionPlan: Hashable, Sendable, Codable {
    /// Why it is made.
    public enum Cause: String, Hashable, Sendable, Codable {
        /// The conversation is near the end of the model's window.
        case near
        /// The vendor refused the request as longer than the window.
        case overflow
    }
    /// Why it is made.
    public var cause: Cause
    /// The first entry of the conversation that no earlier summary covers, from 0.
    public var from: Int
    /// The first entry that is kept as it is.
    public var to: Int
    /// What the next request would have, estimated.
    public var tokensBefore: Int
    /// The window that it makes room in; where nobody knows it, what the refused request had.
    public var window: Int

    /// A compaction to be made.
    public init(cause: Cause, from: Int, to: Int, tokensBefore: Int, window: Int) {
        self.cause = cause
        self.from = from
        self.to = to
        self.tokensBefore = tokensBefore
        self.window = window
    }
}

/// A compaction that was made: what models are given in place of the conversation's earlier part.
///
/// The conversation itself stays whole.
public struct Compaction: Hashable, Sendable, Codable {
    /// The first entry of the conversation that no earlier summary covers, from 0.
    public var from: Int
    /// The first entry that is kept as it is; the summary stands for all before it.
    public var to: Int
    /// How many entries the conversation had.
    public var messages: Int
    /// What the next request would have had, estimated.
    public var tokensBefore: Int
    /// What it has now, estimated.
    public var tokensAfter: Int
    /// The model's words.
    public var summary: String

    /// A compaction.
    public init(
        from: Int, to: Int, messages: Int, tokensBefore: Int, tokensAfter: Int, summary: String
    ) {
        self.from = from
        self.to = to
        self.messages = messages
        self.tokensBefore = tokensBefore
        self.tokensAfter = tokensAfter
        self.summary = summary
    }
}

/// Why a session's context has no room: what was found before it pauses for that.
public struct ContextEvidence: Hashable, Sendable, Codable {
    /// What was found.
    public enum Cause: String, Hashable, Sendable, Codable, CaseIterable {
        /// The vendor refused the request again, after it was made shorter.
        case overflowAgain = "overflow_again"
        /// The vendor refused the request for the summary itself.
        case compactionOverflow = "compaction_overflow"
        /// What has to be kept leaves no room.
        case nothingToLeaveOut = "nothing_to_leave_out"
        /// The summary is not short enough.
        case notSmaller = "not_smaller"
        /// The model gave no summary.
        case noSummary = "no_summary"
    }
    /// What was found.
    public var cause: Cause
    /// What the next request would have, estimated.
    public var tokens: Int
    /// The model's window, where it is known.
    public var window: Int?

    /// What was found.
    public init(cause: Cause, tokens: Int, window: Int?) {
        self.cause = cause
        self.tokens = tokens
        self.window = window
    }
}

/// How full a session's context is, and what was made of it.
public struct SessionContext: Hashable, Sendable {
    /// Compactions of the conversation as it is, the latest last.
    public internal(set) var compactions: [Compaction] = []
    /// The compaction that is being made.
    public internal(set) var compacting: CompactionPlan?
    /// The window as a vendor told it.
    public internal(set) var window: Int?
    /// Requests that a vendor refused one after the other as longer than its window.
    public internal(set) var overflows = 0
    /// Whether the last of these was not made shorter since.
    public internal(set) var isTooLong = false
    /// What the vendor counted for the last answer and its prompt, nil where that says nothing of the next request.
    public internal(set) var counted: Int?
    /// How many entries of the conversation it counted.
    public internal(set) var countedMessages = 0
    /// Why there is no room, until the session goes on.
    public internal(set) var evidence: ContextEvidence?

    /// The summary that stands for the conversation's earlier part.
    public var compaction: Compaction? { compactions.last }

    /// The context of a session that goes on from a conversation that shares so many entries with the one before.
    mutating func rewind(to count: Int, common: Int) {
        compactions.removeAll { $0.messages > count || $0.to > common }
        (compacting, evidence, overflows, isTooLong, counted) = (nil, nil, 0, false, nil)
    }
}

extension Session {
    mutating func compact(_ compaction: Compaction) {
        context.compactions.append(compaction)
        (context.compacting, context.counted, context.isTooLong) = (nil, nil, false)
    }

    mutating func fill(_ evidence: ContextEvidence) {
        (context.evidence, context.compacting) = (evidence, nil)
    }

    /// Takes note of what the vendor counted for the last answer, which is the conversation's last entry.
    mutating func count(_ usage: Usage?) {
        (context.overflows, context.isTooLong) = (0, false)
        // A prompt of nothing was not counted.
        let prompt = usage?.prompt ?? 0
        context.counted = prompt > 0 ? prompt + (usage?.written ?? 0) : nil
        context.countedMessages = messages.count
    }

    mutating func overflow(_ window: Int?) {
        (context.overflows, context.isTooLong) = (context.overflows + 1, true)
        context.window = window ?? context.window
    }
}
