import AgentOSCore
import Yams

/// Parses one YAML document into nodes, or tells what is wrong and where.
enum YAMLReader {
    /// Levels of lists and mappings.
    static let depth = 32
    /// Values, aliases expanded.
    static let values = 50_000

    /// The root of a document; nil for a text without any value.
    static func read(_ source: FileText) throws(DocumentFaults) -> YAMLNode? {
        if let excess = ExpansionBound.excess(in: Array(source.text.utf8)) {
            throw DocumentFaults([
                DocumentFault(
                    file: source.file, line: excess.line,
                    key: KeyTrail.path(in: source.text, line: excess.line),
                    message: excess.message, suggestion: excess.suggestion)
            ])
        }
        let root: Node?
        do {
            root = try Parser(yaml: source.text, resolver: .basic, encoding: .utf8).singleRoot()
        } catch {
            throw DocumentFaults([YAMLProblem.fault(for: error, in: source)])
        }
        guard let root else { return nil }
        var conversion = Conversion(source: source)
        let node = conversion.node(root, level: 0, path: "")
        if let fault = conversion.fault { throw DocumentFaults([fault]) }
        return node
    }

    /// Copies the parser's nodes into ours, bounded.
    private struct Conversion {
        let source: FileText
        var left = YAMLReader.values
        var fault: DocumentFault?

        mutating func node(_ node: Node, level: Int, path: String) -> YAMLNode {
            let line = node.mark?.line ?? 1
            let column = node.mark?.column ?? 1
            let empty = YAMLNode(content: .scalar("", plain: true), line: line, column: column)
            guard fault == nil else { return empty }
            left -= 1
            if left < 0 || level > YAMLReader.depth {
                fail(
                    line, path,
                    left < 0
                        ? "more than \(YAMLReader.values) values"
                        : "nested more than \(YAMLReader.depth) levels deep",
                    "make it smaller")
                return empty
            }
            if !node.tag.isPlain {
                fail(
                    line, path, "a tag (\(Entry.shown(node.tag.description)))",
                    "leave it out; the key says what the value is")
                return empty
            }
            switch node {
            case .scalar(let scalar):
                if scalar.string.unicodeScalars.contains("\0") {
                    fail(line, path, "a NUL character", "remove it")
                }
                let plain = scalar.style == .plain || scalar.style == .any
                return YAMLNode(content: .scalar(scalar.string, plain: plain), line: line, column: column)
            case .sequence(let sequence):
                var items: [YAMLNode] = []
                for (index, item) in sequence.enumerated() where fault == nil {
                    items.append(self.node(item, level: level + 1, path: "\(path)[\(index)]"))
                }
                return YAMLNode(content: .list(items), line: line, column: column)
            case .mapping(let mapping):
                var pairs: [YAMLNode.Pair] = []
                for (key, value) in mapping where fault == nil {
                    let name = key.scalar?.string ?? "?"
                    let below = path.isEmpty ? name : "\(path).\(name)"
                    pairs.append(
                        YAMLNode.Pair(
                            key: self.node(key, level: level + 1, path: path),
                            value: self.node(value, level: level + 1, path: below)))
                }
                return YAMLNode(content: .mapping(pairs), line: line, column: column)
            case .alias:
                return empty
            }
        }

        private mutating func fail(_ line: Int, _ path: String, _ message: String, _ suggestion: String) {
            fault =
                fault
                ?? DocumentFault(
                    file: source.file, line: line, key: path, message: message, suggestion: suggestion)
        }
    }
}

extension Tag {
    /// Whether it is what any value of its shape has.
    fileprivate var isPlain: Bool {
        [Name.str, .seq, .map, .implicit, .nonSpecific].map(\.rawValue).contains(description)
    }
}
