import AgentOSCore
import FoundationEssentials
import GRDB

/// A row of a result.
public struct SQLRow {
    let row: Row

    /// The value of a column by its name; throws a `Fault` where there is no such column, or its value is not of
    /// the type.
    public func get<Value: SQLStorable>(_ column: String, as type: Value.Type = Value.self) throws -> Value {
        guard let stored = row[column] as DatabaseValue? else {
            throw Fault.failed("the query has no column \(column)")
        }
        guard let value = Value(sqlValue: SQLValue(stored)) else {
            throw Fault.failed("column \(column) holds no \(type)")
        }
        return value
    }

    /// The value of a column by its place from 0; as `get(_:as:)` otherwise.
    public func at<Value: SQLStorable>(_ index: Int, as type: Value.Type = Value.self) throws -> Value {
        guard (0..<row.count).contains(index) else { throw Fault.failed("the query has no column \(index)") }
        guard let value = Value(sqlValue: SQLValue(row[index] as DatabaseValue)) else {
            throw Fault.failed("column \(index) holds no \(type)")
        }
        return value
    }
}

/// Queries within one transaction, on one consistent state of the log and its projections.
///
/// Statements are prepared once a connection and kept. Values are bound, never written into the text.
public struct SQLReader {
    let database: Database

    /// The rows of a query, each turned into a value.
    public func rows<Value>(
        _ sql: String, _ arguments: [any SQLStorable] = [], _ body: (SQLRow) throws -> Value
    ) throws -> [Value] {
        let cursor = try Row.fetchCursor(
            try database.cachedStatement(sql: sql),
            arguments: StatementArguments(arguments.map(\.sqlValue.stored)))
        var values: [Value] = []
        while let row = try cursor.next() { values.append(try body(SQLRow(row: row))) }
        return values
    }

    /// The first row of a query turned into a value, nil without one.
    public func first<Value>(
        _ sql: String, _ arguments: [any SQLStorable] = [], _ body: (SQLRow) throws -> Value
    ) throws -> Value? {
        let cursor = try Row.fetchCursor(
            try database.cachedStatement(sql: sql),
            arguments: StatementArguments(arguments.map(\.sqlValue.stored)))
        return try cursor.next().map { try body(SQLRow(row: $0)) }
    }

    /// The first column of the first row, nil without a row.
    public func value<Value: SQLStorable>(
        _ sql: String, _ arguments: [any SQLStorable] = [], as type: Value.Type = Value.self
    ) throws -> Value? {
        try first(sql, arguments) { try $0.at(0, as: type) }
    }
}

/// Queries and statements within the transaction of an append.
public struct SQLWriter {
    let database: Database

    /// The same transaction for queries; they see what was written in it.
    public var reader: SQLReader { SQLReader(database: database) }

    /// Runs one statement; returns how many rows it changed.
    @discardableResult
    public func execute(_ sql: String, _ arguments: [any SQLStorable] = []) throws -> Int {
        let statement = try PreparedStatement(sql, database)
        statement.reset()
        try statement.bind(arguments)
        try statement.run()
        return database.changesCount
    }

    /// The rows of a query, each turned into a value.
    public func rows<Value>(
        _ sql: String, _ arguments: [any SQLStorable] = [], _ body: (SQLRow) throws -> Value
    ) throws -> [Value] { try reader.rows(sql, arguments, body) }

    /// The first row of a query turned into a value, nil without one.
    public func first<Value>(
        _ sql: String, _ arguments: [any SQLStorable] = [], _ body: (SQLRow) throws -> Value
    ) throws -> Value? { try reader.first(sql, arguments, body) }

    /// The first column of the first row, nil without a row.
    public func value<Value: SQLStorable>(
        _ sql: String, _ arguments: [any SQLStorable] = [], as type: Value.Type = Value.self
    ) throws -> Value? { try reader.value(sql, arguments, as: type) }
}

extension SQLValue {
    /// The value that a column holds.
    init(_ stored: DatabaseValue) {
        switch stored.storage {
        case .null: self = .null
        case .int64(let value): self = .integer(value)
        case .double(let value): self = .real(value)
        case .string(let value): self = .text(value)
        case .blob(let value): self = .blob([UInt8](value))
        }
    }

    /// The value for a statement.
    var stored: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let value): value.databaseValue
        case .real(let value): value.databaseValue
        case .text(let value): value.databaseValue
        case .blob(let value): Data(value).databaseValue
        }
    }
}
