import AgentOSCore
import ArgumentParser

/// `agentos gate`.
struct GateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate", abstract: "Gates by hand.", subcommands: [GateRun.self])
}

/// `gate run`.
struct GateRun: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs one gate on a session's present files, in a clean copy.",
        discussion: """
            The session must not be working. The result is kept like any other: exit 0 is green, 1 red, 3 refused. \
            A person's gate is asked in the inbox (exit 6); a judge costs what its votes cost.
            """)
    @OptionGroup var session: SessionArgument
    @Argument(help: ArgumentHelp("The gate's name.", valueName: "gate")) var gate: String
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let command = Command(
            id: program.commandID(), name: "gate.run",
            arguments: ["id": session.value, "gate": .string(gate)])
        let reply = try await program.withEngine(options, scope: .first) {
            try await $0.client.perform(command)
        }
        if let text = reply.value?["output"]?.string, !text.isEmpty, !output.isJSON {
            for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
                output.line(SafeText(String(line)))
            }
        }
        try output.reply(reply)
        return reply.code
    }
}
