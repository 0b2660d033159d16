/// A colour as a theme names it; what a terminal can show of it is decided when it is drawn.
public enum Colour: Hashable, Sendable {
    /// The terminal's own foreground or background.
    case `default`
    /// One of the 256 palette colours; 0 to 15 are the terminal's own.
    case indexed(UInt8)
    /// Red, green and blue.
    case rgb(UInt8, UInt8, UInt8)

    /// Reads `#rrggbb`, a palette number or `default`; nil for anything else.
    public init?(_ text: String) {
        if text == "default" {
            self = .default
        } else if text.hasPrefix("#"), text.utf8.count == 7, let value = UInt32(text.dropFirst(), radix: 16) {
            self = .rgb(UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255))
        } else if let number = UInt8(text) {
            self = .indexed(number)
        } else {
            return nil
        }
    }
}

/// How a cell is written, beside its colours.
public struct Attributes: OptionSet, Hashable, Sendable {
    /// The bits, as CNcurses takes them.
    public let rawValue: UInt8

    /// A set from its bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Heavier.
    public static let bold = Attributes(rawValue: 1)
    /// Fainter.
    public static let dim = Attributes(rawValue: 2)
    /// Underlined.
    public static let underline = Attributes(rawValue: 4)
    /// Foreground and background changed places.
    public static let reverse = Attributes(rawValue: 8)
    /// Slanted.
    public static let italic = Attributes(rawValue: 16)
}

/// Two colours and the attributes of a cell.
public struct Style: Hashable, Sendable {
    /// The colour of the character.
    public var foreground: Colour
    /// The colour behind it.
    public var background: Colour
    /// Bold, dim and the like.
    public var attributes: Attributes

    /// A style; what is left out is the terminal's own.
    public init(
        _ foreground: Colour = .default, on background: Colour = .default, _ attributes: Attributes = []
    ) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }

    /// The terminal's own colours, no attribute.
    public static let plain = Style()

    /// This style on top of another: a default colour lets the one below through, attributes add up.
    public func over(_ base: Style) -> Style {
        Style(
            foreground == .default ? base.foreground : foreground,
            on: background == .default ? base.background : background,
            attributes.union(base.attributes))
    }

    /// The same style with more attributes.
    public func adding(_ more: Attributes) -> Style {
        Style(foreground, on: background, attributes.union(more))
    }
}
