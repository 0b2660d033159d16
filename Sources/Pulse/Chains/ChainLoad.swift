import AgentOSCore
import EventLog

extension Chain {
    /// Folds a chain from the log, from what is known of it; nil without one.
    static func load(
        _ id: ChainID, tenant: TenantID, from known: Chain? = nil, to version: Int64 = .max, in sql: SQLReader
    ) throws -> Chain? {
        var chain = known
        let rows = try sql.rows(
            """
            SELECT type, at, payload FROM events WHERE tenant = ? AND stream = ? AND version > ? AND version <= ?
            ORDER BY version
            """, [tenant, ChainEvent.stream(id), known?.version ?? 0, version]
        ) { row in
            (
                try row.at(0, as: String.self), try row.at(1, as: Timestamp.self),
                try row.at(2, as: String.self)
            )
        }
        for (type, at, payload) in rows {
            let event = try ChainEvent(type: type, payload: payload)
            if chain == nil {
                guard let event else { return nil }
                chain = Chain(id: id, created: event, at: at)
            } else {
                chain?.apply(event, at: at)
            }
        }
        return chain
    }
}
