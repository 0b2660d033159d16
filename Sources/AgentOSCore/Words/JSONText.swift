import FoundationEssentials

/// JSON as this program writes it: sorted keys, no escaped slashes, no spaces, one line.
///
/// Sorted keys make the stored bytes of an event a function of its value, which the hash chain needs.
public enum JSONText {
    /// The bytes of a value.
    public static func encode<Value: Encodable>(_ value: Value) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    /// The text of a value.
    public static func string<Value: Encodable>(_ value: Value) throws -> String {
        String(decoding: try encode(value), as: UTF8.self)
    }

    /// Reads a value; throws a `DecodingError` that names the path.
    public static func decode<Value: Decodable>(_ type: Value.Type, from bytes: some Sequence<UInt8>) throws
        -> Value
    {
        try JSONDecoder().decode(type, from: Data(bytes))
    }

    /// Reads a value from text.
    public static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    /// The same value as a `JSONValue`.
    public static func value<Value: Encodable>(_ value: Value) throws -> JSONValue {
        try decode(JSONValue.self, from: encode(value))
    }

    /// The value that a `JSONValue` stands for.
    public static func decode<Value: Decodable>(_ type: Value.Type, from value: JSONValue) throws -> Value {
        try decode(type, from: encode(value))
    }
}
