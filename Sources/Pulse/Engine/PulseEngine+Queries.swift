import AgentOSCore
import EventLog

extension PulseEngine {
    /// The full id of a session given by its id, an unambiguous prefix of it, or its unique name.
    public func resolve(_ text: String) async throws -> SessionID {
        try requireID(text, of: "session")
        let wanted = text.lowercased()
        let found = try await setting.log.read { [tenant = setting.tenant] sql in
            try sql.rows(
                """
                SELECT id, name FROM sessions WHERE tenant = ? AND (substr(id, 1, length(?)) = ? OR name = ?)
                ORDER BY created DESC LIMIT 20
                """, [tenant, wanted, wanted, text]
            ) { (try $0.at(0, as: SessionID.self), try $0.at(1, as: String.self)) }
        }
        if let exact = found.first(where: { $0.0.rawValue == wanted }) { return exact.0 }
        guard let first = found.first else {
            throw Fault.notFound("there is no session '\(SafeText(text))'", hint: "see: agentos session list")
        }
        guard found.count == 1 else {
            let ids = found.prefix(5).map { "\($0.0) (\(SafeText($0.1)))" }.joined(separator: ", ")
            throw Fault.usage(
                "'\(SafeText(text))' stands for more than one session: \(ids)", hint: "give more of the id")
        }
        return first.0
    }

