import AgentOSCore

/// `providers:` of config.yaml.
enum ProvidersSchema {
    /// The providers in the order of the file.
    static func read(_ entry: Entry) -> [ProviderConfiguration]? {
        guard let named = Fields.free(entry) else { return nil }
        return named.compactMap { name, entry in
            if !Read.isName(name) {
                entry.source.fault(
                    line: entry.line, key: entry.key, "not a name of letters, digits, - _ .",
                    "choose another name")
            }
            return provider(name, entry)
        }
    }

    private static let kinds = ProviderConfiguration.Kind.allCases.map(\.rawValue)
    private static let keys = [
        "url", "key", "tools", "file", "limits", "timeouts", "window", "preset", "path", "headers", "body",
        "ca",
    ]

    private static func provider(_ name: String, _ entry: Entry) -> ProviderConfiguration? {
        Fields.read(entry) { fields in
            let kind = fields.required(
                "kind", Read.choice(ProviderConfiguration.Kind.self),
                "write kind: anthropic, openai, google, mistral, custom or rehearsal")
            guard let kind else {
                fields.ignore(keys)
                return nil
            }
            var provider = ProviderConfiguration(name: name, kind: kind)
            switch kind {
            case .rehearsal:
                provider.file = fields.required("file", Read.path, "write file: replies.jsonl")
                _ = fields.optional("window") { window($0, &provider) }
            case .custom:
                let preset = fields.optional("preset", Read.choice(ProviderPreset.self))
                let usual = preset?.url
                provider.url =
                    usual == nil
                    ? fields.required(
                        "url", url, preset?.whatURL ?? "write the base url, like http://127.0.0.1:8080/v1")
                    : fields.optional("url", url) ?? usual
                provider.keyHeader = preset?.keyHeader
                provider.path = fields.optional("path", path)
                provider.key = fields.optional("key", key).flatMap { $0 == "none" ? nil : $0 }
                if let value = fields.optional("tools", Read.choice(ProviderConfiguration.ToolMode.self)) {
                    provider.tools = value
                }
                overHTTP(fields, &provider)
            case .anthropic, .openai, .google, .mistral:
                provider.key = fields.required("key", key, "write key: \"${NAME}\", a variable that holds it")
                provider.url = fields.optional("url", url)
                overHTTP(fields, &provider)
            }
            return provider
        }
    }

    /// What every provider over HTTP has.
    private static func overHTTP(_ fields: Fields, _ provider: inout ProviderConfiguration) {
        _ = fields.optional("limits") { limits($0, &provider) }
        _ = fields.optional("timeouts") { timeouts($0, &provider) }
        _ = fields.optional("window") { window($0, &provider) }
        provider.authorities = fields.optional("ca", Read.path)
        provider.headers = fields.optional("headers", headers) ?? [:]
        provider.body = fields.optional("body", Read.object)
    }

    /// Headers by name; what their values are never gets into a fault.
    private static func headers(_ entry: Entry) -> [String: String]? {
        guard let named = Fields.free(entry) else { return nil }
        var headers: [String: String] = [:]
        for (name, entry) in named {
            guard
                name.unicodeScalars.allSatisfy({
                    $0.isASCII && ($0.properties.isAlphabetic || "-_0123456789".unicodeScalars.contains($0))
                })
            else {
                _ = entry.fail("not the name of a header", "use letters, digits, - and _") as String?
                continue
            }
            guard let value = entry.text("a value") else { continue }
            guard value.unicodeScalars.allSatisfy({ (0x20...0x7E).contains($0.value) }) else {
                _ = entry.fail("characters that no header has", "check for line breaks") as String?
                continue
            }
            headers[name] = value
        }
        return headers
    }

    /// A path with its query, from a slash on.
    private static func path(_ entry: Entry) -> String? {
        guard let text = entry.text("a path like /chat/completions") else { return nil }
        guard text.hasPrefix("/"), text.unicodeScalars.allSatisfy({ (0x21...0x7E).contains($0.value) }) else {
            return entry.fail("expected a path like /chat/completions", "start it with /")
        }
        return text
    }

    private static func limits(_ entry: Entry, _ provider: inout ProviderConfiguration) -> Bool? {
        Fields.read(entry) { fields in
            provider.requests = fields.optional("requests", Read.rate)
            provider.tokens = fields.optional("tokens", Read.rate)
            provider.concurrent = fields.optional("concurrent", Read.int(1...10_000))
            return true
        }
    }

