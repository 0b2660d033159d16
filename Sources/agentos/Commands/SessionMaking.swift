import AgentOSCore
import ArgumentParser
import FoundationEssentials

/// How a session that was made is run.
struct RunOptions: ParsableArguments {
    @Flag(help: "Wait until the session has ended, or needs a person.") var wait = false
}

/// What a session file is read with.
struct FileOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("A session file.", valueName: "file")) var file: String

    @Option(
        help: ArgumentHelp("A value for ${set.NAME}; may be given several times.", valueName: "name=value"))
    var set: [String] = []

    @Option(help: ArgumentHelp("Record the model's replies, for a rehearsal.", valueName: "out")) var record:
        String?

    @Option(help: ArgumentHelp("While a session with this key lives, make no other.", valueName: "key"))
    var dedup: String?

    func config(_ program: Program) throws -> SessionConfig {
        var config = try program.session(file: file, set: set, record: record)
        config.dedup = dedup
        return config
    }

    /// Does what the file is for; where the host refuses its model, the refusal gets the file and the line.
    func naming(_ program: Program, _ body: () async throws -> ExitCode) async throws -> ExitCode {
        do { return try await body() } catch let fault as Fault where fault.message.hasPrefix("model: ") {
            let text = FileManager.default.contents(atPath: program.path(file)) ?? Data()
            let lines = String(decoding: text, as: UTF8.self).split(
                omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            guard let line = lines.firstIndex(where: { $0.hasPrefix("model:") }) else { throw fault }
            throw Fault(fault.code, "\(file):\(line + 1): \(fault.message)", hint: fault.hint)
        }
    }
}

/// `session create`.
struct SessionCreate: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Makes a session from a session file.")
    @OptionGroup var file: FileOptions
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let config = try JSONText.string(try file.config(program))
        return try await file.naming(program) {
            try await send("session.create", ["config": .string(config)], program, output)
        }
    }
}

/// `session run`.
struct SessionRun: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Makes a session from a session file and queues it.")
    @OptionGroup var file: FileOptions
    @OptionGroup var running: RunOptions
    @OptionGroup var time: StartOptions
    @OptionGroup var options: GlobalOptions

    static var handlesSignals: Bool { true }

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let config = try file.config(program)
        return try await file.naming(program) {
            try await Running(
                program: program, options: options, output: output, time: time.arguments([:])
            )
            .run(config, waits: running.wait)
        }
    }
}

/// `agentos run`: a session without a file.
struct RunCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs a session without a file, on a copy of the current folder.")

    @Argument(help: ArgumentHelp("What the agent is to do.", valueName: "goal")) var goal: [String]

    @Option(
        name: .customLong("in"),
        help: ArgumentHelp("The folder to copy; else the current one.", valueName: "dir"))
    var folder: String?

    @Option(help: ArgumentHelp("A route, or provider/model.", valueName: "route")) var model: String?

    @Option(help: ArgumentHelp("What its model calls may cost, in USD.", valueName: "usd")) var cost: String?

    @Option(
        help: ArgumentHelp(
            "A command that must succeed at the end; may be given several times.", valueName: "cmd"))
    var gate: [String] = []

    @Option(help: ArgumentHelp("Record the model's replies, for a rehearsal.", valueName: "out")) var record:
        String?

    @OptionGroup var running: RunOptions
    @OptionGroup var options: GlobalOptions

    static var handlesSignals: Bool { true }

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        try await Running(program: program, options: options, output: output)
            .run(try config(program), waits: running.wait)
    }

    private func config(_ program: Program) throws(Fault) -> SessionConfig {
        let goal = goal.joined(separator: " ")
        guard goal.contains(where: { !$0.isWhitespace }) else {
            throw .usage("the goal is empty", hint: #"write agentos run "what to do""#)
        }
        var config = SessionConfig(name: Self.name(goal), goal: goal)
        config.workspace = .copy(path: program.path(folder ?? "."), include: [])
        if let model { config.model = model }
        if let cost {
            guard let amount = Money(cost), amount > .zero else {
                throw .usage("--cost \(cost) is not an amount", hint: "write USD, as 0.50")
            }
            config.limits.cost = amount
        }
        config.gates = gate.enumerated().map { index, command in
            GateConfig(
                name: gate.count == 1 ? "gate" : "gate\(index + 1)",
                kind: .run(command: command, timeout: 600_000))
        }
        config.record = record.map(program.path)
        return config
    }

    /// A short name from the goal's first words: `make-the-tests-pass`.
    static func name(_ goal: String) -> String {
        var words: [String] = []
        let split = goal.lowercased().split { !("a"..."z").contains($0) && !("0"..."9").contains($0) }
        for word in split where words.joined(separator: "-").count + word.count < 32 {
            words.append(String(word))
        }
        return words.isEmpty ? "run" : words.joined(separator: "-")
    }
}

/// Makes a session, queues it and waits for it if asked to.
struct Running: Sendable {
    let program: Program
    let options: GlobalOptions
    let output: Output
    /// When it is started, as arguments of the command.
    var time: [String: JSONValue] = [:]

    /// Does it: on the host where one runs; else on the store, or, to wait, on an engine hosted for this session.
    func run(_ config: SessionConfig, waits: Bool) async throws -> ExitCode {
        guard waits else {
            return try await Interruption.orEnd { try await queue(config) }
        }
        return try await program.waiting(options, output) { try await wait(config, $0) }
    }

    private func queue(_ config: SessionConfig) async throws -> ExitCode {
        try await program.withEngine(options, makesHome: true) { connection in
            let (_, reply) = try await start(config, connection.client)
            try output.reply(reply)
            return reply.code
        }
    }

    private func start(_ config: SessionConfig, _ client: EngineClient) async throws -> (
        SessionID, CommandReply
    ) {
        let text = try JSONText.string(config)
        let made = try await client.perform(
            Command(id: program.commandID(), name: "session.create", arguments: ["config": .string(text)]))
        guard let id = made.value?["sessionId"]?.string else {
            throw Fault.failed("the host gave the session no id", hint: "restart it: agentos host restart")
        }
        // One that lives with the key already is left as it is, unless it was never started.
        if made.value?["existing"] == true, made.value?["state"]?.string != SessionState.created.rawValue {
            return (SessionID(id), made)
        }
        let reply = try await client.perform(
            Command(
                id: program.commandID(), name: "session.start",
                arguments: time.merging(["id": .string(id)]) { $1 }))
        return (SessionID(id), reply)
    }

    private func wait(_ config: SessionConfig, _ client: EngineClient) async throws -> ExitCode {
        let (id, reply) = try await start(config, client)
        if !output.isJSON { output.tell(reply.message) }
        let summary = try await SessionWait(client: client, id: id, output: output).end()
        if output.isJSON {
            try output.json(try summary.json())
        } else {
            let reason = summary.error.map { ": \($0)" } ?? ""
            output.tell(
                "\(id) \(SessionText.state(summary)), \(SessionText.cost(summary)) USD, result \(SessionText.result(summary))\(reason)"
            )
        }
        return SessionWait.code(summary)
    }
}
