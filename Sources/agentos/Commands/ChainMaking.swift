import AgentOSCore
import ArgumentParser
import Documents
import FoundationEssentials

/// What a chain file is read with.
struct ChainFileOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("A chain file.", valueName: "file")) var file: String

    @Option(
        help: ArgumentHelp("A value for ${set.NAME}; may be given several times.", valueName: "name=value"))
    var set: [String] = []

    func config(_ program: Program) throws -> ChainConfig {
        guard FileManager.default.fileExists(atPath: program.path(file)) else {
            throw Fault.usage("there is no file \(file)", hint: "name a chain file")
        }
        return try ChainDocument.read(
            path: program.path(file), set: try Program.values(set), environment: program.environment)
    }
}

/// `chain create`.
struct ChainCreate: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Makes a chain from a chain file.")
    @OptionGroup var file: ChainFileOptions
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let config = try JSONText.string(try file.config(program))
        return try await send("chain.create", ["config": .string(config)], program, output)
    }
}

/// `chain run`.
struct ChainRun: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Makes a chain from a chain file and queues it.")
    @OptionGroup var file: ChainFileOptions
    @Flag(help: "Wait until the chain has ended, or needs a person.") var wait = false
    @Flag(help: "Run every step, although an earlier run has done the same.") var fresh = false
    @OptionGroup var options: GlobalOptions

    static var handlesSignals: Bool { true }

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        var config = try file.config(program)
        if fresh { config.fresh = true }
        return try await ChainRunning(program: program, options: options, output: output)
            .run(config, waits: wait)
    }
}

/// Makes a chain, queues it and waits for it if asked to.
struct ChainRunning: Sendable {
    let program: Program
    let options: GlobalOptions
    let output: Output

    /// Does it: on the host where one runs; else on the store, or, to wait, on an engine hosted for this chain.
    func run(_ config: ChainConfig, waits: Bool) async throws -> ExitCode {
        guard waits else {
            return try await Interruption.orEnd {
                try await program.withEngine(options, makesHome: true) { connection in
                    let (_, reply) = try await start(config, connection.client)
                    try output.reply(reply)
                    return reply.code
                }
            }
        }
        return try await program.waiting(options, output) { try await wait(config, $0) }
    }

    private func start(_ config: ChainConfig, _ client: EngineClient) async throws -> (ChainID, CommandReply)
    {
        let text = try JSONText.string(config)
        let made = try await client.perform(
            Command(id: program.commandID(), name: "chain.create", arguments: ["config": .string(text)]))
        guard let id = made.value?["chainId"]?.string else {
            throw Fault.failed("the host gave the chain no id", hint: "restart it: agentos host restart")
        }
        let reply = try await client.perform(
            Command(id: program.commandID(), name: "chain.start", arguments: ["id": .string(id)]))
        return (ChainID(id), reply)
    }

    private func wait(_ config: ChainConfig, _ client: EngineClient) async throws -> ExitCode {
        let (id, reply) = try await start(config, client)
        if !output.isJSON { output.tell(reply.message) }
        let summary = try await ChainWait(client: client, id: id, output: output).end()
        if output.isJSON {
            try output.json(try summary.json())
        } else {
            let reason = (summary.error ?? summary.detail).map { ": \($0)" } ?? ""
            output.tell("\(id) \(ChainWords.state(summary)), \(ChainWords.cost(summary)) USD\(reason)")
        }
        return ChainWait.code(summary)
    }
}

/// Waits for a chain, and shows what its steps do meanwhile.
struct ChainWait: Sendable {
    let client: EngineClient
    let id: ChainID
    let output: Output

    /// Returns when the chain has ended, or waits for what only a person can do.
    func end() async throws -> ChainSummary {
        let start = try await client.ask(Overview()).seq
        let follow = client.follow(FollowRequest(after: start))
        var shown: [String: String] = [:]
        if let summary = try await standing(&shown) { return summary }
        for try await update in follow {
            guard case .event(let record) = update, record.stream == ChainEvent.stream(id) else { continue }
            if let summary = try await standing(&shown) { return summary }
        }
        try Task.checkCancellation()
        throw Fault(
            .noHost, "the host went while chain \(id) was waited for",
            hint: "see how it stands: agentos chain show \(id)")
    }

    /// Shows the steps that have moved; the chain when there is nothing more to wait for.
    private func standing(_ shown: inout [String: String]) async throws -> ChainSummary? {
        let summary = try await client.ask(ChainShow(id: id.rawValue))
        if !output.isJSON, !output.isQuiet {
            for step in summary.steps where step.state != .created {
                let reason = step.reason.map { ": \($0)" } ?? ""
                let session = step.sessionId.map { " \($0)" } ?? ""
                let line = "\(step.title) \(step.state.rawValue)\(session)\(reason)"
                guard shown[step.title] != line else { continue }
                shown[step.title] = line
                output.line(SafeText(line))
            }
        }
        return summary.state.isEnded || Self.needsPerson(summary) ? summary : nil
    }

    /// Whether the chain stands still for a reason that only a person lifts.
    static func needsPerson(_ summary: ChainSummary) -> Bool {
        guard summary.state == .paused, let reason = summary.reason else { return false }
        return !["budget.day", "budget.month", "budget.unpriced"].contains(reason)
    }

    /// How the program ends after it.
    static func code(_ summary: ChainSummary) -> ExitCode {
        switch summary.state {
        case .complete, .skipped: .done
        case .failed, .rolledBack, .cancelled: .negative
        case .paused: .waiting
        case .created, .queued, .running: .done
        }
    }
}
