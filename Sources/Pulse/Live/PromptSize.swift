import AgentOSCore

extension ModelRequest {
    /// The most tokens that the prompt can be: one a byte is an upper bound for the tokenizers in use, so what is held for
    /// a call is never too little.
    public var mostPromptTokens: Int { jsonSize + 64 }

    /// How many bytes the request has as JSON, without writing it; a transcript is asked for this at each turn.
    ///
    /// Equal to the count of `JSONText.encode(_:)`, except that a number with a fraction may count for more.
    var jsonSize: Int {
        var size = 2 + Self.member("messages") + Self.member("system") + Self.member("tools") + 3
        size += system.jsonSize + Self.listed(messages.map(\.jsonSize)) + Self.listed(tools.map(\.jsonSize))
        if let most = maxOutputTokens { size += Self.member("maxOutputTokens") + 1 + "\(most)".utf8.count }
        if let flag = isCompaction { size += Self.member("isCompaction") + 1 + (flag ? 4 : 5) }
        return size - 1
    }

    /// A key with its quotes and colon.
    fileprivate static func member(_ key: StaticString) -> Int { key.utf8CodeUnitCount + 3 }

    /// A list with its brackets and commas.
    fileprivate static func listed(_ sizes: [Int]) -> Int { sizes.reduce(2, +) + max(0, sizes.count - 1) }
}

extension Message {
    /// The bytes of the entry as JSON.
    var jsonSize: Int {
        switch self {
        case .user(let text): #"{"user":{"_0":}}"#.utf8.count + text.jsonSize
        case .assistant(let text, let calls):
            #"{"assistant":{"calls":,"text":}}"#.utf8.count + text.jsonSize
                + ModelRequest.listed(calls.map(\.jsonSize))
        case .tool(let callId, let text, let isError):
            #"{"tool":{"callId":,"isError":,"text":}}"#.utf8.count + callId.jsonSize + text.jsonSize
                + (isError ? 4 : 5)
        }
    }
}

extension ToolCall {
    fileprivate var jsonSize: Int {
        let size =
            #"{"arguments":,"id":,"name":}"#.utf8.count + arguments.jsonSize + id.jsonSize + name.jsonSize
        guard let carried else { return size }
        return size + #","carried":{"content":,"model":,"wire":}"#.utf8.count + carried.content.jsonSize
            + carried.model.jsonSize + carried.wire.jsonSize
    }
}

extension ToolSpec {
    fileprivate var jsonSize: Int {
        #"{"description":,"name":,"parameters":}"#.utf8.count + description.jsonSize + name.jsonSize
            + parameters.jsonSize
    }
}

extension JSONValue {
    /// The bytes of the value as JSON.
    var jsonSize: Int {
        switch self {
        case .null: 4
        case .bool(let value): value ? 4 : 5
        case .int(let value): "\(value)".utf8.count
        case .double(let value): "\(value)".utf8.count
        case .string(let value): value.jsonSize
        case .array(let values): ModelRequest.listed(values.map(\.jsonSize))
        case .object(let members):
            ModelRequest.listed(members.map { $0.key.jsonSize + 1 + $0.value.jsonSize })
        }
    }
}

extension String {
    /// The bytes of the text as a JSON string: two quotes, two bytes for what has a short escape, six for other controls.
    fileprivate var jsonSize: Int {
        var text = self
        return text.withUTF8 { bytes in
            var size = bytes.count + 2
            for byte in bytes where byte < 0x20 || byte == 0x22 || byte == 0x5C {
                switch byte {
                case 0x22, 0x5C, 0x08, 0x09, 0x0A, 0x0C, 0x0D: size += 1
                default: size += 5
                }
            }
            return size
        }
    }
}
