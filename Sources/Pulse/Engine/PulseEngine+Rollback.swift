import AgentOSCore

extension PulseEngine {
    func rollback(_ id: SessionID, _ arguments: Arguments, _ actor: Actor) async throws -> CommandReply {
        let runner = try await runner(for: id)
        let wanted = try arguments.find("checkpoint")
        let (onlyFiles, onlyContext) = (try arguments.flag("files"), try arguments.flag("context"))
        let target = try checkpoint(wanted, of: await runner.session)
        try await standStill(runner, actor, arguments.command.id)
        // What it leaves behind, nobody would settle any more.
        try await runner.settleLeft()
        let notes = RollbackNotes()
        let after = try await runner.perform(by: actor, commandId: arguments.command.id) { [runner] session in
            switch session.state {
            case .paused, .complete, .failed, .cancelled: break
            case .rolledBack:
                throw cannot("roll back", session, hint: "undo it first: agentos session undo \(session.id)")
            case .created, .queued, .running, .checkpoint, .gateCheck, .rollback:
                throw cannot("roll back", session)
            }
            let safety = try await runner.takeCheckpoint(
                session, cause: "before rollback", name: nil, auto: true)
            if !onlyContext, case .checkpointTaken(let checkpoint) = safety {
                var found = try await self.notes(session, from: checkpoint.tree, to: target)
                found.unheld = checkpoint.unheld
                await notes.keep(found)
            }
            let rollback = Rollback(
                checkpointId: target.checkpointId, safety: session.nextCheckpointID, files: !onlyContext,
                context: !onlyFiles,
                from: session.state)
            return [safety, .rollbackStarted(rollback)]
        }
        guard after.state == .rollback else {
            return CommandReply("\(id) nothing to do: \(after.state.rawValue)", value: reading(after))
        }
        // Not the caller's to cancel: a restore that was begun is finished.
        let restoring = Task { await runner.run() }
        await restoring.value
        let ended = await runner.session
        guard ended.state == .rolledBack else {
            throw Fault.failed(
                "\(id) was not rolled back: \(ended.error ?? ended.state.rawValue)",
                hint: "look: agentos session log \(id)")
        }
        return CommandReply(
            (["\(id) is back at \(target.checkpointId); undo: agentos session undo \(id)"]
                + (await notes.told(safety: ended.rollback?.safety)) + stayingDeliveries(ended)).joined(
                    separator: "; "), value: reading(ended))
    }

    func undo(_ id: SessionID, _ arguments: Arguments, _ actor: Actor) async throws -> CommandReply {
        let runner = try await runner(for: id)
        let bench = setting.bench
        let after = try await runner.perform(by: actor, commandId: arguments.command.id) { [runner] session in
            guard session.state == .rolledBack, let rollback = session.rollback else {
                throw cannot(
                    "undo a rollback of", session,
                    hint: "only the last rollback can be undone, before the session goes on")
            }
            guard let safety = session.checkpoints.first(where: { $0.checkpointId == rollback.safety }) else {
                throw Fault.failed("\(session.id): the checkpoint \(rollback.safety) is missing")
            }
            if case .inplace = session.config.workspace, rollback.files {
                try await refuseChanges(since: rollback, safety, session)
            }
            try await runner.note([.undoStarted(checkpointId: rollback.safety)], by: actor)
            let files = rollback.files ? try await bench.restore(session, safety.tree) : 0
            return [.undone(checkpointId: rollback.safety, files: files)]
        }
        let safety = after.checkpoints.last { $0.cause == "before rollback" }
        return CommandReply(
            (["\(id) is as it was before the rollback: \(after.state.rawValue)"] + (safety?.unheld ?? []))
                .joined(separator: "; "), value: reading(after))
    }

    /// Refuses where an undo would take away what was written in the person's own folder since the rollback.
    private func refuseChanges(since rollback: Rollback, _ safety: Checkpoint, _ session: Session)
        async throws
    {
        guard let target = session.checkpoints.first(where: { $0.checkpointId == rollback.checkpointId })
        else { return }
        let bench = setting.bench
        let now = try await bench.snapshot(session).tree
        let comesBack = try await bench.diff(session, target.tree, safety.tree).files
            .filter { $0.change == .added }.map(\.path)
        // A file that is new and that the undo does not bring back stays where it is.
        let changed = try await bench.diff(session, target.tree, now).files
            .filter { $0.change != .added || comesBack.contains($0.path) }
        guard let first = changed.first else { return }
        let more = changed.count > 1 ? " and \(changed.count - 1) more" : ""
        throw Fault.refused(
            "cannot undo the rollback of \(session.id): \(SafeText(first.path))\(more) changed since",
            hint: "put those changes aside, then undo again")
    }

    /// Ends the call under way of a working session and pauses it, so that no process of it lives.
    private func standStill(_ runner: SessionRunner, _ actor: Actor, _ commandId: String) async throws {
        switch await runner.session.state {
        case .running, .checkpoint, .gateCheck: break
        case .created, .queued, .paused, .complete, .failed, .rollback, .rolledBack, .cancelled:
            return await runner.waitUntilIdle()
        }
        if isServingSessions { go(await runner.session.id) }
        try await runner.interrupt(by: actor, commandId: commandId + "/pause")
    }

    /// A checkpoint by its id, `cN` or its name; checkpoint 0 for nil.
    nonisolated func checkpoint(_ text: String?, of session: Session) throws(Fault) -> Checkpoint {
        guard let first = session.checkpoints.first else {
            throw Fault.refused(
                "\(session.id) is \(session.state.rawValue) and has no checkpoint yet",
                hint: "it takes one when it starts")
        }
        guard let text else { return first }
        try requireID(text, of: "checkpoint")
        let found = session.checkpoints.last { checkpoint in
            checkpoint.checkpointId.rawValue == text || "c\(checkpoint.number)" == text
                || checkpoint.name == text
        }
        guard let found else {
            throw Fault.notFound(
                "\(session.id) has no checkpoint '\(SafeText(text))'",
                hint: "see: agentos session checkpoints \(session.id)")
        }
        return found
    }
}
