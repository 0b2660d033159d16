/// How models judge the work of another.
public struct JudgeRule: Hashable, Sendable, Codable {
    /// The most votes that a gate may ask for: each is a call that costs.
    public static let mostVotes = 15

    /// What the work is judged by.
    public enum Rubric: Hashable, Sendable {
        /// A text.
        case text(String)
        /// A file of the workspace, as it was before the first turn.
        case file(String)
    }
    /// What the work is judged by.
    public var rubric: Rubric
    /// The route, or `provider/model`, that is asked; a model that wrote the work is left out of it.
    public var model: String
    /// How often it is asked.
    public var votes: Int
    /// The score from 0 to 1 that the votes must have on average.
    public var pass: Double

    /// A rule.
    public init(rubric: Rubric, model: String, votes: Int = 1, pass: Double = 0.7) {
        self.rubric = rubric
        self.model = model
        self.votes = votes
        self.pass = pass
    }

    private enum CodingKeys: CodingKey { case rubric, file, model, votes, pass }

    /// Reads what `encode` writes.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        if let file = try fields.decodeIfPresent(String.self, forKey: .file) {
            rubric = .file(file)
        } else {
            rubric = .text(try fields.decode(String.self, forKey: .rubric))
        }
        model = try fields.decode(String.self, forKey: .model)
        votes = try fields.decode(Int.self, forKey: .votes)
        pass = try fields.decode(Double.self, forKey: .pass)
    }

    /// Writes the rubric as `rubric`, or as `file` where it is one.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        switch rubric {
        case .text(let text): try fields.encode(text, forKey: .rubric)
        case .file(let path): try fields.encode(path, forKey: .file)
        }
        try fields.encode(model, forKey: .model)
        try fields.encode(votes, forKey: .votes)
        try fields.encode(pass, forKey: .pass)
    }
}

/// What a model call votes on, where it is one of a judge's.
public struct JudgeSeat: Hashable, Sendable, Codable {
    /// The gate.
    public var gate: String
    /// The gate's own hash.
    public var gateHash: String
    /// The files that are judged.
    public var tree: TreeID
    /// Which vote it is, from 1.
    public var vote: Int
    /// Whether a person runs the gate, beside the session's own course.
    public var byHand: Bool?

    /// A seat.
    public init(gate: String, gateHash: String, tree: TreeID, vote: Int, byHand: Bool? = nil) {
        self.gate = gate
        self.gateHash = gateHash
        self.tree = tree
        self.vote = vote
        self.byHand = byHand
    }

    /// Whether both vote on the same gate and the same files, in the same course.
    public func isBeside(_ other: JudgeSeat) -> Bool {
        gate == other.gate && gateHash == other.gateHash && tree == other.tree && byHand == other.byHand
    }
}

/// A vote that was given, or that came to nothing.
public struct JudgeVote: Hashable, Sendable {
    /// What it is about.
    public var seat: JudgeSeat
    /// Who was asked; nil where no model answered.
    public var model: ModelReference?
    /// From 0 to 1; nil for an abstention, an answer that is none, or a failure.
    public var score: Double?
    /// Why, in the judge's words or ours.
    public var reason: String
    /// How long it took.
    public var milliseconds: Int64

    /// A vote.
    public init(
        seat: JudgeSeat, model: ModelReference?, score: Double?, reason: String, milliseconds: Int64 = 0
    ) {
        self.seat = seat
        self.model = model
        self.score = score
        self.reason = reason
        self.milliseconds = milliseconds
    }
}

extension JudgeVote {
    /// The most of a reason that is kept.
    private static let reasonCap = 600

    /// A judge's answer, read: only a whole `{"score": 0…1, "reason": "…"}` and nothing beside it is a vote.
    ///
    /// A score of null abstains. One fence of code around the whole is passed over; models put it there.
    public static func read(_ reply: ModelReply, seat: JudgeSeat) -> JudgeVote {
        func none(_ why: String) -> JudgeVote {
            JudgeVote(seat: seat, model: reply.model, score: nil, reason: why)
        }
        switch reply.finish {
        case .length: return none("no vote: the answer was cut")
        case .filtered: return none("no vote: the answer was filtered by its vendor")
        case .stop, .tools: break
        }
        guard reply.calls.isEmpty else { return none("no vote: it asked for a tool instead") }
        guard let value = try? JSONText.decode(JSONValue.self, from: unfenced(reply.text)),
            let members = value.object, Set(members.keys) == ["score", "reason"],
            let reason = members["reason"]?.string, reason.contains(where: { !$0.isWhitespace })
        else { return none("no vote: the answer is not {\"score\": 0…1, \"reason\": \"…\"}") }
        let words = String(SafeText(reason).text.prefix(reasonCap))
        let score: Double
        switch members["score"] {
        case .null: return none("abstained: \(words)")
        case .int(let number): score = Double(number)
        case .double(let number): score = number
        case .bool, .string, .array, .object, nil: return none("no vote: the score is not a number")
        }
        guard (0...1).contains(score) else { return none("no vote: the score is not between 0 and 1") }
        return JudgeVote(seat: seat, model: reply.model, score: score, reason: words)
    }

    private static func unfenced(_ text: String) -> String {
        let trimmed = text.drop(while: \.isWhitespace)
        let end = trimmed.lastIndex { !$0.isWhitespace }
        let whole = end.map { trimmed[...$0] } ?? trimmed
        guard whole.hasPrefix("```"), whole.hasSuffix("```"), whole.count > 6,
            let line = whole.firstIndex(where: \.isNewline)
        else { return String(whole) }
        return String(whole[whole.index(after: line)...].dropLast(3))
    }
}
