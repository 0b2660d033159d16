/// config.yaml as values; everything has a default, so an absent file is an empty one.
public struct Configuration: Hashable, Sendable, Codable {
    /// An IANA zone name; nil is the machine's.
    public var zone: String?
    /// Providers by name, in the file's order.
    public var providers: [ProviderConfiguration] = []
    /// Routes by name.
    public var routes: [String: RouteConfiguration] = [:]
    /// A prices file, absolute.
    public var pricesPath: String?
    /// What may be spent.
    public var budgets = BudgetConfiguration()
    /// Defaults for sessions.
    public var sessions = SessionDefaults()
    /// How long things are kept.
    public var keep = KeepConfiguration()
    /// The theme on a dark terminal.
    public var darkTheme = "default"
    /// The theme on a light terminal.
    public var lightTheme = "daylight"
    /// The keymap's name.
    public var keymap = "default"

    /// The configuration of an empty file.
    public init() {}
}

/// A provider of models.
public struct ProviderConfiguration: Hashable, Sendable, Codable {
    /// The wire that a provider speaks.
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// Anthropic messages.
        case anthropic
        /// OpenAI.
        case openai
        /// Google Gemini.
        case google
        /// Mistral.
        case mistral
        /// OpenAI-compatible chat completions at a URL of the user's.
        case custom
        /// Replies read from a file.
        case rehearsal
    }

    /// How tools reach the model.
    public enum ToolMode: String, Hashable, Sendable, Codable, CaseIterable {
        /// As the wire's own tool calls.
        case native
        /// As a JSON schema of the answer, for models without tool calls.
        case schema
    }

    /// Its name in the file.
    public var name: String
    /// Its wire.
    public var kind: Kind
    /// The base URL, without a slash at the end.
    public var url: String?
    /// The resolved key; never written to a sink (INV-7).
    public var key: String?
    /// The absolute path of the certificates that are trusted in place of the machine's.
    public var authorities: String?
    /// The header in which the key travels as it is; nil for the one of the kind.
    public var keyHeader: String?
    /// Headers that go with each request, by name; their values may be secrets.
    public var headers: [String: String] = [:]
    /// What stands between the base URL and a request of the kind; nil for the usual path.
    public var path: String?
    /// Members that go with each request's body, an object; what the request says itself wins.
    public var body: JSONValue?
    /// How tools reach the model.
    public var tools: ToolMode = .native
    /// The absolute path of a rehearsal's replies.
    public var file: String?
    /// The window in tokens of each of its models that `windows` does not name.
    public var window: Int?
    /// Windows in tokens by model.
    public var windows: [String: Int] = [:]
    /// Requests allowed in a period, if limited.
    public var requests: RateLimit?
    /// Tokens allowed in a period, prompt and answer together, if limited.
    public var tokens: RateLimit?
    /// Calls at the same time, if limited.
    public var concurrent: Int?
    /// Milliseconds until a connection must stand.
    public var connectTimeout: Int64 = 10_000
    /// Milliseconds until the first byte of an answer.
    public var firstByteTimeout: Int64 = 120_000
    /// Milliseconds between bytes of an answer.
    public var idleTimeout: Int64 = 60_000

    /// A provider with the defaults of its kind.
    public init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// The most tokens that one of its models takes and writes in a call; nil where the file does not say.
    public func window(of model: String) -> Int? { windows[model] ?? window }
}

/// So many in such a time.
public struct RateLimit: Hashable, Sendable, Codable {
    /// How many.
    public var count: Int
    /// In how many milliseconds.
    public var milliseconds: Int64

    /// A rate.
    public init(count: Int, milliseconds: Int64) {
        self.count = count
        self.milliseconds = milliseconds
    }
}

/// A route: models to try.
public struct RouteConfiguration: Hashable, Sendable, Codable {
    /// In which order the models are tried.
    public enum Strategy: String, Hashable, Sendable, Codable, CaseIterable {
        /// As written.
        case ordered
        /// The cheapest first.
        case cheapest
        /// The fastest first.
        case fastest
        /// One after another.
        case roundRobin = "round-robin"
    }
    /// `provider/model`, as written.
    public var models: [ModelReference]
    /// What follows when a vendor refuses to answer for what is asked.
    public enum OnRefusal: String, Hashable, Sendable, Codable, CaseIterable {
        /// The refusal stands.
        case stop
        /// The next model of the route is asked.
        case next
    }
    /// In which order they are tried.
    public var strategy: Strategy = .ordered
    /// What follows when a vendor refuses to answer for what is asked.
    public var onRefusal: OnRefusal = .stop

    /// A route.
    public init(
        models: [ModelReference], strategy: Strategy = .ordered, onRefusal: OnRefusal = .stop
    ) {
        self.models = models
        self.strategy = strategy
        self.onRefusal = onRefusal
    }
}

/// What a home may spend.
public struct BudgetConfiguration: Hashable, Sendable, Codable {
    /// In a day of the configured zone.
    public var day: Money?
    /// In a month of the configured zone.
    public var month: Money?
    /// Tokens a day of models without a price.
    public var unpricedTokensDay: Int?
    /// No budgets.
    public init() {}
}

/// What a session gets that does not say otherwise.
public struct SessionDefaults: Hashable, Sendable, Codable {
    /// How many run at once in the home.
    public var concurrent = 4
    /// How many of one tenant run at once; nil is as many as the home may.
    public var perTenant: Int?
    /// Limits of a session that names none.
    public var limits = SessionLimits()
    /// Calls that need no approval, as `TOOL PATTERN`.
    public var allow: [String] = []
    /// Calls that are refused, as `TOOL PATTERN`.
    public var deny: [String] = []
    /// The defaults.
    public init() {}
}

/// How long things are kept; nil is for ever.
public struct KeepConfiguration: Hashable, Sendable, Codable {
    /// Milliseconds after its end that a session is kept.
    public var sessions: Int64?
    /// Milliseconds after its end that a session's workspace is kept.
    public var workspaces: Int64?
    /// Bytes of objects.
    public var objects: Int64?
    /// Everything for ever.
    public init() {}
}

/// Limits of a session; nil is without limit.
public struct SessionLimits: Hashable, Sendable, Codable {
    /// What its model calls may cost.
    public var cost: Money?
    /// Milliseconds of running time.
    public var time: Int64?
    /// Milliseconds of running time without evidence of progress.
    public var idle: Int64?
    /// Turns of the model.
    public var turns: Int?
    /// Tool calls.
    public var calls: Int?
    /// Tokens the model may write in all.
    public var outputTokens: Int?

    /// No limits.
    public init() {}

    enum CodingKeys: String, CodingKey {
        case cost, time, idle, turns, calls
        case outputTokens = "output_tokens"
    }
}
