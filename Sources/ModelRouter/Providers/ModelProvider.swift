import AgentOSCore
import HTTPTransport

/// One request to one model, as the router asks it.
struct ModelAttempt: Sendable {
    /// What is asked; its output limit is already what the budget allows.
    let request: ModelRequest
    /// The model's name at the provider.
    let model: String
    /// How many replies, errors included, the session has had: a rehearsal's next line, and part of made-up ids.
    let replyIndex: Int
    /// Called with what arrives, in order.
    let onEvent: @Sendable (ModelStreamEvent) -> Void
    /// Told what the vendor says is left of its own limits.
    var onRoom: @Sendable (RateRoom) -> Void = { _ in }
}

/// What a provider made of an attempt.
struct ProviderReply: Sendable, Hashable {
    var text: String
    var calls: [ToolCall]
    var usage: Usage?
    var finish: FinishReason
    /// How many events, blocks or parts were of no known kind, and left out.
    var skipped = 0
}

/// A vendor's wire: turns our one request into the vendor's, and its stream into our one event type (INV-2).
///
/// A provider is a folder beside this file with a type that conforms, and a line in `ProviderKinds`. An attempt is
/// one request: the router alone retries.
protocol ModelProvider: Sendable {
    func reply(to attempt: ModelAttempt) async throws(AttemptFailure) -> ProviderReply
}

/// The kinds of provider that this program speaks.
enum ProviderKinds {
    /// The provider, or what is wrong with its configuration.
    static func make(
        _ configuration: ProviderConfiguration, transport: HTTPTransport, environment: RouterEnvironment
    ) -> Result<any ModelProvider, Fault> {
        do throws(Fault) {
            switch configuration.kind {
            case .custom:
                return .success(
                    try CustomProvider(configuration, transport: transport, clock: environment.clock))
            case .rehearsal: return .success(try RehearsalProvider(configuration, sleep: environment.sleep))
            case .anthropic:
                return .success(
                    try AnthropicProvider(configuration, transport: transport, clock: environment.clock))
            case .openai:
                return .success(
                    try OpenAIProvider(configuration, transport: transport, clock: environment.clock))
            case .google:
                return .success(
                    try GoogleProvider(configuration, transport: transport, clock: environment.clock))
            case .mistral:
                return .success(
                    try MistralProvider(configuration, transport: transport, clock: environment.clock))
            }
        } catch {
            return .failure(error)
        }
    }
}
