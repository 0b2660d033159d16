import AgentOSCore
import ArgumentParser

/// `session fork`.
struct SessionForking: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "fork", abstract: "Makes a new session that goes on from a checkpoint.",
        discussion:
            "It has a workspace of its own with the files of that checkpoint, the conversation up to there, and fresh limits."
    )
    @OptionGroup var session: SessionArgument
    @Argument(help: ArgumentHelp("c3, its id or its name.", valueName: "checkpoint")) var checkpoint: String
    @Option(help: ArgumentHelp("What it is told first.", valueName: "text")) var say: String?
    @Option(help: ArgumentHelp("Its name; else the other's with a number.", valueName: "name")) var name:
        String?
    @Flag(help: "Queue it at once.") var start = false
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        var arguments: [String: JSONValue] = ["id": session.value, "checkpoint": .string(checkpoint)]
        if let say { arguments["say"] = .string(say) }
        if let name { arguments["name"] = .string(name) }
        if start { arguments["start"] = true }
        return try await send("session.fork", arguments, program, output)
    }
}
