import AgentOSCore
import EventLog

extension SessionRunner {
    func takeCheckpoint(_ session: Session, cause: String, name: String?, auto: Bool) async throws
        -> SessionEvent
    {
        let taken = try await bench.snapshot(session)
        return .checkpointTaken(
            Checkpoint(
                checkpointId: session.nextCheckpointID, number: session.checkpoints.count, tree: taken.tree,
                files: taken.files,
                name: name, cause: cause, auto: auto, messages: session.messages.count, turn: session.turns,
                notes: taken.notes, quarantined: taken.quarantined))
    }

    /// A checkpoint; or, where the files cannot be kept, a pause: what was done since is written down, and a resume
    /// tries again.
    ///
    /// What is refused is too much of the agent's; anything else is the disk's.
    func checkpointOrPause(_ session: Session, cause: String, name: String?, auto: Bool) async throws
        -> SessionEvent
    {
        do {
            return try await takeCheckpoint(session, cause: cause, name: name, auto: auto)
        } catch let fault as Fault where session.state.isWorking {
            report(Fault(fault.code, "session \(id) is paused: \(fault.message)", hint: fault.hint))
            return .paused(reason: fault.code == .refused ? .files : .disk)
        }
    }

    /// Appends events and applies them; the only way the session changes.
    func commit(
        _ events: [SessionEvent], with others: [Append] = [], by actor: Actor, commandId: String? = nil
    ) async throws {
        guard !events.isEmpty else { return }
        let at = clock.now()
        let stream = SessionEvent.stream(id)
        let (clean, stored) = try redacted(clockEvents(at) + events)
        let own = Append(
            tenant: tenant, stream: stream, expectedVersion: session.version,
            events: stored, actor: actor, at: at, commandId: commandId)
        let records = try await log.append([own] + others)
        guard let last = records.last(where: { $0.stream == stream }), last.version > session.version else {
            return
        }
        for event in clean {
            session.apply(event, at: at)
            if case .recovered = event { ranBefore = false }
            if case .clockSet(let by) = event { unwritten -= by }
        }
        if session.runningSince == nil { ranBefore = false }
        if !others.isEmpty { await calls.tellBudgets() }
    }

    /// That the clock was set while the session ran, if it was.
    func clockEvents(_ now: Timestamp) -> [SessionEvent] {
        guard let by = watch.look(now), session.runningSince != nil else { return [] }
        unwritten += by
        return [.clockSet(by: by)]
    }

    /// The events without secrets, and as they are stored.
    private func redacted(_ events: [SessionEvent]) throws -> ([SessionEvent], [NewEvent]) {
        var clean: [SessionEvent] = []
        var stored: [NewEvent] = []
        for event in events {
            var new = try event.encoded(for: id)
            let payload = redact(new.payload)
            if payload == new.payload {
                clean.append(event)
            } else {
                new.payload = payload
                clean.append(try SessionEvent(type: new.type, payload: payload) ?? event)
            }
            stored.append(new)
        }
        return (clean, stored)
    }

    func take() async {
        if lock.tryTake() { return }
        await withCheckedContinuation { lock.enqueue($0) }
    }
}
