/// Why a model call was not made: who refuses it, what there is and what it needs.
public struct CallRefusal: Hashable, Sendable, Codable {
    /// Who refuses it.
    public enum Cause: String, Hashable, Sendable, Codable {
        /// The session's limit of cost.
        case session
        /// The budget of its chain.
        case chain
        /// The home's budget for a day.
        case day
        /// The home's budget for a month.
        case month
        /// The home's tokens a day of models without a price.
        case unpriced
        /// The policy on models without a price.
        case price
    }
    /// Who refuses it.
    public var cause: Cause
    /// What may be spent; nil where no amount refuses it.
    public var limit: BudgetAmount?
    /// What is spent, with what other calls hold back.
    public var spent: BudgetAmount?
    /// What the call needs at worst, with an answer as short as one is worth making.
    public var needed: BudgetAmount?
    /// The day with which the budget begins anew, and its zone: `2026-11-23 (Europe/Berlin)`.
    public var renews: String?
    /// The models that have no price.
    public var models: [ModelReference]?

    /// A refusal.
    public init(
        cause: Cause, limit: BudgetAmount? = nil, spent: BudgetAmount? = nil, needed: BudgetAmount? = nil,
        renews: String? = nil, models: [ModelReference]? = nil
    ) {
        self.cause = cause
        self.limit = limit
        self.spent = spent
        self.needed = needed
        self.renews = renews
        self.models = models
    }
}

/// An amount of what a budget counts, written with its unit: `0.50 USD`, `12000 tokens`.
public enum BudgetAmount: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Money.
    case usd(Money)
    /// Tokens.
    case tokens(Int)

    /// The amount, exact.
    public var description: String {
        switch self {
        case .usd(let money): "\(money) USD"
        case .tokens(let count): "\(count) tokens"
        }
    }

    /// The amount for a line of a list, without its unit.
    public var short: String {
        switch self {
        case .usd(let money): money.short
        case .tokens(let count): "\(count)"
        }
    }

    /// The money, nil for anything else.
    public var money: Money? { if case .usd(let money) = self { money } else { nil } }

    /// What of an amount is left after another of the same unit, never less than nothing.
    public func left(after spent: BudgetAmount) -> BudgetAmount {
        switch (self, spent) {
        case (.usd(let limit), .usd(let spent)): .usd(max(.zero, limit - spent))
        case (.tokens(let limit), .tokens(let spent)): .tokens(max(0, limit - spent))
        case (.usd, .tokens), (.tokens, .usd): self
        }
    }

    /// Reads the text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        if text.hasSuffix(" USD"), let money = Money(String(text.dropLast(4))) {
            self = .usd(money)
        } else if text.hasSuffix(" tokens"), let count = Int(text.dropLast(7)) {
            self = .tokens(count)
        } else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not an amount: \(text)")
        }
    }

    /// Writes the text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
