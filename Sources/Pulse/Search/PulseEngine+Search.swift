import AgentOSCore
import EventLog
import Ledger

extension PulseEngine {
    /// The places of transcripts that hold all the words, the newest first.
    public func search(_ query: SessionSearch) async throws -> [SearchHit] {
        guard let words = SearchWords(query.text) else {
            throw Fault.usage(
                "there is no word in '\(SafeText(query.text))'", hint: "give words, or a \"phrase\" in quotes"
            )
        }
        var session: SessionID?
        if let id = query.id { session = try await resolve(id) }
        let limit = max(0, min(query.limit, 1000))
        return try await setting.log.read { [tenant = setting.tenant, session] sql in
            try sql.search(words, tenant: tenant, session: session, limit: limit)
        }
    }

    /// What the calls of a span of days cost.
    public func costs(_ query: CostReport, zone: String) async throws -> CostReport.Report {
        for case let day? in [query.from, query.to] where !isDay(day) {
            throw Fault.usage("'\(SafeText(day))' is not a day", hint: "write 2026-11-22")
        }
        if let from = query.from, let to = query.to, from > to {
            throw Fault.usage(
                "no day is from \(from) to \(to): the first is after the last",
                hint: "write --from \(to) --to \(from)")
        }
        return try await setting.log.read { [tenant = setting.tenant] sql in
            var lines = try sql.costs(tenant: tenant, from: query.from, to: query.to, by: query.by)
            if query.by == .day { lines.sort { ($0.key ?? "") < ($1.key ?? "") } }
            var names: [String: String] = [:]
            if query.by == .session {
                for case let id? in lines.map(\.key) {
                    names[id] = try sql.value(
                        "SELECT name FROM sessions WHERE tenant = ? AND id = ?", [tenant, id], as: String.self
                    )
                }
            }
            return CostReport.Report(zone: zone, lines: lines, names: names)
        }
    }
}

/// Whether a text is a day as the ledger writes it.
private func isDay(_ text: String) -> Bool {
    // A day that its month has not is read as one of the next.
    text.utf8.count == 10 && Timestamp(text + "T00:00:00Z").map { $0.description.hasPrefix(text) } ?? false
}

extension SQLReader {
    fileprivate func search(
        _ words: SearchWords, tenant: TenantID, session: SessionID?, limit: Int
    ) throws -> [SearchHit] {
        let only = session == nil ? "" : "AND p.session = ?"
        let places = try rows(
            """
            SELECT p.session, p.seq FROM search_words JOIN search_places p ON p.id = search_words.rowid
            WHERE search_words MATCH ? AND p.tenant = ? \(only) ORDER BY search_words.rowid DESC LIMIT ?
            """, [words.match, tenant] + (session.map { [$0] } ?? []) + [limit]
        ) { (try $0.at(0, as: SessionID.self), try $0.at(1, as: Int64.self)) }
        return try places.compactMap { try hit($0.0, $0.1, words, tenant) }
    }

    private func hit(_ id: SessionID, _ seq: Int64, _ words: SearchWords, _ tenant: TenantID) throws
        -> SearchHit?
    {
        let known = try first(
            "SELECT name, state FROM sessions WHERE tenant = ? AND id = ?", [tenant, id]
        ) { (try $0.at(0, as: String.self), try $0.at(1, as: String.self)) }
        let event = try first(
            "SELECT type, payload, at FROM events WHERE tenant = ? AND seq = ?", [tenant, seq]
        ) {
            (try $0.at(0, as: String.self), try $0.at(1, as: String.self), try $0.at(2, as: Timestamp.self))
        }
        guard let known, let event, let text = try SearchText(type: event.0, payload: event.1),
            let state = SessionState(rawValue: known.1)
        else { return nil }
        let turn = try value(
            """
            SELECT count(*) FILTER (WHERE type = 'session.model.finished')
                - count(*) FILTER (WHERE type = 'session.compacted') FROM events
            WHERE tenant = ? AND stream = ? AND seq <= ?
            """, [tenant, SessionEvent.stream(id), seq], as: Int.self)
        return SearchHit(
            sessionId: id, name: known.0, state: state, seq: seq, at: event.2, turn: turn ?? 0,
            kind: text.kind,
            snippet: words.snippet(of: text.text))
    }
}
