import AgentOSCore
import EventLog

extension PulseSetting {
    /// Whether a command was carried out before on a stream.
    ///
    /// The log knows it also after a restart, and whatever became of the stream since.
    func hasDone(_ command: Command, on stream: String) async throws -> Bool {
        try await log.read { [tenant] sql in
            try sql.stream(ofCommand: command.id, tenant: tenant)
        } == stream
    }
}

extension PulseEngine {
    /// The answer to a command that was carried out before on this session, nil for a new one.
    func repeated(_ command: Command, of id: SessionID) async throws -> CommandReply? {
        guard try await setting.hasDone(command, on: SessionEvent.stream(id)) else { return nil }
        return CommandReply("\(id) was told so before", value: reading(try await session(id)))
    }
}

extension ChainEngine {
    /// The answer to a command that was carried out before on this chain, nil for a new one.
    func repeated(_ command: Command, of id: ChainID) async throws -> CommandReply? {
        guard try await setting.hasDone(command, on: ChainEvent.stream(id)) else { return nil }
        return CommandReply("\(id) was told so before", value: reading(try await load(id)))
    }
}
