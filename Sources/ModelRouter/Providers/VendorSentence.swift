import AgentOSCore

/// The sentence in what a server sends as an error; never the JSON or HTML around it.
enum VendorSentence {
    /// Where servers put it, the most telling first.
    private static let places = ["message", "error", "detail", "msg", "error_description", "title", "errors"]

    /// Looks for it in the usual places, also where one error is wrapped in another's text.
    static func find(in value: JSONValue, depth: Int = 0) -> String? {
        guard depth < 6 else { return nil }
        switch value {
        case .string(let text):
            guard text.first(where: { !$0.isWhitespace }).map({ "{[".contains($0) }) == true,
                let inner = try? JSONText.decode(JSONValue.self, from: text)
            else { return plain(text) }
            return find(in: inner, depth: depth + 1)
        case .array(let items): return items.lazy.compactMap { find(in: $0, depth: depth + 1) }.first
        case .object(let members):
            return places.lazy.compactMap { members[$0] }
                .compactMap { find(in: $0, depth: depth + 1) }.first
        case .null, .bool, .int, .double: return nil
        }
    }

    /// A text that is a sentence; nil for a page, a piece of JSON, or nothing.
    static func plain(_ text: String) -> String? {
        guard let first = text.first(where: { !$0.isWhitespace }), !"<{[".contains(first),
            !text.lowercased().contains("<html")
        else { return nil }
        return text
    }
}
