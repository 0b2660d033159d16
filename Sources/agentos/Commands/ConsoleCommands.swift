import AgentOSCore
import ArgumentParser
import Console
import FoundationEssentials
import Terminal

/// `agentos attach`.
struct AttachCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach", abstract: "The console on a host that runs.")
    @Flag(help: "Only look.") var readOnly = false
    @OptionGroup var options: GlobalOptions

    static var handlesSignals: Bool { true }

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        try await ConsoleHost(program: program, options: options, isReadOnly: readOnly, onlyAttaches: true)
            .run()
    }
}

/// `agentos look`.
struct LookCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "look", abstract: "One frame of a pane of the console as text.")
    @Argument(help: ArgumentHelp(Look.panes.joined(separator: ", ") + ".", valueName: "pane")) var pane:
        String
    @Argument(help: ArgumentHelp("The session or chain, for those panes.", valueName: "id")) var id: String?
    @Option(help: ArgumentHelp("Columns and rows, from 40x10 to 1000x1000.", valueName: "size")) var size =
        "120x40"
    @Option(help: ArgumentHelp("none, 16, 256 or true.", valueName: "depth")) var color: String?
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        guard let size = Size(size), (40...1000).contains(size.columns), (10...1000).contains(size.rows)
        else {
            throw Fault.usage(
                "--size \(size) is not a size", hint: "write COLUMNSxROWS, from 40x10 to 1000x1000")
        }
        let depth = try depth(output)
        let setup = try ConsoleSetup(program: program, options: options).console(depth)
        let (pane, id) = (pane, id)
        let (frame, standstill) = try await program.withEngine(options) { connection in
            var setup = setup
            setup.isAttached = connection.host != nil
            let standstill = try await connection.standstill()
            let note = connection.host == nil ? standstill ?? "no host runs: agentos host start" : nil
            let frame = try await Look.frame(
                pane: pane, id: id, size: size, client: connection.client, options: setup,
                note: note.map { SafeText($0) }, now: program.clock.now())
            return (frame, standstill)
        }
        if output.isJSON {
            let rows = FrameText.plain(frame).split(separator: "\n", omittingEmptySubsequences: false)
            try output.json(JSONValue.object(["rows": .array(rows.dropLast().map { .string(String($0)) })]))
        } else {
            output.frame(FrameText.ansi(frame, colours: depth))
        }
        if let standstill { output.note(standstill) }
        return .done
    }

    private func depth(_ output: Output) throws(Fault) -> ColourDepth {
        guard let color else { return output.hasColours ? .ansi256 : .none }
        guard let depth = ColourDepth(rawValue: color) else {
            throw .usage("there is no colour depth \(color)", hint: "write none, 16, 256 or true")
        }
        return depth
    }
}
