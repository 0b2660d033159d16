import AgentOSCore

@testable import agentos

/// Makes what is another in each tour the same, in what the engine answers, before it is drawn.
///
/// So a column keeps its width and a line that is cut is cut at the same place.
struct TourMask: Sendable {
    /// When everything happens.
    static let now = Timestamp(milliseconds: 1_767_355_200_000)

    /// How long a call took, as a detail of it says.
    private static var short: Regex<(Substring, Substring?)> { /\d+(\.\d+)?m?s/ }

    /// What is replaced wherever it stands, and what by: ids, the home.
    let names: [(String, String)]

    /// The same client, its answers masked and each asked for once.
    func client(_ client: EngineClient) -> EngineClient {
        let known = Answers()
        return EngineClient(
            perform: { command in
                let arguments = command.arguments.mapValues(unmasked)
                let reply = try await client.perform(
                    Command(id: command.id, name: command.name, arguments: arguments))
                return CommandReply(
                    text(reply.message), value: reply.value.map { value($0) }, code: reply.code)
            },
            answer: { try await answer($0, client, known) },
            follow: { client.follow($0) })
    }

    private func answer<Query: EngineQuery>(_ query: Query, _ client: EngineClient, _ known: Answers)
        async throws -> any Sendable
    {
        let wanted = unmasked(try JSONText.value(query))
        let key = try Query.name + JSONText.string(wanted)
        if let answer = await known.answers[key] { return answer }
        let found = try await client.ask(try JSONText.decode(Query.self, from: wanted))
        let answer = try JSONText.decode(Query.Answer.self, from: value(try JSONText.value(found)))
        await known.keep(answer, as: key)
        return answer
    }

    /// What was answered already.
    private actor Answers {
        private(set) var answers: [String: any Sendable] = [:]
        func keep(_ answer: any Sendable, as key: String) { answers[key] = answer }
    }

    /// What a screen asks for, by the ids that the engine knows.
    private func unmasked(_ value: JSONValue) -> JSONValue {
        switch value {
        case .null, .bool, .int, .double: value
        case .string(let text): .string(names.reduce(text) { $0.replacing($1.1, with: $1.0) })
        case .array(let values): .array(values.map(unmasked))
        case .object(let members): .object(members.mapValues(unmasked))
        }
    }

    // MARK: Values

    private func value(_ value: JSONValue, of key: String = "") -> JSONValue {
        switch value {
        case .null, .bool: return value
        case .double: return key == "pct" ? .double(0.25) : value
        case .int: return key.contains("illiseconds") ? .int(50) : value
        // A call that took no time has no detail.
        case .string(let text) where key == "detail" && text.wholeMatch(of: Self.short) != nil: return .null
        case .string(let text): return .string(string(text, of: key))
        case .array(let values): return .array(values.map { self.value($0, of: key) })
        case .object(let members):
            // Who acts is whoever runs the tests.
            if members["uid"] != nil {
                return .object(members.merging(["uid": .int(1000), "name": "person"]) { $1 })
            }
            return .object(
                Dictionary(uniqueKeysWithValues: members.map { ($0, self.value($1, of: $0)) }))
        }
    }

    /// The same event, masked.
    func record(_ record: EventRecord) throws -> EventRecord {
        try JSONText.decode(EventRecord.self, from: value(try JSONText.value(record)))
    }

    private func string(_ text: String, of key: String) -> String {
        switch key {
        case "host": return "host"
        case "layer": return "bubblewrap"
        case "detail":
            // How long a call took stands alone between points.
            return self.text(text).replacing(/(^| · )\d+(\.\d+)?m?s(?= · |$)/) { $0.output.1 + "50ms" }
        case "payload":
            guard let payload = try? JSONText.decode(JSONValue.self, from: text),
                let masked = try? JSONText.string(value(payload))
            else { return text }
            return masked
        default: return self.text(text)
        }
    }

    /// Masks a text: names, times, measures, hashes.
    func text(_ text: String) -> String {
        if text.wholeMatch(of: /\d{4}-\d\d-\d\dT[\d:.]+Z/) != nil { return Self.now.description }
        var text = text
        for (name, mask) in names { text = text.replacing(name, with: mask) }
        return
            text
            .replacing(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/, with: Self.now.description)
            .replacing(/\bpid \d+/, with: "pid 4242")
            .replacing(/\b\d+ ms\b/, with: "50 ms")
            .replacing(/\b(bubblewrap|landlock\S*)/, with: "bubblewrap")
            .replacing(/\b(?=[0-9a-f]*[0-9])[0-9a-f]{7,64}\b/) { found in
                String(repeating: "0123456789abcdef", count: 4).prefix(found.output.count)
            }
    }
}