    /// A page of sessions: those that work or wait first, the newest first in each.
    public func list(_ query: SessionList) async throws -> SessionList.Page {
        let page = try await setting.log.read { [tenant = setting.tenant] sql in
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
                conditions +=
                    " AND (instr(lower(name), ?) OR instr(id, ?) OR instr(lower(goal), ?) OR instr(lower(state), ?))"
                values += Array(repeating: query.filter.lowercased(), count: 4)
            }
            let total =
                try sql.value("SELECT count(*) FROM sessions WHERE \(conditions)", values, as: Int.self) ?? 0
            let rows = try sql.rows(
                "SELECT summary FROM sessions WHERE \(conditions) ORDER BY ended, created DESC, id LIMIT ? OFFSET ?",
                values + [query.limit, query.offset]
            ) { try JSONText.decode(SessionSummary.self, from: try $0.at(0, as: String.self)) }
            return SessionList.Page(sessions: rows, total: total)
        }
        return SessionList.Page(sessions: try await read(page.sessions), total: page.total)
    }

    /// A session with what a detail screen shows.
    public func show(_ query: SessionShow) async throws -> SessionShow.Detail {
        let id = try await resolve(query.id)
        let session = try await runner(for: id).session
        let now = setting.clock.now()
        let stored = try await setting.log.read { [tenant = setting.tenant] sql in
            try sql.value(
                "SELECT summary FROM sessions WHERE tenant = ? AND id = ?", [tenant, id], as: String.self)
        }
        guard let stored else { throw Fault.notFound("there is no session \(id)") }
        var summary = try JSONText.decode(SessionSummary.self, from: stored)
        if session.delivering != nil {
            summary.error = "an apply was cut short; put it back: agentos session unapply \(id)"
        }
        return SessionShow.Detail(
            summary: try await read([summary]).first ?? summary,
            config: session.config,
            layer: session.layer, requests: session.requests, said: session.said,
            canUndo: session.state == .rolledBack && session.rollback != nil,
            ranMilliseconds: session.ran(until: now),
            delivery: session.delivery, quarantined: session.checkpoints.last?.quarantined)
    }

    /// A session's transcript.
    public func transcript(_ query: SessionTranscript) async throws -> [TranscriptEntry] {
        let entries = try await setting.log.read { [tenant = setting.tenant] sql in
            var fold = TranscriptFold()
            try sql.eachEvent(of: query.id, tenant: tenant) { event, seq, at in
                fold.add(event, seq: seq, at: at)
            }
            return fold.entries
        }
        return Array(entries.filter { $0.seq > query.after || $0.isOpen }.suffix(query.limit))
    }

    /// A session's checkpoints, oldest first.
    public func checkpoints(_ query: SessionCheckpoints) async throws -> [CheckpointReading] {
        try await setting.log.read { [tenant = setting.tenant] sql in
            var readings: [CheckpointReading] = []
            try sql.eachEvent(of: query.id, tenant: tenant, type: "session.checkpoint") { event, seq, at in
                guard case .checkpointTaken(let checkpoint) = event else { return }
                readings.append(CheckpointReading(checkpoint, sessionId: query.id, seq: seq, at: at))
            }
            return readings
        }
    }

    /// What differs between two points of a session; the files as they are when `to` is nil and no process of it lives.
    public func diff(_ query: SessionDiff) async throws -> TreeDiff {
        let session = try await runner(for: query.id).session
        let first = try checkpoint(query.from, of: session).tree
        // Without more it is what the session results in, for a fork with what it went on from.
        let from = query.from == nil ? session.startTree ?? first : first
        return try await setting.bench.diff(session, from, try await tree(query.to, of: session))
    }

    private func tree(_ text: String?, of session: Session) async throws -> TreeID {
        if let text { return try checkpoint(text, of: session).tree }
        if session.state.isWorking, let last = session.checkpoints.last { return last.tree }
        return try await setting.bench.snapshot(session).tree
    }

    /// What a rollback would do.
    public func preview(_ query: SessionRollbackPreview) async throws -> RollbackPreview {
        let session = try await runner(for: query.id).session
        let target = try checkpoint(query.checkpoint, of: session)
        let readings = try await checkpoints(SessionCheckpoints(id: query.id))
        guard let reading = readings.first(where: { $0.checkpointId == target.checkpointId }) else {
            throw Fault.notFound("there is no checkpoint \(target.checkpointId)")
        }
        let now = try await tree(nil, of: session)
        let kept = zip(session.messages, session.conversation(at: target)).prefix { $0 == $1 }.count
        let left = session.messages.dropFirst(kept)
        let outside = try await reachedOutside(of: session, after: reading.seq)
        let found =
            session.state.isWorking ? RollbackNotes.Found() : try await notes(session, from: now, to: target)
        return RollbackPreview(
            sessionId: query.id, checkpoint: reading,
            diff: try await setting.bench.diff(session, now, target.tree),
            messages: left.count, turns: left.count { if case .assistant = $0 { true } else { false } },
            cannotUndo: outside, changedSince: found.changed,
            notes: found.lines(bringsBack: "agentos session undo \(session.id) brings them back"))
    }

    /// What a session did outside of its files since a place of the log, and nobody has put back.
    private func reachedOutside(of session: Session, after seq: Int64) async throws -> [String] {
        let id = session.id
        return try await setting.log.read { [tenant = setting.tenant] sql in
            var unknown: Set<CallID> = []
            try sql.eachEvent(of: id, tenant: tenant, type: "session.tool.finished") { event, _, _ in
                if case .toolFinished(let callId, .unknown, _) = event { unknown.insert(callId) }
            }
            var calls: [(seq: Int64, text: String)] = []
            var deliveries: [(seq: Int64, text: String)] = []
            try sql.eachEvent(of: id, tenant: tenant) { event, seq, _ in
                if case .toolStarted(let intent) = event, intent.effect == .outside,
                    unknown.contains(intent.callId) || !staysInFolder(intent.call, session)
                {
                    calls.append((seq, "\(intent.callId): \(intent.call.name) \(callSubject(intent.call))"))
                }
                if case .applied(let form, let branch, _, let files, _, _) = event {
                    let place = branch.map { "\(form) \($0)" } ?? form
                    deliveries.append(
                        (seq, "applied: \(place) \(counted(files, "file")) (unapply puts that back)"))
                }
                if case .unapplied = event { _ = deliveries.popLast() }
            }
            return (calls + deliveries).filter { $0.seq > seq }.sorted { $0.seq < $1.seq }.map(\.text)
        }
    }

    /// What waits for a person, oldest first, and what ended lately.
    public func inbox() async throws -> InboxList.Inbox {
        try await setting.log.read { [tenant = setting.tenant] sql in
            let waiting = try sql.rows(
                "SELECT inbox FROM sessions WHERE tenant = ? AND waiting > 0", [tenant]
            ) {
                try JSONText.decode([InboxItem].self, from: try $0.at(0, as: String.self))
            }
            let ended = try sql.rows(
                "SELECT summary FROM sessions WHERE tenant = ? AND ended = 1 AND waiting = 0 ORDER BY touched DESC LIMIT 50",
                [tenant]
            ) { try JSONText.decode(SessionSummary.self, from: try $0.at(0, as: String.self)) }
            return InboxList.Inbox(
                waiting: waiting.flatMap { $0 }.sorted { ($0.askedAt, $0.itemId) < ($1.askedAt, $1.itemId) },
                ended: ended.map { session in
                    InboxItem(
                        itemId: ItemID("\(session.sessionId).e"), kind: .ended, sessionId: session.sessionId,
                        name: session.name,
                        text: "\(session.state.rawValue) \(session.activity)",
                        askedAt: session.endedAt ?? session.touchedAt)
                })
        }
    }

    /// What a header shows of sessions and spending.
    ///
    /// `day` is when the day began in the configured zone.
    public func counts(day: Timestamp, hour: Timestamp) async throws -> (
        sessions: [String: Int], waiting: Int, day: Money, hour: Money, hasUnpriced: Bool
    ) {
        try await setting.log.read { [tenant = setting.tenant] sql in
            let states = try sql.rows(
                "SELECT state, count(*) FROM sessions WHERE tenant = ? GROUP BY state", [tenant]
            ) {
                (try $0.at(0, as: String.self), try $0.at(1, as: Int.self))
            }
            let waiting = try sql.value(
                "SELECT coalesce(sum(waiting), 0) FROM sessions WHERE tenant = ? AND waiting > 0", [tenant],
                as: Int.self)
            func spent(_ since: Timestamp) throws -> (Money, Int) {
                let row = try sql.first(
                    "SELECT coalesce(sum(cost), 0), count(*) - count(cost) FROM spending WHERE tenant = ? AND at >= ?",
                    [tenant, since]
                ) { (try $0.at(0, as: Money.self), try $0.at(1, as: Int.self)) }
                return row ?? (.zero, 0)
            }
            let today = try spent(day)
            return (
                Dictionary(uniqueKeysWithValues: states), waiting ?? 0, today.0, try spent(hour).0,
                today.1 > 0
            )
        }
    }
}

