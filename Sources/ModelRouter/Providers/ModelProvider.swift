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
}

/// What a provider made of an attempt.
struct ProviderReply: Sendable, Hashable {
    var text: String
    var calls: [ToolCall]
    var usage: Usage?
    var finish: FinishReason
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
            case .anthropic, .openai, .google, .mistral:
                throw .usage(
                    "provider \(configuration.name): kind \(configuration.kind.rawValue) is not built in yet",
                    hint: "use kind custom with the vendor's OpenAI-compatible url")
            }
        } catch {
            return .failure(error)
        }
    }
}
