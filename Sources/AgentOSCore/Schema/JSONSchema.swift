/// A JSON Schema that values are held against: draft 2020-12 without references to other documents.
///
/// A keyword that is not checked here is refused when the schema is read, never passed over: a gate must not
/// be green because nobody looked. Annotations (`title`, `description`, `default`, `examples`, `format` …) say
/// nothing about validity and are taken as such, as the specification does.
public struct JSONSchema: Sendable {
    private let root: JSONValue
    private let patterns: [String: Pattern]

    /// Reads a schema; throws what is wrong with it and where, as a JSON pointer.
    ///
    /// `pattern` and `patternProperties` have the syntax of `Pattern`.
    public init(_ schema: JSONValue) throws(SchemaRefusal) {
        root = schema
        var reading = SchemaReading(root: schema)
        try reading.check(schema, at: "#")
        patterns = reading.patterns
    }

    /// What is wrong with a value, as lines `/path: what`; empty when it is valid.
    ///
    /// At most `limit` lines: the first are enough to go on.
    public func problems(in value: JSONValue, limit: Int = 20) throws(SchemaRefusal) -> [String] {
        var check = SchemaCheck(root: root, patterns: patterns, limit: limit)
        _ = try check.holds(value, root, at: "", depth: 0)
        return check.problems
    }
}

extension JSONValue {
    /// The part of a schema that a local reference names: `#`, `#/$defs/NAME` or any JSON pointer.
    func target(of reference: String) -> JSONValue? {
        guard reference.hasPrefix("#") else { return nil }
        var current = self
        for part in reference.dropFirst().split(separator: "/") {
            let name = Self.unescaped(String(part))
            switch current {
            case .object(let members):
                guard let next = members[name] else { return nil }
                current = next
            case .array(let elements):
                guard let index = Int(name), elements.indices.contains(index) else { return nil }
                current = elements[index]
            case .null, .bool, .int, .double, .string: return nil
            }
        }
        return current
    }

    private static func unescaped(_ part: String) -> String {
        var text = ""
        var rest = Substring(part)
        while let character = rest.popFirst() {
            guard character == "~", let next = rest.first else {
                text.append(character)
                continue
            }
            text.append(next == "1" ? "/" : next == "0" ? "~" : "~")
            if next == "0" || next == "1" { rest.removeFirst() }
        }
        return text
    }
}

/// Why a schema cannot be used, or a value cannot be held against it.
public struct SchemaRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line.
    public let description: String

    /// A refusal in one line.
    public init(_ description: String) { self.description = description }
}

/// Equality as JSON Schema has it: `1` and `1.0` are the same number.
func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
    switch (left, right) {
    case (.int(let left), .double(let right)): Double(left) == right && Int64(exactly: right) == left
    case (.double(let left), .int(let right)): left == Double(right) && Int64(exactly: left) == right
    case (.array(let left), .array(let right)):
        left.count == right.count && zip(left, right).allSatisfy { isSame($0, $1) }
    case (.object(let left), .object(let right)):
        left.count == right.count
            && left.allSatisfy { key, value in right[key].map { isSame(value, $0) } ?? false }
    default: left == right
    }
}
