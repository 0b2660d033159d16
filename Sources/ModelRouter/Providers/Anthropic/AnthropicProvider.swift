import AgentOSCore
import HTTPTransport

/// Anthropic messages, streamed.
struct AnthropicProvider: ModelProvider {
    private static let version = "2023-06-01"
    private let exchange: ModelExchange
    private let url: String
    private let headers: [HTTPHeader]

    init(_ configuration: ProviderConfiguration, transport: HTTPTransport, clock: WallClock) throws(Fault) {
        let key = try ProviderAddress.key(configuration)
        url = try ProviderAddress.base(configuration, usual: "https://api.anthropic.com/v1") + "/messages"
        headers = [HTTPHeader("x-api-key", key), HTTPHeader("anthropic-version", Self.version)]
        exchange = ModelExchange(provider: configuration, transport: transport, clock: clock)
    }

    func reply(to attempt: ModelAttempt) async throws(AttemptFailure) -> ProviderReply {
        let request = AnthropicRequest(attempt.request, model: attempt.model)
        let thinks = exchange.provider.body?["thinking"]?["type"] == "enabled"
        let response = try await exchange.post(
            url, headers: headers, json: request.body,
            without: thinks && !request.allowsThinking ? ["thinking"] : [], onRoom: attempt.onRoom,
            readError: AnthropicError.read)
        var accumulator = AnthropicAccumulator(attempt)
        return try await exchange.read(response, into: &accumulator, show: attempt.onEvent)
    }
}
