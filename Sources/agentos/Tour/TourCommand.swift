import AgentOSCore
import ArgumentParser
import CursesTerminal
import Glibc

/// `agentos tour`.
struct TourCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "tour",
        abstract: "The guided example: offline, in a home of its own (.tour/), three minutes at most.",
        discussion: """
            Without a terminal it prints its seven frames. Its colours are those of your console: theme in \
            config.yaml, and where a terminal is light and does not say so, COLORFGBG='0;15' agentos tour.
            """)
    @Flag(help: "Does what a person would do, without a terminal, and says what the log shows.")
    var check = false
    @OptionGroup var options: GlobalOptions

    static var handlesSignals: Bool { true }

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        guard !check, isatty(0) == 1, isatty(1) == 1, program.environment["TERM"] != "dumb" else {
            ProcessSignals.install()
            let tour = TourCheck(program: program, options: options, showsFrames: !check)
            return try await Interruption.orEnd { try await tour.run() }
        }
        return try await TourConsole(program: program, options: options, output: output).run()
    }
}
