/// Takes known secrets out of text before it reaches a sink: log, transcript, screen, error (INV-7).
///
/// It knows values, not patterns: what it was not told of it does not find.
public struct Redactor: Sendable {
    /// A shorter value would take ordinary words out of texts.
    public static let leastLength = 8

    private let secrets: [(name: String, value: String)]

    /// A redactor for values by their names; the longest are taken out first, so that one within another leaves nothing.
    public init(_ secrets: [(name: String, value: String)]) {
        self.secrets = secrets.filter { $0.value.utf8.count >= Self.leastLength }
            .sorted { $0.value.utf8.count > $1.value.utf8.count }
    }

    /// What a home knows: the keys of its providers, and the variables of the environment that are named like keys.
    public init(providers: [ProviderConfiguration], environment: [String: String]) {
        let suffixes = ["_API_KEY", "_TOKEN", "_SECRET", "_PASSWORD", "_ACCESS_KEY"]
        let variables = environment.filter { entry in suffixes.contains { entry.key.hasSuffix($0) } }
        self.init(
            providers.compactMap { provider in provider.key.map { ("key of \(provider.name)", $0) } }
                + providers.flatMap { provider in
                    provider.headers.filter { Self.isSecret(header: $0.key) }
                        .map { ("\($0.key) of \(provider.name)", $0.value) }
                } + variables.map { ($0.key, $0.value) })
    }

    /// Whether a header is named like one that holds a secret.
    private static func isSecret(header name: String) -> Bool {
        let low = name.lowercased()
        return ["key", "token", "secret", "auth", "cookie", "password"].contains { low.contains($0) }
    }

    /// A redactor that knows these values too.
    public func and(_ more: [(name: String, value: String)]) -> Redactor { Redactor(secrets + more) }

    /// The text with `[NAME]` in the place of each secret.
    public func callAsFunction(_ text: String) -> String {
        var clean = text
        for secret in secrets where clean.contains(secret.value) {
            clean = clean.replacing(secret.value, with: "[\(secret.name)]")
        }
        return clean
    }
}
