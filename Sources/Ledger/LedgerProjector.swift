import AgentOSCore
import EventLog

/// Keeps what is held back, every line, and the sums of each day.
public struct LedgerProjector: Projector {
    /// Stored with the migrations.
    public let name = "ledger"
    /// The tables.
    public let migrations = [
        Migration(
            "1",
            """
            CREATE TABLE ledger_open (
                tenant TEXT NOT NULL, call TEXT NOT NULL, session TEXT, day TEXT NOT NULL, amount INTEGER,
                unpriced INTEGER NOT NULL, PRIMARY KEY (tenant, call)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE ledger_lines (
                tenant TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, day TEXT NOT NULL, session TEXT,
                model TEXT, input INTEGER NOT NULL, output INTEGER NOT NULL, cache_read INTEGER NOT NULL,
                cache_write INTEGER NOT NULL, cost INTEGER, PRIMARY KEY (tenant, seq)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX ledger_lines_by_day ON ledger_lines (tenant, day);
            CREATE TABLE ledger_days (
                day TEXT NOT NULL, tenant TEXT NOT NULL, spent INTEGER NOT NULL, unpriced INTEGER NOT NULL,
                PRIMARY KEY (day, tenant)
            ) STRICT, WITHOUT ROWID;
            """),
        Migration(
            "2",
            """
            CREATE TABLE ledger_told (
                budget TEXT NOT NULL, period TEXT NOT NULL, cap INTEGER NOT NULL, share INTEGER NOT NULL,
                at INTEGER NOT NULL, PRIMARY KEY (budget, period, cap, share)
            ) STRICT, WITHOUT ROWID;
            """),
        Migration(
            "3",
            """
            ALTER TABLE ledger_open ADD COLUMN scope TEXT;
            CREATE TABLE ledger_scopes (
                tenant TEXT NOT NULL, scope TEXT NOT NULL, spent INTEGER NOT NULL, PRIMARY KEY (tenant, scope)
            ) STRICT, WITHOUT ROWID;
            """),
        Migration(
            "4",
            """
            ALTER TABLE ledger_lines ADD COLUMN cache_write_hour INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE ledger_lines ADD COLUMN reasoning INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE ledger_lines ADD COLUMN audio_input INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE ledger_lines ADD COLUMN audio_output INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE ledger_lines ADD COLUMN tool_prompt INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE ledger_lines ADD COLUMN server_calls INTEGER NOT NULL DEFAULT 0;
            """),
    ]

    /// A projector.
    public init() {}

    /// Applies one event; refuses to close a reservation that is not open.
    public func apply(_ event: EventRecord, in sql: SQLWriter) throws {
        switch try LedgerEvent(event) {
        case .reserved(let reservation): try open(reservation, event.tenant, sql)
        case .settled(let line):
            try close(line.callId, event.tenant, sql)
            try add(line, event, sql)
        case .recorded(let line): try add(line, event, sql)
        case .reached(let notice):
            try sql.execute(
                "INSERT OR IGNORE INTO ledger_told (budget, period, cap, share, at) VALUES (?, ?, ?, ?, ?)",
                [notice.budget.rawValue, notice.period, notice.limit, notice.share, event.at])
        case .released(let callId): try close(callId, event.tenant, sql)
        case nil: return
        }
    }

    private func open(_ reservation: LedgerReservation, _ tenant: TenantID, _ sql: SQLWriter) throws {
        try sql.execute(
            "INSERT INTO ledger_open (tenant, call, session, day, amount, unpriced, scope) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                tenant, reservation.callId, reservation.sessionId, reservation.day, reservation.amount,
                reservation.unpricedTokens, reservation.scope,
            ])
    }

    private func close(_ callId: CallID, _ tenant: TenantID, _ sql: SQLWriter) throws {
        let closed = try sql.execute(
            "DELETE FROM ledger_open WHERE tenant = ? AND call = ?", [tenant, callId])
        guard closed == 1 else { throw Fault.refused("nothing is reserved for call \(callId)") }
    }

    private func add(_ line: LedgerLine, _ event: EventRecord, _ sql: SQLWriter) throws {
        let usage = line.usage
        try sql.execute(
            """
            INSERT INTO ledger_lines
                (tenant, seq, at, day, session, model, input, output, cache_read, cache_write, cost,
                cache_write_hour, reasoning, audio_input, audio_output, tool_prompt, server_calls)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                event.tenant, event.seq, event.at, line.day, line.sessionId, line.model?.description,
                usage.input,
                usage.output, usage.cacheRead, usage.cacheWrite, line.cost, usage.cacheWriteHour,
                usage.reasoning, usage.audioInput, usage.audioOutput, usage.toolPrompt, usage.serverCalls,
            ])
        try sql.execute(
            """
            INSERT INTO ledger_days (day, tenant, spent, unpriced) VALUES (?, ?, ?, ?)
            ON CONFLICT (day, tenant)
            DO UPDATE SET spent = spent + excluded.spent, unpriced = unpriced + excluded.unpriced
            """,
            [
                line.day, event.tenant, line.cost ?? .zero,
                line.cost == nil ? usage.total : 0,
            ])
        guard let scope = line.scope else { return }
        try sql.execute(
            """
            INSERT INTO ledger_scopes (tenant, scope, spent) VALUES (?, ?, ?)
            ON CONFLICT (tenant, scope) DO UPDATE SET spent = spent + excluded.spent
            """, [event.tenant, scope, line.cost ?? .zero])
    }
}
