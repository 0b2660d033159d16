/// How a step came out, as `when:` asks for it.
public enum StepResult: String, Hashable, Sendable, Codable, CaseIterable {
    /// It is green, or was not run again because nothing has changed.
    case passed
    /// It failed for good, was cancelled or was rolled back.
    case failed
    /// It was not run.
    case skipped
}

/// The condition of a step: `build.passed and not (lint.failed or docs.skipped)`.
///
/// `not` binds tighter than `and`, `and` tighter than `or`. Sent and stored as its text.
public indirect enum StepCondition: Hashable, Sendable {
    /// A step came out so.
    case result(String, StepResult)
    /// The other way round.
    case not(StepCondition)
    /// Both.
    case and(StepCondition, StepCondition)
    /// At least one.
    case or(StepCondition, StepCondition)

    /// Why a text is no condition.
    public struct Problem: Error, Hashable, Sendable {
        /// What is wrong.
        public var message: String
        /// What to write instead.
        public var suggestion: String?
    }

    /// The longest text that is read.
    public static let longest = 4096
    /// How deep parentheses and `not` may be nested.
    public static let deepest = 64

    /// Reads a condition.
    public init(parsing text: String) throws(Problem) {
        guard text.utf8.count <= Self.longest else {
            throw Problem(message: "longer than \(Self.longest) bytes", suggestion: "shorten it")
        }
        var parser = ConditionParser(text)
        self = try parser.whole()
    }

    /// Whether it holds; a step that has not come out yet is nil and meets none of the three.
    public func holds(_ result: (String) -> StepResult?) -> Bool {
        switch self {
        case .result(let step, let wanted): result(step) == wanted
        case .not(let inner): !inner.holds(result)
        case .and(let left, let right): left.holds(result) && right.holds(result)
        case .or(let left, let right): left.holds(result) || right.holds(result)
        }
    }

    /// What it asks for, in the order of the text.
    public var atoms: [(step: String, result: StepResult)] {
        switch self {
        case .result(let step, let wanted): [(step, wanted)]
        case .not(let inner): inner.atoms
        case .and(let left, let right), .or(let left, let right): left.atoms + right.atoms
        }
    }
}

extension StepCondition: CustomStringConvertible, Codable {
    /// The condition with the parentheses that it needs.
    public var description: String {
        switch self {
        case .result(let step, let wanted): "\(step).\(wanted.rawValue)"
        case .not(let inner): "not \(inner.bound(tighterThan: 3))"
        case .and(let left, let right): "\(left.bound(tighterThan: 2)) and \(right.bound(tighterThan: 3))"
        case .or(let left, let right): "\(left.bound(tighterThan: 1)) or \(right.bound(tighterThan: 2))"
        }
    }

    private var binding: Int {
        switch self {
        case .or: 1
        case .and: 2
        case .not, .result: 3
        }
    }

    private func bound(tighterThan level: Int) -> String { binding < level ? "(\(self))" : description }

    /// Reads the text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do throws(Problem) { self = try StepCondition(parsing: text) } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.message)
        }
    }

    /// Writes the text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Reads the words of a condition one after the other.
private struct ConditionParser {
    private var words: [Substring]
    private var next = 0
    private var depth = 0

    init(_ text: String) {
        var words: [Substring] = []
        var rest = Substring(text)
        while let first = rest.first {
            if first.isWhitespace {
                rest.removeFirst()
            } else if first == "(" || first == ")" {
                words.append(rest.prefix(1))
                rest.removeFirst()
            } else {
                let word = rest.prefix { !$0.isWhitespace && $0 != "(" && $0 != ")" }
                words.append(word)
                rest = rest.dropFirst(word.count)
            }
        }
        self.words = words
    }

    mutating func whole() throws(StepCondition.Problem) -> StepCondition {
        guard !words.isEmpty else { throw problem("empty", "write STEP.passed, STEP.failed or STEP.skipped") }
        let condition = try either()
        if let word = peek {
            throw problem("\(shown(word)) is one too many", "join conditions with and or or")
        }
        return condition
    }

    private mutating func either() throws(StepCondition.Problem) -> StepCondition {
        var left = try both()
        while take("or") { left = .or(left, try both()) }
        return left
    }

    private mutating func both() throws(StepCondition.Problem) -> StepCondition {
        var left = try single()
        while take("and") { left = .and(left, try single()) }
        return left
    }

    private mutating func single() throws(StepCondition.Problem) -> StepCondition {
        depth += 1
        defer { depth -= 1 }
        guard depth <= StepCondition.deepest else { throw problem("nested too deeply", "simplify it") }
        if take("not") { return .not(try single()) }
        if take("(") {
            let inner = try either()
            guard take(")") else { throw problem("a ( without its )", "close it") }
            return inner
        }
        guard let word = peek else { throw problem("ends too early", "write a condition at the end") }
        next += 1
        return try atom(word)
    }

    private func atom(_ word: Substring) throws(StepCondition.Problem) -> StepCondition {
        let expected = "write STEP.passed, STEP.failed or STEP.skipped"
        guard let dot = word.lastIndex(of: "."), dot != word.startIndex else {
            throw problem("\(shown(word)) is no condition", expected)
        }
        guard let result = StepResult(rawValue: String(word[word.index(after: dot)...])) else {
            throw problem("\(shown(word)) does not say how a step came out", expected)
        }
        return .result(String(word[..<dot]), result)
    }

    private var peek: Substring? { next < words.count ? words[next] : nil }

    private mutating func take(_ word: Substring) -> Bool {
        guard peek == word else { return false }
        next += 1
        return true
    }

    private func shown(_ word: Substring) -> String { "\"\(SafeText(String(word.prefix(40))).text)\"" }

    private func problem(_ message: String, _ suggestion: String) -> StepCondition.Problem {
        StepCondition.Problem(message: message, suggestion: suggestion)
    }
}
