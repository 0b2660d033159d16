import AgentOSCore
import HTTPTransport

/// One exchange of chat completions, as every vendor of this shape has it.
struct ChatCompletions: Sendable {
    let exchange: ModelExchange
    let url: String
    let headers: [HTTPHeader]
    var dialect = ChatDialect.plain

    /// - Parameter base: The address that ends in `/v1`.
    init(
        _ configuration: ProviderConfiguration, base: String, transport: HTTPTransport, clock: WallClock,
        dialect: ChatDialect = .plain
    ) {
        url = base + (configuration.path ?? "/chat/completions")
        headers =
            configuration.key.map { key in
                [
                    configuration.keyHeader.map { HTTPHeader($0, key) }
                        ?? HTTPHeader("Authorization", "Bearer \(key)")
                ]
            } ?? []
        exchange = ModelExchange(provider: configuration, transport: transport, clock: clock)
        self.dialect = dialect
    }

    /// Asks with the wire's own tool calls.
    func reply(to attempt: ModelAttempt) async throws(AttemptFailure) -> ProviderReply {
        try await reply(
            to: attempt, body: ChatRequest(attempt.request, dialect).body(model: attempt.model), showing: true
        )
    }

    /// Posts a body and puts the answer together.
    func reply(
        to attempt: ModelAttempt, body: JSONValue, showing: Bool
    ) async throws(AttemptFailure) -> ProviderReply {
        let response = try await exchange.post(
            url, headers: headers, json: body, onRoom: attempt.onRoom, readError: ChatError.read)
        var accumulator = ChatAccumulator(
            attempt.request, replyIndex: attempt.replyIndex,
            reasoner: dialect.carriesReasoning ? attempt.model : nil)
        return try await exchange.read(response, into: &accumulator) { event in
            if showing { attempt.onEvent(event) }
        }
    }
}
