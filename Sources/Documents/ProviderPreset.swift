/// Servers with OpenAI's chat completions that have a usual address or way of their own.
enum ProviderPreset: String, CaseIterable {
    case ollama, llamacpp, vllm, lmstudio, openrouter, azure

    /// Where it listens unless told otherwise; nil where every account has its own.
    var url: String? {
        switch self {
        case .ollama: "http://127.0.0.1:11434/v1"
        case .llamacpp: "http://127.0.0.1:8080/v1"
        case .vllm: "http://127.0.0.1:8000/v1"
        case .lmstudio: "http://127.0.0.1:1234/v1"
        case .openrouter: "https://openrouter.ai/api/v1"
        case .azure: nil
        }
    }

    /// What to write as its address.
    var whatURL: String {
        switch self {
        case .azure: "write url: https://NAME.openai.azure.com/openai/v1"
        case .ollama, .llamacpp, .vllm, .lmstudio, .openrouter: "write the base url"
        }
    }

    /// The header of its key, where that is not the usual one.
    var keyHeader: String? {
        switch self {
        case .azure: "api-key"
        case .ollama, .llamacpp, .vllm, .lmstudio, .openrouter: nil
        }
    }
}
