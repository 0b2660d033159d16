import AgentOSCore

/// A streamed completion put together again; a value: events in, what can be shown out.
struct ChatAccumulator: ReplyAccumulator {
    private struct Call {
        var index: Int?
        var id = ""
        var name = ""
        var arguments = ""
    }

    /// Whether the stream has said that it is over.
    private(set) var isDone = false
    /// What the vendor has counted so far.
    private(set) var usage: Usage?
    /// How many pieces were of no known kind.
    private(set) var skipped = 0
    private var isRefused = false
    private var text = ""
    private var calls: [Call] = []
    private var finishReason: String?
    private var reasoning = ChatReasoning()
    private let request: ChatRequest
    private let ids: CallIDs
    private let reasoner: String?

    /// - Parameters:
    ///   - replyIndex: Part of the ids made up for calls that come without.
    ///   - reasoner: The model, where what it thinks goes back to it.
    init(_ request: ModelRequest, replyIndex: Int, reasoner: String? = nil) {
        self.request = ChatRequest(request)
        self.reasoner = reasoner
        ids = CallIDs(request, replyIndex: replyIndex)
    }

    /// What an event adds; throws where the stream itself reports an error or is not JSON.
    mutating func take(_ data: String) throws(WireError) -> [ModelStreamEvent] {
        guard !isDone else { return [] }
        if data == "[DONE]" {
            isDone = true
            return []
        }
        guard let chunk = try? JSONText.decode(ChatChunk.self, from: data) else { throw .notJSON }
        if let counted = chunk.usage { usage = counted.buckets }
        if let error = chunk.error { throw .reported(error.vendor) }
        if chunk.isUnknown { skipped += 1 }
        guard let choice = chunk.choices?.first else { return [] }
        var events: [ModelStreamEvent] = []
        if let delta = choice.delta ?? choice.message {
            if reasoner != nil { reasoning.take(delta) }
            if let more = delta.content?.text, !more.isEmpty {
                text += more
                events.append(.text(more))
            }
            if let refusal = delta.refusal, !refusal.isEmpty {
                // Not shown: until then another model may be asked.
                (isRefused, text) = (true, text + refusal)
            }
            for call in delta.toolCalls ?? [] {
                if let name = take(call) { events.append(.call(name: request.toolName(onWire: name))) }
            }
        }
        if let reason = choice.finishReason { finishReason = reason }
        return events
    }

    /// The name of a call that has just become known.
    private mutating func take(_ delta: ChatChunk.CallDelta) -> String? {
        let slot = slot(for: delta)
        let wasNamed = !calls[slot].name.isEmpty
        if calls[slot].id.isEmpty { calls[slot].id = delta.id ?? "" }
        if !wasNamed { calls[slot].name = delta.function?.name ?? "" }
        calls[slot].arguments += delta.function?.arguments?.text ?? ""
        return wasNamed || calls[slot].name.isEmpty ? nil : calls[slot].name
    }

    /// Which call a piece belongs to: by index, else by id, else the last; servers number some or none.
    private mutating func slot(for delta: ChatChunk.CallDelta) -> Int {
        let id = delta.id ?? ""
        let isNamed = !(delta.function?.name ?? "").isEmpty
        if let index = delta.index {
            if let slot = calls.lastIndex(where: { $0.index == index }),
                !isNamed || id.isEmpty || calls[slot].id.isEmpty || calls[slot].id == id
            {
                return slot
            }
        } else if let slot = calls.lastIndex(where: { !id.isEmpty && $0.id == id }) {
            return slot
        } else if !isNamed, id.isEmpty, !calls.isEmpty {
            return calls.count - 1
        }
        calls.append(Call(index: delta.index))
        return calls.count - 1
    }

    /// The whole reply; nil where the stream ended before its end, or said nothing but that it is over.
    func reply() -> ProviderReply? {
        guard finishReason != nil || isDone && !(text.isEmpty && calls.isEmpty) else { return nil }
        var ids = ids
        let calls = calls.enumerated().map { number, call in
            ToolCall(
                id: ids.unique(call.id, number: number + 1), name: request.toolName(onWire: call.name),
                arguments: CallArguments.read(call.arguments),
                carried: number == 0 ? reasoner.flatMap { reasoning.carried(of: $0) } : nil)
        }
        let finish: FinishReason
        switch finishReason {
        case "length", "model_length": finish = .length
        case "content_filter": finish = .filtered
        default: finish = isRefused ? .filtered : calls.isEmpty ? .stop : .tools
        }
        return ProviderReply(text: text, calls: calls, usage: usage, finish: finish, skipped: skipped)
    }
}
