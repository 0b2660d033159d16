import AgentOSCore
import EventLog

extension PulseEngine {
    /// Carries out a command about sessions or the inbox.
    ///
    /// Throws a `Fault`.
    public func perform(_ command: Command, by actor: Actor) async throws -> CommandReply {
        let arguments = Arguments(command: command)
        try arguments.check()
        switch command.name {
        case "session.create": return try await create(arguments, actor)
        case "inbox.answer": return try await answer(arguments, actor)
        case "home.gc": return try await clear(arguments, actor)
        default: break
        }
        let id = try await resolve(arguments.text("id"))
        if let reply = try await repeated(command, of: id) {
            return try await command.name == "gate.run" ? repeatedGate(id, arguments) ?? reply : reply
        }
        switch command.name {
        case "session.start":
            if let refusal = setting.refusal { throw refusal }
            let session = try await runner(for: id).session
            if session.state == .created { try checkModel(of: session.config) }
            claim(id)
            let isHeld = isPausedAll
            let time = try startTime(arguments, now: setting.clock.now())
            let first = time ?? session.config.notBefore
            let delay =
                first.flatMap { $0 > setting.clock.now() ? "; it starts not before \($0)" : nil } ?? ""
            return try await change(id, .start(notBefore: time), arguments, actor) { _ in
                isHeld
                    ? "queued; everything is paused, it waits: agentos do host.pause-all off"
                    : "queued\(delay)"
            }
        case "session.say":
            return try await say(id, arguments, actor)
        case "session.fork": return try await fork(id, arguments, actor)
        case "session.pause":
            return try await change(id, .pause, arguments, actor) { session in
                session.state == .paused ? "paused" : "pauses at its next safe point"
            }
        case "session.resume" where isPausedAll:
            throw Fault.refused(
                "cannot resume \(id): everything is paused",
                hint: "let it all go on: agentos do host.pause-all off")
        case "session.resume": return try await change(id, .resume, arguments, actor) { _ in "goes on" }
        case "session.cancel": return try await change(id, .cancel, arguments, actor) { _ in "cancelled" }
        case "session.set":
            let session = try await runner(for: id).session
            let changed = try limits(session.config.limits, setting: arguments.text("setting"))
            let told = consequence(of: changed, on: session, now: setting.clock.now())
            return try await change(id, .setLimits(changed), arguments, actor) { _ in
                "limits changed" + (told.map { "; \($0)" } ?? "")
            }
        case "session.checkpoint": return try await checkpoint(id, arguments, actor)
        case "session.rollback": return try await rollback(id, arguments, actor)
        case "session.undo": return try await undo(id, arguments, actor)
        case "gate.run": return try await runGate(id, arguments, actor)
        case "session.apply": return try await apply(id, arguments, actor)
        case "session.unapply": return try await unapply(id, arguments, actor)
        case "session.export": return try await export(id, arguments, actor)
        case "session.discard": return try await discard(id, arguments, actor)
        default: throw Fault.usage("there is no command \(command.name)", hint: "see: agentos help")
        }
    }

    /// Refuses a model that is not configured; where none is at all, what is left open may still be named.
    func checkModel(of config: SessionConfig) throws(Fault) {
        if config.agent != nil { return }
        if !setting.hasModels, config.model == SessionConfig(name: "", goal: "").model { return }
        try setting.checkModel(config.model)
    }

