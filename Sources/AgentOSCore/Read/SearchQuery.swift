/// A place in a transcript that holds what was looked for.
public struct SearchHit: Hashable, Sendable, Codable {
    /// The session.
    public var sessionId: SessionID
    /// Its name.
    public var name: String
    /// Where the session stands.
    public var state: SessionState
    /// The entry's place in the log; the transcript's line is the last that does not stand behind it.
    public var seq: Int64
    /// When it was said or done.
    public var at: Timestamp
    /// The turn in which it was, from 1; 0 is before the first.
    public var turn: Int
    /// What sort of line.
    public var kind: TranscriptEntry.Kind
    /// The text around the first of the words, on one line, raw; shown as `SafeText`.
    public var snippet: String

    /// A place in a transcript.
    public init(
        sessionId: SessionID, name: String, state: SessionState, seq: Int64, at: Timestamp, turn: Int,
        kind: TranscriptEntry.Kind, snippet: String
    ) {
        self.sessionId = sessionId
        self.name = name
        self.state = state
        self.seq = seq
        self.at = at
        self.turn = turn
        self.kind = kind
        self.snippet = snippet
    }
}

/// Full-text search over the transcripts of all sessions.
public struct SessionSearch: EngineQuery {
    /// `session.search`.
    public static let name = "session.search"
    /// The newest first.
    public typealias Answer = [SearchHit]
    /// Words that must all be there, each from the beginning of a word, case and accents ignored; `"…"` is a phrase.
    public var text: String
    /// Only in this session, by its id, an unambiguous prefix or its name; nil is all.
    public var id: String?
    /// At most so many.
    public var limit: Int
    /// Looks for a text.
    public init(text: String, id: String? = nil, limit: Int = 50) {
        self.text = text
        self.id = id
        self.limit = limit
    }
}
