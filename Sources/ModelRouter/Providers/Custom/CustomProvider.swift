import AgentOSCore
import HTTPTransport

/// OpenAI-compatible chat completions at a URL of the user's.
struct CustomProvider: ModelProvider {
    private let exchange: ModelExchange
    private let url: String
    private let headers: [HTTPHeader]
    private let tools: ProviderConfiguration.ToolMode

    init(_ configuration: ProviderConfiguration, transport: HTTPTransport, clock: WallClock) throws(Fault) {
        let place = "provider \(configuration.name)"
        guard var base = configuration.url else {
            throw .usage("\(place): kind custom needs a url", hint: "set url to the address that ends in /v1")
        }
        while base.hasSuffix("/") { base.removeLast() }
        do throws(HTTPFailure) {
            try URLPolicy.check(base)
        } catch {
            throw .usage("\(place): url: \(error)", hint: "use https://, or http:// on this machine")
        }
        url = base + "/chat/completions"
        headers = configuration.key.map { [HTTPHeader("Authorization", "Bearer \($0)")] } ?? []
        tools = configuration.tools
        exchange = ModelExchange(provider: configuration, transport: transport, clock: clock)
    }

    func reply(to attempt: ModelAttempt) async throws(AttemptFailure) -> ProviderReply {
        let schema = tools == .schema && !attempt.request.tools.isEmpty ? SchemaTools(attempt.request) : nil
        let body =
            tools == .schema
            ? SchemaTools(attempt.request).body(model: attempt.model)
            : ChatRequest(attempt.request).body(model: attempt.model)
        let response = try await exchange.post(url, headers: headers, json: body, readError: ChatError.read)
        var accumulator = ChatAccumulator(attempt.request, replyIndex: attempt.replyIndex)
        do throws(AttemptFailure) {
            if response.head["content-type"]?.contains("json") == true {
                let whole = try await exchange.whole(response)
                try take(
                    String(decoding: whole, as: UTF8.self), into: &accumulator, showing: schema == nil,
                    attempt)
            } else {
                try await exchange.events(of: response) { data throws(AttemptFailure) in
                    try take(data, into: &accumulator, showing: schema == nil, attempt)
                    return accumulator.isDone
                }
            }
            guard let reply = accumulator.reply() else {
                throw accumulator.isDone ? empty : exchange.failure(.cut)
            }
            guard let schema else { return reply }
            return schema.show(schema.read(reply, replyIndex: attempt.replyIndex), to: attempt.onEvent)
        } catch {
            var failure = error
            failure.usage = accumulator.usage
            failure.mayBeCharged =
                switch failure.kind {
                case .authentication, .overloaded, .rejected, .context: accumulator.usage != nil
                case .unreachable, .timeout, .server, .protocolError, .budget, .rehearsal, .cancelled: true
                }
            throw failure
        }
    }

    /// A stream that said nothing but that it is over.
    private var empty: AttemptFailure {
        AttemptFailure(
            .protocolError, .retry, "the answer ended without any text or tool call",
            hint: "check the server of provider \(exchange.provider.name), or use another model")
    }

    private func take(
        _ data: String, into accumulator: inout ChatAccumulator, showing: Bool, _ attempt: ModelAttempt
    ) throws(AttemptFailure) {
        do throws(ChatStreamError) {
            for event in try accumulator.take(data) where showing { attempt.onEvent(event) }
        } catch {
            switch error {
            case .notJSON:
                throw AttemptFailure(
                    .protocolError, .retry, "the answer is not JSON as chat completions send it",
                    hint: "check the url of provider \(exchange.provider.name)")
            case .reported(let reported):
                throw FailureTable.classify(
                    VendorError(
                        status: reported.status, code: reported.code,
                        message: reported.message.map(exchange.safe), window: reported.window),
                    provider: exchange.provider.name)
            }
        }
    }
}