    private func create(_ arguments: Arguments, _ actor: Actor) async throws -> CommandReply {
        let text = try arguments.text("config")
        var config: SessionConfig
        do { config = try JSONText.decode(SessionConfig.self, from: text) } catch {
            throw Fault.usage("session.create: the configuration cannot be read: \(error)")
        }
        guard !config.goal.isEmpty else { throw Fault.usage("a session needs a goal") }
        guard (1...9).contains(config.priority ?? SessionConfig.usualPriority) else {
            throw Fault.usage("priority is a whole number from 1 to 9", hint: "1 is taken first")
        }
        config.dedup = try arguments.find("dedup") ?? config.dedup
        if let key = config.dedup, let made = try await living(key) { return made }
        do { try checkModel(of: config) } catch {
            throw Fault(.usage, "model: \(error.message)", hint: error.hint)
        }
        try checkJudges(of: config)
        try await setting.delivery.checkWorkspace(config.workspace)
        for _ in 0..<8 {
            let id = setting.makeID()
            do {
                var created = try SessionEvent.created(config: config).encoded(for: id)
                created.payload = setting.redact(created.payload)
                let records = try await setting.log.append(
                    Append(
                        tenant: setting.tenant, stream: SessionEvent.stream(id), expectedVersion: 0,
                        events: [created], actor: actor,
                        at: setting.clock.now(), commandId: arguments.command.id,
                        condition: config.dedup.map { isFree($0, tenant: setting.tenant) }))
                // The same command again answers with the session that it made the first time.
                let made = records.first.flatMap { SessionEvent.session(ofStream: $0.stream) } ?? id
                return CommandReply(
                    "\(made) \(config.name) made",
                    value: ["sessionId": .string(made.rawValue), "name": .string(config.name)])
            } catch is StaleVersion { continue } catch is KeyTaken {
                if let key = config.dedup, let made = try await living(key) { return made }
            }
        }
        throw Fault.failed("no free session id was found", hint: "try again")
    }

    /// Decides, commits, and lets the run go on.
    func change(
        _ id: SessionID, _ wanted: SessionCommand, _ arguments: Arguments, _ actor: Actor,
        _ done: (Session) -> String
    ) async throws -> CommandReply {
        let runner = try await runner(for: id)
        let before = await runner.session
        let session = try await runner.perform(wanted, by: actor, commandId: arguments.command.id)
        await follow(runner, session)
        let message =
            session.version == before.version
            ? "nothing to do: \(session.state.rawValue)" : done(session)
        return CommandReply("\(id) \(message)\(standstill(session))", value: reading(session))
    }

    /// What a receipt says beside where the session has its turn, and nothing here gives it one.
    func standstill(_ session: Session) -> String {
        guard !(isServingSessions && isOurs(session.id)), !isPausedAll else { return "" }
        switch session.state {
        case .queued: return "; it waits for a host: agentos host start"
        case .running, .checkpoint, .gateCheck, .rollback:
            return "; no host runs it: this is kept, and takes effect when one does: agentos host start"
        case .created, .paused, .complete, .failed, .rolledBack, .cancelled: return ""
        }
    }

    /// Lets a session's run go on after a command, and the queue too.
    func follow(_ runner: SessionRunner, _ session: Session) async {
        if session.state == .queued {
            do { try await startQueued() } catch {
                setting.report(Fault.failed("the queue cannot be read: \(error)"))
            }
        } else if session.state.isWorking {
            go(session.id)
        }
        noteChange()
    }

    /// The session that lives with a key, as the answer to who wants to make another.
    private func living(_ key: String) async throws -> CommandReply? {
        let found = try await setting.log.read { [tenant = setting.tenant] sql in
            try sql.first(
                """
                SELECT id, name, state FROM sessions WHERE tenant = ? AND id IN
                    (SELECT id FROM session_keys WHERE tenant = ? AND key = ?) ORDER BY created DESC LIMIT 1
                """, [tenant, tenant, key]
            ) {
                (try $0.at(0, as: String.self), try $0.at(1, as: String.self), try $0.at(2, as: String.self))
            }
        }
        return found.map { id, name, state in
            CommandReply(
                "\(id) \(name) lives with the key \(key) and is \(state): no other was made",
                value: [
                    "sessionId": .string(id), "name": .string(name), "state": .string(state),
                    "existing": true,
                ])
        }
    }

    /// What a reply tells of a session.
    func reading(_ session: Session) -> JSONValue {
        var members: [String: JSONValue] = [
            "sessionId": .string(session.id.rawValue), "state": .string(session.state.rawValue),
            "version": .int(session.version),
        ]
        if let reason = session.reason { members["reason"] = .string(reason.description) }
        return .object(members)
    }

