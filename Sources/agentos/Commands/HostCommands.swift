import AgentOSCore
import ArgumentParser
import HostWire

/// `agentos host`.
struct HostCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "host", abstract: "The engine in the background.",
        subcommands: [HostStart.self, HostStop.self, HostStatus.self, HostRestart.self, HostDrain.self])
}

/// `host start`.
struct HostStart: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Starts a host in the background; its log is logs/host.log in the home.")
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        try await Self.start(program, options, output)
    }

    static func start(_ program: Program, _ options: GlobalOptions, _ output: Output) async throws -> ExitCode
    {
        let home = try program.home(options)
        let hello: HostHello
        let word: String
        switch try await program.reach(home, options) {
        case .host(_, let running): (hello, word) = (running, "runs already")
        case .lock(let lock):
            // What would stop the host from starting is told here, where somebody reads it.
            _ = try program.settings(options)
            lock.release()
            (hello, word) = (try await HostProcess(program: program, options: options).start(home), "started")
        }
        try output.reply(
            CommandReply(
                "host \(word): \(home.path), pid \(hello.pid)",
                value: ["home": .string(home.path), "pid": .int(Int64(hello.pid))]))
        return .done
    }
}

/// `host stop`.
struct HostStop: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Checkpoints what runs and stops the host.")
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        try await Self.stop(program, options, output)
    }

    static func stop(_ program: Program, _ options: GlobalOptions, _ output: Output) async throws -> ExitCode
    {
        let home = try program.existingHome(options)
        guard case .host(let client, let hello) = try await program.reach(home, options) else {
            try output.reply(CommandReply("no host runs on \(home.path)"))
            return .done
        }
        _ = try await client.client.perform(Command(id: program.commandID(), name: "host.stop"))
        await client.close()
        try await HostProcess.waitUntilFree(home)
        try output.reply(
            CommandReply("host stopped: pid \(hello.pid)", value: ["pid": .int(Int64(hello.pid))]))
        return .done
    }
}

/// `host restart`.
struct HostRestart: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart", abstract: "Stops the host at the next safe point and starts another.")
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let home = try program.home(options)
        if case .host(let client, _) = try await program.reach(home, options) {
            _ = try await client.client.perform(Command(id: program.commandID(), name: "host.stop"))
            await client.close()
            try await HostProcess.waitUntilFree(home)
        }
        return try await HostStart.start(program, options, output)
    }
}

/// `host drain`.
struct HostDrain: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Lets the host take no new work and stop when what runs has ended.")
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let command = Command(id: program.commandID(), name: "host.drain")
        let reply = try await program.withHost(options) { try await $0.client.perform(command) }
        try output.reply(reply)
        return reply.code
    }
}

/// `host status`.
struct HostStatus: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Says whether a host runs, and what it does.")
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let header = try await program.withHost(options) { try await $0.client.ask(Overview()) }
        if output.isJSON {
            try output.json(header)
            return .done
        }
        let states = header.sessions.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        output.line(
            SafeText(
                "host       \(header.host), pid \(header.pid), version \(header.version), since \(SessionText.clock(header.since))"
            ))
        output.line(SafeText("home       \(header.home), tenant \(header.tenant), zone \(header.zone)"))
        output.line(SafeText("sandbox    \(header.layer ?? "none works; see agentos doctor")"))
        output.line(
            SafeText(
                "sessions   \(states.isEmpty ? "none" : states.joined(separator: ", "))\(header.isPausedAll ? ", all paused" : "")"
            ))
        output.line(SafeText("waiting    \(header.waiting)"))
        output.line(
            SafeText(
                "spent      \(header.spentToday.short) USD today\(header.hasUnpriced ? ", a part has no price" : "")"
            ))
        output.line(SafeText("log        \(header.seq) events"))
        return .done
    }
}
