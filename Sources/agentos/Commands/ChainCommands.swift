import AgentOSCore
import ArgumentParser

/// `agentos chain`.
struct ChainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chain", abstract: "Makes, runs and answers for chains of sessions.",
        subcommands: [
            ChainCreate.self, ChainStart.self, ChainRun.self, ChainPlanning.self, ChainListing.self,
            ChainShowing.self, ChainPause.self, ChainResume.self, ChainCancel.self, ChainSet.self,
            ChainApply.self, ChainDiscard.self,
        ])
}

/// The chain that a command is about.
struct ChainArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp("A chain's id, an unambiguous prefix of it, or its name.", valueName: "id"))
    var id: String

    /// As a command's argument.
    var value: JSONValue { .string(id) }
}

/// `chain start`.
struct ChainStart: ProgramCommand {
    static let configuration = CommandConfiguration(commandName: "start", abstract: "Queues a chain.")
    @OptionGroup var chain: ChainArgument
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        try await send("chain.start", ["id": chain.value], program, output)
    }
}

/// `chain pause`.
struct ChainPause: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Pauses a chain, and its sessions at their next safe point.")
    @OptionGroup var chain: ChainArgument
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        try await send("chain.pause", ["id": chain.value], program, output)
    }
}

/// `chain resume`.
struct ChainResume: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Lets a chain go on, from the failed step where it has failed.")
    @OptionGroup var chain: ChainArgument
    @Option(help: ArgumentHelp("The step whose files win where files conflict.", valueName: "step"))
    var prefer: String?
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        var arguments = ["id": chain.value]
        if let prefer { arguments["prefer"] = .string(prefer) }
        return try await send("chain.resume", arguments, program, output)
    }
}

/// `chain cancel`.
struct ChainCancel: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Ends a chain and all its sessions.")
    @OptionGroup var chain: ChainArgument
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        try await send("chain.cancel", ["id": chain.value], program, output)
    }
}

/// `chain set`.
struct ChainSet: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Changes a chain's budget; one that waits for it goes on.")
    @OptionGroup var chain: ChainArgument
    @Argument(help: ArgumentHelp("budget=VALUE, e.g. budget=5.00, or budget=none", valueName: "setting"))
    var setting: String
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        try await send("chain.set", ["id": chain.value, "setting": .string(setting)], program, output)
    }
}

/// `chain discard`.
struct ChainDiscard: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard", abstract: "Says that what a chain came to is not wanted.")
    @OptionGroup var chain: ChainArgument
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        try await send("chain.discard", ["id": chain.value], program, output)
    }
}

/// `chain apply`.
struct ChainApply: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Takes a chain's last files: as a branch, into the files, or as a patch.",
        discussion: "Without --branch, --here or --patch a result in a git repository becomes a branch.")
    @OptionGroup var chain: ChainArgument
    @OptionGroup var delivery: DeliveryOptions
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        try await delivery.send("chain.apply", chain.value, program, output, options)
    }
}
