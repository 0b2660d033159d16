import AgentOSCore

/// Tools for models without tool calls: the answer is held to a JSON schema that is one tool's call or an answer.
///
/// The conversation is told as plain text, roles alternating, since the templates of such models know nothing else.
struct SchemaTools {
    // JSON is written with its keys in order, and a server that holds a model to a schema holds it to that order too:
    // the tool must be named before its arguments, so their key comes after `tool`.
    private static let tool = "tool"
    private static let arguments = "with"
    private static let answer = "answer"

    private let request: ModelRequest

    init(_ request: ModelRequest) { self.request = request }

    /// The body of the request.
    func body(model: String) -> JSONValue {
        var body = ChatRequest.frame(model: model, request: request)
        body["messages"] = .array(ChatRequest.system(instructions) + conversation)
        if !request.tools.isEmpty {
            body["response_format"] = [
                "type": "json_schema", "json_schema": ["name": "reply", "schema": schema],
            ]
        }
        return .object(body)
    }

    private var schema: JSONValue {
        func closed(_ properties: [String: JSONValue]) -> JSONValue {
            [
                "type": "object", "properties": .object(properties),
                "required": .array(properties.keys.sorted().map { .string($0) }),
                "additionalProperties": false,
            ]
        }
        let calls = request.tools.map { tool in
            closed([Self.tool: ["const": .string(tool.name)], Self.arguments: tool.parameters])
        }
        return ["anyOf": .array(calls + [closed([Self.answer: ["type": "string"]])])]
    }

    private var instructions: String {
        guard !request.tools.isEmpty else { return request.system }
        let tools = request.tools.map { tool in
            let call = Self.line([
                Self.tool: .string(tool.name), Self.arguments: tool.parameters["properties"] ?? [:],
            ])
            return "\(call) \(tool.description)"
        }
        let answer = Self.line([Self.answer: "…"])
        let rules = """
            Reply with one JSON object that uses one tool, or with \(answer) when nothing is left to do.
            Tools:
            \(tools.joined(separator: "\n"))
            """
        return request.system.isEmpty ? rules : request.system + "\n\n" + rules
    }

    private var conversation: [JSONValue] {
        var turns: [(role: String, text: String)] = []
        func say(_ role: String, _ text: String) {
            if turns.last?.role == role {
                turns[turns.count - 1].text += "\n\n" + text
            } else {
                turns.append((role, text))
            }
        }
        var names: [String: String] = [:]
        for message in request.messages {
            switch message {
            case .user(let text): say("user", text)
            case .assistant(let text, let calls):
                if !text.isEmpty {
                    say("assistant", request.tools.isEmpty ? text : Self.line([Self.answer: .string(text)]))
                }
                for call in calls {
                    names[call.id] = call.name
                    say(
                        "assistant",
                        Self.line([Self.tool: .string(call.name), Self.arguments: call.arguments]))
                }
            case .tool(let id, let text, let isError):
                say("user", "\(isError ? "Error" : "Result") of \(names[id] ?? "the tool"): \(text)")
            }
        }
        return turns.map { ["role": .string($0.role), "content": .string($0.text)] }
    }

    private static func line(_ members: [String: JSONValue]) -> String { ChatRequest.text(.object(members)) }

    /// The call or the answer that the text holds; text that is neither is an answer as it stands.
    func read(_ reply: ProviderReply, replyIndex: Int) -> ProviderReply {
        var read = reply
        guard let value = try? JSONText.decode(JSONValue.self, from: Self.unfenced(reply.text)) else {
            return reply
        }
        if let name = value[Self.tool]?.string {
            let arguments = value[Self.arguments] ?? value["arguments"] ?? [:]
            read.text = ""
            read.calls = [
                ToolCall(
                    id: "call_\(replyIndex + 1)_1", name: name,
                    arguments: arguments.object == nil ? .string(ChatRequest.text(arguments)) : arguments)
            ]
            read.finish = .tools
        } else if let answer = value[Self.answer]?.string {
            read.text = answer
            read.finish = .stop
        }
        return read
    }

    /// Passes on at once what could not be shown piece by piece.
    func show(_ reply: ProviderReply, to onEvent: (ModelStreamEvent) -> Void) -> ProviderReply {
        if !reply.text.isEmpty { onEvent(.text(reply.text)) }
        for call in reply.calls { onEvent(.call(name: call.name)) }
        return reply
    }

    private static func unfenced(_ text: String) -> String {
        guard let start = text.firstIndex(of: "{"), let end = text.lastIndex(of: "}"), start < end else {
            return text
        }
        let around = text[..<start] + text[text.index(after: end)...]
        return around.allSatisfy({ $0.isWhitespace || "`json".contains($0) })
            ? String(text[start...end]) : text
    }
}
