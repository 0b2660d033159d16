import AgentOSCore
import EventLog

/// Money of a home: what calls may cost before they are made, and what they did cost after (INV-5).
///
/// Its appends belong into the same `EventLog.append` as the events of the call: `reserve` with the intent,
/// `settle` or `release` with the result. The budget is asked inside that transaction, so sessions that run at
/// once cannot overrun it together.
public struct Ledger: Sendable {
    /// What models cost.
    public let prices: PriceBook
    /// The rules.
    public let rules: BudgetRules
    private let dayOf: @Sendable (Timestamp) -> String
    private let zone: String

    /// A ledger; `day` names the day of a moment in the home's zone as `YYYY-MM-DD`, `zone` the zone.
    public init(
        prices: PriceBook, budgets: BudgetConfiguration, zone: String = "UTC",
        day: @escaping @Sendable (Timestamp) -> String
    ) {
        self.zone = zone
        self.prices = prices
        rules = BudgetRules(budgets: budgets)
        dayOf = day
    }

    /// The day of a moment in the home's zone.
    func day(of moment: Timestamp) -> String { dayOf(moment) }

    /// The stream of a tenant's ledger.
    public static let stream = "ledger/main"

    /// What a call may cost and write, as things stand; throws a `BudgetRefusal` where no budget pays for it.
    ///
    /// `candidates` are the models that may answer; the dearest counts.
    public func quote(
        _ candidates: [ModelReference], promptTokens: Int, maxOutputTokens: Int? = nil, sessionLeft: Money?,
        scope: LedgerScope? = nil, tenant: TenantID = .main, at: Timestamp, in log: EventLog
    ) async throws -> Quote {
        let day = dayOf(at)
        let spending = try await log.read { try Self.spending(day, scope, tenant, $0) }
        return try rules.quote(
            prices: candidates.map { prices[$0]?.price }, promptTokens: promptTokens,
            maxOutputTokens: maxOutputTokens, sessionLeft: sessionLeft, spending: spending)
    }

    /// The most that a call can cost with a model; nil without a price.
    public func worstCase(_ model: ModelReference, promptTokens: Int, maxOutputTokens: Int?) -> Money? {
        prices[model]?.price.worstCase(
            promptTokens: promptTokens, maxOutputTokens: maxOutputTokens ?? BudgetRules.usualOutput)
    }

    /// What was spent and is held back at a moment, for who was refused.
    public func standing(
        scope: LedgerScope?, tenant: TenantID, at: Timestamp, in log: EventLog
    ) async throws -> Spending {
        let day = dayOf(at)
        return try await log.read { try Self.spending(day, scope, tenant, $0) }
    }

    /// The day with which a budget begins anew, with its zone; nil for one that does not.
    public func renewal(of budget: Budget, at: Timestamp) -> String? {
        let today = dayOf(at)
        switch budget {
        case .session, .chain: return nil
        case .day, .unpriced:
            guard let midnight = Timestamp("\(today)T00:00:00Z") else { return nil }
            return "\(midnight.adding(milliseconds: 86_400_000).description.prefix(10)) (\(zone))"
        case .month:
            let parts = today.split(separator: "-").compactMap { Int($0) }
            guard parts.count == 3 else { return nil }
            let (year, month) = parts[1] == 12 ? (parts[0] + 1, 1) : (parts[0], parts[1] + 1)
            return "\(year)-\(month < 10 ? "0" : "")\(month)-01 (\(zone))"
        }
    }

    private static func spending(
        _ day: String, _ scope: LedgerScope?, _ tenant: TenantID, _ sql: SQLReader
    ) throws -> Spending {
        var spending = try sql.spending(day: day)
        spending.scopeLeft = try scope?.left(tenant, sql)
        return spending
    }

    /// Holds a quote back; the append throws a `BudgetRefusal` where the budgets of the home
    /// or of the scope do not pay for it any more.
    public func reserve(
        _ quote: Quote, callId: CallID, sessionId: SessionID?, scope: LedgerScope? = nil, tenant: TenantID,
        actor: Actor, at: Timestamp
    ) throws -> Append {
        let day = dayOf(at)
        let rules = rules
        let reservation = LedgerReservation(
            callId: callId, sessionId: sessionId, day: day, amount: quote.reserved,
            unpricedTokens: quote.unpricedTokens, scope: scope?.name)
        var append = try append(.reserved(reservation), tenant, actor, at)
        append.condition = {
            try rules.admit(quote, spending: try Self.spending(day, scope, tenant, $0))
        }
        return append
    }

    /// The line of a call that was answered or had begun to be; its cost is nil where the model has no price.
    ///
    /// It counts for the day of its reservation, given as the moment of that.
    public func line(
        callId: CallID, sessionId: SessionID?, scope: String? = nil, model: ModelReference, usage: Usage,
        reservedAt: Timestamp
    ) -> LedgerLine {
        let entry = prices[model]
        return LedgerLine(
            callId: callId, sessionId: sessionId, day: dayOf(reservedAt), model: model, usage: usage,
            cost: prices.cost(of: usage, model: model), prices: entry?.version, scope: scope)
    }

    /// The line of a call that was cut: what was held back stands for what nobody knows.
    public func lostLine(
        callId: CallID, sessionId: SessionID?, scope: String? = nil, reserved: Money?, reservedAt: Timestamp
    ) -> LedgerLine {
        LedgerLine(
            callId: callId, sessionId: sessionId, day: dayOf(reservedAt), model: nil, usage: Usage(),
            cost: reserved,
            prices: nil, isLost: true, scope: scope)
    }

    /// Puts a line in the place of its reservation; the append throws where none is open.
    public func settle(_ line: LedgerLine, tenant: TenantID, actor: Actor, at: Timestamp) throws -> Append {
        try append(.settled(line), tenant, actor, at)
    }

    /// Writes the line of a call for which nothing was held back, so that every answered call has one.
    public func record(_ line: LedgerLine, tenant: TenantID, actor: Actor, at: Timestamp) throws -> Append {
        try append(.recorded(line), tenant, actor, at)
    }

    /// Frees a reservation whose call was not made; the append throws where none is open.
    public func release(_ callId: CallID, tenant: TenantID, actor: Actor, at: Timestamp) throws -> Append {
        try append(.released(callId: callId), tenant, actor, at)
    }

    private func append(_ event: LedgerEvent, _ tenant: TenantID, _ actor: Actor, _ at: Timestamp) throws
        -> Append
    {
        Append(tenant: tenant, stream: Self.stream, events: [try event.encoded()], actor: actor, at: at)
    }
}

extension SQLReader {
    /// What was spent and is held back in a day and its month, over all tenants of the home.
    public func spending(day: String) throws -> Spending {
        let month = [day.prefix(7) + "-01", day.prefix(7) + "-31"].map(String.init)
        var spending = Spending()
        for (table, amount) in [("ledger_days", "spent"), ("ledger_open", "amount")] {
            let sums = "SELECT coalesce(sum(\(amount)), 0), coalesce(sum(unpriced), 0) FROM \(table)"
            try first("\(sums) WHERE day = ?", [day]) {
                spending.day = spending.day + (try $0.at(0))
                spending.unpricedTokens += try $0.at(1)
            }
            try first("\(sums) WHERE day BETWEEN ? AND ?", month) {
                spending.month = spending.month + (try $0.at(0))
            }
        }
        return spending
    }
}
