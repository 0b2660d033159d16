import AgentOSCore
import Pulse

extension EngineHost {
    /// Turns of a command-line agent in a session that names no limit.
    private static let agentTurns = 1000
    /// Its tool calls.
    private static let agentCalls = 5000

    /// The one door in: who may, is it known, then the engine that owns it.
    public func perform(_ command: Command, by actor: Actor) async throws -> CommandReply {
        guard !command.id.isEmpty, command.id.utf8.count <= 128 else {
            throw Fault.usage("a command needs an id of at most 128 bytes")
        }
        guard CommandRegistry.spec(command.name) != nil else {
            throw Fault.usage("there is no command '\(SafeText(command.name))'", hint: nearest(command.name))
        }
        return try await receipts.answer(command) { try await self.carryOut(command, by: actor) }
    }

    private func carryOut(_ command: Command, by actor: Actor) async throws -> CommandReply {
        switch command.name {
        case "host.pause-all":
            return try await pulse.setBrake(try wantedBrake(command), by: actor, commandId: command.id)
        case "host.stop":
            ask(.stop)
            return CommandReply("the host checkpoints what runs and stops")
        case "host.drain":
            ask(.drain)
            return CommandReply("the host takes no new work and stops when what runs has ended")
        case "inbox.answer":
            if let reply = try await answerHomeItem(command, by: actor) { return reply }
            if let reply = try await chains.answer(command, by: actor) { return reply }
            return try await pulse.perform(command, by: actor)
        case "model.test": return try await testModel(command, by: actor)
        case "session.create": return try await pulse.perform(withDefaults(command), by: actor)
        case "chain.create": return try await chains.perform(chainWithDefaults(command), by: actor)
        case _ where command.name.hasPrefix("chain."): return try await chains.perform(command, by: actor)
        default: return try await pulse.perform(command, by: actor)
        }
    }

    /// `on`, `off`, or nil for the other way.
    private func wantedBrake(_ command: Command) throws(Fault) -> Bool? {
        switch command.arguments["state"]?.string {
        case nil: return nil
        case "on": return true
        case "off": return false
        case let other?:
            throw Fault.usage(
                "everything is not paused '\(SafeText(other))'", hint: "say on, off, or nothing")
        }
    }

    private func nearest(_ name: String) -> String {
        let noun = name.split(separator: ".").first.map(String.init) ?? ""
        let verbs = CommandRegistry.all.map(\.name).filter { $0.hasPrefix(noun + ".") }
        return verbs.isEmpty ? "see: agentos help" : "there are \(verbs.joined(separator: ", "))"
    }

    /// Fills what a session's file leaves open from the configuration's defaults.
    private func withDefaults(_ command: Command) throws -> Command {
        guard let text = command.arguments["config"]?.string else { return command }
        var config: SessionConfig
        do { config = try JSONText.decode(SessionConfig.self, from: text) } catch {
            throw Fault.usage("session.create: the configuration cannot be read: \(error)")
        }
        try withDefaults(&config)
        var filled = command
        filled.arguments["config"] = .string(try JSONText.string(config))
        return filled
    }

    func withDefaults(_ config: inout SessionConfig) throws(Fault) {
        // Only a chain hands files on, and only it says whose session is whose.
        config.chain = nil
        if case .handed = config.workspace {
            throw Fault.usage(
                "a session cannot be handed the files of another",
                hint: "use copy, worktree, inplace or empty")
        }
        let defaults = options.configuration.sessions
        if config.agent != nil {
            // What such an agent does is written down as it says, so something has to bound it.
            config.limits.turns = config.limits.turns ?? defaults.limits.turns ?? Self.agentTurns
            config.limits.calls = config.limits.calls ?? defaults.limits.calls ?? Self.agentCalls
        }
        config.limits.cost = config.limits.cost ?? defaults.limits.cost
        config.limits.time = config.limits.time ?? defaults.limits.time
        config.limits.idle = config.limits.idle ?? defaults.limits.idle
        config.limits.turns = config.limits.turns ?? defaults.limits.turns
        config.limits.calls = config.limits.calls ?? defaults.limits.calls
        config.limits.outputTokens = config.limits.outputTokens ?? defaults.limits.outputTokens
        config.allow += defaults.allow
        config.deny += defaults.deny
    }

    /// Fills what the sessions of a chain's file leave open.
    private func chainWithDefaults(_ command: Command) throws -> Command {
        guard let text = command.arguments["config"]?.string else { return command }
        var config: ChainConfig
        do { config = try JSONText.decode(ChainConfig.self, from: text) } catch {
            throw Fault.usage("chain.create: the configuration cannot be read: \(error)")
        }
        for index in config.steps.indices { try withDefaults(&config.steps[index].session) }
        var filled = command
        filled.arguments["config"] = .string(try JSONText.string(config))
        return filled
    }
}
