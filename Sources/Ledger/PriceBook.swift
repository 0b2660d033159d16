import AgentOSCore

/// The price of a model and the table that it stands in.
public struct PriceEntry: Hashable, Sendable {
    /// The rates.
    public var price: ModelPrice
    /// The day of the table, kept on every line that is computed from it.
    public var version: String

    /// A price of a table.
    public init(price: ModelPrice, version: String) {
        self.price = price
        self.version = version
    }
}

/// What models cost: the user's table, then the shipped one, by the provider's name and then by its kind.
public struct PriceBook: Sendable {
    private let tables: [PricesFile]
    private let kinds: [String: ProviderConfiguration.Kind]
    private let shipped: @Sendable () -> PricesFile

    /// Tables, the first one that names a model wins; `kinds` by the provider's name.
    ///
    /// `shipped` is asked last, and by the kind alone: a server of the user's that is named like a vendor is not the
    /// vendor.
    public init(
        tables: [PricesFile], kinds: [String: ProviderConfiguration.Kind],
        shipped: @escaping @Sendable () -> PricesFile = { ShippedPrices.table }
    ) {
        self.tables = tables
        self.kinds = kinds
        self.shipped = shipped
    }

    /// The tables of a configuration's providers.
    public init(tables: [PricesFile], providers: [ProviderConfiguration]) {
        let kinds = Dictionary(providers.map { ($0.name, $0.kind) }, uniquingKeysWith: { first, _ in first })
        self.init(tables: tables, kinds: kinds)
    }

    /// The price of a model, nil where no table names it; a rehearsal costs nothing unless one does.
    public subscript(_ model: ModelReference) -> PriceEntry? {
        let kind = kinds[model.provider]
        let byKind = kind.map { ModelReference(provider: $0.rawValue, model: model.model) }
        for table in tables {
            if let price = table.models[model] ?? byKind.flatMap({ table.models[$0] }) {
                return PriceEntry(price: price, version: table.date)
            }
        }
        if kind == .rehearsal {
            return PriceEntry(
                price: ModelPrice(base: ModelPrice.Rates(input: .zero, output: .zero)), version: "rehearsal")
        }
        guard let kind, Self.isVendor(kind) else { return nil }
        let table = shipped()
        return byKind.flatMap { table.models[$0] }.map { PriceEntry(price: $0, version: table.date) }
    }

    /// The models of a provider that a table prices.
    public func models(of provider: ProviderConfiguration) -> [ModelReference] {
        var found: Set<String> = []
        for table in tables + (Self.isVendor(provider.kind) ? [shipped()] : []) {
            for model in table.models.keys
            where [provider.kind.rawValue, provider.name].contains(model.provider) {
                found.insert(model.model)
            }
        }
        return found.sorted().map { ModelReference(provider: provider.name, model: $0) }
    }

    /// Whether the provider is a vendor whose prices ship.
    private static func isVendor(_ kind: ProviderConfiguration.Kind) -> Bool {
        switch kind {
        case .anthropic, .openai, .google, .mistral: true
        case .custom, .rehearsal: false
        }
    }

    /// The windows of a provider's models as the tables tell them, for a provider that names none of its own.
    public func windows(of provider: ProviderConfiguration) -> [String: Int] {
        var windows: [String: Int] = [:]
        func add(_ table: PricesFile, _ name: String) {
            for (model, price) in table.models where model.provider == name {
                if let window = price.window { windows[model.model] = window }
            }
        }
        if Self.isVendor(provider.kind) { add(shipped(), provider.kind.rawValue) }
        for table in tables.reversed() {
            add(table, provider.kind.rawValue)
            if provider.name != provider.kind.rawValue { add(table, provider.name) }
        }
        return windows
    }

    /// A provider with the windows of its models filled in from the tables, unless config.yaml names one for all.
    public func windowed(_ provider: ProviderConfiguration) -> ProviderConfiguration {
        guard provider.window == nil else { return provider }
        var provider = provider
        provider.windows.merge(windows(of: provider)) { own, _ in own }
        return provider
    }

    /// What tokens cost, nil where the model has no price: unknown, never zero.
    public func cost(of usage: Usage, model: ModelReference) -> Money? {
        // What a vendor's own tools cost a call stands in no table.
        usage.serverCalls > 0 && kinds[model.provider] != .rehearsal
            ? nil : self[model]?.price.cost(of: usage)
    }
}

extension ModelPrice {
    /// The cost of a call: products of 128 bits, rounded up once, to 10⁻¹² USD.
    public func cost(of usage: Usage) -> Money {
        let rates = rates(promptTokens: usage.prompt)
        return Self.rounded([
            (usage.input + usage.audioInput + usage.toolPrompt, rates.input), (usage.written, rates.output),
            (usage.cacheRead, rates.cacheRead ?? rates.input),
            (usage.cacheWrite, rates.cacheWrite ?? rates.input),
            (usage.cacheWriteHour, rates.cacheWriteHour ?? rates.cacheWrite ?? rates.input),
        ])
    }

    /// The most that a call can cost: every prompt token at the dearest rate, every output token written.
    public func worstCase(promptTokens: Int, maxOutputTokens: Int) -> Money {
        let rates = rates(promptTokens: promptTokens)
        return Self.rounded([(promptTokens, rates.dearestPrompt), (maxOutputTokens, rates.output)])
    }

    /// How many tokens may be written so that the call costs no more than `amount`; nil where they cost nothing
    /// and the prompt is paid for, 0 where not even the prompt is.
    public func affordableOutput(promptTokens: Int, amount: Money) -> Int? {
        let rates = rates(promptTokens: promptTokens)
        let prompt = Int128(max(0, promptTokens)) * Int128(rates.dearestPrompt.picodollars)
        let left = Int128(amount.picodollars) * Self.perMillion - prompt
        if left < 0 { return 0 }
        guard rates.output > .zero else { return nil }
        return Int(clamping: left / Int128(rates.output.picodollars))
    }

    private static var perMillion: Int128 { 1_000_000 }

    /// The rates of a call, picked by the whole of its prompt.
    private func rates(promptTokens: Int) -> Rates {
        guard let above, promptTokens > above.tokens else { return base }
        return above.rates
    }

    private static func rounded(_ parts: [(tokens: Int, rate: Money)]) -> Money {
        let sum = parts.reduce(Int128(0)) { $0 + Int128(max(0, $1.tokens)) * Int128($1.rate.picodollars) }
        return Money(picodollars: Int64(clamping: (sum + perMillion - 1) / perMillion))
    }
}

extension ModelPrice.Rates {
    /// The dearest rate that a prompt token can be charged at.
    fileprivate var dearestPrompt: Money {
        max(input, cacheRead ?? input, cacheWrite ?? input, cacheWriteHour ?? input)
    }
}
