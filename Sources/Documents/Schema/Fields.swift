import AgentOSCore

/// The keys of a mapping, asked for one by one; what nobody asked for is a fault.
final class Fields {
    /// The mapping.
    let entry: Entry
    private let pairs: [(name: String, pair: YAMLNode.Pair)]
    private var known: [String] = []
    private var missing: [(name: String, suggestion: String?)] = []

    private init(_ entry: Entry, _ pairs: [(String, YAMLNode.Pair)]) {
        self.entry = entry
        self.pairs = pairs
    }

    /// Reads a mapping with a closure that asks for its keys; an absent one is empty.
    static func read<Value>(_ entry: Entry, _ body: (Fields) -> Value?) -> Value? {
        guard let pairs = pairs(of: entry) else { return nil }
        let fields = Fields(entry, pairs)
        let value = body(fields)
        fields.refuseTheRest()
        return value
    }

    /// The keys and values of a mapping whose keys are free names.
    static func free(_ entry: Entry) -> [(name: String, entry: Entry)]? {
        pairs(of: entry)?.map { ($0.0, entry.below($0.0, $0.1, free: true)) }
    }

    private static func pairs(of entry: Entry) -> [(String, YAMLNode.Pair)]? {
        if entry.node.isAbsent { return [] }
        guard case .mapping(let pairs) = entry.node.content else {
            return entry.expected("a mapping of keys")
        }
        return pairs.compactMap { pair in
            guard case .scalar(let name, _) = pair.key.content else {
                entry.source.fault(
                    line: pair.key.line, key: entry.key, "a key that is \(pair.key.kind)", "write a word")
                return nil
            }
            return (name, pair)
        }
    }

    /// Whether there is no key at all.
    var isEmpty: Bool { pairs.isEmpty }

    /// Whether a key is there.
    func has(_ name: String) -> Bool { pairs.contains { $0.name == name } }

    /// Whether a key is there that this version does not know yet; its fault is noted at the end.
    var hasUnavailable: Bool {
        pairs.contains { NotYet.row(entry.source.kind, key: entry.below($0.name, $0.pair).pattern) != nil }
    }

    /// The value of a key that may be missing.
    func optional<Value>(_ name: String, _ schema: Schema<Value>) -> Value? {
        known.append(name)
        guard let pair = pairs.first(where: { $0.name == name })?.pair else { return nil }
        return schema(entry.below(name, pair))
    }

    /// The value of a key that must be there.
    func required<Value>(_ name: String, _ schema: Schema<Value>, _ suggestion: String? = nil) -> Value? {
        if !has(name) { missing.append((name, suggestion)) }
        return optional(name, schema)
    }

    /// Takes keys as known without reading them, where another fault makes them meaningless.
    func ignore(_ names: [String]) { known += names }

    private func refuseTheRest() {
        let source = entry.source
        var meant: Set<String> = []
        for (name, pair) in pairs where !known.contains(name) {
            let below = entry.below(name, pair)
            if let row = NotYet.row(source.kind, key: below.pattern) {
                source.fault(line: below.line, key: below.key, "not available in this version", row.instead)
            } else {
                if let near = Suggestion.nearest(to: name, among: known) { meant.insert(near) }
                source.fault(
                    line: below.line, key: below.key, "unknown key", Suggestion.text(for: name, among: known))
            }
        }
        // A misspelt key is told once, as what it is.
        for (name, suggestion) in missing where !meant.contains(name) {
            let key = entry.key.isEmpty ? name : "\(entry.key).\(name)"
            source.fault(line: entry.line, key: key, "missing", suggestion)
        }
    }
}
