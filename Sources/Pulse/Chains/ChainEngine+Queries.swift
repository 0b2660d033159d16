import AgentOSCore
import EventLog

extension ChainEngine {
    /// A page of chains: those that work or wait first, the newest first in each.
    public func list(_ query: ChainList) async throws -> ChainList.Page {
        try await setting.log.read { [tenant = setting.tenant] sql in
            var conditions = "tenant = ?"
            var values: [any SQLStorable] = [tenant]
            if !query.states.isEmpty {
                conditions += " AND state IN (\(query.states.map { _ in "?" }.joined(separator: ", ")))"
                values += query.states.map(\.rawValue)
            }
            if let since = query.since {
                conditions += " AND created >= ?"
                values.append(since)
            }
            if !query.filter.isEmpty {
                conditions += " AND (instr(lower(name), ?) OR instr(id, ?) OR instr(lower(state), ?))"
                values += Array(repeating: query.filter.lowercased(), count: 3)
            }
            let total =
                try sql.value("SELECT count(*) FROM chains WHERE \(conditions)", values, as: Int.self) ?? 0
            let rows = try sql.rows(
                "SELECT summary FROM chains WHERE \(conditions) ORDER BY ended, created DESC, id LIMIT ? OFFSET ?",
                values + [query.limit, query.offset]
            ) { try JSONText.decode(ChainSummary.self, from: try $0.at(0, as: String.self)) }
            return ChainList.Page(chains: try rows.map { try sql.filled($0, tenant: tenant) }, total: total)
        }
    }

    /// One chain.
    public func show(_ query: ChainShow) async throws -> ChainSummary {
        let id = try await resolve(query.id)
        let found = try await setting.log.read { [tenant = setting.tenant] sql in
            try sql.first("SELECT summary FROM chains WHERE tenant = ? AND id = ?", [tenant, id]) {
                try sql.filled(
                    try JSONText.decode(ChainSummary.self, from: try $0.at(0, as: String.self)),
                    tenant: tenant)
            }
        }
        guard let found else {
            throw Fault.notFound("there is no chain \(id)", hint: "see: agentos chain list")
        }
        return found
    }
}

extension SQLReader {
    /// A chain's summary with what its sessions do and have cost.
    fileprivate func filled(_ summary: ChainSummary, tenant: TenantID) throws -> ChainSummary {
        var filled = summary
        let sessions = try rows(
            """
            SELECT c.step, c.place, s.summary FROM chain_sessions c JOIN sessions s
                ON s.tenant = c.tenant AND s.id = c.session
            WHERE c.tenant = ? AND c.chain = ?
            """, [tenant, summary.chainId]
        ) { row in
            (
                step: try row.at(0, as: String.self),
                session: try JSONText.decode(SessionSummary.self, from: try row.at(2, as: String.self))
            )
        }
        let byID = Dictionary(sessions.map { ($0.session.sessionId, $0.session) }, uniquingKeysWith: { $1 })
        filled.costKnown = sessions.reduce(.zero) { $0 + $1.session.costKnown }
        filled.hasUnpriced = sessions.contains { $0.session.hasUnpriced }
        for index in filled.steps.indices {
            guard let session = filled.steps[index].sessionId.flatMap({ byID[$0] }) else { continue }
            filled.steps[index].costKnown = session.costKnown
            guard !filled.steps[index].state.isEnded, filled.steps[index].state != .queued else { continue }
            filled.steps[index].state = ChainState(session.state)
            filled.steps[index].activity = session.activity
            if session.state == .paused { filled.steps[index].reason = session.reason?.description }
        }
        return filled
    }
}
