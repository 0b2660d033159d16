/// A key of the keyboard, without its modifiers.
public enum Key: Hashable, Sendable {
    /// A character as typed; capitals are characters of their own.
    case character(Character)
    /// The arrow up.
    case up
    /// The arrow down.
    case down
    /// The arrow to the left.
    case left
    /// The arrow to the right.
    case right
    /// To the start of the line.
    case home
    /// To the end of the line.
    case end
    /// A page up.
    case pageUp
    /// A page down.
    case pageDown
    /// Insert.
    case insert
    /// Removes what is under the cursor.
    case delete
    /// Removes what is before the cursor.
    case backspace
    /// Return, also on the number block.
    case enter
    /// Escape alone.
    case escape
    /// Tabulator.
    case tab
    /// F1 and on.
    case function(Int)
}

/// Keys held down while another is pressed.
public struct Modifiers: OptionSet, Hashable, Sendable {
    /// The bits.
    public let rawValue: UInt8
    /// A set from its bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Control.
    public static let control = Modifiers(rawValue: 1)
    /// Alt, or Escape typed right before.
    public static let alt = Modifiers(rawValue: 2)
    /// Shift, where the terminal tells it: not for characters.
    public static let shift = Modifiers(rawValue: 4)
}

/// A key with its modifiers, as a keymap names it: `ctrl-k`, `!`, `up`, `shift-tab`.
public struct KeyStroke: Hashable, Sendable, CustomStringConvertible {
    /// The key.
    public let key: Key
    /// What was held down.
    public let modifiers: Modifiers

    /// A key with its modifiers.
    public init(_ key: Key, _ modifiers: Modifiers = []) {
        self.key = key
        self.modifiers = modifiers
    }

    /// A character without modifiers.
    public static func character(_ character: Character) -> KeyStroke { KeyStroke(.character(character)) }
    /// A character with Control.
    public static func control(_ character: Character) -> KeyStroke {
        KeyStroke(.character(character), .control)
    }
    /// A character with Alt.
    public static func alt(_ character: Character) -> KeyStroke { KeyStroke(.character(character), .alt) }

    /// Reads a name as keymap files write it; nil for an unknown one.
    public init?(_ name: String) {
        var rest = name[...]
        var modifiers: Modifiers = []
        scan: while rest.count > 1 {
            for (prefix, modifier) in Self.prefixes {
                if rest.count > prefix.count, rest.lowercased().hasPrefix(prefix) {
                    modifiers.insert(modifier)
                    rest = rest.dropFirst(prefix.count)
                    continue scan
                }
            }
            break
        }
        let word = rest.lowercased()
        if rest.count == 1, let character = rest.first, !character.isWhitespace, character.isPrintable {
            if let arrow = Self.arrows[character] {
                self.init(arrow, modifiers)
                return
            }
            guard !modifiers.contains(.shift) else { return nil }
            let lower = modifiers.contains(.control) ? Character(character.lowercased()) : character
            self.init(.character(lower), modifiers)
        } else if let key = Self.names[word] {
            self.init(key, modifiers)
        } else if word.first == "f", let number = Int(word.dropFirst()), (1...24).contains(number) {
            self.init(.function(number), modifiers)
        } else {
            return nil
        }
    }

    /// The name as keymap files write it; reading it gives the same key stroke.
    public var description: String {
        var text = ""
        if modifiers.contains(.control) { text += "ctrl-" }
        if modifiers.contains(.alt) { text += "alt-" }
        if modifiers.contains(.shift) { text += "shift-" }
        return text + Self.name(of: key)
    }

    /// The short form for footers and help: `Ctrl-K`, `↑`, `Enter`.
    public var label: String {
        var text = ""
        if modifiers.contains(.control) { text += "Ctrl-" }
        if modifiers.contains(.alt) { text += "Alt-" }
        if modifiers.contains(.shift) { text += "Shift-" }
        switch key {
        case .character(let character):
            return text
                + (modifiers.contains(.control) ? character.uppercased() : Self.name(of: key, space: "Space"))
        case .up: return text + "↑"
        case .down: return text + "↓"
        case .left: return text + "←"
        case .right: return text + "→"
        case .escape: return text + "Esc"
        case .pageUp: return text + "PgUp"
        case .pageDown: return text + "PgDn"
        case .home, .end, .insert, .delete, .backspace, .enter, .tab, .function:
            let name = Self.name(of: key)
            return text + name.prefix(1).uppercased() + name.dropFirst()
        }
    }

    private static let prefixes: [(String, Modifiers)] = [
        ("ctrl-", .control), ("alt-", .alt), ("shift-", .shift), ("c-", .control), ("m-", .alt),
        ("s-", .shift),
    ]
    private static let arrows: [Character: Key] = ["↑": .up, "↓": .down, "←": .left, "→": .right]
    private static let names: [String: Key] = [
        "up": .up, "down": .down, "left": .left, "right": .right, "home": .home, "end": .end,
        "pageup": .pageUp,
        "pgup": .pageUp, "pagedown": .pageDown, "pgdn": .pageDown, "insert": .insert, "delete": .delete,
        "del": .delete, "backspace": .backspace, "enter": .enter, "return": .enter, "escape": .escape,
        "esc": .escape, "tab": .tab, "space": .character(" "),
    ]

    private static func name(of key: Key, space: String = "space") -> String {
        switch key {
        case .character(" "): return space
        case .character(let character): return String(character)
        case .up: return "up"
        case .down: return "down"
        case .left: return "left"
        case .right: return "right"
        case .home: return "home"
        case .end: return "end"
        case .pageUp: return "pageup"
        case .pageDown: return "pagedown"
        case .insert: return "insert"
        case .delete: return "delete"
        case .backspace: return "backspace"
        case .enter: return "enter"
        case .escape: return "escape"
        case .tab: return "tab"
        case .function(let number): return "f\(number)"
        }
    }
}

extension Character {
    /// Whether every scalar of it can be shown.
    fileprivate var isPrintable: Bool {
        unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
    }
}
