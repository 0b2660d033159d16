import AgentOSCore

/// The lines that `claude -p --output-format stream-json` writes: one JSON object each.
enum StreamJSON {
    /// Deeper values are not read: a reader that follows them would run out of its stack.
    static let depthLimit = 64
    /// The most of a tool's arguments or result that is kept, in bytes.
    static let bodyLimit = 16 * 1024

    /// What a line tells, in order; nil for one that is not understood.
    static func read(_ line: [UInt8]) -> [AgentReport]? {
        guard isShallow(line), let value = try? JSONText.decode(JSONValue.self, from: line),
            let type = value["type"]?.string
        else { return nil }
        switch type {
        case "system": return [.began(model: value["model"]?.string)]
        case "assistant", "user":
            guard let content = value["message"]?["content"] else { return nil }
            if let text = content.string { return type == "assistant" ? said(text) : [] }
            return content.array.map { $0.flatMap { block($0, isAgent: type == "assistant") } }
        case "result": return [.ended(answer(value))]
        default: return nil
        }
    }

    private static func said(_ text: String) -> [AgentReport] {
        text.isEmpty ? [] : [.said(cut(text, AgentTalk.textLimit))]
    }

    private static func block(_ block: JSONValue, isAgent: Bool) -> [AgentReport] {
        switch block["type"]?.string {
        case "text": return isAgent ? said(block["text"]?.string ?? "") : []
        case "tool_use":
            guard isAgent, let id = block["id"]?.string, let name = block["name"]?.string else { return [] }
            return [
                .called(
                    ToolCall(
                        id: cut(id, 200), name: cut(name, 100),
                        arguments: bounded(block["input"] ?? .object([:])))
                )
            ]
        case "tool_result":
            guard !isAgent, let id = block["tool_use_id"]?.string else { return [] }
            let text = cut(text(of: block["content"]), bodyLimit)
            return [
                .answered(
                    id: cut(id, 200),
                    result: ToolResult(text: text, isError: block["is_error"]?.bool ?? false))
            ]
        default: return []
        }
    }

    /// The text of a result: a string, or blocks of which those of text are taken.
    private static func text(of content: JSONValue?) -> String {
        if let text = content?.string { return text }
        return (content?.array ?? []).compactMap { part in
            part["text"]?.string ?? part["type"]?.string.map { "[\($0)]" }
        }.joined(separator: "\n")
    }

    private static func answer(_ value: JSONValue) -> AgentAnswer {
        let subtype = value["subtype"]?.string
        let isError = value["is_error"]?.bool ?? (subtype.map { $0 != "success" } ?? false)
        let text = value["result"]?.string ?? (isError ? subtype : nil)
        return AgentAnswer(
            text: text.map { cut($0, AgentTalk.textLimit) }, isError: isError,
            usage: value["usage"].flatMap(usage), cost: value["total_cost_usd"].flatMap(money))
    }

    private static func usage(_ value: JSONValue) -> Usage? {
        guard value.object != nil else { return nil }
        func count(_ name: String) -> Int { min(max(value[name]?.int ?? 0, 0), 1 << 40) }
        return Usage(
            input: count("input_tokens"), output: count("output_tokens"),
            cacheRead: count("cache_read_input_tokens"), cacheWrite: count("cache_creation_input_tokens"))
    }

    /// Dollars, rounded up to what an amount can hold; nil for what is no cost.
    private static func money(_ value: JSONValue) -> Money? {
        switch value {
        case .int(let dollars) where (0...1_000_000).contains(dollars):
            return Money(picodollars: dollars * 1_000_000_000_000)
        case .double(let dollars) where dollars >= 0 && dollars <= 1_000_000:
            // Tenths of what such a number can tell apart are no money.
            return Money(picodollars: Int64((dollars * 1e9).rounded(.up)) * 1000)
        case .null, .bool, .int, .double, .string, .array, .object: return nil
        }
    }

    /// Arguments that are too long are kept as the beginning of their text.
    private static func bounded(_ value: JSONValue) -> JSONValue {
        guard let text = try? JSONText.string(value), text.utf8.count > bodyLimit else { return value }
        return .string(cut(text, bodyLimit))
    }

    private static func cut(_ text: String, _ limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        return String(decoding: text.utf8.prefix(limit), as: UTF8.self) + "\n[… cut]"
    }

    /// Whether no value lies too deep, as far as brackets outside of strings tell.
    private static func isShallow(_ line: [UInt8]) -> Bool {
        var (depth, isInText, isEscaped) = (0, false, false)
        for byte in line {
            if isEscaped {
                isEscaped = false
            } else if isInText {
                if byte == 0x5C { isEscaped = true }
                if byte == 0x22 { isInText = false }
            } else {
                switch byte {
                case 0x22: isInText = true
                case 0x5B, 0x7B:
                    depth += 1
                    if depth > depthLimit { return false }
                case 0x5D, 0x7D: depth -= 1
                default: break
                }
            }
        }
        return true
    }
}
