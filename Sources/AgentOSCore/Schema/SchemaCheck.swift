/// One value held against one schema.
struct SchemaCheck {
    let root: JSONValue
    let patterns: [String: Pattern]
    let limit: Int
    private(set) var problems: [String] = []
    /// Whether lines are kept; not inside a branch that may fail without harm.
    private var isQuiet = false
    /// What is still done before a schema that calls itself is given up.
    private var steps = 1_000_000

    private static let depthLimit = 256

    init(root: JSONValue, patterns: [String: Pattern], limit: Int) {
        self.root = root
        self.patterns = patterns
        self.limit = limit
    }

    /// Whether a value is valid; why not is noted.
    mutating func holds(_ value: JSONValue, _ part: JSONValue, at path: String, depth: Int)
        throws(SchemaRefusal) -> Bool
    {
        steps -= 1
        guard depth < Self.depthLimit, steps > 0 else {
            throw SchemaRefusal("the schema calls itself too often at \(shown(path))")
        }
        if let allowed = part.bool { return allowed || deny(path, "nothing is allowed here") }
        guard let rules = part.object else { return true }
        var whole = try holdsGeneral(value, rules, at: path, depth: depth)
        switch value {
        case .int, .double: whole = holdsNumber(value, rules, at: path) && whole
        case .string(let text): whole = holdsText(text, rules, at: path) && whole
        case .array(let elements):
            whole = try holdsArray(elements, rules, at: path, depth: depth) && whole
        case .object(let members):
            whole = try holdsObject(members, rules, at: path, depth: depth) && whole
        case .null, .bool: break
        }
        return whole
    }

    private func shown(_ path: String) -> String { path.isEmpty ? "/" : path }

    mutating func deny(_ path: String, _ what: String) -> Bool {
        if !isQuiet, problems.count < limit { problems.append("\(shown(path)): \(what)") }
        return false
    }

    mutating func tries(_ value: JSONValue, _ part: JSONValue, at path: String, depth: Int)
        throws(SchemaRefusal) -> Bool
    {
        let before = isQuiet
        isQuiet = true
        defer { isQuiet = before }
        return try holds(value, part, at: path, depth: depth + 1)
    }

    // MARK: Any value

    private mutating func holdsGeneral(
        _ value: JSONValue, _ rules: [String: JSONValue], at path: String, depth: Int
    ) throws(SchemaRefusal) -> Bool {
        var whole = true
        if let types = rules["type"] {
            let names = types.string.map { [$0] } ?? types.array?.compactMap(\.string) ?? []
            if !names.contains(where: { isA($0, value) }) {
                whole = deny(path, "expected \(names.joined(separator: " or ")), found \(typeName(value))")
            }
        }
        if let allowed = rules["enum"]?.array, !allowed.contains(where: { isSame($0, value) }) {
            whole = deny(path, "expected one of \(list(allowed))")
        }
        if let constant = rules["const"], !isSame(constant, value) {
            whole = deny(path, "expected \(text(constant))")
        }
        if let name = rules["$ref"]?.string, let target = root.target(of: name) {
            whole = try holds(value, target, at: path, depth: depth + 1) && whole
        }
        for part in rules["allOf"]?.array ?? [] {
            whole = try holds(value, part, at: path, depth: depth + 1) && whole
        }
        return try holdsChoices(value, rules, at: path, depth: depth) && whole
    }

    private mutating func holdsChoices(
        _ value: JSONValue, _ rules: [String: JSONValue], at path: String, depth: Int
    ) throws(SchemaRefusal) -> Bool {
        var whole = true
        if let parts = rules["anyOf"]?.array {
            var some = false
            for part in parts where !some { some = try tries(value, part, at: path, depth: depth) }
            if !some { whole = deny(path, "none of the \(parts.count) alternatives holds") }
        }
        if let parts = rules["oneOf"]?.array {
            var count = 0
            for part in parts where try tries(value, part, at: path, depth: depth) { count += 1 }
            if count != 1 {
                whole = deny(path, "\(count) of \(parts.count) alternatives hold, not exactly one")
            }
        }
        if let part = rules["not"], try tries(value, part, at: path, depth: depth) {
            whole = deny(path, "it is what it must not be")
        }
        if let condition = rules["if"] {
            let branch = try tries(value, condition, at: path, depth: depth) ? rules["then"] : rules["else"]
            if let branch { whole = try holds(value, branch, at: path, depth: depth + 1) && whole }
        }
        return whole
    }

    private func isA(_ type: String, _ value: JSONValue) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .bool), ("object", .object), ("array", .array), ("string", .string),
            ("number", .int), ("number", .double), ("integer", .int):
            true
        case ("integer", .double(let number)): number == number.rounded()
        default: false
        }
    }

    private func typeName(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .int: "integer"
        case .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    private func text(_ value: JSONValue) -> String {
        let text = (try? JSONText.string(value)) ?? "a value"
        return text.count <= 60 ? text : text.prefix(57) + "…"
    }

    private func list(_ values: [JSONValue]) -> String {
        let shown = values.prefix(6).map { text($0) }.joined(separator: ", ")
        return values.count > 6 ? shown + ", …" : shown
    }

    // MARK: Numbers and texts

    private mutating func holdsNumber(_ value: JSONValue, _ rules: [String: JSONValue], at path: String)
        -> Bool
    {
        guard let number = value.number else { return true }
        var whole = true
        if let least = rules["minimum"]?.number, number < least {
            whole = deny(path, "\(text(value)) is less than \(text(.double(least)))")
        }
        if let least = rules["exclusiveMinimum"]?.number, number <= least {
            whole = deny(path, "\(text(value)) is not more than \(text(.double(least)))")
        }
        if let most = rules["maximum"]?.number, number > most {
            whole = deny(path, "\(text(value)) is more than \(text(.double(most)))")
        }
        if let most = rules["exclusiveMaximum"]?.number, number >= most {
            whole = deny(path, "\(text(value)) is not less than \(text(.double(most)))")
        }
        if let unit = rules["multipleOf"], !isMultiple(value, of: unit) {
            whole = deny(path, "\(text(value)) is not a multiple of \(text(unit))")
        }
        return whole
    }

    private func isMultiple(_ value: JSONValue, of unit: JSONValue) -> Bool {
        if case .int(let number) = value, case .int(let unit) = unit { return number % unit == 0 }
        guard let number = value.number, let unit = unit.number else { return true }
        let quotient = number / unit
        // Decimal fractions are not exact in binary: a quotient this close to a whole number is one.
        return abs(quotient - quotient.rounded()) <= 1e-9 * max(1, abs(quotient))
    }

    private mutating func holdsText(_ value: String, _ rules: [String: JSONValue], at path: String) -> Bool {
        var whole = true
        let length = value.unicodeScalars.count
        if let least = rules["minLength"]?.int, length < least {
            whole = deny(path, "it has \(length) characters, at least \(least) are needed")
        }
        if let most = rules["maxLength"]?.int, length > most {
            whole = deny(path, "it has \(length) characters, at most \(most) are allowed")
        }
        if let pattern = rules["pattern"]?.string, patterns[pattern]?.isFound(in: value) == false {
            whole = deny(path, "it does not match \(pattern)")
        }
        return whole
    }
}
