import AgentOSCore

/// A configuration and where each of its settings stands.
public struct LocatedConfiguration: Hashable, Sendable {
    /// A line of a configuration file.
    public struct Setting: Hashable, Sendable, Codable {
        /// The path of the key, `providers.local.url`.
        public var key: String
        /// What stands there, names not expanded; a key that is written out is hidden.
        public var written: String
        /// The file as the person named it.
        public var file: String
        /// The line, from 1.
        public var line: Int
    }

    /// The values, defaults filled in.
    public var values: Configuration
    /// What the file sets, in its order; empty without a file.
    public var settings: [Setting]

    /// The configuration of a home without a file.
    public static let empty = LocatedConfiguration(values: Configuration(), settings: [])

    /// Where a key is set, the whole of it or a part; nil for a default.
    public func origin(of key: String) -> Setting? {
        settings.first { $0.key == key || $0.key.hasPrefix(key + ".") || $0.key.hasPrefix(key + "[") }
    }
}

extension LocatedConfiguration {
    /// Every scalar and every list of scalars beneath a node.
    static func settings(of node: YAMLNode?, file: String) -> [Setting] {
        var found: [Setting] = []
        func walk(_ node: YAMLNode, _ key: String, _ line: Int) {
            switch node.content {
            case .scalar(let text, _):
                found.append(Setting(key: key, written: shown(text, key: key), file: file, line: line))
            case .list(let items):
                let texts = items.compactMap { item -> String? in
                    guard case .scalar(let text, _) = item.content else { return nil }
                    return shown(text, key: key)
                }
                if texts.count == items.count {
                    found.append(
                        Setting(
                            key: key, written: "[\(texts.joined(separator: ", "))]", file: file, line: line))
                } else {
                    for (index, item) in items.enumerated() { walk(item, "\(key)[\(index)]", item.line) }
                }
            case .mapping(let pairs):
                for pair in pairs {
                    guard case .scalar(let name, _) = pair.key.content else { continue }
                    walk(pair.value, key.isEmpty ? name : "\(key).\(name)", pair.key.line)
                }
            }
        }
        if let node { walk(node, "", 1) }
        return found
    }

    /// Secrets stay out of every sink (INV-7): of a key only a reference to it is shown.
    private static func shown(_ text: String, key: String) -> String {
        let names = key.split(separator: ".")
        let isHeader = names.count > 3 && names.first == "providers" && names[2] == "headers"
        guard let name = names.last, name == "key" || name == "secret" || isHeader else { return text }
        let reference =
            text == "none" || text.hasPrefix("secret:") || (text.hasPrefix("${") && text.hasSuffix("}"))
        return reference ? text : "(hidden)"
    }
}
