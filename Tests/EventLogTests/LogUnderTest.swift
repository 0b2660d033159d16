import AgentOSCore
import TestSupport

@testable import EventLog

/// A log in a folder of its own.
struct LogUnderTest {
    let folder: TemporaryFolder
    let log: EventLog

    /// Opens a new log.
    init(projectors: [any Projector] = [StreamCounter()]) throws {
        folder = try TemporaryFolder()
        log = try EventLog.open(path: folder.file("agentos.db"), projectors: projectors)
    }

    var path: String { folder.file("agentos.db") }

    /// Opens the same files again.
    func reopened(projectors: [any Projector] = [StreamCounter()]) throws -> EventLog {
        log.close()
        return try EventLog.open(path: path, projectors: projectors)
    }
}

/// Counts the events of each stream.
struct StreamCounter: Projector {
    let name = "counter"
    let migrations = [
        Migration(
            "counts",
            """
            CREATE TABLE counts (
                tenant TEXT NOT NULL, stream TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (tenant, stream)
            ) STRICT
            """)
    ]

    func apply(_ event: EventRecord, in sql: SQLWriter) throws {
        if event.type == "test.poison" { throw Fault.refused("poison") }
        try sql.execute(
            """
            INSERT INTO counts (tenant, stream, count) VALUES (?, ?, 1)
            ON CONFLICT (tenant, stream) DO UPDATE SET count = count + 1
            """, [event.tenant, event.stream])
    }
}

extension EventLog {
    /// The count that `StreamCounter` keeps.
    func counted(_ stream: String, tenant: TenantID = .main) async throws -> Int {
        try await read {
            try $0.value("SELECT count FROM counts WHERE tenant = ? AND stream = ?", [tenant, stream]) ?? 0
        }
    }
}

extension EventLog {
    /// Runs statements on the writing connection, past the log.
    func behindItsBack<Value>(_ body: (SQLWriter) throws -> Value) throws -> Value {
        try pool.writeWithoutTransaction { try body(SQLWriter(database: $0)) }
    }
}

/// Events that say their number.
func numbered(_ numbers: ClosedRange<Int>, type: String = "test.happened") -> [NewEvent] {
    numbers.map { NewEvent(type: type, payload: #"{"n":\#($0)}"#) }
}

/// An append at a fixed moment.
func appending(
    _ events: [NewEvent], to stream: String, tenant: TenantID = .main, at version: Int64? = nil,
    command: String? = nil, if condition: Append.Condition? = nil
) -> Append {
    Append(
        tenant: tenant, stream: stream, expectedVersion: version, events: events, actor: .engine,
        at: Timestamp(milliseconds: 1_800_000_000_000), commandId: command, condition: condition)
}

/// A generator of the same numbers in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
