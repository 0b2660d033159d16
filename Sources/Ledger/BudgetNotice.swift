import AgentOSCore
import EventLog

/// That a budget of the home has reached a share: told once for each period, amount and share.
public struct BudgetNotice: Hashable, Sendable, Codable {
    /// `day` or `month`.
    public var budget: Budget
    /// The day `YYYY-MM-DD` or the month `YYYY-MM`, in the home's zone.
    public var period: String
    /// 50, 80 or 100 percent.
    public var share: Int
    /// What is spent.
    public var spent: Money
    /// What may be.
    public var limit: Money

    /// A notice.
    public init(budget: Budget, period: String, share: Int, spent: Money, limit: Money) {
        self.budget = budget
        self.period = period
        self.share = share
        self.spent = spent
        self.limit = limit
    }
}

/// Another has told of it meanwhile.
public struct BudgetTold: Error, Hashable, Sendable {}

/// What of a budget is spent, with the period that it is for.
struct BudgetSpending: Hashable {
    var budget: Budget
    var period: String
    var spent: Money
    var limit: Money
}

extension Ledger {
    /// How much of the home's budgets is spent at a moment; what is only held back is not.
    public func readings(at: Timestamp, in log: EventLog) async throws -> [BudgetReading] {
        try await spent(at: at, in: log).map {
            BudgetReading(budget: $0.budget.rawValue, spent: $0.spent, limit: $0.limit)
        }
    }

    /// Tells of the home's budgets that have reached a share and were not told of.
    public func tellBudgets(tenant: TenantID, at: Timestamp, in log: EventLog) async throws {
        for one in try await spent(at: at, in: log)
        where BudgetShare.reached(by: one.spent, of: one.limit) > 0 {
            let last = try await log.read { try $0.toldShare(one) }
            for share in BudgetShare.untold(by: one.spent, of: one.limit, told: last) {
                let notice = BudgetNotice(
                    budget: one.budget, period: one.period, share: share, spent: one.spent, limit: one.limit)
                do { try await log.append(telling(notice, one, tenant, at)) } catch is BudgetTold {
                    // Another session's call has crossed it at the same time.
                }
            }
        }
    }

    private func telling(_ notice: BudgetNotice, _ one: BudgetSpending, _ tenant: TenantID, _ at: Timestamp)
        throws -> Append
    {
        Append(
            tenant: tenant, stream: Self.stream, events: [try LedgerEvent.reached(notice).encoded()],
            actor: .engine, at: at,
            condition: { if try $0.toldShare(one) >= notice.share { throw BudgetTold() } })
    }

    private func spent(at: Timestamp, in log: EventLog) async throws -> [BudgetSpending] {
        let (budgets, day) = (rules.budgets, self.day(of: at))
        guard budgets.day != nil || budgets.month != nil else { return [] }
        return try await log.read { sql in
            var found: [BudgetSpending] = []
            if let limit = budgets.day {
                let spent = try sql.settled(from: day, to: day)
                found.append(BudgetSpending(budget: .day, period: day, spent: spent, limit: limit))
            }
            if let limit = budgets.month {
                let month = String(day.prefix(7))
                let spent = try sql.settled(from: month + "-01", to: month + "-31")
                found.append(BudgetSpending(budget: .month, period: month, spent: spent, limit: limit))
            }
            return found
        }
    }

    /// The notices of the budgets as they are now, the highest of each, with when they were told.
    public func notices(at: Timestamp, in log: EventLog) async throws -> [(
        notice: BudgetNotice, at: Timestamp
    )] {
        let now = try await spent(at: at, in: log)
        return try await log.read { sql in
            try now.compactMap { one in
                try sql.first(
                    "SELECT share, at FROM ledger_told WHERE budget = ? AND period = ? AND cap = ? ORDER BY share DESC",
                    [one.budget.rawValue, one.period, one.limit]
                ) { row in
                    (
                        BudgetNotice(
                            budget: one.budget, period: one.period, share: try row.at(0), spent: one.spent,
                            limit: one.limit), try row.at(1, as: Timestamp.self)
                    )
                }
            }
        }
    }
}

extension SQLReader {
    /// What was settled in some days, over all tenants of the home.
    fileprivate func settled(from: String, to: String) throws -> Money {
        try value(
            "SELECT coalesce(sum(spent), 0) FROM ledger_days WHERE day BETWEEN ? AND ?", [from, to],
            as: Money.self) ?? .zero
    }

    /// The highest share of a budget that was told of, 0 for none.
    fileprivate func toldShare(_ one: BudgetSpending) throws -> Int {
        try value(
            "SELECT coalesce(max(share), 0) FROM ledger_told WHERE budget = ? AND period = ? AND cap = ?",
            [one.budget.rawValue, one.period, one.limit], as: Int.self) ?? 0
    }
}
