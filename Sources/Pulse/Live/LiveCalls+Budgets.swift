import AgentOSCore
import EventLog
import Ledger

/// The budgets that a call has to be paid from.
extension LiveCalls {
    /// A refusal with what the budget that refused may spend and has spent.
    func explain(_ refusal: BudgetRefusal, _ session: Session, at now: Timestamp) async throws
        -> CallRefusal
    {
        let scope = scope(of: session)
        let standing = try await ledger.standing(scope: scope, tenant: tenant, at: now, in: log)
        let budgets = ledger.rules.budgets
        var told = CallRefusal(
            cause: refusal.budget.cause, needed: refusal.needed,
            renews: ledger.renewal(of: refusal.budget, at: now))
        switch refusal.budget {
        case .session:
            (told.limit, told.spent) = (session.config.limits.cost.map { .usd($0) }, .usd(session.cost))
        case .chain:
            let limit = try await chainBudget(of: session)
            told.limit = limit.map { .usd($0) }
            told.spent = limit.map { .usd($0 - (standing.scopeLeft ?? .zero)) }
        case .day: (told.limit, told.spent) = (budgets.day.map { .usd($0) }, .usd(standing.day))
        case .month: (told.limit, told.spent) = (budgets.month.map { .usd($0) }, .usd(standing.month))
        case .unpriced:
            (told.limit, told.spent) = (
                budgets.unpricedTokensDay.map { .tokens($0) }, .tokens(standing.unpricedTokens)
            )
        }
        return told
    }

    /// The sessions with which a session shares a budget: those of its chain.
    func scope(of session: Session) -> LedgerScope? {
        guard let chain = session.config.chain?.chainId else { return nil }
        return LedgerScope(ChainEvent.stream(chain)) { [tenant] in try $0.chainBudget(chain, tenant: tenant) }
    }

    /// Whether the session or its chain has a limit of cost.
    func isBounded(_ session: Session) async throws -> Bool {
        if session.config.limits.cost != nil { return true }
        return try await chainBudget(of: session) != nil
    }

    /// Refuses a run of a command-line agent, whose cost nobody knows before it is told.
    func admit(_ agent: AgentConfig, _ session: Session) async throws {
        let now = clock.now()
        let refuses =
            if let policy = session.config.onUnknownPrice { policy == .refuse } else {
                try await isBounded(session)
            }
        if refuses {
            throw PauseRequired(
                reason: .price, refusal: CallRefusal(cause: .price, models: [agent.reference]))
        }
        let standing = try await ledger.standing(scope: scope(of: session), tenant: tenant, at: now, in: log)
        let budgets = ledger.rules.budgets
        if let day = budgets.day, standing.day >= day { throw PauseRequired(reason: .budget("day")) }
        if let month = budgets.month, standing.month >= month {
            throw PauseRequired(reason: .budget("month"))
        }
        if let left = standing.scopeLeft, left <= .zero { throw PauseRequired(reason: .budget("chain")) }
    }

    func chainBudget(of session: Session) async throws -> Money? {
        guard let chain = session.config.chain?.chainId else { return nil }
        return try await log.read { [tenant] in try $0.chainBudget(chain, tenant: tenant) }
    }
}

extension BudgetRefusal {
    /// The pause that a refusal leads to.
    var pause: PauseReason {
        budget.pause
    }
}

extension Budget {
    /// Who refuses a call that this budget does not pay for.
    var cause: CallRefusal.Cause {
        switch self {
        case .day: .day
        case .month: .month
        case .session: .session
        case .chain: .chain
        case .unpriced: .unpriced
        }
    }

    /// The pause of a session that this budget pays for no more.
    var pause: PauseReason {
        switch self {
        case .day: .budget("day")
        case .month: .budget("month")
        case .session: .limit("cost")
        case .chain: .budget("chain")
        case .unpriced: .budget("unpriced")
        }
    }
}
