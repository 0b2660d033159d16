import AgentOSCore
import EventLog

extension SQLReader {
    /// What a tenant's calls cost in days from `from` to `to`, both included and `YYYY-MM-DD`; nil is open.
    public func costs(
        tenant: TenantID, from: String? = nil, to: String? = nil, by grouping: CostGrouping
    ) throws -> [CostLine] {
        try rows(
            """
            SELECT \(grouping.rawValue), count(*), sum(input), sum(output), sum(cache_read), sum(cache_write),
                coalesce(sum(cost), 0), sum(cost IS NULL), sum(model IS NULL),
                coalesce(sum(CASE WHEN model IS NULL THEN cost END), 0), sum(cache_write_hour), sum(reasoning),
                sum(audio_input), sum(audio_output), sum(tool_prompt), sum(server_calls)
            FROM ledger_lines WHERE tenant = ? AND day BETWEEN ? AND ? GROUP BY 1 ORDER BY 7 DESC, 1
            """, [tenant, from ?? "0000", to ?? "9999-99"]
        ) {
            CostLine(
                key: try $0.at(0), calls: try $0.at(1),
                usage: Usage(
                    input: try $0.at(2), output: try $0.at(3), cacheRead: try $0.at(4),
                    cacheWrite: try $0.at(5), cacheWriteHour: try $0.at(10), reasoning: try $0.at(11),
                    audioInput: try $0.at(12), audioOutput: try $0.at(13), toolPrompt: try $0.at(14),
                    serverCalls: try $0.at(15)),
                costKnown: try $0.at(6), unpriced: try $0.at(7), lost: try $0.at(8), costLost: try $0.at(9))
        }
    }

    /// What a provider's calls cost on a day, and how many of them have no price.
    public func spending(tenant: TenantID, provider: String, day: String) throws -> (Money, Int) {
        // Names hold no slash, and a zero is the sign after it.
        try first(
            """
            SELECT coalesce(sum(cost), 0), coalesce(sum(cost IS NULL), 0) FROM ledger_lines
            WHERE tenant = ? AND day = ? AND model >= ? AND model < ?
            """, [tenant, day, provider + "/", provider + "0"]
        ) { (try $0.at(0), try $0.at(1)) } ?? (.zero, 0)
    }
}
