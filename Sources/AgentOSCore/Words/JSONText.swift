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

    /// The bytes of a value for whoever may be a terminal (INV-8): what `SafeText` calls unsafe is written `\uXXXX`.
    ///
    /// A reader of JSON gets the same value.
    public static func printable<Value: Encodable>(_ value: Value) throws -> [UInt8] {
        let bytes = try encode(value)
        // Outside of strings JSON is plain ASCII, so what is unsafe stands within one.
        guard !bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else { return bytes }
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + 64)
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            if SafeText.isUnsafe(scalar) {
                for unit in scalar.utf16 { append(unit, to: &out) }
            } else {
                out.append(contentsOf: scalar.utf8)
            }
        }
        return out
    }

    /// The text of `printable(_:)`.
    public static func printableString<Value: Encodable>(_ value: Value) throws -> String {
        String(decoding: try printable(value), as: UTF8.self)
    }

    private static func append(_ unit: UInt16, to out: inout [UInt8]) {
        out += [0x5C, 0x75]
        for shift in [12, 8, 4, 0] {
            let digit = UInt8(unit >> UInt16(shift) & 0xF)
            out.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
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
