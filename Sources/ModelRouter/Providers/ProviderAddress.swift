import AgentOSCore
import HTTPTransport

/// Where a provider is asked, and with what.
enum ProviderAddress {
    /// The configured address, or the vendor's own, without a slash at its end.
    static func base(_ configuration: ProviderConfiguration, usual: String) throws(Fault) -> String {
        var base = configuration.url ?? usual
        while base.hasSuffix("/") { base.removeLast() }
        do throws(HTTPFailure) {
            try URLPolicy.check(base)
        } catch {
            throw .usage(
                "provider \(configuration.name): url: \(error)",
                hint: "use https://, or http:// on this machine")
        }
        return base
    }

    /// The key of a vendor that answers nobody without one.
    static func key(_ configuration: ProviderConfiguration) throws(Fault) -> String {
        guard let key = configuration.key, !key.isEmpty else {
            throw .usage(
                "provider \(configuration.name): kind \(configuration.kind.rawValue) needs a key",
                hint: "write key: \"${NAME}\" with the variable that holds it")
        }
        return key
    }
}
