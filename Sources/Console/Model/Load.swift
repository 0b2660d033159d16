import AgentOSCore

/// Something that the screen wants to know; equal loads are asked once at a time.
public enum Load: Hashable, Sendable {
    /// The header.
    case overview
    /// The inbox.
    case inbox
    /// A page of sessions.
    case sessions(filter: String, offset: Int, limit: Int)
    /// One session by id, prefix or name.
    case session(String)
    /// A session's transcript after a place.
    case transcript(SessionID, after: Int64)
    /// A session's checkpoints.
    case checkpoints(SessionID)
    /// What a session has changed since a checkpoint; nil is its start.
    case diff(SessionID, from: String?)
    /// What a rollback would do.
    case preview(SessionID, checkpoint: String)
    /// Words in all transcripts.
    case search(String)
    /// A page of the log: the newest, or those after a place.
    case events(after: Int64?, limit: Int, type: String?)
    /// The newest chains.
    case chains(filter: String, limit: Int)
    /// One chain by id, prefix or name.
    case chain(String)
}

/// What was loaded.
public enum Loaded: Hashable, Sendable {
    /// The header.
    case overview(Overview.Header)
    /// The inbox.
    case inbox(InboxList.Inbox)
    /// A page of sessions.
    case sessions(SessionList.Page)
    /// One session.
    case session(SessionShow.Detail)
    /// A part of a transcript.
    case transcript([TranscriptEntry])
    /// Checkpoints.
    case checkpoints([CheckpointReading])
    /// A difference.
    case diff(TreeDiff)
    /// What a rollback would do.
    case preview(RollbackPreview)
    /// Where words were found.
    case search([SearchHit])
    /// A page of the log.
    case events([EventRecord])
    /// Chains.
    case chains(ChainList.Page)
    /// One chain.
    case chain(ChainSummary)
}

extension Load {
    /// Asks the engine.
    func perform(_ client: EngineClient) async throws -> Loaded {
        switch self {
        case .overview: .overview(try await client.ask(Overview()))
        case .inbox: .inbox(try await client.ask(InboxList()))
        case .sessions(let filter, let offset, let limit):
            .sessions(try await client.ask(SessionList(filter: filter, offset: offset, limit: limit)))
        case .session(let id): .session(try await client.ask(SessionShow(id: id)))
        case .transcript(let id, let after):
            .transcript(try await client.ask(SessionTranscript(id: id, after: after)))
        case .checkpoints(let id): .checkpoints(try await client.ask(SessionCheckpoints(id: id)))
        case .diff(let id, let from): .diff(try await client.ask(SessionDiff(id: id, from: from)))
        case .preview(let id, let checkpoint):
            .preview(try await client.ask(SessionRollbackPreview(id: id, checkpoint: checkpoint)))
        case .chains(let filter, let limit):
            .chains(try await client.ask(ChainList(filter: filter, limit: limit)))
        case .chain(let id): .chain(try await client.ask(ChainShow(id: id)))
        case .search(let text): .search(try await client.ask(SessionSearch(text: text, limit: 200)))
        case .events(let after, let limit, let type):
            .events(
                try await client.ask(
                    EventPage(after: after ?? 0, limit: limit, type: type, newest: after == nil)))
        }
    }
}
