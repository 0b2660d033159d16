import AgentOSCore

/// A value as SQLite stores it.
public enum SQLValue: Hashable, Sendable {
    /// Nothing.
    case null
    /// A whole number.
    case integer(Int64)
    /// A floating-point number.
    case real(Double)
    /// Text without a NUL.
    case text(String)
    /// Bytes.
    case blob([UInt8])
}

/// A type whose values go into a statement and come out of a column.
public protocol SQLStorable {
    /// The value as stored.
    var sqlValue: SQLValue { get }
    /// Reads a stored value; nil where it is none of this type's.
    init?(sqlValue: SQLValue)
}

extension Int64: SQLStorable {
    /// The number.
    public var sqlValue: SQLValue { .integer(self) }
    /// Reads a whole number.
    public init?(sqlValue: SQLValue) {
        guard case .integer(let value) = sqlValue else { return nil }
        self = value
    }
}

extension Int: SQLStorable {
    /// The number.
    public var sqlValue: SQLValue { .integer(Int64(self)) }
    /// Reads a whole number.
    public init?(sqlValue: SQLValue) {
        guard case .integer(let value) = sqlValue else { return nil }
        self.init(exactly: value)
    }
}

extension Bool: SQLStorable {
    /// 1 or 0.
    public var sqlValue: SQLValue { .integer(self ? 1 : 0) }
    /// Reads a whole number; 0 is false.
    public init?(sqlValue: SQLValue) {
        guard case .integer(let value) = sqlValue else { return nil }
        self = value != 0
    }
}

extension Double: SQLStorable {
    /// The number.
    public var sqlValue: SQLValue { .real(self) }
    /// Reads any number.
    public init?(sqlValue: SQLValue) {
        switch sqlValue {
        case .real(let value): self = value
        case .integer(let value): self = Double(value)
        case .null, .text, .blob: return nil
        }
    }
}

extension String: SQLStorable {
    /// The text.
    public var sqlValue: SQLValue { .text(self) }
    /// Reads text.
    public init?(sqlValue: SQLValue) {
        guard case .text(let value) = sqlValue else { return nil }
        self = value
    }
}

extension [UInt8]: SQLStorable {
    /// The bytes.
    public var sqlValue: SQLValue { .blob(self) }
    /// Reads bytes.
    public init?(sqlValue: SQLValue) {
        guard case .blob(let value) = sqlValue else { return nil }
        self = value
    }
}

extension Optional: SQLStorable where Wrapped: SQLStorable {
    /// NULL for nil.
    public var sqlValue: SQLValue { self?.sqlValue ?? .null }
    /// Reads NULL as nil.
    public init?(sqlValue: SQLValue) {
        if sqlValue == .null {
            self = .none
        } else if let value = Wrapped(sqlValue: sqlValue) {
            self = value
        } else {
            return nil
        }
    }
}

extension SQLStorable where Self: RawRepresentable, RawValue: SQLStorable {
    /// The raw value.
    public var sqlValue: SQLValue { rawValue.sqlValue }
    /// Reads a raw value.
    public init?(sqlValue: SQLValue) {
        guard let raw = RawValue(sqlValue: sqlValue) else { return nil }
        self.init(rawValue: raw)
    }
}

extension SQLStorable where Self: Identifier {
    /// The bare text.
    public var sqlValue: SQLValue { .text(rawValue) }
    /// Reads text.
    public init?(sqlValue: SQLValue) {
        guard case .text(let value) = sqlValue else { return nil }
        self.init(value)
    }
}

extension TenantID: SQLStorable {}
extension SessionID: SQLStorable {}
extension ChainID: SQLStorable {}
extension CheckpointID: SQLStorable {}
extension CallID: SQLStorable {}
extension ItemID: SQLStorable {}
extension MessageID: SQLStorable {}
extension TreeID: SQLStorable {}
extension BlobID: SQLStorable {}

extension Timestamp: SQLStorable {
    /// Milliseconds since 1970.
    public var sqlValue: SQLValue { .integer(milliseconds) }
    /// Reads milliseconds since 1970.
    public init?(sqlValue: SQLValue) {
        guard case .integer(let value) = sqlValue else { return nil }
        self.init(milliseconds: value)
    }
}

extension Money: SQLStorable {
    /// Picodollars.
    public var sqlValue: SQLValue { .integer(picodollars) }
    /// Reads picodollars.
    public init?(sqlValue: SQLValue) {
        guard case .integer(let value) = sqlValue else { return nil }
        self.init(picodollars: value)
    }
}
