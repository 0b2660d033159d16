import AgentOSCore
import Terminal

/// A keymap that was checked: every key is a key, every command is known, no key means two things in a context.
public struct Keymap: Hashable, Sendable {
    /// The values that it was made of.
    public let file: KeymapFile

    /// Checks a keymap that is already laid over its parents.
    public init(_ file: KeymapFile) throws(Fault) {
        for (context, bindings) in file.contexts.sorted(by: { $0.key < $1.key }) {
            guard KeymapFile.contextNames.contains(context) else {
                throw .usage(
                    "keymap \(file.name): there is no context \(context)",
                    hint: "the contexts are \(KeymapFile.contextNames.joined(separator: " "))")
            }
            var seen: [String: String] = [:]
            for binding in bindings {
                try Self.check(binding, in: context, of: file.name)
                let meaning = binding.command ?? "off"
                for key in binding.keys {
                    if let other = seen[key], other != meaning {
                        throw .usage(
                            "keymap \(file.name), \(context): \(key) means both \(other) and \(meaning)",
                            hint: "give one of them another key, or write off")
                    }
                    seen[key] = meaning
                }
            }
        }
        self.file = file
    }

    /// The keymap that the program carries in itself.
    public static let standard = Keymap(checked: builtIn)

    private init(checked file: KeymapFile) { self.file = file }

    private static func check(_ binding: KeyBinding, in context: String, of name: String) throws(Fault) {
        for key in binding.keys where KeyName.canonical(key) != key {
            throw .usage(
                "keymap \(name), \(context): \(key) is not a key",
                hint: "write it like Ctrl-K, F5, PageUp or x")
        }
        guard let command = binding.command, CommandCatalogue.spec(command) == nil else { return }
        throw .usage(
            "keymap \(name), \(context): there is no command \(command)",
            hint: "see agentos do --help for the list")
    }

    /// A person's keymap laid over a shipped one: no key that the person names keeps a shipped meaning anywhere.
    ///
    /// A key bound for everywhere (`global`) therefore wins over a shipped binding of a single context, also over one
    /// that a later release brings.
    public static func layered(_ user: KeymapFile, over base: KeymapFile) -> KeymapFile {
        let everywhere = Set((user.contexts["global"] ?? []).flatMap(\.keys))
        var kept = base
        for (context, bindings) in base.contexts where context != "global" {
            kept.contexts[context] = bindings.compactMap { binding in
                let keys = binding.keys.filter { !everywhere.contains($0) }
                return keys.isEmpty
                    ? nil : KeyBinding(keys: keys, command: binding.command, line: binding.line)
            }
        }
        return user.over(kept)
    }

    /// The command of a key in a context; nil when nothing is bound or it is `off`.
    public func command(for stroke: KeyStroke, in context: String) -> String? {
        Self.name(of: stroke).flatMap { file.command(for: $0, in: context) }
    }

    /// The keys of a command in a context, in the file's order, leaving out those that mean something else there.
    public func keys(of command: String, in context: String) -> [String] {
        var found: [String] = []
        for name in [context, "global"] {
            for binding in file.contexts[name] ?? [] where binding.command == command {
                for key in binding.keys
                where !found.contains(key) && file.command(for: key, in: context) == command {
                    found.append(key)
                }
            }
        }
        return found
    }

    /// The spelling of a key stroke in keymaps; nil for one that keymaps cannot name.
    static func name(of stroke: KeyStroke) -> String? {
        KeyName.canonical(stroke.key == .escape ? "Esc" : stroke.description)
    }

    /// The short form of a key for footers and help: `↑`, `PgUp`, `Ctrl-K`.
    static func label(_ key: String) -> String { KeyStroke(key)?.label ?? key }
}
