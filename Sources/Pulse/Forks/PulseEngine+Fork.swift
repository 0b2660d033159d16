import AgentOSCore
import EventLog

/// New sessions that go on from a checkpoint of another.
extension PulseEngine {
    /// Makes a session from a checkpoint; it is queued where that is asked for.
    func fork(_ id: SessionID, _ arguments: Arguments, _ actor: Actor) async throws -> CommandReply {
        let parent = try await runner(for: id).session
        let target = try checkpoint(arguments.text("checkpoint"), of: parent)
        let order = ForkOrder(
            target: target, say: try arguments.find("say"), name: try arguments.find("name"),
            isStarted: try arguments.flag("start"), actor: actor, commandId: arguments.command.id)
        let made = try await fork(parent, order)
        let next =
            made.state == .created ? "start it: agentos session start \(made.id)" : made.state.rawValue
        return CommandReply(
            "\(made.id) \(made.config.name) made from \(target.checkpointId); \(next)\(standstill(made))",
            value: reading(made))
    }

    /// Says something: to a session that is not over, else to a fork that goes on from where it ended.
    func say(_ id: SessionID, _ arguments: Arguments, _ actor: Actor) async throws -> CommandReply {
        let text = try arguments.text("text")
        let runner = try await runner(for: id)
        let session = await runner.session
        guard session.state.isEnded else {
            let (isNow, isLate) = (try arguments.flag("now"), try arguments.flag("after-turn"))
            if isNow, isLate {
                throw Fault.usage("now and after-turn exclude each other", hint: "give one of them")
            }
            let runsHere = isBusy(id)
            let reply = try await change(id, .say(text, afterTurn: isLate), arguments, actor) { session in
                if isNow, runsHere { return "hears it now" }
                return isLate ? "will hear it after this turn" : "will hear it at its next turn"
            }
            if isNow { await runner.cutCall() }
            return reply
        }
        // A rollback went to where it is to go on; all others ended where they last stood.
        let wanted = session.state == .rolledBack ? session.rollback?.checkpointId : nil
        guard
            let target = wanted.flatMap({ id in session.checkpoints.first { $0.checkpointId == id } })
                ?? session.checkpoints.last
        else {
            throw cannot(
                "say something to", session, hint: "it has no checkpoint to go on from; make a new one")
        }
        let made = try await fork(
            session,
            ForkOrder(
                target: target, say: text, name: nil, isStarted: true, actor: actor,
                commandId: arguments.command.id))
        return CommandReply(
            "\(id) is \(session.state.rawValue); it goes on as \(made.id) \(made.config.name)\(standstill(made))",
            value: reading(made))
    }

    private func fork(_ known: Session, _ order: ForkOrder) async throws -> Session {
        let target = order.target
        if known.areCheckpointsCleared { throw clearedFault(known.id) }
        if order.isStarted {
            if let refusal = setting.refusal { throw refusal }
            try checkModel(of: known.config)
        }
        // As it stood at that checkpoint, whatever a rollback has left since.
        let then = try await setting.log.read { [tenant = setting.tenant] sql in
            try Session.load(known.id, tenant: tenant, until: target.checkpointId, in: sql)
        }
        guard let then, let fork = SessionFork(of: then, at: target) else {
            throw Fault.failed("\(known.id): the checkpoint \(target.checkpointId) cannot be read")
        }
        var config = known.config
        config.workspace = config.workspace.forFork
        (config.record, config.notBefore, config.dedup) = (nil, nil, nil)
        config.name = try await freeName(order.name ?? config.name, isGiven: order.name != nil)
        let (setting, plain) = (setting, config)
        let runner = try await runner(for: known.id)
        let told = MadeSession()
        // With the parent's lock held, so that its files are not cleared meanwhile.
        _ = try await runner.perform(by: order.actor, commandId: nil) { parent in
            if parent.areCheckpointsCleared { throw clearedFault(parent.id) }
            await told.tell(try await append(plain, fork, order, setting))
            return []
        }
        guard let made = await told.id else { throw Fault.failed("\(known.id) was not forked") }
        if order.isStarted { claim(made) }
        let child = try await self.runner(for: made)
        let session = await child.session
        await follow(child, session)
        return session
    }

    /// A name that no session has: the parent's with the next number, so that each can be called by its name.
    private func freeName(_ name: String, isGiven: Bool) async throws -> String {
        guard !isGiven else { return name }
        var stem = name
        if let dash = name.lastIndex(of: "-"), let number = Int(name[name.index(after: dash)...]), number > 1
        {
            stem = String(name[..<dash])
        }
        let base = stem
        return try await setting.log.read { [tenant = setting.tenant] sql in
            var number = 2
            while try sql.value(
                "SELECT 1 FROM sessions WHERE tenant = ? AND name = ? LIMIT 1",
                [tenant, "\(base)-\(number)"],
                as: Int.self) != nil
            {
                number += 1
            }
            return "\(base)-\(number)"
        }
    }
}

/// What a fork is made of.
private struct ForkOrder: Sendable {
    var target: Checkpoint
    var say: String?
    var name: String?
    var isStarted: Bool
    var actor: Actor
    var commandId: String
}

/// The session that was made while the parent's lock was held.
private actor MadeSession {
    private(set) var id: SessionID?
    func tell(_ id: SessionID) { self.id = id }
}

/// Writes the first events of a fork, in one commit.
private func append(
    _ config: SessionConfig, _ fork: SessionFork, _ order: ForkOrder, _ setting: PulseSetting
) async throws -> SessionID {
    for _ in 0..<8 {
        let id = setting.makeID()
        var events: [SessionEvent] = [.created(config: config), .forked(fork)]
        if let text = order.say, !text.isEmpty {
            events.append(.said(messageId: MessageID("\(id).s1"), text: text))
        }
        if order.isStarted { events.append(.queued(attempt: 1)) }
        do {
            let records = try await setting.log.append(
                Append(
                    tenant: setting.tenant, stream: SessionEvent.stream(id), expectedVersion: 0,
                    events: try events.map { event in
                        var new = try event.encoded(for: id)
                        new.payload = setting.redact(new.payload)
                        return new
                    }, actor: order.actor, at: setting.clock.now(), commandId: order.commandId))
            // The same command again answers with the session that it made the first time.
            return records.first.flatMap { SessionEvent.session(ofStream: $0.stream) } ?? id
        } catch is StaleVersion { continue }
    }
    throw Fault.failed("no free session id was found", hint: "try again")
}

extension SessionRunner {
    /// Ends the call of a model or a tool under way, if there is one: a model's is counted as lost, a tool's is told to
    /// have been ended by a person, and the next model call hears what was said.
    func cutCall() {
        switch session.inflight {
        case .model, .tool: current?.cancel()
        case .setup, .gate, nil: break
        }
    }
}

extension Session {
    /// Folds a session up to the event that took a checkpoint; nil without that.
    static func load(_ id: SessionID, tenant: TenantID, until checkpoint: CheckpointID, in sql: SQLReader)
        throws
        -> Session?
    {
        let versions = try sql.rows(
            "SELECT version, payload FROM events WHERE tenant = ? AND stream = ? AND type = 'session.checkpoint' ORDER BY version",
            [tenant, SessionEvent.stream(id)]
        ) { (try $0.at(0, as: Int64.self), try $0.at(1, as: String.self)) }
        for (version, payload) in versions {
            let event = try SessionEvent(type: "session.checkpoint", payload: payload)
            guard case .checkpointTaken(let taken) = event, taken.checkpointId == checkpoint else { continue }
            return try load(id, tenant: tenant, to: version, in: sql)
        }
        return nil
    }
}
