import AgentOSCore

/// Our request as the body of `POST /chat/completions`.
struct ChatRequest {
    private let names: WireNames
    private let request: ModelRequest
    private let dialect: ChatDialect

    init(_ request: ModelRequest, _ dialect: ChatDialect = .plain) {
        self.request = request
        self.dialect = dialect
        names = WireNames(request.tools)
    }

    /// The body, with tools as the wire's own tool calls.
    func body(model: String) -> JSONValue {
        var body = Self.frame(model: model, request: request, dialect)
        var called: [String: String] = [:]
        for case .assistant(_, let calls) in request.messages {
            for call in calls { called[call.id] = names.wire(call.name) }
        }
        body["messages"] = .array(Self.system(request.system) + conversation(called, model))
        if !request.tools.isEmpty {
            body["tools"] = .array(
                request.tools.map { tool in
                    [
                        "type": "function",
                        "function": [
                            "name": .string(names.wire(tool.name)), "description": .string(tool.description),
                            "parameters": tool.parameters,
                        ],
                    ]
                })
            body["tool_choice"] = "auto"
        }
        return .object(body)
    }

    /// The tool that goes by this name on the wire; a name nobody gave out stays as it is.
    func toolName(onWire name: String) -> String { names.tool(name) }

    /// What every request to this wire holds.
    static func frame(
        model: String, request: ModelRequest, _ dialect: ChatDialect = .plain
    ) -> [String: JSONValue] {
        var body: [String: JSONValue] = ["model": .string(model), "stream": true]
        if dialect.asksForUsage { body["stream_options"] = ["include_usage": true] }
        if let limit = request.maxOutputTokens { body[dialect.limitKey] = .int(Int64(limit)) }
        return body
    }

    /// The message that holds the instructions, if there are any.
    static func system(_ text: String) -> [JSONValue] {
        text.isEmpty ? [] : [["role": "system", "content": .string(text)]]
    }

    /// The arguments as the text that the wire wants.
    static func text(_ arguments: JSONValue) -> String { CallArguments.text(arguments) }

    private func conversation(_ called: [String: String], _ model: String) -> [JSONValue] {
        var wasResult = false
        return request.messages.flatMap { entry -> [JSONValue] in
            let isBridged = wasResult && dialect.bridge != nil
            if case .tool = entry { wasResult = true } else { wasResult = false }
            guard case .user = entry, isBridged, let bridge = dialect.bridge else {
                return [message(entry, called, model)]
            }
            return [["role": "assistant", "content": .string(bridge)], message(entry, called, model)]
        }
    }

    private func message(_ message: Message, _ called: [String: String], _ model: String) -> JSONValue {
        switch message {
        case .user(let text): return ["role": "user", "content": .string(text)]
        case .tool(let id, let text, let isError):
            var value: [String: JSONValue] = [
                "role": "tool", "tool_call_id": .string(dialect.callID(id)),
                "content": .string(isError ? "Error: \(text)" : text),
            ]
            if dialect.namesResults { value["name"] = called[id].map { .string($0) } }
            return .object(value)
        case .assistant(let text, let calls):
            var value: [String: JSONValue] = [
                "role": "assistant", "content": text.isEmpty && !calls.isEmpty ? .null : .string(text),
            ]
            if !calls.isEmpty {
                value["tool_calls"] = .array(
                    calls.map { call in
                        [
                            "id": .string(dialect.callID(call.id)), "type": "function",
                            "function": [
                                "name": .string(names.wire(call.name)),
                                "arguments": .string(Self.text(call.arguments)),
                            ],
                        ]
                    })
            }
            guard dialect.carriesReasoning else { return .object(value) }
            return .object(ChatReasoning.fields(of: calls, for: model).merging(value) { $1 })
        }
    }
}

/// How vendors differ that speak chat completions.
struct ChatDialect: Sendable {
    /// The key of the limit on what is written.
    var limitKey = "max_tokens"
    /// Whether usage in a stream must be asked for.
    var asksForUsage = true
    /// Whether a tool's result names the tool.
    var namesResults = false
    /// Whether what a model thought goes back to it with its calls, under the name that it came by.
    var carriesReasoning = false
    /// What the model is held to have said between a tool's result and a person, where it must have said something.
    var bridge: String?
    /// The id of a call as the wire takes it.
    var callID: @Sendable (String) -> String = { $0 }

    /// What most servers understand.
    static let plain: ChatDialect = {
        var dialect = ChatDialect()
        dialect.carriesReasoning = true
        return dialect
    }()
}
