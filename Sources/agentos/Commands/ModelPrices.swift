import AgentOSCore
import ArgumentParser
import Documents
import FoundationEssentials
import Ledger

/// `agentos model prices`.
struct ModelPrices: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prices", abstract: "Tables of prices.", subcommands: [ModelPricesImport.self])
}

/// `model prices import`.
struct ModelPricesImport: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Takes prices over from LiteLLM's model_prices_and_context_window.json.",
        discussion: """
            Written is the prices file of config.yaml, or prices.yaml beside it; what stood there is kept beside it, \
            with a ~ at the end of its name. Prices of models that FILE does not name stay. FILE is refused where it has \
            under 50 models, or knows under half of the models that the table has of the same providers.
            """)
    @Argument(help: "The list, as it was downloaded.") var file: String
    @Flag(help: "Of every provider in FILE, not only those of config.yaml.") var all = false
    @Flag(help: "Show what would change and write nothing.") var dryRun = false
    @Option(help: ArgumentHelp("The day of the table, as 2026-11-22. Today without it.", valueName: "day"))
    var date: String?
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let settings = try program.settings(options).values
        let place = try HomePath.configuration(
            option: options.config, environment: program.environment, folder: program.folder
        ).path
        let path = settings.pricesPath ?? HomePath.parent(of: place) + "/prices.yaml"
        let day = try date ?? Composition.today(settings, program.environment)
        guard day.utf8.count == 10, Timestamp(day + "T00:00:00Z") != nil else {
            throw Fault.usage("--date \(day) is not a day", hint: "write 2026-11-22")
        }
        let list = try LiteLLMPrices(try bytes(program), file: file)
        let isThere = FileManager.default.fileExists(atPath: path)
        let before = isThere ? try PricesDocument.read(path: path) : PricesFile(date: day)
        let change = PricesChange(
            before: before, list: list, providers: all ? nil : providers(settings), date: day)
        try change.check(file: file)
        if !dryRun { try write(change.after, to: path) }
        try show(change, path, settings, place, output)
        return .done
    }

    private func bytes(_ program: Program) throws -> [UInt8] {
        let path = program.path(file)
        let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
        guard let size, size <= LiteLLMPrices.mostBytes else {
            throw Fault.usage(
                size == nil ? "there is no file \(file)" : "\(file) is too large",
                hint: "name LiteLLM's model_prices_and_context_window.json")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Fault.usage("cannot read \(file)", hint: "see: ls -l \(file)")
        }
        return Array(data)
    }

    /// The names that prices are looked up by: those of config.yaml and the kinds of vendors behind them, and all
    /// vendors where it has none.
    private func providers(_ settings: Configuration) -> Set<String> {
        let kinds = Set(settings.providers.map(\.kind.rawValue))
        let own = Set(settings.providers.map(\.name)).union(kinds).subtracting(["custom", "rehearsal"])
        return own.isEmpty ? ["anthropic", "openai", "google", "mistral"] : own
    }

    private func write(_ prices: PricesFile, to path: String) throws {
        let text = PricesDocument.text(
            prices,
            heading: [
                "What models cost, in US dollars per million tokens.",
                "Imported from LiteLLM's list on \(prices.date); see: agentos model prices import --help",
            ])
        do { try KeptFile.write(text, to: path) } catch {
            throw Fault.usage("cannot write \(path)", hint: "see: ls -ld \(HomePath.parent(of: path)); df")
        }
    }

    private func show(
        _ change: PricesChange, _ path: String, _ settings: Configuration, _ place: String, _ output: Output
    ) throws {
        let isNamed = settings.pricesPath != nil
        if output.isJSON {
            try output.json(
                [
                    "file": .string(path), "date": .string(change.after.date), "written": .bool(!dryRun),
                    "added": .array(change.added.map { .string($0.description) }),
                    "changed": .array(
                        try change.changed.map {
                            [
                                "model": .string($0.model.description), "from": try JSONText.value($0.from),
                                "to": try JSONText.value($0.to),
                            ]
                        }),
                    "kept": .array(change.kept.map { .string($0.description) }),
                    "skipped": .object(change.skipped.mapValues { .string($0) }),
                    "models": .int(Int64(change.after.models.count)),
                ] as JSONValue)
        } else {
            for change in change.changed {
                output.line(SafeText("~ \(change.model)  \(change.words)"))
            }
            for model in change.added {
                output.line(SafeText("+ \(model)  \(change.after.models[model]?.words ?? "")"))
            }
            if !change.kept.isEmpty {
                output.tell("kept, as \(file) does not name them: \(names(change.kept.map(\.description)))")
            }
        }
        if !change.skipped.isEmpty {
            output.note(
                "not taken: \(names(change.skipped.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value))" }))"
            )
        }
        let counts =
            "\(change.added.count) new, \(change.changed.count) changed, \(change.same) as before"
        output.tell(
            dryRun ? "\(path) would hold \(counts)" : "wrote \(path): \(counts), dated \(change.after.date)")
        if !isNamed { output.tell("to use it, add to \(place): prices: prices.yaml") }
    }

    private func names(_ names: [String]) -> String {
        let shown = names.prefix(5).joined(separator: ", ")
        return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
    }
}

