import AgentOSCore
import ArgumentParser
import Documents
import FoundationEssentials

/// `agentos config`.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "The configuration.",
        subcommands: [ConfigShow.self, ConfigCheck.self])
}

/// `config show`.
struct ConfigShow: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows what the configuration sets; keys that are written out are hidden.")
    @Flag(help: "With the file and line of each.") var origin = false
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let settings = try program.settings(options).settings
        if output.isJSON {
            try output.json(settings)
            return .done
        }
        for setting in settings {
            let place = origin ? "  # \(setting.file):\(setting.line)" : ""
            output.line(SafeText("\(setting.key): \(setting.written)\(place)"))
        }
        if settings.isEmpty {
            let place = try HomePath.configuration(
                option: options.config, environment: program.environment, folder: program.folder)
            output.tell("nothing is set; the file is \(place.path)")
        }
        return .done
    }
}

/// `config check`.
struct ConfigCheck: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Reads the configuration and every file that belongs to it.")
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let place = try HomePath.configuration(
            option: options.config, environment: program.environment, folder: program.folder)
        var checked: [JSONValue] = []
        var faults: [DocumentFault] = []
        func check(_ file: String, _ read: () throws -> Void) throws {
            do {
                try read()
                checked.append(["file": .string(file), "ok": true])
            } catch let found as DocumentFaults {
                faults += found.faults
                checked.append([
                    "file": .string(file), "ok": false,
                    "faults": .array(try found.faults.map { try JSONText.value($0) }),
                ])
            }
        }
        var prices: String?
        if place.isNamed || FileManager.default.fileExists(atPath: place.path) {
            try check(place.path) { prices = try program.settings(options).values.pricesPath }
        }
        if let prices { try check(prices) { _ = try PricesDocument.read(path: prices) } }
        let folder = place.path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
        for file in Self.files(folder + "/themes") {
            try check(file) { _ = try ThemeDocument.read(path: file) }
        }
        for file in Self.files(folder + "/keymaps") {
            try check(file) { _ = try KeymapDocument.read(path: file) }
        }
        if output.isJSON { try output.json(checked) }
        for fault in faults { Output.complain(fault.description) }
        if faults.isEmpty, !output.isJSON {
            output.tell(
                checked.isEmpty
                    ? "there is no configuration at \(place.path); the defaults hold"
                    : "\(AuditText.counted(checked.count, "file")), no fault")
        }
        return faults.isEmpty ? .done : .usage
    }

    private static func files(_ folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".yaml") }.sorted().map { folder + "/" + $0 }
    }
}
