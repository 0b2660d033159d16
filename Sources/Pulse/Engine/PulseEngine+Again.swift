import AgentOSCore
import EventLog

extension PulseEngine {
    /// The answer to a command that was carried out before on this session, nil for a new one.
    ///
    /// The log knows it also after a restart, and whatever became of the session since.
    func repeated(_ command: Command, of id: SessionID) async throws -> CommandReply? {
        let stream = try await setting.log.read { [tenant = setting.tenant] sql in
            try sql.stream(ofCommand: command.id, tenant: tenant)
        }
        guard stream == SessionEvent.stream(id) else { return nil }
        return CommandReply("\(id) was told so before", value: reading(try await session(id)))
    }
}

extension ChainEngine {
    /// The answer to a command that was carried out before on this chain, nil for a new one.
    func repeated(_ command: Command, of id: ChainID) async throws -> CommandReply? {
        let stream = try await setting.log.read { [tenant = setting.tenant] sql in
            try sql.stream(ofCommand: command.id, tenant: tenant)
        }
        guard stream == ChainEvent.stream(id) else { return nil }
        return CommandReply("\(id) was told so before", value: reading(try await load(id)))
    }
}
