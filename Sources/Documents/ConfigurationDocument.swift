import AgentOSCore

/// config.yaml.
public enum ConfigurationDocument {
    /// Finds the value of a secret by its name; a fault says why it cannot.
    public typealias Secrets = (_ name: String) throws(Fault) -> String

    /// A store that holds nothing.
    public static let noSecrets: @Sendable (String) throws(Fault) -> String = { name throws(Fault) in
        throw .notFound("there is no secret \(name)", hint: "set it: agentos secret set \(name)")
    }

    /// Reads a configuration; `${NAME}` is replaced from `environment`, which also tells where `~` is, `secret:NAME`
    /// from `secrets`, which is asked only for what the file names.
    public static func read(
        path: String, environment: [String: String] = [:], secrets: @escaping Secrets = noSecrets
    ) throws(DocumentFaults) -> LocatedConfiguration {
        let text = try FileText.read(path: path, as: path)
        return try decode(text, at: FilePath.absolute(path), environment: environment, secrets: secrets)
    }

    /// Reads the text of a configuration as if it stood in a file.
    public static func parse(
        _ bytes: [UInt8], path: String, environment: [String: String] = [:],
        secrets: @escaping Secrets = noSecrets
    ) throws(DocumentFaults) -> LocatedConfiguration {
        try decode(
            try FileText(file: path, bytes: bytes), at: FilePath.absolute(path), environment: environment,
            secrets: secrets)
    }

    private static func decode(
        _ text: FileText, at path: String, environment: [String: String], secrets: @escaping Secrets
    ) throws(DocumentFaults) -> LocatedConfiguration {
        let source = Source(
            kind: .configuration, file: text.file, folder: FilePath.folder(of: path),
            environment: environment,
            secrets: secrets
        )
        let root = try YAMLReader.read(text)
        let values = Fields.read(Entry(root: root, of: source), configuration)
        return LocatedConfiguration(
            values: try source.finish(values),
            settings: LocatedConfiguration.settings(of: root, file: text.file))
    }

    private static func configuration(_ fields: Fields) -> Configuration {
        var configuration = Configuration()
        configuration.zone = fields.optional("tz", zone)
        var names: [String] = []
        let providers = fields.optional("providers") { entry in
            names = (Fields.free(entry) ?? []).map(\.name)
            return ProvidersSchema.read(entry)
        }
        configuration.providers = providers ?? []
        configuration.routes = fields.optional("models") { RoutesSchema.read($0, providers: names) } ?? [:]
        configuration.pricesPath = fields.optional("prices", Read.path)
        if let value = fields.optional("budgets", budgets) { configuration.budgets = value }
        if let value = fields.optional("sessions", sessions) { configuration.sessions = value }
        if let value = fields.optional("keep", keep) { configuration.keep = value }
        if let value = fields.optional("theme", theme) {
            configuration.darkTheme = value.dark
            configuration.lightTheme = value.light
        }
        if let value = fields.optional("keymap", Read.name) { configuration.keymap = value }
        return configuration
    }

    /// An IANA name; whether the machine has it is for whoever reads the zone files.
    private static func zone(_ entry: Entry) -> String? {
        let what = "a time zone like Europe/Berlin"
        guard let text = entry.text(what) else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let plain = parts.allSatisfy { part in
            !part.isEmpty && part.first != "."
                && part.utf8.allSatisfy {
                    (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                        || [43, 45, 95].contains($0)
                }
        }
        return plain && text.utf8.count <= 64 ? text : entry.expected(what)
    }

    private static func budgets(_ entry: Entry) -> BudgetConfiguration? {
        Fields.read(entry) { fields in
            var budgets = BudgetConfiguration()
            budgets.day = fields.optional("day", Read.money)
            budgets.month = fields.optional("month", Read.money)
            budgets.unpricedTokensDay = fields.optional("unpriced") { entry in
                Fields.read(entry) {
                    $0.required("tokens_day", Read.int(0 ... .max), "write tokens_day: NUMBER")
                }
            }
            return budgets
        }
    }

    private static func sessions(_ entry: Entry) -> SessionDefaults? {
        Fields.read(entry) { fields in
            var defaults = SessionDefaults()
            if let value = fields.optional("concurrent", Read.int(1...1000)) { defaults.concurrent = value }
            defaults.perTenant = fields.optional("per_tenant", Read.int(1...1000))
            if let value = fields.optional("limits", LimitsSchema.read) { defaults.limits = value }
            if let value = fields.optional("allow", Read.list(of: rule)) { defaults.allow = value }
            if let value = fields.optional("deny", Read.list(of: rule)) { defaults.deny = value }
            return defaults
        }
    }

    /// `TOOL PATTERN`, as in `shell git status*`.
    private static func rule(_ entry: Entry) -> String? {
        guard let text = Read.line(entry) else { return nil }
        let tool = text.prefix { $0 != " " }
        guard SessionDocument.tools.contains(String(tool)) || tool == "*" else {
            let word = String(tool)
            if NotYet.row(.session, "tools[]", value: word) != nil {
                return entry.fail("\(word) is not available in this version", "leave it out")
            }
            return entry.fail(
                "unknown tool \(Entry.shown(word))", Suggestion.text(for: word, among: SessionDocument.tools))
        }
        return text
    }

    private static func keep(_ entry: Entry) -> KeepConfiguration? {
        Fields.read(entry) { fields in
            var keep = KeepConfiguration()
            keep.sessions = fields.optional("sessions", Read.duration)
            keep.workspaces = fields.optional("workspaces", Read.duration)
            keep.objects = fields.optional("objects", Read.size)
            return keep
        }
    }

    /// `{dark: NAME, light: NAME}`, or one NAME for both.
    private static func theme(_ entry: Entry) -> (dark: String, light: String)? {
        guard case .mapping = entry.node.content else { return Read.name(entry).map { ($0, $0) } }
        return Fields.read(entry) { fields in
            let standard = Configuration()
            return (
                fields.optional("dark", Read.name) ?? standard.darkTheme,
                fields.optional("light", Read.name) ?? standard.lightTheme
            )
        }
    }
}
