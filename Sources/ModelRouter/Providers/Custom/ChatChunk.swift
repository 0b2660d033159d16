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
        var toolCalls: [CallDelta]?

        enum CodingKeys: String, CodingKey {
            case content
            case toolCalls = "tool_calls"
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

/// What the wire counts: cached tokens are inside the prompt's.
struct ChatUsage: Decodable {
    struct Details: Decodable {
        var cachedTokens: Int?
        var cacheWriteTokens: Int?

        enum CodingKeys: String, CodingKey {
            case cachedTokens = "cached_tokens"
            case cacheWriteTokens = "cache_write_tokens"
        }
    }

    /// What a count can be; more is a slip of the server's, and sums of it would not fit.
    private static let most = 1_000_000_000_000

    var promptTokens: Int?
    var completionTokens: Int?
    var details: Details?
    var cachedTokens: Int?
    /// Whether each count that is given can be read; an answer is not lost for one that cannot.
    private var isReadable = true

    enum CodingKeys: String, CodingKey {
        case promptTokens = "prompt_tokens"
        case completionTokens = "completion_tokens"
        case details = "prompt_tokens_details"
        case cachedTokens = "num_cached_tokens"
    }

    init(from decoder: any Decoder) throws {
        guard let fields = try? decoder.container(keyedBy: CodingKeys.self) else {
            isReadable = false
            return
        }
        do {
            promptTokens = try fields.decodeIfPresent(Int.self, forKey: .promptTokens)
            completionTokens = try fields.decodeIfPresent(Int.self, forKey: .completionTokens)
            details = try fields.decodeIfPresent(Details.self, forKey: .details)
            cachedTokens = try fields.decodeIfPresent(Int.self, forKey: .cachedTokens)
        } catch { isReadable = false }
    }

    /// The same in buckets that do not overlap; counts that cannot be are held to what can, and negative or
    /// unreadable ones tell nothing.
    var buckets: Usage? {
        let counts = [
            promptTokens, completionTokens, details?.cachedTokens, details?.cacheWriteTokens, cachedTokens,
        ]
        guard isReadable, counts.allSatisfy({ (0...Self.most).contains($0 ?? 0) }) else { return nil }
        let prompt = max(0, promptTokens ?? 0)
        let read = min(max(0, details?.cachedTokens ?? cachedTokens ?? 0), prompt)
        let write = min(max(0, details?.cacheWriteTokens ?? 0), prompt - read)
        return Usage(
            input: prompt - read - write, output: max(0, completionTokens ?? 0), cacheRead: read,
            cacheWrite: write)
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
        code = value["code"]?.string ?? value["type"]?.string
        status = value["code"]?.int ?? value["status"]?.int
        window = Self.window(value)
    }

    /// Reads what servers put into the body of an error.
    static func read(_ body: [UInt8]) -> VendorError {
        guard let value = try? JSONText.decode(JSONValue.self, from: body) else {
            return VendorError(
                message: VendorSentence.plain(String(decoding: body.prefix(2000), as: UTF8.self)))
        }
        let error = value["error"] ?? value
        return VendorError(
            code: error["code"]?.string ?? error["type"]?.string, message: VendorSentence.find(in: value),
            window: window(error))
    }

    private static func window(_ error: JSONValue) -> Int? {
        error["n_ctx"]?.int.flatMap { $0 >= ContextWords.smallest ? $0 : nil }
    }
}
