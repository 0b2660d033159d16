import AgentOSCore

/// Keymap files.
public enum KeymapDocument {
    /// Reads a keymap; whether its commands exist is for whoever holds their registry.
    public static func read(path: String) throws(DocumentFaults) -> KeymapFile {
        try decode(try FileText.read(path: path, as: path))
    }

    /// Reads the text of a keymap as if it stood in a file.
    public static func parse(_ bytes: [UInt8], path: String) throws(DocumentFaults) -> KeymapFile {
        try decode(try FileText(file: path, bytes: bytes))
    }

    private static func decode(_ text: FileText) throws(DocumentFaults) -> KeymapFile {
        let source = Source(kind: .keymap, file: text.file, folder: "/")
        let root = try YAMLReader.read(text)
        let keymap: KeymapFile? = Fields.read(Entry(root: root, of: source)) { fields in
            let inherits = fields.optional("inherits", Read.name)
            var contexts: [String: [KeyBinding]] = [:]
            for context in KeymapFile.contextNames {
                contexts[context] = fields.optional(context, bindings)
            }
            return KeymapFile(name: FilePath.baseName(of: text.file), inherits: inherits, contexts: contexts)
        }
        return try source.finish(keymap)
    }

    /// Lines of a context: a key, or a list of keys, and a command or `off`.
    private static func bindings(_ entry: Entry) -> [KeyBinding]? {
        if entry.node.isAbsent { return [] }
        guard case .mapping(let pairs) = entry.node.content else {
            return entry.expected("a mapping of keys to commands")
        }
        var lines: [String: Int] = [:]
        var bindings: [KeyBinding] = []
        for pair in pairs {
            let written = keys(pair.key)
            let below = entry.below(written.joined(separator: " "), pair, free: true)
            var keys: [String] = []
            for text in written {
                guard let key = KeyName.canonical(text) else {
                    below.source.fault(
                        line: below.line, key: below.key, "unknown key \(Entry.shown(text))",
                        Suggestion.nearest(to: text, among: KeyName.named).map { "did you mean \($0)?" }
                            ?? "write a character, or a name like Enter or Ctrl-K")
                    continue
                }
                if let first = lines[key] {
                    below.source.fault(
                        line: below.line, key: below.key, "\(key) is bound twice, first in line \(first)",
                        "keep one")
                }
                lines[key] = below.line
                keys.append(key)
            }
            guard let text = below.text("a command like session.pause, or off") else { continue }
            guard text == "off" || isCommand(text) else {
                let _: String? = below.expected("a command like session.pause, or off")
                continue
            }
            bindings.append(KeyBinding(keys: keys, command: text == "off" ? nil : text, line: below.line))
        }
        return bindings
    }

    private static func keys(_ node: YAMLNode) -> [String] {
        switch node.content {
        case .scalar(let text, _): [text]
        case .list(let items): items.flatMap(keys)
        case .mapping: [""]
        }
    }

    /// `noun.verb`, as the registry of commands has it.
    private static func isCommand(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 2
            && parts.allSatisfy { part in
                !part.isEmpty
                    && part.utf8.allSatisfy {
                        (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-")
                    }
            }
    }
}
