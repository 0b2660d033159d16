import AgentOSCore
import ArgumentParser
import Documents
import FoundationEssentials
import Glibc

/// `agentos init`.
struct InitCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract:
            "Finds keys in the environment and local model servers, asks for a route and a day budget, writes config.yaml.",
        discussion: """
            Looked for are the variables that vendors name their keys by, and servers on this machine: Ollama at port 11434, \
            llama.cpp at 8080, vLLM at 8000, LM Studio at 1234. Nothing else is contacted, and no key is written.
            """)
    @Flag(help: "Take what is suggested without asking.") var yes = false
    @Option(
        help: ArgumentHelp(
            "The models of the default route, in their order.", valueName: "provider/model,..."))
    var route: String?
    @Option(help: ArgumentHelp("What may be spent in a day, in USD; none for no budget.", valueName: "usd"))
    var day: String?
    @Option(help: ArgumentHelp("Look at this server too; may be given several times.", valueName: "url"))
    var server: [String] = []
    @Flag(help: "Replace a config.yaml that is there; it is kept as config.yaml~.") var force = false
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let path = try HomePath.configuration(
            option: options.config, environment: program.environment, folder: program.folder
        ).path
        let isThere = FileManager.default.fileExists(atPath: path)
        guard force || !isThere else {
            throw Fault.refused(
                "\(path) is there already", hint: "edit it, or write it anew: agentos init --force")
        }
        var named: [String] = []
        for url in server { named.append(try await FoundModels.address(url)) }
        let found = FoundModels(
            vendors: FoundModels.vendors(in: program.environment),
            servers: await FoundModels.servers(FoundModels.usual + named.map { ("at \($0)", $0) }))
        for line in found.lines { output.note(line) }
        guard !found.isEmpty else {
            throw Fault.notFound(
                "no key and no model server was found",
                hint: "export ANTHROPIC_API_KEY=..., or start a server and name it: agentos init --server URL"
            )
        }
        let models = try routed(
            ask("route", suggestion: route ?? found.route.joined(separator: ","), given: route), found)
        let budget = try budget(ask("day budget in USD", suggestion: day ?? "5.00", given: day))
        let start = StartingConfiguration(
            found: found, route: models, day: budget,
            today: try Composition.today(Configuration(), program.environment))
        let prices = HomePath.parent(of: path) + "/prices.yaml"
        let hasPrices = FileManager.default.fileExists(atPath: prices)
        try check(start, at: path, program)
        try write(start, path, hasPrices ? nil : prices)
        if hasPrices, start.prices != nil, let unpriced = try start.unpriced(prices) {
            output.note(
                "\(prices) stays as it is; it has no price of \(unpriced): add it, or limits.cost refuses it")
        }
        let first = "agentos model test \(models[0])"
        if output.isJSON {
            try output.json(
                [
                    "file": .string(path), "route": .array(models.map { .string($0.description) }),
                    "day": budget.map { .string($0.description) } ?? .null, "next": .string(first),
                ] as JSONValue)
        }
        output.tell("wrote \(path)")
        output.tell("next: \(first)")
        return .done
    }

    /// An answer: what was given, what was typed, or what is suggested.
    private func ask(_ what: String, suggestion: String, given: String?) -> String {
        if let given { return given }
        guard !yes else { return suggestion }
        Output.prompt("\(what) [\(suggestion)]: ")
        let line = readLine()?.trimmed
        // What is not typed at a terminal ends no line there.
        if isatty(0) != 1 { Output.prompt("\n") }
        return line.flatMap { $0.isEmpty ? nil : $0 } ?? suggestion
    }

    private func routed(_ text: String, _ found: FoundModels) throws(Fault) -> [ModelReference] {
        var models: [ModelReference] = []
        let names = found.names
        for word in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            guard let model = ModelReference(String(word)), SafeText(String(word)).text == word else {
                throw .usage(
                    "'\(SafeText(String(word)))' is not provider/model", hint: "write \(found.route[0])")
            }
            guard names.contains(model.provider) else {
                throw .usage(
                    "there is no provider \(model.provider)", hint: "found: \(names.joined(separator: ", "))")
            }
            if let server = found.servers.first(where: { $0.name == model.provider }),
                !server.models.contains(model.model)
            {
                throw .usage(
                    "\(server.name) names no model \(model.model)",
                    hint: "it has: \(server.models.prefix(10).joined(separator: ", "))")
            }
            models.append(model)
        }
        guard !models.isEmpty else {
            throw .usage("the route names no model", hint: "write \(found.route[0])")
        }
        return models
    }

    private func budget(_ text: String) throws(Fault) -> Money? {
        if text == "none" { return nil }
        guard let amount = Money(text), amount > .zero else {
            throw .usage("'\(SafeText(text))' is not an amount in USD", hint: "write 5.00, or none")
        }
        return amount
    }

    /// What is about to be written must be read without a fault.
    private func check(_ start: StartingConfiguration, at path: String, _ program: Program) throws {
        _ = try ConfigurationDocument.parse(
            Array(start.text.utf8), path: path, environment: program.environment)
        if let prices = start.prices { _ = try PricesDocument.parse(Array(prices.utf8), path: "prices.yaml") }
    }

    private func write(_ start: StartingConfiguration, _ path: String, _ prices: String?) throws {
        do {
            if let prices, let text = start.prices { try KeptFile.write(text, to: prices) }
            try KeptFile.write(start.text, to: path)
        } catch {
            throw Fault.failed("cannot write \(path)", hint: "see: ls -ld \(HomePath.parent(of: path)); df")
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
