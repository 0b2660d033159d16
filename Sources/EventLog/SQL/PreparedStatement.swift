import GRDB
import GRDBSQLite

/// A statement that its connection keeps prepared, bound and run by SQLite's own calls.
///
/// GRDB's arguments are boxed, checked and copied for each run, which costs more than the run of a short statement.
/// It is used where its connection may be, and no longer.
struct PreparedStatement {
    /// SQLite copies what is bound before the call returns.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    private let database: Database
    private let handle: SQLiteStatement

    /// Prepares a statement, or takes the one prepared before.
    init(_ sql: String, _ database: Database) throws {
        self.database = database
        handle = try database.cachedStatement(sql: sql).sqliteStatement
    }

    /// How many values it takes.
    var parameterCount: Int { Int(sqlite3_bind_parameter_count(handle)) }

    /// Makes it ready to be bound anew, whatever its last run left.
    func reset() { sqlite3_reset(handle) }

    /// Binds a number to the parameter of an index from 1.
    func bind(_ number: Int64, at index: Int32) throws {
        try check(sqlite3_bind_int64(handle, index, number))
    }

    /// Binds text.
    func bind(_ text: String, at index: Int32) throws {
        var text = text
        try check(
            text.withUTF8 { bytes in
                // No pointer would be NULL rather than the empty text.
                guard let start = bytes.baseAddress else {
                    return sqlite3_bind_text(handle, index, "", 0, nil)
                }
                return start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                    sqlite3_bind_text(handle, index, $0, Int32(clamping: bytes.count), Self.copied)
                }
            })
    }

    /// Binds bytes.
    func bind(_ bytes: [UInt8], at index: Int32) throws {
        try check(
            bytes.withUnsafeBytes { bytes in
                guard let start = bytes.baseAddress, !bytes.isEmpty else {
                    return sqlite3_bind_zeroblob(handle, index, 0)
                }
                return sqlite3_bind_blob(handle, index, start, Int32(clamping: bytes.count), Self.copied)
            })
    }

    /// Binds a value of any kind.
    func bind(_ value: SQLValue, at index: Int32) throws {
        switch value {
        case .null: try check(sqlite3_bind_null(handle, index))
        case .integer(let number): try bind(number, at: index)
        case .real(let number): try check(sqlite3_bind_double(handle, index, number))
        case .text(let text): try bind(text, at: index)
        case .blob(let bytes): try bind(bytes, at: index)
        }
    }

    /// Binds all values in their order; throws where the statement takes more or fewer.
    func bind(_ values: [any SQLStorable]) throws {
        guard values.count == parameterCount else {
            throw DatabaseError(
                resultCode: .SQLITE_MISUSE,
                message: "\(parameterCount) values are needed, not \(values.count)")
        }
        var index: Int32 = 0
        for value in values {
            index += 1
            try bind(value.sqlValue, at: index)
        }
    }

    /// Runs it to its end, passing over rows.
    func run() throws {
        defer { sqlite3_reset(handle) }
        while true {
            switch sqlite3_step(handle) {
            case SQLITE_ROW: continue
            case SQLITE_DONE: return
            case let code: throw error(code)
            }
        }
    }

    private func check(_ code: Int32) throws {
        if code != SQLITE_OK { throw error(code) }
    }

    private func error(_ code: Int32) -> DatabaseError {
        let connection = database.sqliteConnection
        return DatabaseError(
            resultCode: ResultCode(rawValue: connection.map { sqlite3_extended_errcode($0) } ?? code),
            message: connection.map { String(cString: sqlite3_errmsg($0)) })
    }
}
