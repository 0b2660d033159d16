import AgentOSCore
import EventLog

/// Keeps an index of the words of all transcripts.
///
/// The index holds no text of its own: what is shown is read from the log, so a body that is evicted is gone from both.
public struct SearchProjector: Projector {
    /// Stored with the migrations.
    public let name = "search"
    /// The tables.
    public let migrations = [
        Migration(
            "1",
            """
            CREATE TABLE search_places (
                id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, session TEXT NOT NULL, seq INTEGER NOT NULL
            ) STRICT;
            CREATE VIRTUAL TABLE search_words USING fts5(
                text, content='', tokenize='unicode61 remove_diacritics 2');
            """)
    ]

    /// A projector.
    public init() {}

    /// Indexes what a person would look for.
    public func apply(_ event: EventRecord, in sql: SQLWriter) throws {
        guard let id = SessionEvent.session(ofStream: event.stream),
            let found = try SearchText(type: event.type, payload: event.payload)
        else { return }
        try sql.execute(
            "INSERT INTO search_places (tenant, session, seq) VALUES (?, ?, ?)",
            [event.tenant, id, event.seq])
        try sql.execute(
            "INSERT INTO search_words (rowid, text) VALUES (last_insert_rowid(), ?)", [found.text])
    }
}
