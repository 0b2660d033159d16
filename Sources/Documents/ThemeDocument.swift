import AgentOSCore

/// Theme files.
public enum ThemeDocument {
    /// Reads a theme; whether what it inherits exists is not looked at.
    public static func read(path: String) throws(DocumentFaults) -> ThemeFile {
        try decode(try FileText.read(path: path, as: path))
    }

    /// Reads the text of a theme as if it stood in a file.
    public static func parse(_ bytes: [UInt8], path: String) throws(DocumentFaults) -> ThemeFile {
        try decode(try FileText(file: path, bytes: bytes))
    }

    private static func decode(_ text: FileText) throws(DocumentFaults) -> ThemeFile {
        let source = Source(kind: .theme, file: text.file, folder: "/")
        let root = try YAMLReader.read(text)
        let theme: ThemeFile? = Fields.read(Entry(root: root, of: source)) { fields in
            let inherits = fields.optional("inherits", Read.name)
            let colours = fields.optional("palette", palette) ?? [:]
            let names = inherits == nil ? Set(colours.keys) : nil
            let looks = fields.optional("roles") { roles($0, palette: names) } ?? [:]
            return ThemeFile(
                name: FilePath.baseName(of: text.file), inherits: inherits, palette: colours, roles: looks)
        }
        return try source.finish(theme)
    }

    private static let colours = "a colour like \"#7aa2f7\", bright-blue, 111 or default"

    private static func palette(_ entry: Entry) -> [String: ColourSpec]? {
        guard let named = Fields.free(entry) else { return nil }
        var palette: [String: ColourSpec] = [:]
        for (name, entry) in named { palette[name] = colour(entry) }
        return palette
    }

    /// `"#7aa2f7"`, or `{colour: "#7aa2f7", sixteen: bright-blue}`.
    private static func colour(_ entry: Entry) -> ColourSpec? {
        guard case .mapping = entry.node.content else { return value(entry).map { ColourSpec($0) } }
        return Fields.read(entry) { fields in
            let colour = fields.required("colour", value, "write \(colours)")
            let sixteen = fields.optional("sixteen", sixteenth)
            return colour.map { ColourSpec($0, sixteen: sixteen) }
        }
    }

    private static func value(_ entry: Entry) -> ColourValue? {
        guard let text = entry.text(colours) else { return nil }
        return ColourValue(text) ?? entry.expected(colours)
    }

    private static func sixteenth(_ entry: Entry) -> ColourValue? {
        guard let text = entry.text("a name of the sixteen colours") else { return nil }
        switch ColourValue(text) {
        case .terminal: return .terminal
        case .indexed(let number) where number < 16: return .indexed(number)
        case .indexed, .rgb, nil:
            return entry.fail(
                "not one of the sixteen colours",
                Suggestion.nearest(to: text, among: ColourValue.names).map { "did you mean \($0)?" })
        }
    }

    /// Roles; `palette` is nil when a parent may name more colours.
    private static func roles(_ entry: Entry, palette: Set<String>?) -> [String: RoleSpec]? {
        guard let named = Fields.free(entry) else { return nil }
        var roles: [String: RoleSpec] = [:]
        for (name, entry) in named {
            if !ThemeFile.roleNames.contains(name) {
                entry.source.fault(
                    line: entry.line, key: entry.key, "unknown role",
                    Suggestion.text(for: name, among: ThemeFile.roleNames))
            }
            roles[name] = role(entry, palette)
        }
        return roles
    }

    private static func role(_ entry: Entry, _ palette: Set<String>?) -> RoleSpec? {
        Fields.read(entry) { fields in
            RoleSpec(
                foreground: fields.optional("fg") { reference($0, palette) },
                background: fields.optional("bg") { reference($0, palette) },
                attributes: attributes(fields),
                mono: fields.optional("mono") { Fields.read($0, attributes) })
        }
    }

    private static func attributes(_ fields: Fields) -> Set<TextAttribute> {
        Set(TextAttribute.allCases.filter { fields.optional($0.rawValue, Read.bool) == true })
    }

    private static func reference(_ entry: Entry, _ palette: Set<String>?) -> String? {
        guard let text = entry.text("a name of the palette or a colour") else { return nil }
        guard let palette, !palette.contains(text), ColourValue(text) == nil else { return text }
        return entry.fail(
            "unknown colour \(Entry.shown(text))", Suggestion.text(for: text, among: palette.sorted()))
    }
}
