import AgentOSCore
import EventLog
import ObjectStore

/// What the log says of objects.
extension PulseEngine {
    /// The objects of the store, and those that nothing kept names.
    struct ObjectSurvey {
        var all = 0
        var bytes: Int64 = 0
        /// Old enough that nobody is about to name them.
        var unreachable: [StoredObject] = []
    }

    /// Sessions as far as it matters for how long they are kept.
    func keptSessions() async throws -> [KeptSession] {
        let workspaces = try await setting.keeping.workspaces()
        return try await setting.log.read { [tenant = setting.tenant] sql in
            var cleared: [SessionID: Timestamp] = [:]
            let evictions = try sql.rows(
                "SELECT stream, at, payload FROM events WHERE tenant = ? AND type = 'session.evicted' ORDER BY seq",
                [tenant]
            ) {
                (
                    try $0.at(0, as: String.self), try $0.at(1, as: Timestamp.self),
                    try $0.at(2, as: String.self)
                )
            }
            for (stream, at, payload) in evictions {
                guard let id = SessionEvent.session(ofStream: stream),
                    case .evicted(let eviction) = try SessionEvent(type: "session.evicted", payload: payload),
                    eviction.checkpoints
                else { continue }
                cleared[id] = at
            }
            let rows = try sql.rows("SELECT summary FROM sessions WHERE tenant = ? ORDER BY id", [tenant]) {
                try JSONText.decode(SessionSummary.self, from: try $0.at(0, as: String.self))
            }
            return rows.map { summary in
                KeptSession(
                    id: summary.sessionId, state: summary.state, endedAt: summary.endedAt,
                    result: summary.result.state, workspace: workspaces[summary.sessionId],
                    clearedAt: cleared[summary.sessionId])
            }
        }
    }

    /// Looks which objects are named by sessions that are kept, by what takes a result back, by caches of
    /// workspaces and setups, and by all that is not a session.
    func surveyObjects(leaving gone: Set<SessionID>) async throws -> ObjectSurvey {
        let keeping = setting.keeping
        // The store first: what is stored from now on is too young to be looked at.
        let limit = setting.clock.now().adding(milliseconds: -ObjectStore.grace)
        let objects = try await Blocking.value { try keeping.store.inventory() }
        let cached = try await Blocking.value { keeping.cached() }
        var seen = try await Blocking.value { keeping.setups() }
        try await reach(cached, into: &seen)
        try await reach(try await fixedRoots(), into: &seen)
        for session in try await keptSessions() where !gone.contains(session.id) {
            try await reach(try await roots(of: session.id), into: &seen)
        }
        var survey = ObjectSurvey()
        survey.all = objects.count
        survey.bytes = objects.reduce(0) { $0 + $1.bytes }
        survey.unreachable = objects.filter { !seen.contains($0.digest) && $0.touched < limit }
        return survey
    }

    /// The oldest sessions whose files, with all that is newer, are more than objects may hold.
    func beyondLimit(_ sessions: [KeptSession]) async throws -> [SessionID] {
        guard let limit = setting.keep.objects else { return [] }
        let store = setting.keeping.store
        let objects = try await Blocking.value { try store.inventory() }
        guard objects.reduce(0, { $0 + $1.bytes }) > limit else { return [] }
        let sizes = Dictionary(objects.map { ($0.digest, $0.bytes) }, uniquingKeysWith: { $1 })
        var seen: Set<Digest> = []
        try await reach(try await fixedRoots(), into: &seen)
        for session in sessions where session.restsSince == nil {
            try await reach(try await roots(of: session.id), into: &seen)
        }
        var bytes = seen.reduce(Int64(0)) { $0 + (sizes[$1] ?? 0) }
        var dropped: [SessionID] = []
        let resting = sessions.compactMap { session in session.restsSince.map { (session.id, $0) } }
        for (id, _) in resting.sorted(by: { ($1.1, $1.0) < ($0.1, $0.0) }) {
            if dropped.isEmpty {
                let more = try await reach(try await roots(of: id), into: &seen)
                bytes += more.reduce(Int64(0)) { $0 + (sizes[$1] ?? 0) }
            }
            if bytes > limit { dropped.append(id) }
        }
        return dropped
    }

    @discardableResult
    private func reach(_ roots: Set<Digest>, into seen: inout Set<Digest>) async throws -> [Digest] {
        let (store, before) = (setting.keeping.store, seen)
        seen = []
        let (after, more) = try await Blocking.value {
            var after = before
            let more = try store.reach(roots, into: &after)
            return (after, more)
        }
        seen = after
        return more
    }

    /// Every object that an event of a session names.
    private func roots(of id: SessionID) async throws -> Set<Digest> {
        try await setting.log.read { [tenant = setting.tenant] sql in
            try sql.addresses(
                in: "SELECT payload FROM events WHERE tenant = ? AND stream = ?",
                [tenant, SessionEvent.stream(id)])
        }
    }

    /// What is kept whatever becomes of the sessions: what takes a result back, and what other streams name.
    private func fixedRoots() async throws -> Set<Digest> {
        try await setting.log.read { [tenant = setting.tenant] sql in
            var roots = try sql.addresses(
                in:
                    "SELECT payload FROM events WHERE tenant = ? AND stream NOT LIKE 'session/%' AND stream <> 'ledger'",
                [tenant])
            let records = try sql.rows(
                "SELECT payload FROM events WHERE tenant = ? AND type IN ('session.applied', 'session.applying')",
                [tenant]
            ) { try JSONText.decode(JSONValue.self, from: try $0.at(0, as: String.self))["record"] }
            for record in records {
                for name in ["before", "after"] {
                    guard let text = record?[name]?.string, let digest = Digest(TreeID(text)) else {
                        continue
                    }
                    roots.insert(digest)
                }
            }
            return roots
        }
    }
}

extension SQLReader {
    /// The addresses in the first column of a query's rows.
    fileprivate func addresses(in query: String, _ values: [any SQLStorable]) throws -> Set<Digest> {
        var found: Set<Digest> = []
        _ = try rows(query, values) { row in
            Pulse.addresses(in: try row.at(0, as: String.self)) { hex in
                if let digest = Digest(hex: hex) { found.insert(digest) }
            }
        }
        return found
    }
}
