import GRDB

/// The tables of the log itself.
enum Schema {
    /// The owner under which the log's own migrations are recorded.
    static let owner = "log"

    /// `PRAGMA application_id` of a home's database: "AgOS".
    static let applicationID: Int32 = 0x4167_4F53

    /// The log's own schema, oldest step first.
    static let migrations = [
        Migration(
            "events",
            """
            CREATE TABLE events (
                id INTEGER PRIMARY KEY,
                tenant TEXT NOT NULL,
                seq INTEGER NOT NULL,
                stream TEXT NOT NULL,
                version INTEGER NOT NULL,
                type TEXT NOT NULL,
                at INTEGER NOT NULL,
                actor TEXT NOT NULL,
                payload TEXT NOT NULL,
                prev BLOB NOT NULL,
                stream_prev BLOB NOT NULL,
                hash BLOB NOT NULL
            ) STRICT;
            CREATE UNIQUE INDEX events_seq ON events (tenant, seq);
            CREATE UNIQUE INDEX events_stream ON events (tenant, stream, version);
            CREATE TRIGGER events_update BEFORE UPDATE ON events
                BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
            CREATE TRIGGER events_delete BEFORE DELETE ON events
                BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
            CREATE TRIGGER events_insert BEFORE INSERT ON events
                WHEN NEW.seq <> 1 + coalesce((SELECT max(seq) FROM events WHERE tenant = NEW.tenant), 0)
                    OR NEW.version <> 1 + coalesce(
                        (SELECT max(version) FROM events WHERE tenant = NEW.tenant AND stream = NEW.stream), 0)
                    OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
                BEGIN SELECT RAISE(ABORT, 'events are only appended'); END;
            CREATE TABLE commands (
                tenant TEXT NOT NULL,
                id TEXT NOT NULL,
                first INTEGER NOT NULL,
                count INTEGER NOT NULL,
                PRIMARY KEY (tenant, id)
            ) STRICT, WITHOUT ROWID;
            """)
    ]
}
