import AgentOSCore

/// A model of a route, and whether it would be asked now.
public struct CandidateReading: Hashable, Sendable, Codable {
    /// The provider's name in the configuration.
    public var provider: String
    /// The model's name at the provider.
    public var model: String
    /// How the provider stands.
    public var state: ProviderReading.State
    /// When it is asked again.
    public var until: Timestamp?
    /// Why it is not asked, without secrets.
    public var reason: String?
}

/// How a provider stands.
public struct ProviderReading: Hashable, Sendable, Codable {
    /// Whether it is asked.
    public enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// Nothing bad is known of it.
        case up
        /// It is left alone until a time, and asked by one request then.
        case cooling
        /// Its key was refused or has no money.
        case disabled
        /// It cannot be used as it is configured.
        case unknown
    }
    /// Its name in the configuration.
    public var name: String
    /// Its wire.
    public var kind: ProviderConfiguration.Kind
    /// Whether it is asked.
    public var state: State
    /// When it is asked again.
    public var until: Timestamp?
    /// Why it is not asked, without secrets.
    public var reason: String?
}
