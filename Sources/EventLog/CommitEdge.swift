import AgentOSCore

/// A moment in the writing of a commit: what an end of the process leaves is told from each.
package enum CommitEdge: String, Hashable, Sendable, Codable, CaseIterable {
    /// All of it is inserted, nothing of it is durable.
    case inserted
    /// It is durable; the heads beside the log do not name it yet.
    case durable
    /// The heads name it; nobody has been told.
    case sealed
}

/// Called at each edge of a commit, on the writer's thread, with the events of the commit.
package typealias CommitProbe = @Sendable (CommitEdge, [EventRecord]) -> Void
