import AgentOSCore
import ArgumentParser

/// `agentos session`.
struct SessionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "Makes, runs and answers for sessions.",
        subcommands: [
            SessionCreate.self, SessionStart.self, SessionRun.self, SessionListing.self, SessionShowing.self,
            SessionLog.self, SessionSay.self, SessionPause.self, SessionResume.self, SessionCancel.self,
            SessionSet.self, SessionCheckpoint.self, SessionCheckpointList.self, SessionDiffing.self,
            SessionRollback.self, SessionUndo.self, SessionForking.self, SessionApply.self,
            SessionUnapply.self,
            SessionExport.self,
            SessionDiscard.self, SessionAuditing.self, SessionSearching.self,
        ])
}

/// The session that a command is about.
struct SessionArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp("A session's id, an unambiguous prefix of it, or its name.", valueName: "id"))
    var id: String

    /// As a command's argument.
    var value: JSONValue { .string(id) }
}

/// `session start`.
struct SessionStart: ProgramCommand {
    static let configuration = CommandConfiguration(commandName: "start", abstract: "Queues a session.")
    @OptionGroup var session: SessionArgument
    @OptionGroup var time: StartOptions
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        try await send("session.start", time.arguments(["id": session.value]), program, output)
    }
}

/// When a session is started.
struct StartOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Not before this time, as 2026-11-23T03:00:00Z.", valueName: "time")) var at:
        String?
    @Option(
        name: .customLong("in"),
        help: ArgumentHelp("Not before so long from now, as 2h.", valueName: "duration"))
    var delay: String?

    /// A command's arguments with these.
    func arguments(_ others: [String: JSONValue]) -> [String: JSONValue] {
        var all = others
        if let at { all["at"] = .string(at) }
        if let delay { all["in"] = .string(delay) }
        return all
    }
}

/// `session pause`.
struct SessionPause: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Pauses a session at its next safe point.")
    @OptionGroup var session: SessionArgument
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        try await send("session.pause", ["id": session.value], program, output)
    }
}

/// `session resume`.
struct SessionResume: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Lets a paused or rolled back session go on.")
    @OptionGroup var session: SessionArgument
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        try await send("session.resume", ["id": session.value], program, output)
    }
}

/// `session cancel`.
struct SessionCancel: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Ends a session and everything it runs.")
    @OptionGroup var session: SessionArgument
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        try await send("session.cancel", ["id": session.value], program, output)
    }
}

/// `session say`.
struct SessionSay: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "say",
        abstract:
            "Says something to a session, at the next tool boundary; one that has ended goes on as a fork.")
    @OptionGroup var session: SessionArgument
    @Argument(help: ArgumentHelp("What to say.", valueName: "text")) var text: [String]
    @Flag(help: "End the call under way, so that it hears it at once.") var now = false
    @Flag(help: "Let the calls of this turn be made first.") var afterTurn = false
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let text = text.joined(separator: " ")
        var arguments: [String: JSONValue] = ["id": session.value, "text": .string(text)]
        if now { arguments["now"] = true }
        if afterTurn { arguments["after-turn"] = true }
        return try await send("session.say", arguments, program, output)
    }
}

/// `session set`.
struct SessionSet: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Changes a limit of a session; one that waits for it goes on.")
    @OptionGroup var session: SessionArgument
    @Argument(help: ArgumentHelp("limits.KEY=VALUE, e.g. limits.cost=2.00", valueName: "setting"))
    var setting: String
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        try await send("session.set", ["id": session.value, "setting": .string(setting)], program, output)
    }
}

/// `session undo`.
struct SessionUndo: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo", abstract: "Undoes the last rollback of a session.")
    @OptionGroup var session: SessionArgument
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        try await send("session.undo", ["id": session.value], program, output)
    }
}

/// `session unapply`.
struct SessionUnapply: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "unapply", abstract: "Puts back what applying a session changed.")
    @OptionGroup var session: SessionArgument
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        try await send("session.unapply", ["id": session.value], program, output)
    }
}

/// `session discard`.
struct SessionDiscard: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard", abstract: "Says that a session's result is not wanted.")
    @OptionGroup var session: SessionArgument
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        try await send("session.discard", ["id": session.value], program, output)
    }
}

/// `session export`.
struct SessionExport: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes a session's files to a folder or a .tar file.")
    @OptionGroup var session: SessionArgument
    @Option(help: ArgumentHelp("A folder that does not exist or is empty, or FILE.tar.", valueName: "place"))
    var to: String
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        try await send(
            "session.export", ["id": session.value, "to": .string(program.path(to))], program, output)
    }
}
