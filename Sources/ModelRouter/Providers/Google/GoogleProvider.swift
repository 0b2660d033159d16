import AgentOSCore
import HTTPTransport

/// Google Gemini, streamed.
struct GoogleProvider: ModelProvider {
    private let exchange: ModelExchange
    private let base: String
    private let headers: [HTTPHeader]

    init(_ configuration: ProviderConfiguration, transport: HTTPTransport, clock: WallClock) throws(Fault) {
        let key = try ProviderAddress.key(configuration)
        base = try ProviderAddress.base(
            configuration, usual: "https://generativelanguage.googleapis.com/v1beta")
        headers = [HTTPHeader("x-goog-api-key", key)]
        exchange = ModelExchange(provider: configuration, transport: transport, clock: clock)
    }

    func reply(to attempt: ModelAttempt) async throws(AttemptFailure) -> ProviderReply {
        let response = try await exchange.post(
            "\(base)/models/\(Self.escaped(attempt.model)):streamGenerateContent?alt=sse", headers: headers,
            json: GeminiRequest(attempt.request, model: attempt.model).body, onRoom: attempt.onRoom,
            readError: GeminiError.read)
        var accumulator = GeminiAccumulator(attempt)
        return try await exchange.read(response, into: &accumulator, show: attempt.onEvent)
    }

    /// The model's name as a piece of a path: what could end it or lead elsewhere is escaped.
    private static func escaped(_ model: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return model.utf8.reduce(into: "") { path, byte in
            let letter = Character(Unicode.Scalar(byte))
            if byte < 0x80, letter.isLetter || letter.isNumber || "-_.".contains(letter) {
                path.append(letter)
            } else {
                path += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
    }
}
