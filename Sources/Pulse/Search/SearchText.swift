import AgentOSCore

/// What of an event a person would look for.
struct SearchText {
    /// The most of a goal or a message that is looked through, in bytes.
    static let messageLimit = 16 * 1024
    /// The most of a call's arguments, a result or a gate's output.
    static let bodyLimit = 4 * 1024

    let kind: TranscriptEntry.Kind
    let text: String

    /// The text of an event; nil where there is none.
    init?(type: String, payload: String) throws {
        guard let kind = Self.kinds[type] else { return nil }
        let fields = try JSONText.decode(JSONValue.self, from: payload)
        self.kind = kind
        let text = Self.text(type, fields)
        let limit = kind == .tool || kind == .gate ? Self.bodyLimit : Self.messageLimit
        let bytes = text.utf8
        self.text = bytes.count <= limit ? text : String(decoding: bytes.prefix(limit), as: UTF8.self)
        if self.text.isEmpty { return nil }
    }

    private static let kinds: [String: TranscriptEntry.Kind] = [
        "session.created": .goal, "session.said": .said, "session.model.finished": .text,
        "session.model.failed": .note, "session.failed": .note, "session.tool.started": .tool,
        "session.tool.finished": .tool, "session.asked": .request, "session.answered": .request,
        "session.gate.passed": .gate, "session.gate.failed": .gate,
    ]

    private static func text(_ type: String, _ fields: JSONValue) -> String {
        switch type {
        case "session.created":
            joined([fields["config"]?["name"], fields["config"]?["goal"]])
        case "session.tool.started": joined([fields["call"]?["name"], fields["call"]?["arguments"]])
        case "session.answered": joined([fields["answer"]])
        case "session.gate.passed", "session.gate.failed":
            joined([fields["gate"], fields["reason"], fields["output"]])
        case "session.model.failed": joined([fields["message"]])
        case "session.failed": joined([fields["error"]])
        default: joined([fields["text"]])
        }
    }

    /// The strings of values, a space between them; those of an object by its keys.
    private static func joined(_ values: [JSONValue?]) -> String {
        values.compactMap { value -> String? in
            switch value {
            case .string(let text): text
            case .array(let values): joined(values)
            case .object(let members): joined(members.sorted { $0.key < $1.key }.map(\.value))
            case .null, .bool, .int, .double, nil: nil
            }
        }.filter { !$0.isEmpty }.joined(separator: " ")
    }
}

/// What a person looks for, as words.
struct SearchWords {
    /// Words and phrases.
    let terms: [String]
    /// The query of the index.
    let match: String

    /// Reads words, and phrases in double quotes; nil where nothing in them can be looked for.
    init?(_ text: String) {
        var terms: [String] = []
        var parts: [String] = []
        for (place, part) in text.split(separator: "\"", omittingEmptySubsequences: false).enumerated() {
            let isPhrase = place % 2 == 1
            for piece in isPhrase ? [part] : part.split(whereSeparator: \.isWhitespace) {
                let term = String(piece.filter { !$0.unicodeScalars.contains { $0.value < 0x20 } })
                guard term.contains(where: { $0.isLetter || $0.isNumber }) else { continue }
                terms.append(term)
                parts.append("\"\(term)\"" + (isPhrase ? "" : "*"))
            }
        }
        guard !terms.isEmpty else { return nil }
        (self.terms, match) = (terms, parts.joined(separator: " "))
    }

    /// The text around the first place that holds one of the terms, on one line; the beginning where none is seen.
    func snippet(of text: String, length: Int = 160) -> String {
        let flat = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let low = flat.lowercased()
        let places = terms.compactMap { low.firstRange(of: $0.lowercased())?.lowerBound }
        let at = places.min().map { low.distance(from: low.startIndex, to: $0) } ?? 0
        let from = max(0, at - length / 4)
        let cut = flat.dropFirst(from)
        return (from > 0 ? "…" : "") + cut.prefix(length) + (cut.count > length ? "…" : "")
    }
}
