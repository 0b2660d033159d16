import AgentOSCore

extension Theme {
    /// The theme for dark terminals that the program carries in itself; equals `themes/default.yaml`.
    public static let builtIn = ThemeFile(name: "default", palette: darkPalette, roles: roles)

    /// The theme for light terminals; equals `themes/daylight.yaml` laid over the default.
    public static let daylight = ThemeFile(name: "daylight", inherits: "default", palette: lightPalette).over(
        builtIn)

    /// The theme without colours; equals `themes/mono.yaml` laid over the default.
    public static let mono = ThemeFile(
        name: "mono", inherits: "default",
        roles: roles.mapValues { RoleSpec(attributes: $0.mono ?? $0.attributes) }
    ).over(builtIn)

    private static let darkPalette: [String: ColourSpec] = [
        "grey": spec(0x9A, 0x9F, 0xA8, "bright-black"), "red": spec(0xFF, 0x93, 0x98, "bright-red"),
        "green": spec(0x8F, 0xCB, 0x7B, "bright-green"), "yellow": spec(0xE6, 0xC0, 0x6C, "bright-yellow"),
        "blue": spec(0x7A, 0xB0, 0xF5, "bright-blue"), "magenta": spec(0xD0, 0xA0, 0xE6, "bright-magenta"),
        "cyan": spec(0x6C, 0xCB, 0xC9, "bright-cyan"), "bar": spec(0x2A, 0x3F, 0x60, "blue"),
    ]

    private static let lightPalette: [String: ColourSpec] = [
        "grey": spec(0x5F, 0x63, 0x6B, "bright-black"), "red": spec(0xA3, 0x16, 0x21, "red"),
        "green": spec(0x17, 0x5F, 0x2A, "green"), "yellow": spec(0x75, 0x4E, 0x00, "default"),
        "blue": spec(0x0A, 0x4F, 0x9F, "blue"), "magenta": spec(0x7A, 0x2E, 0x9E, "magenta"),
        "cyan": spec(0x00, 0x5C, 0x65, "blue"), "bar": spec(0xCF, 0xE2, 0xFF, "cyan"),
    ]

    private static func spec(_ red: UInt8, _ green: UInt8, _ blue: UInt8, _ sixteen: String) -> ColourSpec {
        ColourSpec(.rgb(red, green, blue), sixteen: ColourValue(sixteen))
    }

    private static let roles: [String: RoleSpec] = [
        "text": RoleSpec(),
        "dim": RoleSpec(foreground: "grey", mono: []),
        "title": RoleSpec(attributes: [.bold]),
        "header": RoleSpec(attributes: [.bold]),
        "selection": RoleSpec(background: "bar", attributes: [.bold], mono: [.reverse]),
        "border": RoleSpec(foreground: "grey", mono: []),
        "accent": RoleSpec(foreground: "cyan", attributes: [.bold]),
        "warning": RoleSpec(foreground: "yellow", attributes: [.bold]),
        "error": RoleSpec(foreground: "red", attributes: [.bold]),
        "success": RoleSpec(foreground: "green", mono: []),
        "key": RoleSpec(foreground: "blue", attributes: [.bold]),
        "state.created": RoleSpec(foreground: "grey", mono: []),
        "state.queued": RoleSpec(foreground: "grey", mono: []),
        "state.running": RoleSpec(foreground: "blue", mono: [.bold]),
        "state.checkpoint": RoleSpec(foreground: "blue", mono: [.bold]),
        "state.gate_check": RoleSpec(foreground: "cyan", mono: [.bold]),
        "state.complete": RoleSpec(foreground: "green", mono: []),
        "state.failed": RoleSpec(foreground: "red", attributes: [.bold]),
        "state.paused": RoleSpec(foreground: "yellow", attributes: [.bold], mono: [.bold]),
        "state.rollback": RoleSpec(foreground: "magenta", mono: [.bold]),
        "state.rolled_back": RoleSpec(foreground: "magenta", mono: []),
        "state.cancelled": RoleSpec(foreground: "grey", mono: []),
        "diff.added": RoleSpec(foreground: "green", mono: []),
        "diff.removed": RoleSpec(foreground: "red", mono: []),
        "diff.hunk": RoleSpec(foreground: "cyan", mono: [.bold]),
        "money": RoleSpec(foreground: "green", mono: []),
        "rehearsal": RoleSpec(foreground: "magenta", attributes: [.bold]),
        "guide": RoleSpec(foreground: "yellow", attributes: [.bold], mono: [.reverse]),
        "input": RoleSpec(attributes: [.underline]),
    ]
}
