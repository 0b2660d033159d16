import CNcurses
import Terminal

/// Which keys the bytes of common terminals stand for.
enum KeyNames {
    /// A control character.
    static func control(_ byte: UInt8) -> KeyStroke {
        switch byte {
        case 0: return .control(" ")
        case 9: return KeyStroke(.tab)
        case 13: return KeyStroke(.enter)
        case 0x7F: return KeyStroke(.backspace)
        case 1...26: return .control(Character(Unicode.Scalar(byte + 96)))
        default: return .control(Character(Unicode.Scalar(byte + 64)))
        }
    }

    /// The final of `ESC O`: arrows, F1 to F4 and the number block in application mode.
    static func application(_ byte: UInt8) -> Key? {
        switch Character(Unicode.Scalar(byte)) {
        case "A": return .up
        case "B": return .down
        case "C": return .right
        case "D": return .left
        case "H": return .home
        case "F": return .end
        case "M": return .enter
        case "P"..."S": return .function(Int(byte) - 79)
        case "p"..."y": return .character(Character(Unicode.Scalar(byte - 64)))
        case "j"..."o": return .character(Character(Unicode.Scalar(byte - 64)))
        case "X": return .character("=")
        default: return nil
        }
    }

    /// A control sequence; nil for one that is not known.
    ///
    /// The start of a paste is mode 200 in state -1.
    static func sequence(_ text: String, _ final: Character) -> DecodedInput? {
        if text.hasPrefix("?") { return answer(text.dropFirst(), final) }
        let fields = text.split(separator: ";", omittingEmptySubsequences: false).map { field in
            Int(field.prefix { $0 != ":" })
        }
        let first = fields.first.flatMap { $0 } ?? 1
        let modifiers = modifiers(fields.count > 1 ? fields[1] ?? 1 : 1)
        guard fields.count <= 3, text.allSatisfy({ $0.isNumber || $0 == ";" || $0 == ":" }) else {
            return nil
        }
        switch final {
        case "A": return .key(KeyStroke(.up, modifiers))
        case "B": return .key(KeyStroke(.down, modifiers))
        case "C": return .key(KeyStroke(.right, modifiers))
        case "D": return .key(KeyStroke(.left, modifiers))
        case "H": return .key(KeyStroke(.home, modifiers))
        case "F": return .key(KeyStroke(.end, modifiers))
        case "P" where first == 1: return .key(KeyStroke(.function(1), modifiers))
        case "Q" where first == 1: return .key(KeyStroke(.function(2), modifiers))
        case "R" where first == 1 && fields.count > 1: return .key(KeyStroke(.function(3), modifiers))
        case "S" where first == 1: return .key(KeyStroke(.function(4), modifiers))
        case "Z": return .key(KeyStroke(.tab, .shift))
        case "I" where text.isEmpty: return .focus(true)
        case "O" where text.isEmpty: return .focus(false)
        case "u": return scalar(first).map { .key(stroke($0, modifiers)) }
        case "~" where first == 27 && fields.count == 3:
            return fields[2].flatMap(scalar).map { .key(stroke($0, modifiers)) }
        case "~" where first == 200: return .mode(200, state: -1)
        case "~": return numbered(first).map { .key(KeyStroke($0, modifiers)) }
        default: return nil
        }
    }

    private static func answer(_ text: Substring, _ final: Character) -> DecodedInput? {
        if final == "c" { return .deviceAttributes }
        guard final == "y", text.hasSuffix("$") else { return nil }
        let numbers = text.dropLast().split(separator: ";").compactMap { Int($0) }
        return numbers.count == 2 ? .mode(numbers[0], state: numbers[1]) : nil
    }

    private static func modifiers(_ parameter: Int) -> Modifiers {
        let bits = max(0, min(parameter, 256) - 1)
        var modifiers: Modifiers = []
        if bits & 1 != 0 { modifiers.insert(.shift) }
        if bits & 2 != 0 { modifiers.insert(.alt) }
        if bits & 4 != 0 { modifiers.insert(.control) }
        return modifiers
    }

    private static func scalar(_ code: Int) -> Unicode.Scalar? {
        guard code > 0, code < 0xE000 || code > 0xF8FF else { return nil }
        return UInt32(exactly: code).flatMap(Unicode.Scalar.init)
    }

    /// A key that a terminal names by its scalar.
    private static func stroke(_ scalar: Unicode.Scalar, _ modifiers: Modifiers) -> KeyStroke {
        switch scalar.value {
        case 27: return KeyStroke(.escape, modifiers)
        case 127, 9, 13: return KeyStroke(control(UInt8(scalar.value)).key, modifiers)
        case 0x20...: return KeyStroke(.character(Character(scalar)), modifiers.subtracting(.shift))
        default: return control(UInt8(scalar.value))
        }
    }

    private static func numbered(_ number: Int) -> Key? {
        switch number {
        case 1, 7: return .home
        case 2: return .insert
        case 3: return .delete
        case 4, 8: return .end
        case 5: return .pageUp
        case 6: return .pageDown
        case 11...15: return .function(number - 10)
        case 17...21: return .function(number - 11)
        case 23...26: return .function(number - 12)
        default: return nil
        }
    }

    private static let capabilities: [(String, KeyStroke)] = [
        ("kcuu1", KeyStroke(.up)), ("kcud1", KeyStroke(.down)), ("kcub1", KeyStroke(.left)),
        ("kcuf1", KeyStroke(.right)), ("khome", KeyStroke(.home)), ("kend", KeyStroke(.end)),
        ("kpp", KeyStroke(.pageUp)), ("knp", KeyStroke(.pageDown)), ("kich1", KeyStroke(.insert)),
        ("kdch1", KeyStroke(.delete)), ("kbs", KeyStroke(.backspace)), ("kcbt", KeyStroke(.tab, .shift)),
        ("kent", KeyStroke(.enter)),
    ]

    /// The sequences that the terminal database has for the open terminal.
    static func table() -> [[UInt8]: KeyStroke] {
        var table: [[UInt8]: KeyStroke] = [:]
        let functions = (1...12).map { ("kf\($0)", KeyStroke(.function($0))) }
        for (name, stroke) in functions + capabilities {
            guard let bytes = cn_capability(name) else { continue }
            table[Array(String(cString: bytes).utf8)] = stroke
        }
        return table
    }
}
