import AgentOSCore

/// A budget that can refuse a call.
public enum Budget: String, Hashable, Sendable, Codable, CaseIterable {
    /// The home's, for a day.
    case day
    /// The home's, for a month.
    case month
    /// The session's.
    case session
    /// The chain's, for all its sessions.
    case chain
    /// The home's tokens a day of models without a price.
    case unpriced
}

/// A call that no budget pays for.
public struct BudgetRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// The budget.
    public let budget: Budget
    /// What it still has.
    public let left: BudgetAmount
    /// What the call could cost.
    public let needed: BudgetAmount

    /// A refusal.
    public init(budget: Budget, left: BudgetAmount, needed: BudgetAmount) {
        self.budget = budget
        self.left = left
        self.needed = needed
    }

    /// One line.
    public var description: String {
        switch budget {
        case .day: "the day's budget has \(left) left and the call needs \(needed)"
        case .month: "the month's budget has \(left) left and the call needs \(needed)"
        case .session: "the session's cost limit has \(left) left and the call needs \(needed)"
        case .chain: "the chain's budget has \(left) left and the call needs \(needed)"
        case .unpriced: "the day's tokens without a price are \(left) and the call needs \(needed)"
        }
    }
}

/// What was spent and is held back in a day and its month, over the whole home.
public struct Spending: Hashable, Sendable {
    /// In the day, reservations included.
    public var day = Money.zero
    /// In the month, reservations included.
    public var month = Money.zero
    /// Tokens without a price in the day, reservations included.
    public var unpricedTokens = 0
    /// What the scope of the call (its chain) may still spend, reservations taken off; nil without a limit.
    public var scopeLeft: Money?

    /// Nothing.
    public init() {}
}

/// What a call holds back before it is made.
public struct Quote: Hashable, Sendable {
    /// The most it can cost; nil when a model that may answer has no price.
    public var reserved: Money?
    /// Tokens it can use at most, counted when it has no price.
    public var unpricedTokens: Int
    /// What the model may write.
    public var maxOutputTokens: Int
    /// The budget that pays for no more than that; nil where none cuts it.
    public var cappedBy: Budget?

    /// A quote.
    public init(reserved: Money?, unpricedTokens: Int, maxOutputTokens: Int, cappedBy: Budget? = nil) {
        self.cappedBy = cappedBy
        self.reserved = reserved
        self.unpricedTokens = unpricedTokens
        self.maxOutputTokens = maxOutputTokens
    }
}

/// The rules of budgets: values in, a quote or a refusal out.
public struct BudgetRules: Hashable, Sendable {
    /// A call that could write less than this is not worth making.
    public static let leastOutput = 64
    /// What a call may write that names no limit.
    public static let usualOutput = 16_384

    /// The home's budgets.
    public var budgets: BudgetConfiguration

    /// Rules for these budgets.
    public init(budgets: BudgetConfiguration) { self.budgets = budgets }

    /// Prices a call by the dearest of the models that may answer, its output capped to what every budget still
    /// pays for.
    ///
    /// `sessionLeft` is what the session's own limit still pays for; nil is without limit.
    public func quote(
        prices: [ModelPrice?], promptTokens: Int, maxOutputTokens: Int?, sessionLeft: Money?,
        spending: Spending
    ) throws(BudgetRefusal) -> Quote {
        var output = maxOutputTokens ?? Self.usualOutput
        let known = prices.compactMap(\.self)
        guard known.count == prices.count, !known.isEmpty else {
            let quote = Quote(reserved: nil, unpricedTokens: promptTokens + output, maxOutputTokens: output)
            try admit(quote, spending: spending)
            return quote
        }
        let least = min(Self.leastOutput, output)
        var cappedBy: Budget?
        for (budget, left) in lefts(sessionLeft: sessionLeft, spending: spending) {
            for price in known {
                if let paid = price.affordableOutput(promptTokens: promptTokens, amount: left), paid < output
                {
                    (output, cappedBy) = (paid, budget)
                }
                if output < least {
                    let needed = price.worstCase(promptTokens: promptTokens, maxOutputTokens: least)
                    throw BudgetRefusal(budget: budget, left: .usd(left), needed: .usd(needed))
                }
            }
        }
        let worst = known.map { $0.worstCase(promptTokens: promptTokens, maxOutputTokens: output) }.max()
        return Quote(reserved: worst, unpricedTokens: 0, maxOutputTokens: output, cappedBy: cappedBy)
    }

    /// Whether the home's budgets still pay for a quote; throws the first that does not.
    public func admit(_ quote: Quote, spending: Spending) throws(BudgetRefusal) {
        if quote.reserved == nil, let limit = budgets.unpricedTokensDay,
            spending.unpricedTokens + quote.unpricedTokens > limit
        {
            throw BudgetRefusal(
                budget: .unpriced, left: .tokens(max(0, limit - spending.unpricedTokens)),
                needed: .tokens(quote.unpricedTokens))
        }
        guard let needed = quote.reserved else { return }
        for (budget, left) in lefts(sessionLeft: nil, spending: spending) where needed > left {
            throw BudgetRefusal(budget: budget, left: .usd(left), needed: .usd(needed))
        }
    }

    private func lefts(sessionLeft: Money?, spending: Spending) -> [(Budget, Money)] {
        var lefts: [(Budget, Money)] = []
        if let sessionLeft { lefts.append((.session, max(.zero, sessionLeft))) }
        if let left = spending.scopeLeft { lefts.append((.chain, max(.zero, left))) }
        if let day = budgets.day { lefts.append((.day, max(.zero, day - spending.day))) }
        if let month = budgets.month { lefts.append((.month, max(.zero, month - spending.month))) }
        return lefts
    }
}
