import AgentOSCore

/// One chunk of a streamed completion, or a whole one; unknown fields are ignored.
struct ChatChunk: Decodable {
    struct Choice: Decodable {
        var delta: Delta?
        /// In place of `delta` where a server answers without streaming.
        var message: Delta?
        var finishReason: String?

        enum CodingKeys: String, CodingKey {
            case delta, message
            case finishReason = "finish_reason"
        }
    }

    struct Delta: Decodable {
        var content: Content?
        var refusal: String?
        var toolCalls: [CallDelta]?
        var reasoningContent: JSONValue?
        var reasoning: JSONValue?
        var reasoningDetails: JSONValue?

        enum CodingKeys: String, CodingKey {
            case content, refusal, reasoning
            case toolCalls = "tool_calls"
            case reasoningContent = "reasoning_content"
            case reasoningDetails = "reasoning_details"
        }
    }

    struct CallDelta: Decodable {
        struct Function: Decodable {
            var name: String?
            var arguments: Arguments?
        }
        var index: Int?
        var id: String?
        var function: Function?
    }

    var choices: [Choice]?
    var usage: ChatUsage?
    var error: ChatError?

    /// Whether it holds nothing of what chunks hold.
    var isUnknown: Bool { choices == nil && usage == nil && error == nil }

    /// A string, or a list of parts of which the text is taken.
    struct Content: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            struct Part: Decodable { var text: String? }
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self.text = text
            } else {
                text = try container.decode([Part].self).compactMap(\.text).joined()
            }
        }
    }

    /// A piece of JSON text, or the JSON itself.
    struct Arguments: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self.text = text
            } else {
                text = try JSONText.string(container.decode(JSONValue.self))
            }
        }
    }
}

/// `{message, type, code}`, or a bare string; the code may be a status.
struct ChatError: Decodable {
    var message: String?
    var code: String?
    var status: Int?
    /// The window in tokens, as llama.cpp tells it.
    var window: Int?

    init(from decoder: any Decoder) throws {
        let value = try JSONValue(from: decoder)
        message = VendorSentence.find(in: value)
        code = Self.word(value)
        status = value["code"]?.int ?? value["status"]?.int
        window = Self.window(value)
    }

    /// The same as the failure table reads it.
    var vendor: VendorError { VendorError(status: status, code: code, message: message, window: window) }

    /// Reads what servers put into the body of an error.
    static func read(_ body: [UInt8]) -> VendorError {
        guard let value = try? JSONText.decode(JSONValue.self, from: body) else {
            return VendorError(
                message: VendorSentence.plain(String(decoding: body.prefix(2000), as: UTF8.self)))
        }
        let error = value["error"] ?? value
        return VendorError(
            code: word(error), message: VendorSentence.find(in: value),
            window: window(error))
    }

    /// Its word for it: of the two places the one that means something, for some vendors number their errors.
    private static func word(_ error: JSONValue) -> String? {
        let words = [error["code"]?.string, error["type"]?.string].compactMap(\.self)
        return words.first(where: FailureTable.isKnown) ?? words.first
    }

    private static func window(_ error: JSONValue) -> Int? {
        error["n_ctx"]?.int.flatMap { $0 >= ContextWords.smallest ? $0 : nil }
    }
}
