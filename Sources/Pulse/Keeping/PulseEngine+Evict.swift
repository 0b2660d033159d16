import AgentOSCore
import EventLog
import Glibc

extension PulseEngine {
    /// Clears the workspace of a session that rests, and where wanted lets the files of its checkpoints go; false where it
    /// has been taken up meanwhile, or a process of it may still live.
    func evict(_ id: SessionID, checkpoints: Bool, _ actor: Actor) async throws -> Bool {
        let runner = try await runner(for: id)
        guard await runner.session.state.isEnded else { return false }
        await runner.waitUntilIdle()
        let (keeping, before) = (setting.keeping, await runner.session.version)
        let after = try await runner.perform(by: actor, commandId: nil) { [runner] session in
            guard session.state.isEnded, session.result != .pending, session.delivering == nil,
                try keeping.locks.isFree(id)
            else { return [] }
            let path = keeping.paths.workspace(id)
            let isThere = access(path, F_OK) == 0
            var events: [SessionEvent] = []
            // What is there now is what it is made from again.
            if isThere, !checkpoints, session.base != nil, !session.checkpoints.isEmpty {
                let taken = try await runner.takeCheckpoint(
                    session, cause: "before clearing", name: nil, auto: true)
                if case .checkpointTaken(let now) = taken, now.tree != session.checkpoints.last?.tree {
                    events.append(taken)
                }
            }
            let bytes = isThere ? try await keeping.bytes(of: id) : 0
            events.append(.evicted(Eviction(workspace: isThere, checkpoints: checkpoints, bytes: bytes)))
            try await runner.note(events, by: actor)
            _ = try await keeping.clear(id)
            return []
        }
        return after.version > before
    }

    /// Whether this is the only clearing under way; it is noted as that.
    func beginClearing() -> Bool {
        guard !isClearing else { return false }
        isClearing = true
        return true
    }

    func endClearing() { isClearing = false }
}
