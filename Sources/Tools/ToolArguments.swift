import AgentOSCore

/// The arguments of a call, checked against the tool's own schema.
struct ToolArguments: Sendable {
    private let values: [String: JSONValue]

    /// Refuses what is missing, unknown or of a wrong type, in one answer that names all of it.
    init(_ arguments: JSONValue, for spec: ToolSpec) throws(Refusal) {
        let usage = Self.usage(spec)
        guard let given = arguments.object else {
            throw Refusal("The arguments of `\(spec.name)` must be a JSON object. Use: \(usage)")
        }
        let properties = spec.parameters["properties"]?.object ?? [:]
        let required = (spec.parameters["required"]?.array ?? []).compactMap(\.string)
        var faults: [String] = []
        for name in required where given[name] == nil || given[name] == .null {
            faults.append("`\(name)` is missing")
        }
        for (name, value) in given.sorted(by: { $0.key < $1.key }) where value != .null {
            guard let type = properties[name]?["type"]?.string else {
                let near = Similarity.nearest(to: name, in: Array(properties.keys))
                faults.append("`\(name)` is unknown" + (near.map { " (did you mean `\($0)`?)" } ?? ""))
                continue
            }
            if !Self.fits(value, type) { faults.append("`\(name)` must be \(Self.article(type))") }
        }
        guard faults.isEmpty else {
            throw Refusal(
                "Wrong arguments for `\(spec.name)`: \(faults.joined(separator: "; ")). Use: \(usage)")
        }
        values = given.filter { $0.value != .null }
    }

    func string(_ name: String) -> String? { values[name]?.string }
    func int(_ name: String) -> Int? { values[name]?.int }
    func bool(_ name: String) -> Bool? { values[name]?.bool }

    private static func fits(_ value: JSONValue, _ type: String) -> Bool {
        switch type {
        case "string": value.string != nil
        case "integer": value.int != nil
        case "boolean": value.bool != nil
        default: false
        }
    }

    private static func article(_ type: String) -> String { type == "integer" ? "an integer" : "a \(type)" }

    private static func usage(_ spec: ToolSpec) -> String {
        let properties = spec.parameters["properties"]?.object ?? [:]
        let required = (spec.parameters["required"]?.array ?? []).compactMap(\.string)
        let optional = properties.keys.filter { !required.contains($0) }.sorted().map { $0 + "?" }
        return "\(spec.name){\((required + optional).joined(separator: ", "))}"
    }
}

extension ToolSpec {
    /// A tool whose arguments are plain values: name, type, description, in the order to show them.
    init(_ name: String, _ description: String, _ properties: [(String, String, String)], required: [String])
    {
        let members = properties.map { name, type, text in
            (name, JSONValue.object(["type": .string(type), "description": .string(text)]))
        }
        self.init(
            name: name, description: description,
            parameters: [
                "type": "object", "properties": .object(Dictionary(members, uniquingKeysWith: { $1 })),
                "required": .array(required.map(JSONValue.string)), "additionalProperties": false,
            ])
    }
}
