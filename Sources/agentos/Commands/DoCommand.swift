import AgentOSCore
import ArgumentParser

/// `agentos do`: any command by its id, as `:` runs it.
struct DoCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "do", abstract: "Does any command by its id, as `:` in the console.",
        discussion: "The ids: " + CommandRegistry.all.map(\.name).joined(separator: " "))
    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The command's id, as session.pause.", valueName: "noun.verb")) var name:
        String

    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp("Its arguments in order, then its options.", valueName: "args"))
    var words: [String] = []

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        guard let spec = CommandRegistry.spec(name) else {
            let noun = name.split(separator: ".").first.map { String($0) + "." } ?? ""
            let near = CommandRegistry.all.map(\.name).filter { !noun.isEmpty && $0.hasPrefix(noun) }
            throw Fault.usage(
                "there is no command \(name)",
                hint: near.isEmpty ? "see: agentos do --help" : "there are \(near.joined(separator: ", "))")
        }
        return try await send(spec.name, try Self.arguments(words, of: spec, program), program, output)
    }

    /// Words as arguments: options by name, the rest in order; a text takes what is left.
    static func arguments(_ words: [String], of spec: CommandSpec, _ program: Program) throws(Fault)
        -> [String: JSONValue]
    {
        var found: [String: JSONValue] = [:]
        var plain: [String] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("--"), word != "--" else {
                if word != "--" { plain.append(word) } else { plain += rest; rest = [] }
                continue
            }
            guard let argument = spec.arguments.first(where: { "--\($0.name)" == word }) else {
                throw .usage(
                    "\(spec.name) has no option \(word)",
                    hint: "it has \(spec.arguments.map(\.name).joined(separator: ", "))")
            }
            if argument.kind == .flag {
                found[argument.name] = true
            } else if let value = rest.popFirst() {
                let one = Self.value(value, argument, program)
                found[argument.name] =
                    argument.kind == .words ? .array((found[argument.name]?.array ?? []) + [one]) : one
            } else {
                throw .usage("\(word) needs a value")
            }
        }
        return try place(plain, of: spec, program, found)
    }

    private static func place(
        _ words: [String], of spec: CommandSpec, _ program: Program, _ given: [String: JSONValue]
    ) throws(Fault) -> [String: JSONValue] {
        var found = given
        var rest = words[...]
        for argument in spec.arguments where found[argument.name] == nil {
            guard argument.isRequired || [.checkpoint, .word].contains(argument.kind) else { continue }
            guard let word = rest.popFirst() else {
                if argument.isRequired {
                    throw .usage("\(spec.name) needs \(argument.name): \(argument.help)")
                }
                continue
            }
            if argument.kind == .text {
                found[argument.name] = .string(([word] + rest).joined(separator: " "))
                rest = []
            } else {
                found[argument.name] = value(word, argument, program)
            }
        }
        if let extra = rest.first { throw .usage("\(spec.name) does not take \(extra)") }
        return found
    }

    private static func value(_ word: String, _ argument: ArgumentSpec, _ program: Program) -> JSONValue {
        .string(argument.kind == .path && word != "-" ? program.path(word) : word)
    }
}
