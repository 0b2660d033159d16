import AgentOSCore
import HTTPTransport

/// Mistral chat completions.
struct MistralProvider: ModelProvider {
    private let wire: ChatCompletions

    init(_ configuration: ProviderConfiguration, transport: HTTPTransport, clock: WallClock) throws(Fault) {
        _ = try ProviderAddress.key(configuration)
        var dialect = ChatDialect()
        // Usage comes unasked, and a field that it does not know is refused.
        dialect.asksForUsage = false
        dialect.namesResults = true
        // A person's word straight after a result is refused as out of order.
        dialect.bridge = "Noted."
        dialect.callID = Self.callID
        wire = ChatCompletions(
            configuration,
            base: try ProviderAddress.base(configuration, usual: "https://api.mistral.ai/v1"),
            transport: transport, clock: clock, dialect: dialect)
    }

    func reply(to attempt: ModelAttempt) async throws(AttemptFailure) -> ProviderReply {
        try await wire.reply(to: attempt)
    }

    private static let idLength = 9
    private static let letters = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")

    /// An id of nine letters and digits, the only kind that is taken: the id itself, or its hash (FNV-1a).
    static func callID(_ id: String) -> String {
        let isTaken =
            id.utf8.count == idLength && id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
        guard !isTaken else { return id }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        var text = ""
        for _ in 0..<idLength {
            text.append(letters[Int(hash % UInt64(letters.count))])
            hash /= UInt64(letters.count)
        }
        return text
    }
}
