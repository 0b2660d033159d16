import AgentOSCore

/// The wires that models are asked over, as their vendors speak them.
public enum VendorWire: String, Sendable, CaseIterable, CustomStringConvertible {
    /// Anthropic messages.
    case anthropic
    /// OpenAI chat completions.
    case openai
    /// Google Gemini.
    case google
    /// Mistral chat completions.
    case mistral
    /// Chat completions of anybody else.
    case custom

    /// The kind of provider.
    public var description: String { rawValue }

    /// The kind of provider.
    public var kind: ProviderConfiguration.Kind {
        switch self {
        case .anthropic: .anthropic
        case .openai: .openai
        case .google: .google
        case .mistral: .mistral
        case .custom: .custom
        }
    }

    /// What the address of a provider ends with.
    public var base: String { self == .google ? "/v1beta" : "/v1" }

    /// The header in which the key travels.
    public var keyHeader: String {
        switch self {
        case .anthropic: "x-api-key"
        case .google: "x-goog-api-key"
        case .openai, .mistral, .custom: "authorization"
        }
    }

    /// A provider on a server of this wire.
    public func provider(_ name: String, url: String, key: String = "key-of-a-test-1")
        -> ProviderConfiguration
    {
        var provider = ProviderConfiguration(name: name, kind: kind)
        provider.url = url + base
        provider.key = key
        return provider
    }

    // MARK: Pieces of an answer

    /// Before the first word: nothing, on most wires.
    public var opening: [String] {
        switch self {
        case .anthropic:
            [
                Self.data(
                    #"{"type":"message_start","message":{"id":"m","role":"assistant","content":[],"usage":{"input_tokens":10,"cache_read_input_tokens":4,"output_tokens":1}}}"#
                )
            ]
        case .openai, .mistral, .custom:
            [
                Self.data(
                    #"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#
                )
            ]
        case .google: []
        }
    }

