/// A keymap as its file has it: for each context, keys and the commands they stand for.
public struct KeymapFile: Hashable, Sendable, Codable {
    /// The base name of the file.
    public var name: String
    /// The keymap beneath this one, by name.
    public var inherits: String?
    /// Bindings by context, in the order of the file.
    public var contexts: [String: [KeyBinding]]

    /// A keymap.
    public init(name: String, inherits: String? = nil, contexts: [String: [KeyBinding]] = [:]) {
        self.name = name
        self.inherits = inherits
        self.contexts = contexts
    }

    /// The contexts that keys are looked up in; `global` is the last one asked.
    public static let contextNames = [
        "global", "inbox", "sessions", "session", "events", "diff", "chains", "chain",
    ]

    /// What a key does in a context, `global` asked last; nil when nothing is bound or it is `off`.
    public func command(for key: String, in context: String) -> String? {
        for name in [context, "global"] {
            if let binding = contexts[name]?.last(where: { $0.keys.contains(key) }) { return binding.command }
        }
        return nil
    }

    /// This keymap laid over its parent: a key that this one names loses the parent's meaning, context by context.
    public func over(_ parent: KeymapFile) -> KeymapFile {
        var merged = parent.contexts
        for (context, bindings) in contexts {
            let named = Set(bindings.flatMap(\.keys))
            let kept = (merged[context] ?? []).compactMap { binding -> KeyBinding? in
                let keys = binding.keys.filter { !named.contains($0) }
                return keys.isEmpty
                    ? nil : KeyBinding(keys: keys, command: binding.command, line: binding.line)
            }
            merged[context] = kept + bindings
        }
        return KeymapFile(name: name, inherits: parent.inherits, contexts: merged)
    }
}

/// One line of a keymap.
public struct KeyBinding: Hashable, Sendable, Codable {
    /// The keys, in the spelling of `KeyName.canonical`.
    public var keys: [String]
    /// The command's id, `noun.verb`; nil is `off`.
    public var command: String?
    /// The line in the file, from 1.
    public var line: Int

    /// A binding.
    public init(keys: [String], command: String?, line: Int) {
        self.keys = keys
        self.command = command
        self.line = line
    }
}

/// The names of keys as keymaps, help and footer write them.
public enum KeyName {
    /// Keys that are not a character.
    public static let named = [
        "Enter", "Esc", "Tab", "Space", "Backspace", "Delete", "Insert", "Up", "Down", "Left", "Right",
        "Home", "End",
        "PageUp", "PageDown", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F11", "F12",
    ]

    /// The one spelling of a key; nil when the text names none.
    ///
    /// A key is one character (case counts: `P` is Shift and p) or one of `named`, after any of `Ctrl-`, `Alt-`
    /// and `Shift-` in this order; a letter after `Ctrl-` is a capital. `Shift-` stands only before a named key.
    public static func canonical(_ text: String) -> String? {
        var rest = Substring(text)
        var modifiers: [String] = []
        while let dash = rest.dropFirst().firstIndex(of: "-"), rest.index(after: dash) < rest.endIndex,
            let modifier = ["Ctrl", "Alt", "Shift"].first(where: {
                $0.lowercased() == rest[..<dash].lowercased()
            })
        {
            guard !modifiers.contains(modifier) else { return nil }
            modifiers.append(modifier)
            rest = rest[rest.index(after: dash)...]
        }
        let prefix = ["Ctrl", "Alt", "Shift"].filter(modifiers.contains).map { $0 + "-" }.joined()
        if let name = named.first(where: { $0.lowercased() == rest.lowercased() }) { return prefix + name }
        guard rest.count == 1, let character = rest.first, !modifiers.contains("Shift"),
            !character.unicodeScalars.contains(where: { SafeText.isUnsafe($0) })
        else { return nil }
        if character == " " { return prefix + "Space" }
        return prefix + (modifiers.contains("Ctrl") ? rest.uppercased() : String(rest))
    }
}
