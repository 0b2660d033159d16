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

    /// A candidate.
    public init(
        provider: String, model: String, state: ProviderReading.State, until: Timestamp? = nil,
        reason: String? = nil
    ) {
        self.provider = provider
        self.model = model
        self.state = state
        self.until = until
        self.reason = reason
    }
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
    /// What its calls cost today, those without a price left out.
    public var spend = Money.zero
    /// How many of today's calls have no price.
    public var unpriced = 0
    /// Milliseconds in which half of the last answers were there; nil before the first one of this host.
    public var p50Ms: Int64?
    /// Milliseconds in which 19 of 20 of the last answers were there.
    public var p95Ms: Int64?

    /// A provider.
    public init(name: String, kind: ProviderConfiguration.Kind, state: State) {
        self.name = name
        self.kind = kind
        self.state = state
    }
}

/// How the providers stand.
public struct ProviderList: EngineQuery {
    /// `model.providers`.
    public static let name = "model.providers"
    /// By name.
    public typealias Answer = [ProviderReading]
    /// Asks for them.
    public init() {}
}

/// Which models a route would ask now, in their order.
public struct RouteShow: EngineQuery {
    /// The answer.
    public struct Reading: Hashable, Sendable, Codable {
        /// The route, or `provider/model`.
        public var route: String
        /// In the order in which they would be asked.
        public var candidates: [CandidateReading]

        /// A route.
        public init(route: String, candidates: [CandidateReading]) {
            self.route = route
            self.candidates = candidates
        }
    }
    /// `model.route`.
    public static let name = "model.route"
    /// The route.
    public typealias Answer = Reading
    /// A route's name, or `provider/model`.
    public var route: String
    /// Asks for a route.
    public init(route: String) { self.route = route }
}

/// What the first call of a session would cost at worst with each model that may answer it.
public struct ModelEstimate: EngineQuery {
    /// A model that may answer.
    public struct Candidate: Hashable, Sendable, Codable {
        /// The provider's name in the configuration.
        public var provider: String
        /// The model's name at the provider.
        public var model: String
        /// The most that the call can cost; nil without a price.
        public var cost: Money?
        /// The day of the price.
        public var prices: String?

        /// A candidate.
        public init(provider: String, model: String, cost: Money?, prices: String?) {
            self.provider = provider
            self.model = model
            self.cost = cost
            self.prices = prices
        }
    }
    /// The estimate.
    public struct Reading: Hashable, Sendable, Codable {
        /// The route, or `provider/model`.
        public var route: String
        /// The most tokens that the prompt can be: one a byte, without what a workspace's AGENTS.md adds.
        public var promptTokens: Int
        /// The most that the model may write.
        public var maxOutputTokens: Int
        /// In the order in which they would be asked.
        public var candidates: [Candidate]
        /// What the whole session may cost; nil without a limit.
        public var limit: Money?

        /// An estimate.
        public init(
            route: String, promptTokens: Int, maxOutputTokens: Int, candidates: [Candidate], limit: Money?
        ) {
            self.route = route
            self.promptTokens = promptTokens
            self.maxOutputTokens = maxOutputTokens
            self.candidates = candidates
            self.limit = limit
        }
    }
    /// `model.estimate`.
    public static let name = "model.estimate"
    /// The estimate.
    public typealias Answer = Reading
    /// The session that would be made.
    public var config: SessionConfig
    /// Asks for an estimate.
    public init(config: SessionConfig) { self.config = config }
}
