import AgentOSCore

/// What a model thought before its answer, which servers name in three ways and some want back with the calls that it
/// led to (DeepSeek, Kimi, OpenRouter).
///
/// It goes back under the name that it came by, so that no server meets a field that it does not know.
struct ChatReasoning: Sendable {
    /// The wire's name on what it wants back.
    static let wire = ProviderConfiguration.Kind.custom.rawValue

    private var content = ""
    private var plain = ""
    private var details: [[String: JSONValue]] = []

    /// Takes what a piece of an answer adds.
    mutating func take(_ delta: ChatChunk.Delta) {
        content += delta.reasoningContent?.string ?? ""
        plain += delta.reasoning?.string ?? ""
        for detail in delta.reasoningDetails?.array ?? [] {
            if let members = detail.object { take(members) }
        }
    }

    /// A detail comes in pieces of the same index and type: their texts are one, what else they say is the last's.
    private mutating func take(_ piece: [String: JSONValue]) {
        guard let last = details.last, last["type"] == piece["type"], let index = piece["index"],
            last["index"] == index
        else {
            details.append(piece)
            return
        }
        details[details.count - 1] = last.merging(piece) { old, new in
            new == .null ? old : new
        }
        for name in ["text", "summary", "data"] {
            guard let old = last[name]?.string, let new = piece[name]?.string else { continue }
            details[details.count - 1][name] = .string(old + new)
        }
    }

    /// The fields that go back, the most exact of those that came; nil where the model told nothing.
    func carried(of model: String) -> CarriedReasoning? {
        let fields: [String: JSONValue]
        if !details.isEmpty {
            fields = ["reasoning_details": .array(details.map { .object($0) })]
        } else if !content.isEmpty {
            fields = ["reasoning_content": .string(content)]
        } else if !plain.isEmpty {
            fields = ["reasoning": .string(plain)]
        } else {
            return nil
        }
        return CarriedReasoning(wire: Self.wire, model: model, content: .object(fields))
    }

    /// What this model itself wants back with the calls of an answer.
    static func fields(of calls: [ToolCall], for model: String) -> [String: JSONValue] {
        guard let carried = calls.first?.carried, carried.wire == wire, carried.model == model else {
            return [:]
        }
        return carried.content.object ?? [:]
    }
}
