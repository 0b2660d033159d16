import AgentOSCore

/// Queries by their names on the wire.
enum WireQueries {
    /// A query of each kind with the defaults of what a hand-written line may leave out; `nil` members must be given.
    private static let samples: [any EngineQuery] = [
        SessionList(), SessionShow(id: ""), SessionTranscript(id: SessionID("")),
        SessionCheckpoints(id: SessionID("")),
        SessionDiff(id: SessionID("")), SessionRollbackPreview(id: SessionID("")), InboxList(), EventPage(),
        Overview(), SessionAudit(id: ""), SessionSearch(text: ""), CostReport(),
        ChainList(), ChainShow(id: ""), ProviderList(), RouteShow(route: ""),
    ]

    /// Answers a query by its name: the whole line.
    static func answer(
        _ id: String, _ name: String, _ arguments: [String: JSONValue], by client: EngineClient
    ) async throws -> [UInt8] {
        guard let type = QueryRegistry.all.first(where: { $0.name == name }) else {
            let names = QueryRegistry.all.map { $0.name }.sorted().joined(separator: " ")
            throw Fault.usage("unknown query \(name)", hint: "the queries are \(names)")
        }
        return try await answer(id, type, arguments, by: client)
    }

    private static func answer<Query: EngineQuery>(
        _ id: String, _ type: Query.Type, _ arguments: [String: JSONValue], by client: EngineClient
    ) async throws -> [UInt8] {
        let query = try decode(type, arguments)
        return try WireAnswer.answer(id, try await client.ask(query))
    }

    private static func decode<Query: EngineQuery>(_ type: Query.Type, _ arguments: [String: JSONValue])
        throws -> Query
    {
        var members: [String: JSONValue] = [:]
        if let sample = samples.first(where: { Swift.type(of: $0).name == type.name }) {
            members = try JSONText.value(sample).object ?? [:]
            for name in ["id", "text", "route"] where members[name] == .string("") { members[name] = nil }
        }
        members.merge(arguments) { $1 }
        do {
            return try JSONText.decode(type, from: .object(members))
        } catch DecodingError.keyNotFound(let key, _) {
            throw Fault.usage("\(type.name) needs \(key.stringValue)", hint: "give it in args")
        } catch let DecodingError.typeMismatch(_, context), let DecodingError.valueNotFound(_, context),
            let DecodingError.dataCorrupted(context)
        {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw Fault.usage("\(type.name) does not understand \(path.isEmpty ? "its arguments" : path)")
        }
    }
}
