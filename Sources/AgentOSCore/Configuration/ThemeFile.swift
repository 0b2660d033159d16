/// A theme as its file has it: colours by name, then roles that name those colours.
///
/// A role is what a screen asks for (`state.failed`, `diff.added`); what it looks like is the theme's. A
/// theme that inherits names only what differs: its palette also repaints the roles of its parent.
public struct ThemeFile: Hashable, Sendable, Codable {
    /// The base name of the file.
    public var name: String
    /// The theme beneath this one, by name.
    public var inherits: String?
    /// Colours by name.
    public var palette: [String: ColourSpec]
    /// Roles by name.
    public var roles: [String: RoleSpec]

    /// A theme.
    public init(
        name: String, inherits: String? = nil, palette: [String: ColourSpec] = [:],
        roles: [String: RoleSpec] = [:]
    ) {
        self.name = name
        self.inherits = inherits
        self.palette = palette
        self.roles = roles
    }

    /// The roles that the program draws with; every shipped theme has each of them.
    public static let roleNames = [
        "text", "dim", "title", "header", "selection", "border", "accent", "warning", "error", "success",
        "key",
        "state.created", "state.queued", "state.running", "state.checkpoint", "state.gate_check",
        "state.complete",
        "state.failed", "state.paused", "state.rollback", "state.rolled_back", "state.cancelled",
        "diff.added", "diff.removed", "diff.hunk", "money", "rehearsal", "guide", "input",
    ]

    /// This theme laid over its parent: what this one names wins, palette entry by entry, role by role.
    public func over(_ parent: ThemeFile) -> ThemeFile {
        ThemeFile(
            name: name, inherits: parent.inherits,
            palette: parent.palette.merging(palette) { $1 }, roles: parent.roles.merging(roles) { $1 })
    }

    /// The colour that a role's `fg` or `bg` means: a palette entry, else the text as a colour; nil for neither.
    public func colour(_ reference: String) -> ColourSpec? {
        palette[reference] ?? ColourValue(reference).map { ColourSpec($0) }
    }
}

/// One colour of a palette, with what stands in for it where only sixteen colours exist.
public struct ColourSpec: Hashable, Sendable, Codable {
    /// The colour on a terminal of 256 or more.
    public var colour: ColourValue
    /// The colour on a terminal of sixteen; nil is the nearest.
    public var sixteen: ColourValue?

    /// A colour.
    public init(_ colour: ColourValue, sixteen: ColourValue? = nil) {
        self.colour = colour
        self.sixteen = sixteen
    }
}

/// A colour as people write it.
public enum ColourValue: Hashable, Sendable, Codable {
    /// The terminal's own.
    case terminal
    /// One of 256; 0 to 15 are the terminal's own sixteen.
    case indexed(UInt8)
    /// Red, green and blue.
    case rgb(UInt8, UInt8, UInt8)

    /// The names of the sixteen, in their order.
    public static let names = [
        "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white", "bright-black", "bright-red",
        "bright-green", "bright-yellow", "bright-blue", "bright-magenta", "bright-cyan", "bright-white",
    ]

    /// Reads `default`, one of `names`, a number from 0 to 255 or `#rrggbb`; nil for anything else.
    public init?(_ text: String) {
        if text == "default" {
            self = .terminal
        } else if let index = Self.names.firstIndex(of: text), let number = UInt8(exactly: index) {
            self = .indexed(number)
        } else if text.hasPrefix("#") {
            let digits = text.dropFirst()
            guard digits.utf8.count == 6, digits.allSatisfy(\.isHexDigit),
                let value = UInt32(digits, radix: 16)
            else { return nil }
            self = .rgb(UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255))
        } else if text.utf8.allSatisfy({ (48...57).contains($0) }), let number = UInt8(text) {
            self = .indexed(number)
        } else {
            return nil
        }
    }
}

/// How a role looks.
public struct RoleSpec: Hashable, Sendable, Codable {
    /// The colour of the characters: a name of the palette or a colour; nil lets the one beneath through.
    public var foreground: String?
    /// The colour behind them, likewise.
    public var background: String?
    /// What is added to the colours.
    public var attributes: Set<TextAttribute>
    /// What stands in for colours and attributes where there is no colour; nil is `attributes`.
    public var mono: Set<TextAttribute>?

    /// A role's look.
    public init(
        foreground: String? = nil, background: String? = nil, attributes: Set<TextAttribute> = [],
        mono: Set<TextAttribute>? = nil
    ) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
        self.mono = mono
    }
}

/// How characters are written, beside their colour.
public enum TextAttribute: String, Hashable, Sendable, Codable, CaseIterable {
    /// Heavier.
    case bold
    /// Fainter.
    case dim
    /// Underlined.
    case underline
    /// Foreground and background changed places.
    case reverse
    /// Slanted.
    case italic
}
