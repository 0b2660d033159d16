import AgentOSCore
import HTTPTransport

/// OpenAI chat completions.
struct OpenAIProvider: ModelProvider {
    private let wire: ChatCompletions

    init(_ configuration: ProviderConfiguration, transport: HTTPTransport, clock: WallClock) throws(Fault) {
        _ = try ProviderAddress.key(configuration)
        var dialect = ChatDialect()
        dialect.limitKey = "max_completion_tokens"
        wire = ChatCompletions(
            configuration,
            base: try ProviderAddress.base(configuration, usual: "https://api.openai.com/v1"),
            transport: transport, clock: clock, dialect: dialect)
    }

    func reply(to attempt: ModelAttempt) async throws(AttemptFailure) -> ProviderReply {
        try await wire.reply(to: attempt)
    }
}
