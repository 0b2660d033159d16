import AgentOSCore
import ArgumentParser
import Documents
import Ledger

/// `agentos model`.
struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Models: which there are, what they cost, whether they answer.",
        subcommands: [ModelList.self, ModelTest.self, ModelPrices.self])
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
