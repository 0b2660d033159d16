import AgentOSCore

/// Our request as the body of `:streamGenerateContent`.
struct GeminiRequest {
    /// The wire's name on what it wants back.
    static let wire = ProviderConfiguration.Kind.google.rawValue
    /// What stands for the signature of a call that another model made: the vendor's own word to check none.
    private static let noSignature = "skip_thought_signature_validator"

    private let request: ModelRequest
    private let model: String
    private let names: WireNames

    init(_ request: ModelRequest, model: String) {
        self.request = request
        self.model = model
        names = WireNames(request.tools)
    }

    var body: JSONValue {
        var body: [String: JSONValue] = ["contents": .array(contents)]
        if !request.system.isEmpty {
            body["systemInstruction"] = ["parts": [["text": .string(request.system)]]]
        }
        if let limit = request.maxOutputTokens {
            body["generationConfig"] = ["maxOutputTokens": .int(Int64(limit))]
        }
        if !request.tools.isEmpty {
            let tools = request.tools.map { tool -> JSONValue in
                [
                    "name": .string(names.wire(tool.name)), "description": .string(tool.description),
                    "parametersJsonSchema": tool.parameters,
                ]
            }
            body["tools"] = [["functionDeclarations": .array(tools)]]
        }
        return .object(body)
    }

    private var contents: [JSONValue] {
        var turns: [(role: String, parts: [JSONValue])] = []
        func say(_ role: String, _ parts: [JSONValue]) {
            guard !parts.isEmpty else { return }
            if turns.last?.role == role {
                turns[turns.count - 1].parts += parts
            } else {
                turns.append((role, parts))
            }
        }
        var made: [String: ToolCall] = [:]
        for message in request.messages {
            switch message {
            case .user(let text): say("user", Self.text(text))
            case .tool(let id, let text, let isError): say("user", [result(made[id], text, isError)])
            case .assistant(let text, let calls):
                for call in calls { made[call.id] = call }
                say(
                    "model",
                    Self.text(text) + calls.enumerated().map { part($1, isFirst: $0 == 0) })
            }
        }
        return turns.map { ["role": .string($0.role), "parts": .array($0.parts)] }
    }

    private static func text(_ text: String) -> [JSONValue] {
        text.isEmpty ? [] : [["text": .string(text)]]
    }

    private func part(_ call: ToolCall, isFirst: Bool) -> JSONValue {
        let own = own(call)
        var function: [String: JSONValue] = [
            "name": .string(names.wire(call.name)), "args": CallArguments.object(call.arguments),
        ]
        function["id"] = own?["id"]
        var part: [String: JSONValue] = ["functionCall": .object(function)]
        if let signature = own?["thoughtSignature"] {
            part["thoughtSignature"] = signature
        } else if isFirst, wantsSignatures {
            part["thoughtSignature"] = .string(Self.noSignature)
        }
        return .object(part)
    }

    private func result(_ call: ToolCall?, _ text: String, _ isError: Bool) -> JSONValue {
        var response: [String: JSONValue] = [
            "name": .string(names.wire(call?.name ?? "tool")),
            "response": [isError ? "error" : "output": .string(text)],
        ]
        response["id"] = call.flatMap(own)?["id"]
        return ["functionResponse": .object(response)]
    }

    /// What this model itself wants back with a call.
    private func own(_ call: ToolCall) -> JSONValue? {
        guard let carried = call.carried, carried.wire == Self.wire, carried.model == model else {
            return nil
        }
        return carried.content
    }

    /// Since version 3 a first call without a signature is refused.
    private var wantsSignatures: Bool {
        guard let found = model.firstRange(of: "gemini-") else { return false }
        return Int(model[found.upperBound...].prefix { ("0"..."9").contains($0) }).map { $0 >= 3 } ?? false
    }
}
