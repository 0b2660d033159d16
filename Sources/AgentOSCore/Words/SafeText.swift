/// Text that a terminal can show without obeying it (INV-8).
///
/// C0 and C1 controls, DEL, bidirectional overrides, zero-width and other invisible format characters are
/// replaced by visible escapes (`\e`, `\n`, `\x07`, `\u{202e}`), so what is drawn is what is there. Only this
/// type can be drawn or printed. It may hold several lines when made with `lines`.
public struct SafeText: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringInterpolation {
    /// The text, without any character that a terminal would obey.
    public let text: String

    /// Makes a single line of any text: newlines and tabs become visible escapes too.
    public init(_ raw: String) { text = Self.escape(raw, keepingNewlines: false) }

    /// A literal in the source; escaped like any other text.
    public init(stringLiteral value: String) { self.init(value) }

    private init(trusted: String) { text = trusted }

    /// One safe line for each line of `raw`; a tab becomes spaces up to the next multiple of 8.
    public static func lines(_ raw: String) -> [SafeText] {
        raw.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "\n" || $0 == "\r\n" }).map {
            line in
            guard line.contains("\t") else { return SafeText(String(line)) }
            var expanded = ""
            var column = 0
            for character in line {
                if character == "\t" {
                    let spaces = 8 - column % 8
                    expanded += String(repeating: " ", count: spaces)
                    column += spaces
                } else {
                    expanded.append(character)
                    column += 1
                }
            }
            return SafeText(expanded)
        }
    }

    /// Several lines in one value, for a document printed as it is; newlines stay, all else is escaped.
    public static func document(_ raw: String) -> SafeText {
        SafeText(trusted: escape(raw, keepingNewlines: true))
    }

    /// The text.
    public var description: String { text }

    /// Whether a terminal would obey this scalar or draw nothing for it.
    public static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E: return false
        case 0...0x1F, 0x7F...0x9F, 0xAD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B...0x180F,
            0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0x3164, 0xFEFF, 0xFFA0, 0xFFF0...0xFFFB,
            0xE0000...0xE0FFF:
            return true
        default: return false
        }
    }

    private static func escape(_ raw: String, keepingNewlines: Bool) -> String {
        if raw.utf8.allSatisfy({ (0x20...0x7E).contains($0) || (keepingNewlines && $0 == 0x0A) }) {
            return raw
        }
        var out = String.UnicodeScalarView()
        for scalar in raw.unicodeScalars {
            if scalar == "\n", keepingNewlines {
                out.append(scalar)
            } else if isUnsafe(scalar) {
                out.append(contentsOf: visible(scalar).unicodeScalars)
            } else {
                out.append(scalar)
            }
        }
        return String(out)
    }

    private static func visible(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\u{1B}": return "\\e"
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        default:
            let hex = String(scalar.value, radix: 16)
            return scalar.value < 0x100 ? "\\x" + (hex.count < 2 ? "0" : "") + hex : "\\u{\(hex)}"
        }
    }
}