/// What an import makes of a table.
struct PricesChange: Sendable {
    /// A model whose price is another.
    struct Changed: Sendable {
        let model: ModelReference
        let from: ModelPrice
        let to: ModelPrice
        /// `input 3.00 → 2.50, output 15.00 → 10.00`.
        var words: String {
            let (old, new) = (from.rates, to.rates)
            let parts = new.keys.sorted { old.order($0) < old.order($1) }.compactMap { key -> String? in
                old[key] == new[key] ? nil : "\(key) \(old[key] ?? "none") → \(new[key] ?? "none")"
            }
            let gone = old.keys.sorted().filter { new[$0] == nil }.map { "\($0) \(old[$0] ?? "") → none" }
            return (parts + gone).joined(separator: ", ")
        }
    }

    /// The table as it will be.
    let after: PricesFile
    /// Models that had no price.
    let added: [ModelReference]
    /// Models with another price.
    let changed: [Changed]
    /// Models of the same providers that the list does not name; their prices stay.
    let kept: [ModelReference]
    /// How many are as they were.
    let same: Int
    /// Models of these providers that could not be taken over, with why.
    let skipped: [String: String]
    private let had: Int

    /// Lays a list over a table; `providers` are the names that count, nil is all.
    init(before: PricesFile, list: LiteLLMPrices, providers: Set<String>?, date: String) {
        func counts(_ model: ModelReference) -> Bool { providers?.contains(model.provider) ?? true }
        let taken = list.models.filter { counts($0.key) }
        let names = taken.keys.sorted { $0.description < $1.description }
        after = PricesFile(date: date, models: before.models.merging(taken) { $1 })
        added = names.filter { before.models[$0] == nil }
        changed = names.compactMap { model in
            guard let from = before.models[model], let to = taken[model], from != to else { return nil }
            return Changed(model: model, from: from, to: to)
        }
        let vendors = Set(taken.keys.map(\.provider))
        let known = before.models.keys.filter {
            vendors.contains($0.provider) || providers?.contains($0.provider) == true
        }
        kept = known.filter { taken[$0] == nil }.sorted { $0.description < $1.description }
        had = known.count
        same = taken.count - added.count - changed.count
        skipped = list.skipped.filter { name, _ in
            guard let providers else { return true }
            return providers.contains { name.hasPrefix($0 + "/") } || !name.contains("/")
        }
    }

    /// Throws where the list is not to be trusted.
    func check(file: String) throws(Fault) {
        guard kept.count * 2 <= had else {
            throw .usage(
                "\(file) knows only \(had - kept.count) of the \(had) models that the table has; nothing was written",
                hint: "get the whole list, or write their prices by hand")
        }
        guard !added.isEmpty || !changed.isEmpty || same > 0 else {
            throw .usage(
                "\(file) prices no model of your providers", hint: "take all of it: add --all")
        }
    }
}

extension ModelPrice {
    /// Its numbers by the names that a prices file gives them.
    fileprivate var rates: [String: String] {
        func named(_ rates: Rates, _ prefix: String) -> [(String, String)] {
            [
                ("input", rates.input), ("output", rates.output), ("cache_read", rates.cacheRead),
                ("cache_write", rates.cacheWrite), ("cache_write_1h", rates.cacheWriteHour),
            ].compactMap { name, rate in rate.map { (prefix + name, $0.description) } }
        }
        var all = named(base, "")
        if let above { all += named(above.rates, "above \(above.tokens): ") }
        if let window { all.append(("window", String(window))) }
        return Dictionary(all, uniquingKeysWith: { first, _ in first })
    }

    /// `input 3.00, output 15.00`.
    fileprivate var words: String { "input \(base.input), output \(base.output)" }
}

extension [String: String] {
    fileprivate func order(_ key: String) -> String { (key.hasPrefix("above") ? "2" : "1") + key }
}
