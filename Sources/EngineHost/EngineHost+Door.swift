import AgentOSCore
import EventLog
import Pulse

extension EngineHost {
    /// The one door in: who may, is it known, then the engine that owns it.
    public func perform(_ command: Command, by actor: Actor) async throws -> CommandReply {
        guard !command.id.isEmpty, command.id.utf8.count <= 128 else {
            throw Fault.usage("a command needs an id of at most 128 bytes")
        }
        guard CommandRegistry.spec(command.name) != nil else {
            throw Fault.usage("there is no command '\(SafeText(command.name))'", hint: nearest(command.name))
        }
        switch command.name {
        case "host.pause-all": return try await pauseAll(by: actor)
        case "host.stop":
            ask(.stop)
            return CommandReply("the host checkpoints what runs and stops")
        case "host.drain":
            ask(.drain)
            return CommandReply("the host takes no new work and stops when what runs has ended")
        case "session.create": return try await pulse.perform(withDefaults(command), by: actor)
        default: return try await pulse.perform(command, by: actor)
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
        let defaults = options.configuration.sessions
        config.limits.cost = config.limits.cost ?? defaults.limits.cost
        config.limits.time = config.limits.time ?? defaults.limits.time
        config.limits.turns = config.limits.turns ?? defaults.limits.turns
        config.limits.calls = config.limits.calls ?? defaults.limits.calls
        config.limits.outputTokens = config.limits.outputTokens ?? defaults.limits.outputTokens
        config.allow += defaults.allow
        config.deny += defaults.deny
        var filled = command
        filled.arguments["config"] = .string(try JSONText.string(config))
        return filled
    }

    // MARK: Pause all

    private static let stream = "host/main"

    private func pauseAll(by actor: Actor) async throws -> CommandReply {
        if await pulse.isPausedAll {
            let resumed = try await pulse.resumeAll(try await pausedByAll(), by: actor)
            try await note(
                "host.resumed", ["sessions": .array(resumed.map { .string($0.rawValue) })], by: actor)
            return CommandReply("everything goes on: \(resumed.count) sessions")
        }
        let paused = try await pulse.pauseAll(by: actor)
        try await note("host.paused", ["sessions": .array(paused.map { .string($0.rawValue) })], by: actor)
        return CommandReply(
            "everything pauses at its next safe point: \(paused.count) sessions; again to go on")
    }

    private func note(_ type: String, _ fields: [String: JSONValue], by actor: Actor) async throws {
        try await log.append(
            Append(
                tenant: options.tenant, stream: Self.stream,
                events: [NewEvent(type: type, payload: try JSONText.string(JSONValue.object(fields)))],
                actor: actor,
                at: options.clock.now()))
    }

    /// The type and the fields of the last event about the whole host.
    private func lastNote() async throws -> (type: String, payload: String)? {
        try await log.read { [tenant = options.tenant] sql in
            try sql.first(
                "SELECT type, payload FROM events WHERE tenant = ? AND stream = ? ORDER BY version DESC LIMIT 1",
                [tenant, Self.stream]
            ) { (try $0.at(0, as: String.self), try $0.at(1, as: String.self)) }
        }
    }

    private func pausedByAll() async throws -> [SessionID] {
        guard let note = try await lastNote(), note.type == "host.paused" else { return [] }
        let fields = try JSONText.decode(JSONValue.self, from: note.payload)
        return (fields["sessions"]?.array ?? []).compactMap(\.string).map { SessionID($0) }
    }

    /// Whether everything stood still when the last host ended.
    func recallPauseAll() async throws {
        if try await lastNote()?.type == "host.paused" { await pulse.recallPauseAll() }
    }
}
