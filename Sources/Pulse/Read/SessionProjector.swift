import AgentOSCore
import EventLog
import Synchronization

/// Keeps the table `sessions`, a row a session, and `spending`, a row a settled call.
///
/// The row holds the summary and the inbox items as JSON, and the columns that lists sort and filter by.
public final class SessionProjector: Projector {
    /// Stored with the migrations.
    public let name = "sessions"
    /// The tables.
    public let migrations = [
        Migration(
            "1",
            """
            CREATE TABLE sessions (
                tenant TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, goal TEXT NOT NULL, state TEXT NOT NULL,
                ended INTEGER NOT NULL, waiting INTEGER NOT NULL, created INTEGER NOT NULL, touched INTEGER NOT NULL,
                summary TEXT NOT NULL, inbox TEXT NOT NULL, PRIMARY KEY (tenant, id)
            ) WITHOUT ROWID;
            CREATE INDEX sessions_by_age ON sessions (tenant, ended, created DESC);
            CREATE INDEX sessions_waiting ON sessions (tenant, waiting) WHERE waiting > 0;
            CREATE INDEX sessions_by_state ON sessions (tenant, state);
            CREATE TABLE spending (
                tenant TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, session TEXT NOT NULL, cost INTEGER,
                PRIMARY KEY (tenant, seq)
            ) WITHOUT ROWID;
            CREATE INDEX spending_by_time ON spending (tenant, at);
            """),
        Migration(
            "2",
            """
            CREATE TABLE session_queue (
                tenant TEXT NOT NULL, id TEXT NOT NULL, priority INTEGER NOT NULL, queued INTEGER NOT NULL,
                not_before INTEGER, model TEXT NOT NULL, PRIMARY KEY (tenant, id)
            ) WITHOUT ROWID;
            INSERT INTO session_queue (tenant, id, priority, queued, model)
                SELECT tenant, id, 5, touched, json_extract(summary, '$.model') FROM sessions WHERE state = 'QUEUED';
            CREATE TABLE session_keys (
                tenant TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (tenant, key, id)
            ) WITHOUT ROWID;
            """),
    ]

    private let workspace: @Sendable (TenantID, SessionID) -> String
    /// Folds of sessions whose events were applied lately; one that is not at the event's version is folded anew.
    private let folds = Mutex<[String: Session]>([:])

    /// A projector; `workspace` gives the path of a session's own workspace.
    public init(workspace: @escaping @Sendable (TenantID, SessionID) -> String) { self.workspace = workspace }

    /// Applies one event.
    public func apply(_ event: EventRecord, in sql: SQLWriter) throws { try apply([event], in: sql) }

    /// Applies the events of a session; its row is written once, as the last of them leaves it.
    public func apply(_ events: [EventRecord], in sql: SQLWriter) throws {
        guard let first = events.first, let id = SessionEvent.session(ofStream: first.stream) else { return }
        var last: Session?
        for event in events {
            // Let go of, so that the fold is changed in place.
            last = nil
            let parsed = try SessionEvent(type: event.type, payload: event.payload)
            guard let session = try fold(id, to: event, parsed, in: sql) else { continue }
            try place(session, parsed, tenant: event.tenant, in: sql)
            if let parsed { try spend(parsed, event, id, in: sql) }
            last = session
        }
        if let last { try write(last, tenant: first.tenant, in: sql) }
    }

    private func fold(
        _ id: SessionID, to event: EventRecord, _ parsed: SessionEvent?, in sql: SQLWriter
    ) throws -> Session? {
        let key = "\(event.tenant)/\(id)"
        // Taken out, so that what the event changes is changed in place.
        let cached = folds.withLock { $0.removeValue(forKey: key) }
        var session: Session?
        if event.version == 1, let parsed {
            session = Session(id: id, created: parsed, at: event.at)
        } else if let cached, cached.version == event.version - 1 {
            session = consume cached
            session?.follow(parsed, at: event.at)
        } else {
            session = try Session.load(id, tenant: event.tenant, to: event.version, in: sql.reader)
        }
        folds.withLock { folds in
            if folds.count > 256 { folds.removeAll() }
            folds[key] = session?.state.isEnded == true ? nil : session
        }
        return session
    }

