import AgentOSCore

/// One event of a streamed message, or a whole message; what is not known is left out.
struct AnthropicEvent: Decodable {
    var type: String?
    var index: Int?
    var message: AnthropicMessage?
    var block: AnthropicBlock?
    var delta: Delta?
    var usage: AnthropicUsage?
    var error: AnthropicError?

    struct Delta: Decodable {
        var type: String?
        var text: String?
        var json: String?
        var thinking: String?
        var signature: String?
        var stopReason: String?

        enum Keys: String, CodingKey {
            case type, text, thinking, signature
            case json = "partial_json"
            case stopReason = "stop_reason"
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Keys.self)
            type = fields.ifReadable(String.self, .type)
            text = fields.ifReadable(String.self, .text)
            json = fields.ifReadable(String.self, .json)
            thinking = fields.ifReadable(String.self, .thinking)
            signature = fields.ifReadable(String.self, .signature)
            stopReason = fields.ifReadable(String.self, .stopReason)
        }
    }

    enum Keys: String, CodingKey {
        case type, index, message, delta, usage, error
        case block = "content_block"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Keys.self)
        type = fields.ifReadable(String.self, .type)
        index = fields.ifReadable(Int.self, .index)
        message = fields.ifReadable(AnthropicMessage.self, .message)
        block = fields.ifReadable(AnthropicBlock.self, .block)
        delta = fields.ifReadable(Delta.self, .delta)
        usage = fields.ifReadable(AnthropicUsage.self, .usage)
        error = fields.ifReadable(AnthropicError.self, .error)
    }
}

/// A message as it begins, or whole where a server does not stream.
struct AnthropicMessage: Decodable {
    var content: [AnthropicBlock]?
    var stopReason: String?
    var usage: AnthropicUsage?

    enum Keys: String, CodingKey {
        case content, usage
        case stopReason = "stop_reason"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Keys.self)
        content = fields.ifReadable([AnthropicBlock].self, .content)
        stopReason = fields.ifReadable(String.self, .stopReason)
        usage = fields.ifReadable(AnthropicUsage.self, .usage)
    }
}

/// A block of content as it begins.
struct AnthropicBlock: Decodable {
    var type: String?
    var text: String?
    var id: String?
    var name: String?
    var input: JSONValue?
    var thinking: String?
    var signature: String?
    var data: String?

    enum Keys: String, CodingKey { case type, text, id, name, input, thinking, signature, data }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Keys.self)
        type = fields.ifReadable(String.self, .type)
        text = fields.ifReadable(String.self, .text)
        id = fields.ifReadable(String.self, .id)
        name = fields.ifReadable(String.self, .name)
        input = fields.ifReadable(JSONValue.self, .input)
        thinking = fields.ifReadable(String.self, .thinking)
        signature = fields.ifReadable(String.self, .signature)
        data = fields.ifReadable(String.self, .data)
    }
}

/// What Anthropic counts: `input_tokens` leaves cached tokens out; later counts take the place of earlier ones.
struct AnthropicUsage: Decodable {
    struct Creation: Decodable {
        var minutes: Int?
        var hour: Int?

        enum CodingKeys: String, CodingKey {
            case minutes = "ephemeral_5m_input_tokens"
            case hour = "ephemeral_1h_input_tokens"
        }
    }
    struct Details: Decodable {
        var thinking: Int?
        enum CodingKeys: String, CodingKey { case thinking = "thinking_tokens" }
    }
    struct ServerTools: Decodable {
        var searches: Int?
        var fetches: Int?

        enum CodingKeys: String, CodingKey {
            case searches = "web_search_requests"
            case fetches = "web_fetch_requests"
        }
    }

    var input: Int?
    var output: Int?
    var read: Int?
    var written: Int?
    var creation: Creation?
    var details: Details?
    var tools: ServerTools?

    enum Keys: String, CodingKey {
        case input = "input_tokens"
        case output = "output_tokens"
        case read = "cache_read_input_tokens"
        case written = "cache_creation_input_tokens"
        case creation = "cache_creation"
        case details = "output_tokens_details"
        case tools = "server_tool_use"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Keys.self)
        input = fields.ifReadable(Int.self, .input)
        output = fields.ifReadable(Int.self, .output)
        read = fields.ifReadable(Int.self, .read)
        written = fields.ifReadable(Int.self, .written)
        creation = fields.ifReadable(Creation.self, .creation)
        details = fields.ifReadable(Details.self, .details)
        tools = fields.ifReadable(ServerTools.self, .tools)
    }

    /// The counts with those of a later event in their place.
    func revised(by later: AnthropicUsage) -> AnthropicUsage {
        var merged = self
        merged.input = later.input ?? input
        merged.output = later.output ?? output
        merged.read = later.read ?? read
        merged.written = later.written ?? written
        merged.creation = later.creation ?? creation
        merged.details = later.details ?? details
        merged.tools = later.tools ?? tools
        return merged
    }

    /// The same in buckets that do not overlap; nil where a count cannot be one.
    var buckets: Usage? {
        let counts = [
            input, output, read, written, creation?.minutes, creation?.hour, details?.thinking,
            tools?.searches, tools?.fetches,
        ]
        guard TokenCount.arePossible(counts), input != nil || output != nil else { return nil }
        let written = written ?? (creation?.minutes ?? 0) + (creation?.hour ?? 0)
        let hour = min(creation?.hour ?? 0, written)
        let thinking = min(details?.thinking ?? 0, output ?? 0)
        return Usage(
            input: input ?? 0, output: (output ?? 0) - thinking, cacheRead: read ?? 0,
            cacheWrite: written - hour, cacheWriteHour: hour, reasoning: thinking,
            serverCalls: (tools?.searches ?? 0) + (tools?.fetches ?? 0))
    }
}

/// `{type, message}`.
struct AnthropicError: Decodable {
    var type: String?
    var message: String?

    /// The same as the failure table reads it.
    var vendor: VendorError { VendorError(code: type, message: message) }

    /// Reads the body of an error: `{type: error, error: {type, message}}`.
    static func read(_ body: [UInt8]) -> VendorError {
        guard let error = (try? JSONText.decode(AnthropicEvent.self, from: body))?.error else {
            // A proxy before the vendor answers in its own way.
            return ChatError.read(body)
        }
        return error.vendor
    }
}