    /// Some text, one piece a word.
    public func text(_ words: [String]) -> [String] {
        switch self {
        case .anthropic:
            [
                Self.data(
                    #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#)
            ]
                + words.map {
                    Self.data(
                        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\(Self.quoted($0))}}"
                    )
                } + [Self.data(#"{"type":"content_block_stop","index":0}"#)]
        case .openai, .mistral, .custom:
            words.map {
                Self.data(
                    "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\(Self.quoted($0))},\"finish_reason\":null}]}"
                )
            }
        case .google:
            words.map {
                Self.data(
                    "{\"candidates\":[{\"index\":0,\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\(Self.quoted($0))}]}}]}"
                )
            }
        }
    }

    /// A call of a tool; `arguments` is JSON text of an object.
    public func call(_ name: String, _ arguments: String, form: CallForm = .usual) -> [String] {
        switch self {
        case .anthropic: anthropicCall(name, arguments, form)
        case .google:
            [
                Self.data(
                    "{\"candidates\":[{\"index\":0,\"content\":{\"role\":\"model\",\"parts\":[{\"functionCall\":{\"name\":\"\(name)\",\"args\":\(form == .text ? Self.quoted(arguments) : arguments)},\"thoughtSignature\":\"c2lnbmVk\"}]}}]}"
                )
            ]
        case .openai, .mistral, .custom: chatCall(name, arguments, form)
        }
    }

    private func anthropicCall(_ name: String, _ arguments: String, _ form: CallForm) -> [String] {
        let input = form == .object ? arguments : form == .text ? Self.quoted(arguments) : "{}"
        let start = Self.data(
            "{\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"\(name)\",\"input\":\(input)}}"
        )
        let deltas = form == .object || form == .text ? [] : [""] + Self.halves(arguments)
        return (form == .thoughtful ? anthropicThought : []) + [start]
            + deltas.map {
                Self.data(
                    "{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\(Self.quoted($0))}}"
                )
            } + [Self.data(#"{"type":"content_block_stop","index":1}"#)]
    }

    private func chatCall(_ name: String, _ arguments: String, _ form: CallForm) -> [String] {
        func piece(_ function: String, id: String = "") -> String {
            Self.data(
                "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\(id)\"type\":\"function\",\"function\":{\(function)}}]},\"finish_reason\":null}]}"
            )
        }
        let id = self == .mistral ? "\"id\":\"abcDEF123\"," : "\"id\":\"call_1\","
        switch form {
        case .object: return [piece("\"name\":\"\(name)\",\"arguments\":\(arguments)", id: id)]
        case .text: return [piece("\"name\":\"\(name)\",\"arguments\":\(Self.quoted(arguments))", id: id)]
        case .thoughtful:
            let pieces = [
                "\"reasoning_content\":\"I must \"", "\"reasoning_content\":\"look.\",\"content\":null",
            ]
            return pieces.map {
                Self.data("{\"choices\":[{\"index\":0,\"delta\":{\($0)},\"finish_reason\":null}]}")
            } + chatCall(name, arguments, .usual)
        case .usual:
            return [piece("\"name\":\"\(name)\",\"arguments\":\"\"", id: id)]
                + Self.halves(arguments).map { piece("\"arguments\":\(Self.quoted($0))") }
        case .emptyName:
            return [piece("\"name\":\"\(name)\",\"arguments\":\"\"", id: id)]
                + Self.halves(arguments).map { piece("\"name\":\"\",\"arguments\":\(Self.quoted($0))") }
        }
    }

    private var anthropicThought: [String] {
        [
            #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"I must look."}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2lnbmVk"}}"#,
            #"{"type":"content_block_stop","index":0}"#,
        ].map(Self.data)
    }

    /// What a thoughtful call's next request must hold; nil where the vendor takes nothing back.
    public var thought: String? {
        switch self {
        case .anthropic: #""signature":"c2lnbmVk""#
        case .google: #""thoughtSignature":"c2lnbmVk""#
        case .custom: #""reasoning_content":"I must look.""#
        case .openai, .mistral: nil
        }
    }

    /// How the arguments of a call are written.
    public enum CallForm: String, Sendable, CaseIterable {
        /// As the vendor does.
        case usual
        /// As an object, at once.
        case object
        /// As one text.
        case text
        /// As usual, with an empty name in every later piece.
        case emptyName
        /// As usual, after a thought.
        case thoughtful
    }

    /// Why an answer ends.
    public enum End: Sendable {
        /// All is said.
        case stop
        /// Tools are to be used.
        case tools
        /// The output limit.
        case length
        /// The vendor refuses.
        case refusal
    }

    /// The end of an answer, with the usage: 10 in, 4 read from a cache, 2 out.
    public func ending(_ end: End) -> [String] {
        switch self {
        case .anthropic:
            let reason =
                switch end {
                case .stop: "end_turn"
                case .tools: "tool_use"
                case .length: "max_tokens"
                case .refusal: "refusal"
                }
            return [
                Self.data(
                    "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"\(reason)\"},\"usage\":{\"output_tokens\":2}}"
                ), Self.data(#"{"type":"message_stop"}"#),
            ]
        case .google:
            let reason =
                switch end {
                case .stop, .tools: "STOP"
                case .length: "MAX_TOKENS"
                case .refusal: "SAFETY"
                }
            return [
                Self.data(
                    "{\"candidates\":[{\"index\":0,\"finishReason\":\"\(reason)\"}],\"usageMetadata\":{\"promptTokenCount\":14,\"cachedContentTokenCount\":4,\"candidatesTokenCount\":2,\"totalTokenCount\":16}}"
                )
            ]
        case .openai, .mistral, .custom:
            let reason =
                switch end {
                case .stop: "stop"
                case .tools: "tool_calls"
                case .length: "length"
                case .refusal: "content_filter"
                }
            let usage =
                #""usage":{"prompt_tokens":14,"completion_tokens":2,"total_tokens":16,"prompt_tokens_details":{"cached_tokens":4}}"#
            let finish = "{\"index\":0,\"delta\":{},\"finish_reason\":\"\(reason)\"}"
            return self == .mistral
                ? [Self.data("{\"choices\":[\(finish)],\(usage)}"), Self.data("[DONE]")]
                : [
                    Self.data("{\"choices\":[\(finish)]}"), Self.data("{\"choices\":[],\(usage)}"),
                    Self.data("[DONE]"),
                ]
        }
    }

    /// What `ending` counts.
    public static let usage = Usage(input: 10, output: 2, cacheRead: 4)

    static func data(_ json: String) -> String { "data: \(json)\n\n" }

    static func quoted(_ text: String) -> String { (try? JSONText.string(text)) ?? "\"\"" }

    private static func halves(_ text: String) -> [String] {
        let half = text.index(text.startIndex, offsetBy: text.count / 2)
        return [String(text[..<half]), String(text[half...])]
    }
}