    private func write(_ session: Session, tenant: TenantID, in sql: SQLWriter) throws {
        var path = workspace(tenant, session.id)
        if case .inplace(let source) = session.config.workspace { path = source }
        let summary = SessionSummary(
            session, workspace: path, isRehearsal: session.isRehearsed ?? false,
            activity: activity(of: session))
        let items = inboxItems(of: session)
        try sql.execute(
            """
            INSERT INTO sessions (tenant, id, name, goal, state, ended, waiting, created, touched, summary, inbox)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (tenant, id) DO UPDATE SET state = excluded.state, ended = excluded.ended, waiting = excluded.waiting,
                touched = excluded.touched, summary = excluded.summary, inbox = excluded.inbox
            """,
            [
                tenant, session.id, session.config.name, session.config.goal, session.state.rawValue,
                session.state.isEnded, items.count, session.createdAt, session.touchedAt,
                try JSONText.string(summary), try JSONText.string(items),
            ])
    }

    /// Puts a session into the queue or takes it out, and keeps its key while it lives.
    private func place(_ session: Session, _ event: SessionEvent?, tenant: TenantID, in sql: SQLWriter) throws
    {
        if case .queued = event {
            try sql.execute(
                """
                INSERT INTO session_queue (tenant, id, priority, queued, not_before, model) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (tenant, id) DO UPDATE SET not_before = excluded.not_before
                """,
                [
                    tenant, session.id, session.config.priority ?? SessionConfig.usualPriority,
                    session.queuedAt ?? session.touchedAt, session.notBefore, session.config.worker,
                ])
        } else if event.map(\.leavesTheQueue) == true {
            try sql.execute("DELETE FROM session_queue WHERE tenant = ? AND id = ?", [tenant, session.id])
        }
        guard let key = session.config.dedup else { return }
        try sql.execute(
            session.state.isEnded
                ? "DELETE FROM session_keys WHERE tenant = ? AND key = ? AND id = ?"
                : "INSERT OR IGNORE INTO session_keys (tenant, key, id) VALUES (?, ?, ?)",
            [tenant, key, session.id])
    }

    private func spend(_ parsed: SessionEvent, _ event: EventRecord, _ id: SessionID, in sql: SQLWriter)
        throws
    {
        let cost: Money?
        switch parsed {
        case .modelFinished(_, _, let settled): cost = settled
        case .modelFailed(_, let failure, let settled):
            guard failure.usage != nil || settled != nil else { return }
            cost = settled
        case .modelLost(_, let settled):
            guard settled != nil else { return }
            cost = settled
        case .created, .forked, .queued, .started, .workspaceMade, .setupStarted, .setupFinished, .setupCut,
            .progress,
            .modelStarted, .callRefused, .compacting, .compacted, .contextFull, .toolStarted, .toolFinished,
            .toolUndone, .checkpointTaken,
            .checkpointAsked,
            .gateStarted, .gatePassed, .gateFailed, .gateReturned, .pauseAsked, .paused, .loopFound, .resumed,
            .said, .delivered, .seen, .asked, .answered, .rollbackStarted, .rolledBack, .undoStarted, .undone,
            .limitsSet, .recovered, .budgetReached, .clockSet, .completed, .failed, .cancelled, .applying,
            .applied,
            .deliveryUndone,
            .allowed, .unapplied, .exported, .discarded, .evicted:
            return
        }
        try sql.execute(
            "INSERT INTO spending (tenant, seq, at, session, cost) VALUES (?, ?, ?, ?, ?)",
            [event.tenant, event.seq, event.at, id, cost])
    }
}

extension SessionEvent {
    /// Whether a session that was queued is so no more.
    fileprivate var leavesTheQueue: Bool {
        if case .started = self { return true }
        if case .failed = self { return true }
        return self == .cancelled
    }
}

extension Session {
    /// Applies a stored event; one of a newer program only counts.
    mutating func follow(_ event: SessionEvent?, at: Timestamp) {
        apply(event ?? .progress(step: "", pct: nil), at: at)
    }

    /// Folds a session from the log, up to a version; nil without one.
    static func load(_ id: SessionID, tenant: TenantID, to version: Int64 = .max, in sql: SQLReader) throws
        -> Session?
    {
        var session: Session?
        var seen: Int64 = 0
        while seen < version {
            let page = try sql.rows(
                """
                SELECT type, at, payload FROM events WHERE tenant = ? AND stream = ? AND version > ? AND version <= ?
                ORDER BY version LIMIT 1000
                """,
                [tenant, SessionEvent.stream(id), seen, version]
            ) { row in
                (
                    try row.at(0, as: String.self), try row.at(1, as: Timestamp.self),
                    try row.at(2, as: String.self)
                )
            }
            for (type, at, payload) in page {
                let event = try SessionEvent(type: type, payload: payload)
                if session == nil {
                    guard let event else { return nil }
                    session = Session(id: id, created: event, at: at)
                } else {
                    session?.follow(event, at: at)
                }
            }
            seen += Int64(page.count)
            if page.count < 1000 { break }
        }
        return session
    }
}
