import AgentOSCore
import EventLog

/// Calls that share a budget beside the session's and the home's: those of a chain.
public struct LedgerScope: Sendable {
    /// Its name, unique in the tenant.
    public let name: String
    /// What it may spend as things stand in the database; nil without a limit.
    let limit: @Sendable (SQLReader) throws -> Money?

    /// A scope; its limit is asked for at every call, so that a changed one counts at once.
    public init(_ name: String, limit: @escaping @Sendable (SQLReader) throws -> Money?) {
        self.name = name
        self.limit = limit
    }

    func left(_ tenant: TenantID, _ sql: SQLReader) throws -> Money? {
        guard let limit = try limit(sql) else { return nil }
        return limit - (try sql.spending(tenant: tenant, scope: name))
    }
}

extension SQLReader {
    /// What was spent and is held back in a scope.
    public func spending(tenant: TenantID, scope: String) throws -> Money {
        let spent = try value(
            "SELECT spent FROM ledger_scopes WHERE tenant = ? AND scope = ?", [tenant, scope], as: Money.self)
        let held = try value(
            "SELECT coalesce(sum(amount), 0) FROM ledger_open WHERE tenant = ? AND scope = ?",
            [tenant, scope],
            as: Money.self)
        return (spent ?? .zero) + (held ?? .zero)
    }
}
