import AgentOSCore
import HTTPTransport

/// OpenAI-compatible chat completions at a URL of the user's.
struct CustomProvider: ModelProvider {
    private let wire: ChatCompletions
    private let tools: ProviderConfiguration.ToolMode

    init(_ configuration: ProviderConfiguration, transport: HTTPTransport, clock: WallClock) throws(Fault) {
        guard configuration.url != nil else {
            throw .usage(
                "provider \(configuration.name): kind custom needs a url",
                hint: "set url to the address that ends in /v1")
        }
        tools = configuration.tools
        wire = ChatCompletions(
            configuration, base: try ProviderAddress.base(configuration, usual: ""), transport: transport,
            clock: clock)
    }

    func reply(to attempt: ModelAttempt) async throws(AttemptFailure) -> ProviderReply {
        guard tools == .schema else { return try await wire.reply(to: attempt) }
        let schema = SchemaTools(attempt.request)
        let hasTools = !attempt.request.tools.isEmpty
        let reply = try await wire.reply(
            to: attempt, body: schema.body(model: attempt.model), showing: !hasTools)
        guard hasTools else { return reply }
        return schema.show(schema.read(reply, replyIndex: attempt.replyIndex), to: attempt.onEvent)
    }
}
