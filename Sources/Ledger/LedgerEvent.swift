import AgentOSCore

/// What happens to money.
public enum LedgerEvent: Hashable, Sendable {
    /// Held back before a call.
    case reserved(LedgerReservation)
    /// A call's cost, in place of what was held back for it.
    case settled(LedgerLine)
    /// A call's cost where nothing was held back: it has no price, or costs nothing.
    case recorded(LedgerLine)
    /// A budget of the home has reached a share of which people hear.
    case reached(BudgetNotice)
    /// What was held back is free again: the call was not made.
    case released(callId: CallID)

    /// The stored form.
    public func encoded() throws -> NewEvent {
        switch self {
        case .reserved(let reservation):
            NewEvent(type: "ledger.reserved", payload: try JSONText.string(reservation))
        case .settled(let line): NewEvent(type: "ledger.settled", payload: try JSONText.string(line))
        case .recorded(let line): NewEvent(type: "ledger.recorded", payload: try JSONText.string(line))
        case .reached(let notice): NewEvent(type: "ledger.budget", payload: try JSONText.string(notice))
        case .released(let callId):
            NewEvent(type: "ledger.released", payload: try JSONText.string(["callId": callId]))
        }
    }

    /// Reads the stored form; nil for a type that is not the ledger's.
    public init?(_ event: EventRecord) throws {
        switch event.type {
        case "ledger.reserved":
            self = .reserved(try JSONText.decode(LedgerReservation.self, from: event.payload))
        case "ledger.settled": self = .settled(try JSONText.decode(LedgerLine.self, from: event.payload))
        case "ledger.recorded": self = .recorded(try JSONText.decode(LedgerLine.self, from: event.payload))
        case "ledger.budget": self = .reached(try JSONText.decode(BudgetNotice.self, from: event.payload))
        case "ledger.released":
            let fields = try JSONText.decode([String: CallID].self, from: event.payload)
            guard let callId = fields["callId"] else { return nil }
            self = .released(callId: callId)
        default: return nil
        }
    }
}

/// Money held back for a call.
public struct LedgerReservation: Hashable, Sendable, Codable {
    /// The call.
    public var callId: CallID
    /// Whose call.
    public var sessionId: SessionID?
    /// The day that it counts for, `YYYY-MM-DD` in the home's zone.
    public var day: String
    /// How much; nil without a price.
    public var amount: Money?
    /// Tokens it can use at most, 0 with a price.
    public var unpricedTokens: Int
    /// The calls that it shares a budget with.
    public var scope: String?

    /// A reservation.
    public init(
        callId: CallID, sessionId: SessionID?, day: String, amount: Money?, unpricedTokens: Int,
        scope: String? = nil
    ) {
        self.scope = scope
        self.callId = callId
        self.sessionId = sessionId
        self.day = day
        self.amount = amount
        self.unpricedTokens = unpricedTokens
    }
}

/// A line of the ledger.
public struct LedgerLine: Hashable, Sendable, Codable {
    /// The call.
    public var callId: CallID
    /// Whose call.
    public var sessionId: SessionID?
    /// The day that it counts for.
    public var day: String
    /// Who answered; nil when nobody knows.
    public var model: ModelReference?
    /// What the vendor counted.
    public var usage: Usage
    /// What it cost; nil without a price.
    public var cost: Money?
    /// The day of the price table; nil without a price.
    public var prices: String?
    /// Whether the call was cut, so that what was held back stands for a cost that nobody knows.
    public var isLost: Bool
    /// The calls that it shares a budget with.
    public var scope: String?

    /// A line.
    public init(
        callId: CallID, sessionId: SessionID?, day: String, model: ModelReference?, usage: Usage,
        cost: Money?,
        prices: String?, isLost: Bool = false, scope: String? = nil
    ) {
        self.scope = scope
        self.callId = callId
        self.sessionId = sessionId
        self.day = day
        self.model = model
        self.usage = usage
        self.cost = cost
        self.prices = prices
        self.isLost = isLost
    }
}
