import AgentOSCore
import GRDBSQLite

/// SQLite alone, as the peer of the event log: the same table, indexes, pragmas and row sizes, one prepared
/// statement, one transaction a row; no chain, no triggers, no projections.
final class RawStore {
    private var database: OpaquePointer?
    private var insertion: OpaquePointer?
    private var count: Int64 = 0
    private let hash = [UInt8](repeating: 7, count: 32)

    init(path: String) throws {
        guard sqlite3_open(path, &database) == SQLITE_OK else {
            throw Fault.failed("cannot open \(path)", hint: "choose another --dir")
        }
        try run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
        try run(
            """
            CREATE TABLE events (
                id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, seq INTEGER NOT NULL, stream TEXT NOT NULL,
                version INTEGER NOT NULL, type TEXT NOT NULL, at INTEGER NOT NULL, actor TEXT NOT NULL,
                payload TEXT NOT NULL, prev BLOB NOT NULL, stream_prev BLOB NOT NULL, hash BLOB NOT NULL
            ) STRICT;
            CREATE UNIQUE INDEX events_seq ON events (tenant, seq);
            CREATE UNIQUE INDEX events_stream ON events (tenant, stream, version);
            """)
        let sql = """
            INSERT INTO events (tenant, seq, stream, version, type, at, actor, payload, prev, stream_prev, hash)
            VALUES ('main', ?1, 'session/bench', ?1, 'session.progress', 1795000000000,
                '{"kind":"engine","name":"engine"}', ?2, ?3, ?3, ?3)
            """
        guard sqlite3_prepare_v2(database, sql, -1, &insertion, nil) == SQLITE_OK else { throw fault() }
    }

    deinit {
        sqlite3_finalize(insertion)
        sqlite3_close(database)
    }

    /// Inserts one row in a transaction of its own and returns when it is durable.
    func append(_ payload: String) throws {
        count += 1
        sqlite3_bind_int64(insertion, 1, count)
        // Bound for the length of the step only: the bytes stay where they are until it is done.
        let status = payload.withCString { text in
            hash.withUnsafeBytes { bytes in
                sqlite3_bind_text(insertion, 2, text, -1, nil)
                sqlite3_bind_blob(insertion, 3, bytes.baseAddress, Int32(bytes.count), nil)
                return sqlite3_step(insertion)
            }
        }
        guard status == SQLITE_DONE else { throw fault() }
        sqlite3_reset(insertion)
    }

    private func run(_ sql: String) throws {
        guard sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK else { throw fault() }
    }

    private func fault() -> Fault { .failed("SQLite: \(String(cString: sqlite3_errmsg(database)))") }
}
