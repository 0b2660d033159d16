import AgentOSCore
import ArgumentParser
import Documents
import Ledger

/// `agentos model`.
struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Models: which there are, what they cost, whether they answer.",
        subcommands: [
            ModelList.self, ModelProviders.self, ModelRoute.self, ModelEstimateCommand.self, ModelTest.self,
            ModelPrices.self,
        ])
}

/// `model list`.
struct ModelList: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the models of the routes, with what they cost.",
        discussion: """
            Prices are US dollars per million tokens, PRICES the day of the table. A price above a size of the prompt is \
            shown by model list --json. Without a price what a call costs is unknown, never zero.
            """)
    @Flag(help: "Every model that a table of prices names for the providers of config.yaml.") var all = false
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let settings = try program.settings(options).values
        let book = try program.prices(settings)
        var routes: [ModelReference: [String]] = [:]
        for (name, route) in settings.routes {
            for model in route.models { routes[model, default: []].append(name) }
        }
        let priced = all ? settings.providers.flatMap { book.models(of: $0) } : []
        let models = Set(priced + routes.keys).sorted { $0.description < $1.description }
        var table = TextTable(
            "MODEL", "INPUT", "OUTPUT", "CACHED", "WINDOW", "PRICES", "ROUTES")
        for model in models {
            let entry = book[model]
            table.add(
                model.description, entry?.price.base.input.description ?? "unknown",
                entry?.price.base.output.description ?? "unknown",
                entry?.price.base.cacheRead?.description ?? "",
                window(model, settings, book).map(String.init) ?? "",
                entry?.version ?? "", (routes[model] ?? []).sorted().joined(separator: " "))
        }
        try output.list(
            table, json: try models.map { try json($0, settings, book, routes) },
            none: "no route names a model; add one under models in config.yaml")
        return .done
    }

    private func window(_ model: ModelReference, _ settings: Configuration, _ book: PriceBook) -> Int? {
        settings.providers.first { $0.name == model.provider }.flatMap {
            book.windowed($0).window(of: model.model)
        }
    }

    private func json(
        _ model: ModelReference, _ settings: Configuration, _ book: PriceBook,
        _ routes: [ModelReference: [String]]
    ) throws -> JSONValue {
        let entry = book[model]
        return [
            "provider": .string(model.provider), "model": .string(model.model),
            "price": try entry.map { try JSONText.value($0.price) } ?? .null,
            "priceVersion": entry.map { .string($0.version) } ?? .null,
            "window": window(model, settings, book).map { .int(Int64($0)) } ?? .null,
            "routes": .array((routes[model] ?? []).sorted().map { .string($0) }),
        ]
    }
}

/// `model providers`.
struct ModelProviders: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "providers",
        abstract:
            "Shows how the providers stand: whether they are asked, how fast they answer, what they cost today.",
        discussion: "Times and failures are those that the host of this home has seen since it started.")
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let readings = try await program.withEngine(options, makesHome: true) {
            try await $0.client.ask(ProviderList())
        }
        var table = TextTable("PROVIDER", "KIND", "STATE", "TODAY", "P50", "P95", "")
        for reading in readings {
            table.add(
                reading.name, reading.kind.rawValue, stateText(reading.state, reading.until),
                "\(reading.unpriced > 0 ? "≥" : "")\(reading.spend)", time(reading.p50Ms),
                time(reading.p95Ms),
                reading.reason ?? "")
        }
        try output.list(
            table, json: try readings.map { try JSONText.value($0) },
            none: "config.yaml names no provider; write one: agentos init")
        return .done
    }

    private func time(_ milliseconds: Int64?) -> String { milliseconds.map { "\($0) ms" } ?? "" }
}

/// `model route`.
struct ModelRoute: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "route",
        abstract: "Shows which models a route would ask now, in their order, and why not the others.")
    @Argument(help: "A route, or provider/model.") var route: String
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let query = RouteShow(route: route)
        let reading = try await program.withEngine(options, makesHome: true) {
            try await $0.client.ask(query)
        }
        if output.isJSON {
            try output.json(reading)
            return .done
        }
        var table = TextTable("MODEL", "STATE", "")
        for one in reading.candidates {
            table.add("\(one.provider)/\(one.model)", stateText(one.state, one.until), one.reason ?? "")
        }
        try output.list(table, json: [], none: "route \(route) names no model")
        return .done
    }
}

/// `model estimate`.
struct ModelEstimateCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "estimate",
        abstract:
            "Shows what the first call of a session file would cost at worst; nothing is asked and nothing made.",
        discussion: """
            The prompt is counted at a token a byte, which no tokenizer exceeds; what the workspace's AGENTS.md adds is not in \
            it. Later calls grow with the conversation: limits.cost bounds the whole.
            """)
    @Argument(help: ArgumentHelp("A session file.", valueName: "file")) var file: String
    @Option(
        help: ArgumentHelp("A value for ${set.NAME}; may be given several times.", valueName: "name=value"))
    var set: [String] = []
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let query = ModelEstimate(config: try program.session(file: file, set: set, record: nil))
        let reading = try await program.withEngine(options, makesHome: true) {
            try await $0.client.ask(query)
        }
        if output.isJSON {
            try output.json(reading)
            return .done
        }
        var table = TextTable("MODEL", "FIRST CALL AT MOST", "PRICES")
        for one in reading.candidates {
            table.add("\(one.provider)/\(one.model)", one.cost?.description ?? "unknown", one.prices ?? "")
        }
        try output.list(table, json: [], none: "route \(reading.route) names no model")
        output.tell(
            "at most \(reading.promptTokens) tokens in, \(reading.maxOutputTokens) out; the session "
                + (reading.limit.map { "stops at \($0)" } ?? "has no limit of its cost"))
        return .done
    }
}

/// A state with the time at which it ends.
private func stateText(_ state: ProviderReading.State, _ until: Timestamp?) -> String {
    until.map { "\(state.rawValue) until \($0.description.prefix(19))Z" } ?? state.rawValue
}

/// `model test`.
struct ModelTest: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Asks a model for one word, and tells how long it took and what it cost.",
        discussion: "The call is held, counted and refused by budgets like any other.")
    @Argument(help: ArgumentHelp("provider/model, or a route.", valueName: "model")) var model: String
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        try await send("model.test", ["model": .string(model)], program, output)
    }
}

extension Program {
    /// What models cost with this configuration.
    func prices(_ settings: Configuration) throws -> PriceBook {
        let own = try settings.pricesPath.map { [try PricesDocument.read(path: $0)] } ?? []
        return PriceBook(tables: own, providers: settings.providers)
    }
}
