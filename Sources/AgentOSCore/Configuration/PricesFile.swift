/// A prices file as values: what models cost, with the day the table was made.
public struct PricesFile: Hashable, Sendable, Codable {
    /// `YYYY-MM-DD`, shown beside what is computed from it.
    public var date: String
    /// Prices by model; the provider is a name of config.yaml or a kind.
    public var models: [ModelReference: ModelPrice]

    /// A table.
    public init(date: String, models: [ModelReference: ModelPrice] = [:]) {
        self.date = date
        self.models = models
    }
}

/// What a model costs in US dollars per million tokens.
public struct ModelPrice: Hashable, Sendable, Codable {
    /// The rates up to a size of the prompt.
    public var base: Rates
    /// The rates above it, if they differ.
    public var above: LongPrompt?
    /// The most tokens of a prompt and its answer, where the table says so.
    public var window: Int?

    /// A price.
    public init(base: Rates, above: LongPrompt? = nil, window: Int? = nil) {
        self.base = base
        self.above = above
        self.window = window
    }

    /// US dollars per million tokens; what is nil is not priced by its own and counts as input.
    public struct Rates: Hashable, Sendable, Codable {
        /// Prompt tokens at the full rate.
        public var input: Money
        /// Tokens that the model writes.
        public var output: Money
        /// Prompt tokens read from the vendor's cache.
        public var cacheRead: Money?
        /// Prompt tokens written to the vendor's cache.
        public var cacheWrite: Money?
        /// Prompt tokens written to the vendor's cache for an hour.
        public var cacheWriteHour: Money?

        /// Rates.
        public init(
            input: Money, output: Money, cacheRead: Money? = nil, cacheWrite: Money? = nil,
            cacheWriteHour: Money? = nil
        ) {
            self.input = input
            self.output = output
            self.cacheRead = cacheRead
            self.cacheWrite = cacheWrite
            self.cacheWriteHour = cacheWriteHour
        }
    }

    /// The rates of a call whose prompt is longer than so many tokens.
    public struct LongPrompt: Hashable, Sendable, Codable {
        /// Prompt tokens, cached ones included.
        public var tokens: Int
        /// The rates of the whole call; a rate that the file leaves out is the base's.
        public var rates: Rates

        /// Rates above a size.
        public init(tokens: Int, rates: Rates) {
            self.tokens = tokens
            self.rates = rates
        }
    }
}