/// Whether a call in the person's own folder, of the class *outside* for that alone, wrote nothing but its files.
private func staysInFolder(_ call: ToolCall, _ session: Session) -> Bool {
    guard session.isInPlace else { return false }
    return call.name == "write" || call.name == "edit"
        || call.name == "shell" && session.config.network != .all
}

extension SQLReader {
    /// Shows every event of a session, or those of one type, to a body, oldest first; types of a newer program are left out.
    func eachEvent(
        of id: SessionID, tenant: TenantID, type: String? = nil,
        _ body: (SessionEvent, Int64, Timestamp) throws -> Void
    ) throws {
        let filter = type == nil ? "" : " AND type = ?"
        let rows = try rows(
            "SELECT type, payload, seq, at FROM events WHERE tenant = ? AND stream = ?\(filter) ORDER BY version",
            [tenant, SessionEvent.stream(id)] + (type.map { [$0] } ?? [])
        ) { row in
            (
                try row.at(0, as: String.self), try row.at(1, as: String.self), try row.at(2, as: Int64.self),
                try row.at(3, as: Timestamp.self)
            )
        }
        for (type, payload, seq, at) in rows {
            if let event = try SessionEvent(type: type, payload: payload) { try body(event, seq, at) }
        }
    }
}

extension PulseEngine {
    /// The most tokens that the first prompt of such a session can be, as calls are priced before they are made; what the
    /// workspace's own instructions add is not known before it is there.
    public nonisolated func firstPromptTokens(of config: SessionConfig) -> Int {
        ModelRequest(
            system: systemPrompt(config), messages: [.user(goalMessage(config.goal, instructions: nil))],
            tools: setting.calls.specs(config), maxOutputTokens: config.limits.outputTokens
        ).mostPromptTokens
    }
}
