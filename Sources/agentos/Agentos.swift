import AgentOSCore
import ArgumentParser
import CSandbox
import CursesTerminal
import Glibc

/// The program.
@main
struct Agentos: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "agentos",
        abstract:
            "Runs autonomous AI agents on this machine and shows them to the person who answers for them.",
        discussion:
            "Without a command: the console. It hosts the engine, or attaches to the host of this home.",
        version: Version.text,
        subcommands: [
            InitCommand.self, RunCommand.self, TourCommand.self, AttachCommand.self, LookCommand.self,
            DoCommand.self,
            HostCommand.self,
            HomeCommand.self,
            InboxCommand.self, SessionCommand.self, GateCommand.self, ChainCommand.self, CostCommand.self,
            EventsCommand.self,
            ModelCommand.self, SecretCommand.self, ConfigCommand.self,
            DoctorCommand.self,
        ])

    @Flag(name: .customLong("no-ui"), help: "The engine alone: events out, commands in, one a line.")
    var noUI = false
    @Option(help: ArgumentHelp("With --no-ui, the events to write: all or none.", valueName: "which"))
    var events: EventChoice?
    @OptionGroup var options: GlobalOptions

    static var handlesSignals: Bool { true }

    /// Which events `--no-ui` writes.
    enum EventChoice: String, ExpressibleByArgument, CaseIterable {
        /// Every one.
        case all
        /// None: only replies.
        case none
    }

    func validate() throws {
        if events != nil, !noUI { throw ValidationError("--events goes with --no-ui") }
    }

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        guard noUI else { return try await ConsoleHost(program: program, options: options).run() }
        return try await HeadlessHost(
            program: program, options: options, writesEvents: events != EventChoice.none
        ).run()
    }

    /// The process starts here: the confining helper first, while there is one thread.
    static func main() {
        if CommandLine.argc > 1, let word = CommandLine.unsafeArgv[1], strcmp(word, "__sandbox") == 0 {
            Glibc.exit(csandbox_main(CommandLine.argc, CommandLine.unsafeArgv))
        }
        // A stream that was closed must not become a file that is opened here.
        for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", O_RDWR)
        }
        signal(SIGPIPE, SIG_IGN)
        // A parent may have blocked signals and passed that on; ours must arrive.
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
        let words = CommandWords.globalsLast(Array(CommandLine.arguments.dropFirst()))
        let parsed: any ParsableCommand
        do { parsed = try parseAsRoot(words) } catch { Ending.parsing(words, error) }
        guard let command = parsed as? any ProgramCommand else {
            // A noun without a verb, or help.
            var parsed = parsed
            do { try parsed.run() } catch { Ending.parsing(words, error) }
            Glibc.exit(0)
        }
        Glibc.exit(UIActor.run { await Ending.code(of: command) })
    }
}
