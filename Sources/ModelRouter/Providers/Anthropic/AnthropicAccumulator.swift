import AgentOSCore

/// A streamed message put together again.
struct AnthropicAccumulator: ReplyAccumulator {
    private struct Block {
        enum Kind { case text, call, thinking, redacted, unknown }
        var kind: Kind
        var start: AnthropicBlock
        var text = ""
        var json = ""
        var signature = ""
    }

    /// Whether the stream has said that it is over.
    private(set) var isDone = false
    /// How many events, blocks or pieces were of no known kind.
    private(set) var skipped = 0
    private var counted: AnthropicUsage?
    private var hasFinalCount = false
    private var received = 0
    private var blocks: [Block] = []
    private var slots: [Int: Int] = [:]
    private var stopReason: String?
    private let names: WireNames
    private let ids: CallIDs
    private let model: String

    init(_ attempt: ModelAttempt) {
        names = WireNames(attempt.request.tools)
        ids = CallIDs(attempt.request, replyIndex: attempt.replyIndex)
        model = attempt.model
    }

    /// What was counted so far.
    ///
    /// The count of the answer comes with its end; before, what has arrived is counted at three bytes a token, so
    /// that an answer that breaks off is not taken for a free one.
    var usage: Usage? {
        guard var usage = counted?.buckets else { return nil }
        if !hasFinalCount, received > 0 { usage.output = max(usage.output, (received + 2) / 3) }
        return usage
    }

    mutating func take(_ data: String) throws(WireError) -> [ModelStreamEvent] {
        guard !isDone else { return [] }
        guard let event = try? JSONText.decode(AnthropicEvent.self, from: data) else { throw .notJSON }
        if let error = event.error { throw .reported(error.vendor) }
        switch event.type {
        case "message_start":
            // It can come twice, and counts as one.
            if let usage = event.message?.usage { count(usage) }
            return []
        case "content_block_start": return start(event.block, at: event.index)
        case "content_block_delta": return add(event.delta, at: event.index)
        case "message_delta":
            stopReason = event.delta?.stopReason ?? stopReason
            if let usage = event.usage {
                count(usage)
                hasFinalCount = true
            }
            return []
        case "message_stop":
            isDone = true
            return []
        case "message": return whole(data)
        case "content_block_stop", "ping": return []
        case "error": throw .reported(VendorError())
        default:
            skipped += 1
            return []
        }
    }

    private mutating func count(_ usage: AnthropicUsage) { counted = counted?.revised(by: usage) ?? usage }

    /// A message of a server that does not stream.
    private mutating func whole(_ data: String) -> [ModelStreamEvent] {
        guard let message = try? JSONText.decode(AnthropicMessage.self, from: data) else { return [] }
        if let usage = message.usage {
            count(usage)
            hasFinalCount = true
        }
        stopReason = message.stopReason
        isDone = true
        return (message.content ?? []).flatMap { start($0, at: nil) }
    }

    private mutating func start(_ block: AnthropicBlock?, at index: Int?) -> [ModelStreamEvent] {
        guard let block else { return [] }
        let kind: Block.Kind
        switch block.type {
        case "text": kind = .text
        case "tool_use": kind = .call
        case "thinking": kind = .thinking
        case "redacted_thinking": kind = .redacted
        default:
            kind = .unknown
            skipped += 1
        }
        var begun = Block(kind: kind, start: block)
        begun.text = (kind == .thinking ? block.thinking : block.text) ?? ""
        begun.signature = block.signature ?? ""
        if let index { slots[index] = blocks.count }
        blocks.append(begun)
        received += begun.text.utf8.count
        switch kind {
        case .text: return begun.text.isEmpty ? [] : [.text(begun.text)]
        case .call: return [.call(name: names.tool(block.name ?? ""))]
        case .thinking, .redacted, .unknown: return []
        }
    }

    private mutating func add(_ delta: AnthropicEvent.Delta?, at index: Int?) -> [ModelStreamEvent] {
        guard let delta else { return [] }
        guard let slot = index.flatMap({ slots[$0] }) ?? (index == nil ? blocks.indices.last : nil) else {
            skipped += 1
            return []
        }
        let piece = delta.text ?? delta.json ?? delta.thinking ?? ""
        switch (delta.type, blocks[slot].kind) {
        case ("text_delta", .text), ("thinking_delta", .thinking): blocks[slot].text += piece
        case ("input_json_delta", .call): blocks[slot].json += piece
        case ("signature_delta", .thinking): blocks[slot].signature += delta.signature ?? ""
        default:
            skipped += 1
            return []
        }
        received += piece.utf8.count
        return blocks[slot].kind == .text && !piece.isEmpty ? [.text(piece)] : []
    }

    func reply() -> ProviderReply? {
        let text = blocks.filter { $0.kind == .text }.map(\.text).joined()
        let calls = calls
        guard stopReason != nil || isDone && !(text.isEmpty && calls.isEmpty) else { return nil }
        let finish: FinishReason
        switch stopReason {
        // A turn that the vendor paused is not over either.
        case "max_tokens", "model_context_window_exceeded", "pause_turn": finish = .length
        case "refusal": finish = .filtered
        default: finish = calls.isEmpty ? .stop : .tools
        }
        return ProviderReply(text: text, calls: calls, usage: usage, finish: finish, skipped: skipped)
    }

    /// The calls, each with the reasoning that came before it.
    private var calls: [ToolCall] {
        var (calls, reasoning, ids): ([ToolCall], [JSONValue], CallIDs) = ([], [], ids)
        for block in blocks {
            switch block.kind {
            case .text, .unknown: continue
            case .thinking:
                reasoning.append([
                    "type": "thinking", "thinking": .string(block.text),
                    "signature": .string(block.signature),
                ])
            case .redacted:
                reasoning.append(["type": "redacted_thinking", "data": .string(block.start.data ?? "")])
            case .call:
                let isEmpty = block.json.allSatisfy(\.isWhitespace)
                calls.append(
                    ToolCall(
                        id: ids.unique(block.start.id ?? "", number: calls.count + 1),
                        name: names.tool(block.start.name ?? ""),
                        arguments: isEmpty ? begun(block.start.input) : CallArguments.read(block.json),
                        carried: reasoning.isEmpty
                            ? nil
                            : CarriedReasoning(
                                wire: AnthropicRequest.wire, model: model, content: .array(reasoning))))
                reasoning = []
            }
        }
        return calls
    }

    /// Arguments that came with the beginning of a call: an object, or text that holds one.
    private func begun(_ input: JSONValue?) -> JSONValue {
        switch input {
        case .object(let members): .object(members)
        case .string(let text): CallArguments.read(text)
        case .null, .bool, .int, .double, .array, nil: [:]
        }
    }
}
