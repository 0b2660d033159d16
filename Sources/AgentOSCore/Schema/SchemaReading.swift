/// Looks through a schema once, so that a mistake in it is found before any value is held against it.
struct SchemaReading {
    let root: JSONValue
    /// The patterns in it, read.
    private(set) var patterns: [String: Pattern] = [:]

    init(root: JSONValue) { self.root = root }

    /// What the value of a keyword must be.
    private enum Shape {
        case schema, schemas, schemaMap, number, count, flag, texts, pattern, any, values, types, textsMap
        case reference, annotation
    }

    private static let shapes: [String: Shape] = [
        "type": .types, "enum": .values, "const": .any,
        "multipleOf": .number, "maximum": .number, "exclusiveMaximum": .number, "minimum": .number,
        "exclusiveMinimum": .number,
        "maxLength": .count, "minLength": .count, "pattern": .pattern,
        "maxItems": .count, "minItems": .count, "uniqueItems": .flag, "maxContains": .count,
        "minContains": .count, "items": .schema, "prefixItems": .schemas, "contains": .schema,
        "maxProperties": .count, "minProperties": .count, "required": .texts, "dependentRequired": .textsMap,
        "properties": .schemaMap, "patternProperties": .schemaMap, "additionalProperties": .schema,
        "propertyNames": .schema, "dependentSchemas": .schemaMap,
        "allOf": .schemas, "anyOf": .schemas, "oneOf": .schemas, "not": .schema, "if": .schema,
        "then": .schema, "else": .schema, "$ref": .reference, "$defs": .schemaMap,
        "definitions": .schemaMap,
        "$schema": .annotation, "$id": .annotation, "$comment": .annotation, "$anchor": .annotation,
        "title": .annotation, "description": .annotation, "default": .annotation, "examples": .annotation,
        "deprecated": .annotation, "readOnly": .annotation, "writeOnly": .annotation, "format": .annotation,
        "contentEncoding": .annotation, "contentMediaType": .annotation, "contentSchema": .annotation,
    ]

    static let types: Set<String> = [
        "null", "boolean", "object", "array", "number", "integer", "string",
    ]

    private static let depthLimit = 128

    /// Checks a schema and those in it.
    mutating func check(_ schema: JSONValue, at place: String, depth: Int = 0) throws(SchemaRefusal) {
        guard depth < Self.depthLimit else {
            throw SchemaRefusal("\(place) is nested deeper than \(Self.depthLimit)")
        }
        if schema.bool != nil { return }
        guard let members = schema.object else {
            throw SchemaRefusal("\(place) is neither an object nor true or false")
        }
        for (keyword, value) in members.sorted(by: { $0.key < $1.key }) {
            guard let shape = Self.shapes[keyword] else {
                if keyword.hasPrefix("x-") { continue }
                throw SchemaRefusal("\(place)/\(keyword): this keyword is not checked here, so it is refused")
            }
            try check(value, shape, at: "\(place)/\(keyword)", depth: depth)
        }
    }

    private mutating func check(_ value: JSONValue, _ shape: Shape, at place: String, depth: Int)
        throws(SchemaRefusal)
    {
        func expect(_ holds: Bool, _ what: String) throws(SchemaRefusal) {
            if !holds { throw SchemaRefusal("\(place) must be \(what)") }
        }
        switch shape {
        case .annotation, .any: break
        case .schema: try check(value, at: place, depth: depth + 1)
        case .schemas:
            guard let schemas = value.array, !schemas.isEmpty else {
                throw SchemaRefusal("\(place) must be a list of schemas")
            }
            for (index, schema) in schemas.enumerated() {
                try check(schema, at: "\(place)/\(index)", depth: depth + 1)
            }
        case .schemaMap:
            guard let schemas = value.object else {
                throw SchemaRefusal("\(place) must be an object of schemas")
            }
            for (name, schema) in schemas.sorted(by: { $0.key < $1.key }) {
                if place.hasSuffix("/patternProperties") { try read(name, at: place) }
                try check(schema, at: "\(place)/\(name)", depth: depth + 1)
            }
        case .number:
            try expect(value.number != nil, "a number")
            if place.hasSuffix("/multipleOf") { try expect((value.number ?? 0) > 0, "a number above 0") }
        case .count: try expect((value.int ?? -1) >= 0, "a whole number of at least 0")
        case .flag: try expect(value.bool != nil, "true or false")
        case .values: try expect(value.array != nil, "a list")
        case .texts: try expect(value.array?.allSatisfy { $0.string != nil } ?? false, "a list of texts")
        case .textsMap:
            try expect(
                value.object?.values.allSatisfy { $0.array?.allSatisfy { $0.string != nil } ?? false }
                    ?? false,
                "an object of lists of texts")
        case .types:
            let names = value.string.map { [$0] } ?? value.array?.compactMap(\.string) ?? []
            try expect(
                !names.isEmpty && names.allSatisfy(Self.types.contains),
                "one or more of \(Self.types.sorted().joined(separator: ", "))")
        case .pattern:
            guard let text = value.string else { throw SchemaRefusal("\(place) must be a text") }
            try read(text, at: place)
        case .reference: try checkReference(value, at: place)
        }
    }

    private mutating func read(_ pattern: String, at place: String) throws(SchemaRefusal) {
        do { patterns[pattern] = try Pattern(pattern) } catch { throw SchemaRefusal("\(place): \(error)") }
    }

    private func checkReference(_ value: JSONValue, at place: String) throws(SchemaRefusal) {
        guard let reference = value.string, reference.hasPrefix("#") else {
            throw SchemaRefusal(
                "\(place): only references inside the same schema are followed, like #/$defs/NAME")
        }
        guard let target = root.target(of: reference), target.object != nil || target.bool != nil else {
            throw SchemaRefusal("\(place): there is no schema at \(reference)")
        }
    }
}

extension JSONValue {
    /// The number, nil for anything else.
    var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        case .null, .bool, .string, .array, .object: nil
        }
    }
}
