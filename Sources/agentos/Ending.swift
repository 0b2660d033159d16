import AgentOSCore
import ArgumentParser
import Documents
import FoundationEssentials
import Glibc

/// How the program ends.
enum Ending {
    /// Does a command; the process's exit code.
    static func code(of command: any ProgramCommand) async -> Int32 {
        let environment = ProcessInfo.processInfo.environment
        let program = Program(
            environment: environment, folder: FileManager.default.currentDirectoryPath,
            hosting: Composition.hosting(environment: environment), clock: Composition.clock)
        let output = Output(command.options, environment: environment)
        do {
            guard !type(of: command).handlesSignals else {
                return try await command.perform(program, output).rawValue
            }
            return try await Interruption.orEnd { try await command.perform(program, output) }.rawValue
        } catch {
            return complain(error, asJSON: output.isJSON)
        }
    }

    /// Tells an error in one line, or a file's faults in one line each, and under `--json` as an object too; the
    /// exit code.
    static func complain(_ error: any Error, asJSON: Bool) -> Int32 {
        switch error {
        case let fault as Fault:
            Output.complain(fault.description)
            if asJSON { Output.complain(json: fault) }
            return fault.code.rawValue
        case let faults as DocumentFaults:
            for line in faults.lines { Output.complain(line) }
            if asJSON {
                let fault = faults.fault
                Output.complain(
                    json: FileError(code: fault.code, message: fault.message, faults: faults.faults))
            }
            return ExitCode.usage.rawValue
        case let interruption as Interruption:
            if asJSON { Output.complain(json: Fault(.interrupted, "interrupted by a signal")) }
            return interruption.code
        case is CancellationError:
            if asJSON { Output.complain(json: Fault(.interrupted, "interrupted")) }
            return ExitCode.interrupted.rawValue
        default:
            Output.complain("\(error)")
            if asJSON { Output.complain(json: Fault.failed("\(error)")) }
            return ExitCode.negative.rawValue
        }
    }

    /// A file that could not be read, for programs.
    private struct FileError: Encodable {
        var code: ExitCode
        var message: String
        var faults: [DocumentFault]
    }

    /// Ends after words that are no command, or that ask for help or the version.
    static func parsing(_ words: [String], _ error: any Error) -> Never {
        let wantsJSON = words.prefix { $0 != "--" }.contains("--json")
        let asked = Agentos.exitCode(for: error) == .success
        // A noun alone shows its verbs; a program that reads JSON is told what it left out.
        if asked, wantsJSON, Set(words).isDisjoint(with: ["--help", "-h", "--version", "help"]) {
            let path = CommandWords.path(words)
            let fault = Fault.usage("\(path.dropFirst(8)) needs a command", hint: "see: \(path) --help")
            Output.complain(fault.description)
            Output.complain(json: fault)
            Glibc.exit(ExitCode.usage.rawValue)
        }
        if asked {
            let text = SafeText.document(Agentos.fullMessage(for: error)).text + "\n"
            _ = Array(text.utf8).withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
            Glibc.exit(0)
        }
        let line: String
        if let unknown = CommandWords.unknown(words) {
            line = unknown
        } else {
            let path = CommandWords.path(words)
            line = Self.line(Agentos.message(for: error)) + "; see: \(path) --help"
        }
        Output.complain(line)
        if wantsJSON { Output.complain(json: Fault.usage(line)) }
        Glibc.exit(ExitCode.usage.rawValue)
    }

    /// A message of the parser as ours begin: lower case, without a full stop, on one line.
    private static func line(_ message: String) -> String {
        var line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
        while line.hasSuffix(".") || line.hasSuffix(" ") { line.removeLast() }
        guard let first = line.first, line.dropFirst().first?.isLowercase == true else { return line }
        return first.lowercased() + line.dropFirst()
    }
}
