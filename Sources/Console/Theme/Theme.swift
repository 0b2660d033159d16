import AgentOSCore
import Terminal

/// A theme at one colour depth: a style for every role.
public struct Theme: Hashable, Sendable {
    /// The theme's name.
    public let name: String
    private let styles: [Role: Style]

    /// Resolves a theme, already laid over its parents, for a terminal of this depth.
    ///
    /// A role that the file names and the program does not know is a fault, as is a colour that is neither in the
    /// palette nor a colour. A role that the file leaves out is drawn like the built-in theme's.
    public init(_ file: ThemeFile, depth: ColourDepth) throws(Fault) {
        name = file.name
        var styles: [Role: Style] = [:]
        for (name, spec) in file.roles.sorted(by: { $0.key < $1.key }) {
            guard let role = Role(rawValue: name) else {
                throw .usage(
                    "theme \(file.name): there is no role \(name)",
                    hint: "the roles are \(ThemeFile.roleNames.joined(separator: " "))")
            }
            styles[role] = try Self.style(spec, name, in: file, depth)
        }
        for role in Role.allCases where styles[role] == nil {
            guard let spec = Self.builtIn.roles[role.rawValue] else { continue }
            styles[role] = try Self.style(spec, role.rawValue, in: Self.builtIn, depth)
        }
        self.styles = styles
    }

    /// Without colours, for what is drawn before a theme is known.
    public static let plain = Theme(
        name: "plain", styles: [.selection: Style(.default, on: .default, .reverse)])

    private init(name: String, styles: [Role: Style]) {
        self.name = name
        self.styles = styles
    }

    /// The style of a role.
    public subscript(role: Role) -> Style { styles[role] ?? .plain }

    private static func style(_ spec: RoleSpec, _ role: String, in file: ThemeFile, _ depth: ColourDepth)
        throws(Fault) -> Style
    {
        guard depth != .none else {
            return Style(.default, on: .default, attributes(spec.mono ?? spec.attributes))
        }
        return Style(
            try colour(spec.foreground, role, in: file, depth),
            on: try colour(spec.background, role, in: file, depth),
            attributes(spec.attributes))
    }

    private static func colour(_ reference: String?, _ role: String, in file: ThemeFile, _ depth: ColourDepth)
        throws(Fault) -> Colour
    {
        guard let reference else { return .default }
        guard let spec = file.colour(reference) else {
            throw .usage(
                "theme \(file.name): role \(role) names the colour \(reference), which is not in the palette",
                hint: "add it to palette, or write default, a name of the sixteen, 0 to 255 or #rrggbb")
        }
        if depth == .ansi16, let sixteen = spec.sixteen { return colour(sixteen) }
        return colour(spec.colour).mapped(to: depth)
    }

    private static func colour(_ value: ColourValue) -> Colour {
        switch value {
        case .terminal: .default
        case .indexed(let number): .indexed(number)
        case .rgb(let red, let green, let blue): .rgb(red, green, blue)
        }
    }

    private static func attributes(_ names: Set<TextAttribute>) -> Attributes {
        names.reduce(into: Attributes()) { all, name in
            switch name {
            case .bold: all.insert(.bold)
            case .dim: all.insert(.dim)
            case .underline: all.insert(.underline)
            case .reverse: all.insert(.reverse)
            case .italic: all.insert(.italic)
            }
        }
    }
}
