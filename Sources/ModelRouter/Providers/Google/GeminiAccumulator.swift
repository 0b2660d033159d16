import AgentOSCore

/// A streamed answer put together again; it ends with the stream.
struct GeminiAccumulator: ReplyAccumulator {
    /// The wire has no word for the end.
    let isDone = false
    /// What was counted: each count stands for the whole until then.
    private(set) var usage: Usage?
    /// How many parts were of no known kind.
    private(set) var skipped = 0
    private var text = ""
    private var calls: [ToolCall] = []
    private var finishReason: String?
    private var isBlocked = false
    private var ids: CallIDs
    private let names: WireNames
    private let model: String

    init(_ attempt: ModelAttempt) {
        names = WireNames(attempt.request.tools)
        ids = CallIDs(attempt.request, replyIndex: attempt.replyIndex)
        model = attempt.model
    }

    mutating func take(_ data: String) throws(WireError) -> [ModelStreamEvent] {
        guard let chunk = try? JSONText.decode(GeminiChunk.self, from: data) else { throw .notJSON }
        if let counted = chunk.usage?.buckets { usage = counted }
        if let error = chunk.error { throw .reported(GeminiError.vendor(error)) }
        if chunk.feedback?.blockReason != nil { isBlocked = true }
        guard let candidate = chunk.candidates?.first else { return [] }
        finishReason = candidate.finishReason ?? finishReason
        let events = (candidate.content?.parts ?? []).flatMap { take($0) }
        if let finishReason, Self.brokenCalls.contains(finishReason) {
            throw .unusable("the model wrote a tool call that the vendor could not read (\(finishReason))")
        }
        return events
    }

    private mutating func take(_ part: GeminiChunk.Part) -> [ModelStreamEvent] {
        if let call = part.call {
            let name = names.tool(call.name ?? "")
            calls.append(
                ToolCall(
                    id: ids.unique(call.id ?? "", number: calls.count + 1), name: name,
                    arguments: arguments(call.args), carried: carried(part)))
            return [.call(name: name)]
        }
        guard let piece = part.text else {
            if part.signature == nil { skipped += 1 }
            return []
        }
        guard part.isThought != true, !piece.isEmpty else { return [] }
        text += piece
        return [.text(piece)]
    }

    private func arguments(_ args: JSONValue?) -> JSONValue {
        switch args {
        case .object(let members): .object(members)
        case .string(let text): CallArguments.read(text)
        case .null, nil: [:]
        case .bool, .int, .double, .array: .string(CallArguments.text(args ?? .null))
        }
    }

    /// What the vendor wants back with the call: its id and the signature, where it gave them.
    private func carried(_ part: GeminiChunk.Part) -> CarriedReasoning? {
        var content: [String: JSONValue] = [:]
        content["id"] = part.call?.id.map { .string($0) }
        content["thoughtSignature"] = part.signature.map { .string($0) }
        guard !content.isEmpty else { return nil }
        return CarriedReasoning(wire: GeminiRequest.wire, model: model, content: .object(content))
    }

    private static let brokenCalls: Set = [
        "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS",
    ]
    private static let refusals: Set = [
        "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE", "IMAGE_SAFETY",
    ]

    func reply() -> ProviderReply? {
        guard let finishReason else {
            return isBlocked
                ? ProviderReply(text: "", calls: [], usage: usage, finish: .filtered, skipped: skipped) : nil
        }
        let finish: FinishReason
        if finishReason == "MAX_TOKENS" {
            finish = .length
        } else if Self.refusals.contains(finishReason)
            || finishReason != "STOP" && text.isEmpty && calls.isEmpty
        {
            finish = .filtered
        } else {
            finish = calls.isEmpty ? .stop : .tools
        }
        return ProviderReply(text: text, calls: calls, usage: usage, finish: finish, skipped: skipped)
    }
}
