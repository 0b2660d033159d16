import AgentOSCore
import Workspaces

/// What of a rollback a person must be told, because no diff shows it.
actor RollbackNotes {
    /// What was found out before the files were put back.
    struct Found: Sendable {
        /// Files of a folder of the person's own that changed since the session's last checkpoint and are put back.
        var changed: [String] = []
        /// That checkpoint.
        var since: CheckpointID?
        /// What of the repository around them stays as it is.
        var repository: [String] = []
        /// What the checkpoint before the rollback does not hold, so that it stays where it is.
        var unheld: [String] = []
    }

    private var found = Found()

    func keep(_ found: Found) { self.found = found }

    /// The lines of the receipt.
    func told(safety: CheckpointID?) -> [String] {
        found.lines(
            bringsBack: safety.map { "undo brings them back, \($0) holds them" } ?? "undo brings them back")
    }
}

extension RollbackNotes.Found {
    /// A line for each thing found.
    func lines(bringsBack: String) -> [String] {
        let rest = repository + unheld
        guard let since, !changed.isEmpty else { return rest }
        let more = changed.count > 10 ? ", … (\(changed.count))" : ""
        return [
            "changed since \(since), the session's last checkpoint, and taken along: "
                + changed.prefix(10).joined(separator: ", ") + "\(more); \(bringsBack)"
        ] + rest
    }
}

extension PulseEngine {
    /// What a rollback from the files as they are would take along or leave, for a folder of the person's own.
    nonisolated func notes(_ session: Session, from now: TreeID, to target: Checkpoint) async throws
        -> RollbackNotes.Found
    {
        var found = RollbackNotes.Found()
        guard session.isInPlace else { return found }
        found.repository = try await setting.delivery.repository(session)
        guard let last = session.lastOwnCheckpoint else { return found }
        let bench = setting.bench
        let goes = Set(try await bench.diff(session, now, target.tree).files.map(\.path))
        found.since = last.checkpointId
        found.changed = try await bench.diff(session, last.tree, now).files.map(\.path).filter(goes.contains)
        return found
    }
}

extension Session {
    /// The last checkpoint that its own work led to, and not a person's command.
    fileprivate var lastOwnCheckpoint: Checkpoint? {
        let commands = ["before rollback", "before clearing"]
        return checkpoints.last { checkpoint in
            !commands.contains(checkpoint.cause) && (checkpoint.auto || config.checkpoint == .manual)
        }
    }
}

extension Checkpoint {
    /// What it tells of files that it does not hold: they were left where they are.
    var unheld: [String] { notes.map { "of \(checkpointId): \($0)" } }
}

/// What was applied and stays where it is though the session is rolled back.
func stayingDeliveries(_ session: Session) -> [String] {
    guard !session.deliveries.isEmpty else { return [] }
    let places = session.deliveries.map { $0.branch.map { "branch \($0)" } ?? counted($0.files, "file") }
    return [
        "what was applied stays: \(places.joined(separator: ", ")); take it back: agentos session unapply \(session.id)"
    ]
}
