import AgentOSCore
import EventLog
import Synchronization

/// Keeps the table `chains`, a row a chain, `chain_sessions`, a row a session of one, and `chain_greens`, what green
/// steps were made of.
public final class ChainProjector: Projector {
    /// Stored with the migrations.
    public let name = "chains"
    /// The tables.
    public let migrations = [
        Migration(
            "1",
            """
            CREATE TABLE chains (
                tenant TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL, ended INTEGER NOT NULL,
                live INTEGER NOT NULL, waiting INTEGER NOT NULL, created INTEGER NOT NULL, touched INTEGER NOT NULL,
                budget INTEGER, summary TEXT NOT NULL, inbox TEXT NOT NULL, PRIMARY KEY (tenant, id)
            ) WITHOUT ROWID;
            CREATE INDEX chains_by_age ON chains (tenant, ended, created DESC);
            CREATE INDEX chains_live ON chains (tenant, live) WHERE live = 1;
            CREATE TABLE chain_sessions (
                tenant TEXT NOT NULL, chain TEXT NOT NULL, session TEXT NOT NULL, step TEXT NOT NULL,
                place INTEGER NOT NULL, PRIMARY KEY (tenant, chain, session)
            ) WITHOUT ROWID;
            CREATE TABLE chain_greens (
                tenant TEXT NOT NULL, name TEXT NOT NULL, step TEXT NOT NULL, each TEXT NOT NULL, seq INTEGER NOT NULL,
                earlier TEXT NOT NULL, PRIMARY KEY (tenant, name, step, each, seq)
            ) WITHOUT ROWID;
            """),
        Migration("2", "ALTER TABLE chains ADD COLUMN carriers TEXT NOT NULL DEFAULT '[]'"),
    ]

    /// Folds of chains whose events were applied lately; one that is not at the event's version is folded anew.
    private let folds = Mutex<[String: Chain]>([:])

    /// A projector.
    public init() {}

    /// Applies one event.
    public func apply(_ event: EventRecord, in sql: SQLWriter) throws {
        guard let id = ChainEvent.chain(ofStream: event.stream) else { return }
        let parsed = try ChainEvent(type: event.type, payload: event.payload)
        guard let chain = try fold(id, to: event, parsed, in: sql) else { return }
        try write(chain, event.tenant, sql)
        switch parsed {
        case .stepStarted(let start):
            try sql.execute(
                "INSERT OR IGNORE INTO chain_sessions (tenant, chain, session, step, place) VALUES (?, ?, ?, ?, ?)",
                [event.tenant, id, start.sessionId, start.step, start.index])
        case .stepPassed(let step, let product):
            guard product.key != nil, let run = chain.run(step), let session = run.sessionId else { return }
            try sql.execute(
                "INSERT INTO chain_greens (tenant, name, step, each, seq, earlier) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    event.tenant, chain.config.name, step.step, try eachText(run.each), event.seq,
                    try JSONText.string(EarlierRun(chainId: id, sessionId: session, product: product)),
                ])
        default: return
        }
    }

    private func fold(_ id: ChainID, to event: EventRecord, _ parsed: ChainEvent?, in sql: SQLWriter) throws
        -> Chain?
    {
        let key = "\(event.tenant)/\(id)"
        let cached = folds.withLock { $0.removeValue(forKey: key) }
        var chain: Chain?
        if event.version == 1, let parsed {
            chain = Chain(id: id, created: parsed, at: event.at)
        } else if let cached, cached.version == event.version - 1 {
            chain = consume cached
            chain?.apply(parsed, at: event.at)
        } else {
            chain = try Chain.load(id, tenant: event.tenant, to: event.version, in: sql.reader)
        }
        folds.withLock { folds in
            if folds.count > 64 { folds.removeAll() }
            folds[key] = chain
        }
        return chain
    }

    private func write(_ chain: Chain, _ tenant: TenantID, _ sql: SQLWriter) throws {
        let items = inboxItems(of: chain)
        let carriers = items.contains { $0.kind == .result } ? chain.lastSources.map(\.session) : []
        try sql.execute(
            """
            INSERT INTO chains (tenant, id, name, state, ended, live, waiting, created, touched, budget, summary, inbox, carriers)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (tenant, id) DO UPDATE SET state = excluded.state, ended = excluded.ended, live = excluded.live,
                waiting = excluded.waiting, touched = excluded.touched, budget = excluded.budget,
                summary = excluded.summary, inbox = excluded.inbox, carriers = excluded.carriers
            """,
            [
                tenant, chain.id, chain.config.name, chain.state.rawValue, chain.state.isEnded, chain.isLive,
                items.count, chain.createdAt, chain.touchedAt, chain.config.budget,
                try JSONText.string(ChainSummary(chain)), try JSONText.string(items),
                try JSONText.string(carriers),
            ])
    }
}

/// What a step is run for as a column's value.
private func eachText(_ each: [String: String]?) throws -> String { try JSONText.string(each ?? [:]) }

extension SQLReader {
    /// What a chain may cost.
    func chainBudget(_ id: ChainID, tenant: TenantID) throws -> Money? {
        try first("SELECT budget FROM chains WHERE tenant = ? AND id = ?", [tenant, id]) {
            try $0.at(0, as: Money?.self)
        }.flatMap(\.self)
    }

    /// The green runs of a place of a step in earlier runs of a chain, the latest first.
    func greens(
        of name: String, _ step: StepID, each: [String: String]?, before chain: ChainID, tenant: TenantID
    ) throws -> [EarlierRun] {
        try rows(
            "SELECT earlier FROM chain_greens WHERE tenant = ? AND name = ? AND step = ? AND each = ? ORDER BY seq DESC LIMIT 20",
            [tenant, name, step.step, try eachText(each)]
        ) { try JSONText.decode(EarlierRun.self, from: try $0.at(0, as: String.self)) }
        .filter { $0.chainId != chain }
    }
}
