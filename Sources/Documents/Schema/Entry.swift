import AgentOSCore

/// Reads a value at its place; nil once the fault has been noted.
typealias Schema<Value> = (Entry) -> Value?

/// A value of a file and where it stands.
struct Entry {
    /// The value.
    let node: YAMLNode
    /// Its key's path, `gates[0].run`; empty for the whole file.
    let key: String
    /// The path with every index as `[]` and every free name as `*`, as the table of what is not there has it.
    let pattern: String
    /// The line to name in a fault: the key's, or the item's own.
    let line: Int
    /// What surrounds it.
    let source: Source

    /// The whole file.
    init(root: YAMLNode?, of source: Source) {
        node = root ?? YAMLNode(content: .scalar("", plain: true), line: 1, column: 1)
        key = ""
        pattern = ""
        line = 1
        self.source = source
    }

    private init(_ node: YAMLNode, _ key: String, _ pattern: String, _ line: Int, _ source: Source) {
        self.node = node
        self.key = key
        self.pattern = pattern
        self.line = line
        self.source = source
    }

    /// The value of a key; `free` when the name is the person's own and not a word of the schema.
    func below(_ name: String, _ pair: YAMLNode.Pair, free: Bool = false) -> Entry {
        let plain =
            (1...64).contains(name.count) && name.allSatisfy { !$0.isWhitespace && $0 != "." }
            && SafeText(name).text == name
        let shown = plain ? name : Self.shown(name)
        let part = free ? "*" : name
        return Entry(
            pair.value, key.isEmpty ? shown : "\(key).\(shown)",
            pattern.isEmpty ? part : "\(pattern).\(part)",
            pair.key.line, source)
    }

    /// An item of a list.
    func item(_ index: Int, _ node: YAMLNode) -> Entry {
        Entry(node, "\(key)[\(index)]", "\(pattern)[]", node.line, source)
    }

    /// Notes what is wrong here; always nil, so that a schema can return it.
    func fail<Value>(_ message: String, _ suggestion: String? = nil) -> Value? {
        source.fault(line: line, key: key, message, suggestion)
        return nil
    }

    /// Notes that something else should stand here.
    func expected<Value>(_ what: String) -> Value? {
        switch node.content {
        case .scalar(let text, _) where node.isAbsent || text.isEmpty:
            return fail("expected \(what), found nothing")
        case .scalar(let text, _): return fail("expected \(what), found \(Self.shown(text))")
        case .list, .mapping: return fail("expected \(what), found \(node.kind)")
        }
    }

    /// The text that stands here, names in it expanded; notes a fault for a list or a mapping.
    func text(_ what: String) -> String? {
        guard case .scalar(let text, _) = node.content, !node.isAbsent else { return expected(what) }
        return Expansion.expand(text, at: self)
    }

    /// A text as a message quotes it: one line, not too long.
    static func shown(_ text: String) -> String {
        let line = SafeText(text.count > 40 ? String(text.prefix(37)) + "..." : text).text
        return "\"\(line)\""
    }
}