    /// The window of all its models, or of each by its name.
    private static func window(_ entry: Entry, _ provider: inout ProviderConfiguration) -> Bool? {
        let tokens = Read.int(1000...1_000_000_000)
        guard case .mapping = entry.node.content else {
            provider.window = tokens(entry)
            return true
        }
        for (model, entry) in Fields.free(entry) ?? [] { provider.windows[model] = tokens(entry) }
        return true
    }

    private static func timeouts(_ entry: Entry, _ provider: inout ProviderConfiguration) -> Bool? {
        Fields.read(entry) { fields in
            if let value = fields.optional("connect", Read.duration) { provider.connectTimeout = value }
            if let value = fields.optional("first_byte", Read.duration) { provider.firstByteTimeout = value }
            if let value = fields.optional("idle", Read.duration) { provider.idleTimeout = value }
            return true
        }
    }

    /// A key; what it is never gets into a fault.
    private static func key(_ entry: Entry) -> String? {
        guard case .scalar = entry.node.content, !entry.node.isAbsent else {
            return entry.fail("expected a key", "write \"${NAME}\" of the environment, or none")
        }
        guard let text = entry.text("a key") else { return nil }
        guard !text.isEmpty else { return entry.fail("empty", "set the variable, or write key: none") }
        guard text.unicodeScalars.allSatisfy({ (0x21...0x7E).contains($0.value) }) else {
            return entry.fail("characters that no key has", "check for spaces and line breaks")
        }
        return text
    }

    /// A base URL without a slash at its end.
    private static func url(_ entry: Entry) -> String? {
        let what = "a url like http://127.0.0.1:8080/v1"
        guard let text = entry.text(what) else { return nil }
        guard let mark = text.firstRange(of: "://"), ["http", "https"].contains(text[..<mark.lowerBound])
        else {
            return entry.fail("expected \(what)", "start it with http:// or https://")
        }
        let host = text[mark.upperBound...].prefix { $0 != "/" }
        guard !host.isEmpty, text.unicodeScalars.allSatisfy({ (0x21...0x7E).contains($0.value) }) else {
            return entry.fail("expected \(what)")
        }
        if host.contains("@") { return entry.fail("a user or a key in the url", "write it as key:") }
        var end = text[...]
        while end.hasSuffix("/") { end = end.dropLast() }
        return String(end)
    }
}

/// `models:` of config.yaml.
enum RoutesSchema {
    /// Routes by name; their providers must be among those of the file.
    static func read(_ entry: Entry, providers: [String]) -> [String: RouteConfiguration]? {
        guard let named = Fields.free(entry) else { return nil }
        var routes: [String: RouteConfiguration] = [:]
        for (name, entry) in named {
            if !Read.isName(name) {
                entry.source.fault(
                    line: entry.line, key: entry.key, "not a name of letters, digits, - _ .",
                    "choose another name")
            }
            routes[name] = route(entry, providers)
        }
        return routes
    }

    private static func route(_ entry: Entry, _ providers: [String]) -> RouteConfiguration? {
        let models: Schema<[ModelReference]> = { entry in
            if case .scalar = entry.node.content, !entry.node.isAbsent {
                return model(entry, providers).map { [$0] }
            }
            guard let models = Read.list(of: { model($0, providers) })(entry) else { return nil }
            return models.isEmpty ? entry.fail("no model", "write [provider/model]") : models
        }
        guard case .mapping = entry.node.content else {
            return models(entry).map { RouteConfiguration(models: $0) }
        }
        return Fields.read(entry) { fields in
            let use = fields.required("use", models, "write use: [provider/model]")
            let strategy =
                fields.optional("strategy", Read.choice(RouteConfiguration.Strategy.self)) ?? .ordered
            let onRefusal =
                fields.optional("on_refusal", Read.choice(RouteConfiguration.OnRefusal.self)) ?? .stop
            return use.map { RouteConfiguration(models: $0, strategy: strategy, onRefusal: onRefusal) }
        }
    }

    private static func model(_ entry: Entry, _ providers: [String]) -> ModelReference? {
        let what = "a model like provider/model"
        guard let text = entry.text(what) else { return nil }
        guard let model = ModelReference(text) else { return entry.expected(what) }
        guard providers.contains(model.provider) else {
            return entry.fail(
                "no provider \(Entry.shown(model.provider))",
                Suggestion.nearest(to: model.provider, among: providers).map { "did you mean \($0)?" }
                    ?? "add it to providers")
        }
        return model
    }
}