    private func answer(_ arguments: Arguments, _ actor: Actor) async throws -> CommandReply {
        let item = ItemID(try arguments.text("id"))
        let text = try arguments.text("answer")
        guard let dot = item.rawValue.lastIndex(of: ".") else {
            throw Fault.notFound(
                "there is no item '\(SafeText(item.rawValue))'", hint: "see: agentos inbox list")
        }
        let id = try await resolve(String(item.rawValue[..<dot]))
        if let reply = try await repeated(arguments.command, of: id) { return reply }
        let runner = try await runner(for: id)
        let wanted = ItemID("\(id)\(item.rawValue[dot...])")
        let rule = try arguments.find("always")
        let asked = await runner.session.requests.first { $0.itemId == wanted }
        let told = asked.map { answerWords(personsAnswer(text, to: $0)) } ?? "answered"
        let after = try await runner.perform(by: actor, commandId: arguments.command.id) { session in
            if wanted == ItemID("\(id).l"), session.state == .paused, let lifted = try lift(text, session) {
                if let rule { throw ruleFault(rule) }
                return try decide(lifted, in: session)
            }
            guard let request = session.requests.first(where: { $0.itemId == wanted }) else {
                throw Fault.refused(
                    "\(wanted) does not wait for an answer",
                    hint: wanted == ItemID("\(id).r")
                        ? "take it: agentos session apply \(id); or: agentos session discard \(id)"
                        : "see: agentos inbox list")
            }
            let answer = personsAnswer(text, to: request)
            if let rule {
                guard request.kind == .approval, answer == .yes, ruleIsWhole(rule) else {
                    throw ruleFault(rule)
                }
                // A rule that this very call shows to be mistaken would never hold, or hold something else.
                let (tool, subject) = (request.call.name, callSubject(request.call))
                guard ruleAllows(rule, tool: tool, subject: subject) else {
                    throw Fault.usage(
                        "always '\(SafeText(rule))' does not cover the call that it answers: \(SafeText("\(tool) \(subject)"))",
                        hint: "write TOOL PATTERN; a * covers no character that begins another command")
                }
            }
            let events = try decide(.answer(wanted, answer), in: session)
            return rule.map { [.allowed(rule: $0)] + events } ?? events
        }
        await follow(runner, after)
        return CommandReply(
            "\(wanted) \(told)\(standstill(after))", value: reading(after))
    }

    private func checkpoint(_ id: SessionID, _ arguments: Arguments, _ actor: Actor) async throws
        -> CommandReply
    {
        let runner = try await runner(for: id)
        let name = try arguments.find("name")
        guard let taken = try await runner.checkpoint(named: name, by: actor, commandId: arguments.command.id)
        else {
            let session = await runner.session
            return CommandReply(
                "\(id) takes a checkpoint at its next safe point\(standstill(session))",
                value: reading(session))
        }
        return CommandReply(
            "\(taken.checkpointId) taken, \(counted(taken.files, "file"))",
            value: [
                "checkpointId": .string(taken.checkpointId.rawValue), "sessionId": .string(id.rawValue),
                "tree": .string(taken.tree.rawValue),
            ])
    }
}

/// Another session lives with the key.
private struct KeyTaken: Error {}

/// The condition that no session lives with a key, asked in the transaction that makes one.
private func isFree(_ key: String, tenant: TenantID) -> Append.Condition {
    { sql in
        let taken = try sql.value(
            "SELECT 1 FROM session_keys WHERE tenant = ? AND key = ? LIMIT 1", [tenant, key], as: Int.self)
        if taken != nil { throw KeyTaken() }
    }
}

/// When a session may be started, as its command says: a time, or so long from now; nil where it says nothing.
private func startTime(_ arguments: Arguments, now: Timestamp) throws(Fault) -> Timestamp? {
    let (at, span) = (try arguments.find("at"), try arguments.find("in"))
    switch (at, span) {
    case (nil, nil): return nil
    case (let text?, nil):
        if let time = Timestamp(text) { return time }
        throw Fault.usage("'\(SafeText(text))' is not a time", hint: "write --at 2026-11-23T03:00:00Z")
    case (nil, let text?):
        if let wait = DurationText.milliseconds(text) { return now.adding(milliseconds: wait) }
        throw Fault.usage("'\(SafeText(text))' is not a duration", hint: "write --in 2h")
    case (_?, _?): throw Fault.usage("a session starts at a time or in so long, not both", hint: "give one")
    }
}

private func ruleFault(_ rule: String) -> Fault {
    .usage(
        "always '\(SafeText(rule))' goes with yes to a call", hint: "write: --always 'shell git status*'")
}
