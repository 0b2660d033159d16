import AgentOSCore
import EventLog

/// A call for which money is held and that nobody has settled yet.
public struct OpenCall: Hashable, Sendable {
    /// The call.
    public var id: CallID
    /// Whose call; nil for one of the home, as a test of a model.
    public var sessionId: SessionID?
    /// The day that it counts for.
    public var day: String
    /// What is held; nil without a price.
    public var amount: Money?
    /// The calls that it shares a budget with.
    public var scope: String?

    /// Its line where what came of it is not known: what was held stands for what it may have cost.
    public var lost: LedgerLine {
        LedgerLine(
            callId: id, sessionId: sessionId, day: day, model: nil, usage: Usage(), cost: amount, prices: nil,
            isLost: true, scope: scope)
    }
}

extension SQLReader {
    /// The calls of a tenant for which money is held.
    public func openCalls(_ tenant: TenantID) throws -> [OpenCall] {
        try rows(
            "SELECT call, session, day, amount, scope FROM ledger_open WHERE tenant = ? ORDER BY call",
            [tenant]
        ) {
            OpenCall(
                id: try $0.at(0), sessionId: try $0.at(1), day: try $0.at(2), amount: try $0.at(3),
                scope: try $0.at(4))
        }
    }
}

extension Append {
    /// Settles an open call as lost.
    public static func losing(_ call: OpenCall, tenant: TenantID, at: Timestamp) throws -> Append {
        Append(
            tenant: tenant, stream: Ledger.stream, events: [try LedgerEvent.settled(call.lost).encoded()],
            actor: .engine, at: at)
    }
}
