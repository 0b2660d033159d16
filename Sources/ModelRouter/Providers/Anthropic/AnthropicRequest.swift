import AgentOSCore

/// Our request as the body of `POST /v1/messages`.
///
/// The order is the one in which the vendor caches: tools, system, history. Each turn adds to the end, so what stands
/// before it is read from the cache.
struct AnthropicRequest {
    /// The wire's name on what it wants back.
    static let wire = ProviderConfiguration.Kind.anthropic.rawValue
    /// What an answer may hold that no limit names: the field must be there.
    static let usualOutput = 16_384

    private let request: ModelRequest
    private let model: String
    private let names: WireNames

    init(_ request: ModelRequest, model: String) {
        self.request = request
        self.model = model
        names = WireNames(request.tools)
    }

    var body: JSONValue {
        var body: [String: JSONValue] = [
            "model": .string(model), "stream": true,
            "max_tokens": .int(
                Int64(min(request.maxOutputTokens ?? Self.usualOutput, Self.mostOutput(of: model)))),
            "messages": .array(messages),
        ]
        if !request.system.isEmpty {
            body["system"] = [Self.marked(["type": "text", "text": .string(request.system)])]
        }
        if !request.tools.isEmpty {
            var tools = request.tools.map { tool -> [String: JSONValue] in
                [
                    "name": .string(names.wire(tool.name)), "description": .string(tool.description),
                    "input_schema": tool.parameters,
                ]
            }
            tools[tools.count - 1]["cache_control"] = Self.marker
            body["tools"] = .array(tools.map { .object($0) })
        }
        return .object(body)
    }

    /// The most that models are known to write in an answer; asked for more, they refuse the request.
    static func mostOutput(of model: String) -> Int {
        let known: [(part: String, most: Int)] = [
            ("claude-3-5", 8192), ("claude-3-7", 64_000), ("claude-3-", 4096), ("opus-4-1", 32_000),
            ("opus-4-0", 32_000), ("opus-4-2025", 32_000),
        ]
        return known.first { model.contains($0.part) }?.most ?? 64_000
    }

    private static let marker: JSONValue = ["type": "ephemeral"]

    private static func marked(_ block: [String: JSONValue]) -> JSONValue {
        var block = block
        block["cache_control"] = marker
        return .object(block)
    }

    // MARK: Messages

    private typealias Turn = (role: String, blocks: [[String: JSONValue]])

    private var messages: [JSONValue] {
        var turns: [Turn] = []
        func say(_ role: String, _ blocks: [[String: JSONValue]]) {
            guard !blocks.isEmpty else { return }
            if turns.last?.role == role {
                turns[turns.count - 1].blocks += blocks
            } else {
                turns.append((role, blocks))
            }
        }
        for message in request.messages {
            switch message {
            case .user(let text): say("user", Self.text(text))
            case .tool(let id, let text, let isError): say("user", [result(id, text, isError)])
            case .assistant(let text, let calls): say("assistant", blocks(text, calls))
            }
        }
        mark(&turns)
        return turns.map { turn in
            ["role": .string(turn.role), "content": .array(turn.blocks.map { .object($0) })]
        }
    }

    /// The end of the history and the end before it: this answer reads what the last one wrote, and writes for the next.
    ///
    /// A request without tools is asked once; writing it to the cache would only cost.
    private func mark(_ turns: inout [Turn]) {
        guard !request.tools.isEmpty, request.isCompaction != true else { return }
        for index in turns.indices.filter({ turns[$0].role == "user" }).suffix(2) {
            let last = turns[index].blocks.count - 1
            turns[index].blocks[last]["cache_control"] = Self.marker
        }
    }

    /// A block of text; the vendor refuses an empty one.
    private static func text(_ text: String) -> [[String: JSONValue]] {
        text.allSatisfy(\.isWhitespace) ? [] : [["type": "text", "text": .string(text)]]
    }

    private func result(_ id: String, _ text: String, _ isError: Bool) -> [String: JSONValue] {
        var block: [String: JSONValue] = [
            "type": "tool_result", "tool_use_id": .string(WireNames.allowed(id)),
            "content": .string(text.isEmpty ? "(nothing)" : text),
        ]
        if isError { block["is_error"] = true }
        return block
    }

    /// Reasoning comes back unchanged before what it led to, and only to the model that signed it.
    private func blocks(_ text: String, _ calls: [ToolCall]) -> [[String: JSONValue]] {
        var blocks = calls.first.map(reasoning) ?? []
        blocks += Self.text(text)
        for (number, call) in calls.enumerated() {
            if number > 0 { blocks += reasoning(call) }
            blocks.append([
                "type": "tool_use", "id": .string(WireNames.allowed(call.id)),
                "name": .string(names.wire(call.name)), "input": CallArguments.object(call.arguments),
            ])
        }
        return blocks
    }

    /// Whether the model may be told to think: not while the tools of an answer report that began without a thought of
    /// this model, as another model's does.
    var allowsThinking: Bool {
        guard case .tool = request.messages.last,
            let calls = request.messages.reversed().lazy.compactMap({ message -> [ToolCall]? in
                guard case .assistant(_, let calls) = message else { return nil }
                return calls
            }).first
        else { return true }
        return calls.first.map { !reasoning($0).isEmpty } ?? true
    }

    private func reasoning(_ call: ToolCall) -> [[String: JSONValue]] {
        guard let carried = call.carried, carried.wire == Self.wire, carried.model == model else { return [] }
        return carried.content.array?.compactMap(\.object) ?? []
    }
}
