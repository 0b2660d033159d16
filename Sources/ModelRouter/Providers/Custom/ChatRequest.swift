import AgentOSCore

/// Our request as the body of `POST /chat/completions`.
struct ChatRequest {
    /// Tool names as the wire allows them: letters, digits, `_` and `-`, at most 64.
    private let wireNames: [String: String]
    private let request: ModelRequest

    init(_ request: ModelRequest) {
        self.request = request
        wireNames = Self.names(of: request.tools)
    }

    /// The body, with tools as the wire's own tool calls.
    func body(model: String) -> JSONValue {
        var body = Self.frame(model: model, request: request)
        body["messages"] = .array(Self.system(request.system) + request.messages.map(message))
        if !request.tools.isEmpty {
            body["tools"] = .array(
                request.tools.map { tool in
                    [
                        "type": "function",
                        "function": [
                            "name": .string(wireName(tool.name)), "description": .string(tool.description),
                            "parameters": tool.parameters,
                        ],
                    ]
                })
            body["tool_choice"] = "auto"
        }
        return .object(body)
    }

    /// The tool that goes by this name on the wire; a name nobody gave out stays as it is.
    func toolName(onWire name: String) -> String {
        wireNames.first { $0.value == name }?.key ?? name
    }

    /// What every request to this wire holds.
    static func frame(model: String, request: ModelRequest) -> [String: JSONValue] {
        var body: [String: JSONValue] = [
            "model": .string(model), "stream": true, "stream_options": ["include_usage": true],
        ]
        if let limit = request.maxOutputTokens { body["max_tokens"] = .int(Int64(limit)) }
        return body
    }

    /// The message that holds the instructions, if there are any.
    static func system(_ text: String) -> [JSONValue] {
        text.isEmpty ? [] : [["role": "system", "content": .string(text)]]
    }

    /// The arguments as the text that the wire wants.
    static func text(_ arguments: JSONValue) -> String {
        if case .string(let raw) = arguments { return raw }
        // A JSONValue without NaN always encodes, and NaN cannot come out of JSON.
        return (try? JSONText.string(arguments)) ?? "{}"
    }

    private func message(_ message: Message) -> JSONValue {
        switch message {
        case .user(let text): return ["role": "user", "content": .string(text)]
        case .tool(let id, let text, let isError):
            return [
                "role": "tool", "tool_call_id": .string(id),
                "content": .string(isError ? "Error: \(text)" : text),
            ]
        case .assistant(let text, let calls):
            var value: [String: JSONValue] = [
                "role": "assistant", "content": text.isEmpty && !calls.isEmpty ? .null : .string(text),
            ]
            if !calls.isEmpty {
                value["tool_calls"] = .array(
                    calls.map { call in
                        [
                            "id": .string(call.id), "type": "function",
                            "function": [
                                "name": .string(wireName(call.name)),
                                "arguments": .string(Self.text(call.arguments)),
                            ],
                        ]
                    })
            }
            return .object(value)
        }
    }

    private func wireName(_ name: String) -> String { wireNames[name] ?? Self.allowed(name) }

    private static func allowed(_ name: String) -> String {
        let letters = name.unicodeScalars.map { scalar -> Character in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                    || "_-".unicodeScalars.contains(scalar))
                ? Character(scalar) : "_"
        }
        return letters.isEmpty ? "_" : String(letters.prefix(64))
    }

    private static func names(of tools: [ToolSpec]) -> [String: String] {
        var names: [String: String] = [:]
        var taken: Set<String> = []
        for tool in tools where names[tool.name] == nil {
            var name = allowed(tool.name)
            var number = 2
            while taken.contains(name) {
                name = String(allowed(tool.name).prefix(60)) + "_\(number)"
                number += 1
            }
            taken.insert(name)
            names[tool.name] = name
        }
        return names
    }
}
