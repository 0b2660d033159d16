import AgentOSCore

/// The lines that a host writes, with their ends; whoever reads them may be a terminal.
enum WireAnswer {
    private struct Hello: Encodable { var hello: HostHello }

    private struct Reply: Encodable {
        var reply: String?
        var ok: Bool
        var message: String?
        var value: JSONValue?
        var code: ExitCode?
        var error: Fault?

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(reply, forKey: .reply)
            try container.encode(ok, forKey: .ok)
            try container.encodeIfPresent(message, forKey: .message)
            try container.encodeIfPresent(value, forKey: .value)
            try container.encodeIfPresent(code, forKey: .code)
            try container.encodeIfPresent(error, forKey: .error)
        }

        enum Key: String, CodingKey { case reply, ok, message, value, code, error }
    }

    private struct Answer<Value: Encodable>: Encodable {
        var reply: String
        var ok = true
        var value: Value
    }

    private struct Update: Encodable {
        var follow: String
        var event: EventRecord?
        var host: EventRecord?
        var live: LiveText?
        var end: Bool?
        var error: Fault?
    }

    private static func line(_ value: some Encodable) -> [UInt8] {
        // Everything here is made of strings, numbers and objects with string keys; only a number that JSON
        // cannot write (a NaN that an engine computed) can fail, and a client must hear that instead of nothing.
        let bytes =
            (try? JSONText.printable(value))
            ?? Array(
                #"{"error":{"code":1,"message":"an answer could not be written"},"ok":false,"reply":null}"#
                    .utf8)
        return bytes + [0x0A]
    }

    static func hello(_ hello: HostHello) -> [UInt8] { line(Hello(hello: hello)) }

    static func reply(_ id: String, _ reply: CommandReply) -> [UInt8] {
        line(
            Reply(
                reply: id, ok: true, message: reply.message, value: reply.value,
                code: reply.code == .done ? nil : reply.code))
    }

    static func failure(_ id: String?, _ fault: Fault) -> [UInt8] {
        line(Reply(reply: id, ok: false, error: fault))
    }

    static func answer(_ id: String, _ value: some Encodable) throws -> [UInt8] {
        try JSONText.printable(Answer(reply: id, value: value)) + [0x0A]
    }

    static func update(_ id: String, _ update: EngineUpdate) -> [UInt8] {
        switch update {
        case .event(let record): line(Update(follow: id, event: record))
        case .host(let record): line(Update(follow: id, host: record))
        case .live(let text): line(Update(follow: id, live: text))
        }
    }

    static func plain(_ record: EventRecord) throws -> [UInt8] {
        try JSONText.printable(record.line()) + [0x0A]
    }

    static func end(_ id: String, _ fault: Fault?) -> [UInt8] {
        line(Update(follow: id, end: true, error: fault))
    }
}

/// What a client reads of a host's line before it knows what the rest means.
struct WireEnvelope: Decodable {
    struct Failure: Decodable {
        var code: Int32
        var message: String
        var hint: String?

        var fault: Fault { Fault(ExitCode(rawValue: code) ?? .negative, message, hint: hint) }
    }

    var hello: HostHello?
    var reply: String?
    var ok: Bool?
    var error: Failure?
    var message: String?
    var code: Int32?
    var follow: String?
    var event: EventRecord?
    var host: EventRecord?
    var live: LiveText?
    var end: Bool?
}

/// The value of a reply.
struct WireValue<Value: Decodable>: Decodable { var value: Value }
