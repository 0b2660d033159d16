import AgentOSCore
import EventLog

extension ChainEngine {
    /// Carries out a command about chains.
    ///
    /// Throws a `Fault`.
    public func perform(_ command: Command, by actor: Actor) async throws -> CommandReply {
        let arguments = Arguments(command: command)
        try arguments.check()
        if command.name == "chain.create" { return try await create(arguments, actor) }
        let id = try await resolve(arguments.text("id"))
        if let reply = try await repeated(command, of: id) { return reply }
        switch command.name {
        case "chain.start":
            if let refusal = setting.refusal { throw refusal }
            claim(id)
            return try await change(id, .start, arguments, actor) { isServing in
                Self.receipt("queued", isServing)
            }
        case "chain.pause":
            return try await change(id, .pause, arguments, actor) { isServing in
                Self.receipt("pauses, its sessions at their next safe point", isServing)
            }
        case "chain.resume":
            claim(id)
            return try await resume(id, arguments, actor)
        case "chain.cancel":
            return try await change(id, .cancel, arguments, actor) { _ in "cancelled, with its sessions" }
        case "chain.set":
            let budget = try Self.budget(arguments.text("setting"))
            return try await change(id, .setBudget(budget), arguments, actor) { _ in "budget changed" }
        case "chain.apply": return try await apply(id, arguments, actor)
        case "chain.discard": return try await discard(id, arguments, actor)
        default: throw Fault.usage("there is no command \(command.name)", hint: "see: agentos help")
        }
    }

    private func create(_ arguments: Arguments, _ actor: Actor) async throws -> CommandReply {
        let config: ChainConfig
        do { config = try JSONText.decode(ChainConfig.self, from: try arguments.text("config")) } catch let
            fault as Fault
        {
            throw fault
        } catch {
            throw Fault.usage("chain.create: the configuration cannot be read: \(error)")
        }
        if let problem = try ChainGraph(config).problems().first { throw problem.fault }
        for step in config.steps where step.from.isEmpty {
            // A folder whose name is known only later is looked at when its step begins.
            guard try ChainText.names(in: step.session).isEmpty else { continue }
            try await setting.delivery.checkWorkspace(step.session.workspace)
        }
        let event = ChainEvent.created(config: config)
        for _ in 0..<8 {
            let id = ChainID(setting.makeID().rawValue)
            do {
                let records = try await setting.log.append(
                    Append(
                        tenant: setting.tenant, stream: ChainEvent.stream(id), expectedVersion: 0,
                        events: [try event.encoded(for: id) { _ in nil }], actor: actor,
                        at: setting.clock.now(),
                        commandId: arguments.command.id))
                let made = records.first.flatMap { ChainEvent.chain(ofStream: $0.stream) } ?? id
                return CommandReply(
                    "\(made) \(config.name) made",
                    value: ["chainId": .string(made.rawValue), "name": .string(config.name)])
            } catch is StaleVersion { continue }
        }
        throw Fault.failed("no free chain id was found", hint: "try again")
    }

    /// Decides, commits, and lets the chain go on.
    private func change(
        _ id: ChainID, _ wanted: ChainCommand, _ arguments: Arguments, _ actor: Actor,
        _ done: (Bool) -> String
    ) async throws -> CommandReply {
        while true {
            let chain = try await load(id)
            let events = try decide(wanted, in: chain)
            guard !events.isEmpty else {
                go(id)
                return CommandReply("\(id) nothing to do: \(chain.state.rawValue)", value: reading(chain))
            }
            do {
                try await append(events, to: chain, by: actor, commandId: arguments.command.id)
            } catch is StaleVersion { continue }
            let after = try await load(id)
            await settle(after)
            go(id)
            return CommandReply("\(id) \(done(isServingChains && isOurs(id)))", value: reading(after))
        }
    }

    /// Where no chain is run in this process, a command reaches the sessions of its chain at once.
    private func settle(_ chain: Chain) async {
        guard !isServingChains else { return }
        let now = setting.clock.now()
        for case .order(let verb, let session, let step) in effects(for: chain, now: now, startsNothing: true)
        {
            do { _ = try await send(verb, session, "\(verb)-\(chain.version)", of: chain.id, step, 0) } catch
            {
                // It ended or stands still already.
            }
        }
    }

    /// A chain that waits for its sessions goes on with them; any other by itself.
    private func resume(_ id: ChainID, _ arguments: Arguments, _ actor: Actor) async throws -> CommandReply {
        let prefer = try arguments.find("prefer")
        let chain = try await load(id)
        guard chain.state == .paused, chain.pause?.step != nil else {
            return try await change(id, .resume(prefer: prefer), arguments, actor) { isServing in
                Self.receipt("goes on", isServing)
            }
        }
        var resumed = 0
        for run in chain.runs where run.state == .paused {
            guard let session = run.sessionId else { continue }
            _ = try await pulse.perform(
                Command(
                    id: "\(arguments.command.id)/\(session)", name: "session.resume",
                    arguments: ["id": .string(session.rawValue)]), by: actor)
            resumed += 1
        }
        go(id)
        let isServing = isServingChains && isOurs(id)
        return CommandReply(
            "\(id) \(Self.receipt("goes on, \(counted(resumed, "session"))", isServing))",
            value: reading(chain))
    }

    /// What was done, and where nothing here goes on with it what it waits for.
    private static func receipt(_ done: String, _ isServing: Bool) -> String {
        isServing ? done : "\(done); it waits for a host: agentos host start"
    }

    private static func budget(_ text: String) throws(Fault) -> Money? {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == "budget" else {
            throw Fault.usage("'\(SafeText(text))' sets nothing", hint: "write budget=5.00, or budget=none")
        }
        if parts[1] == "none" { return nil }
        guard let amount = Money(String(parts[1])), amount > .zero else {
            throw Fault.usage("budget is an amount in USD above 0", hint: "write budget=5.00, or budget=none")
        }
        return amount
    }

    /// What a reply tells of a chain.
    func reading(_ chain: Chain) -> JSONValue {
        var members: [String: JSONValue] = [
            "chainId": .string(chain.id.rawValue), "state": .string(chain.state.rawValue),
            "version": .int(chain.version),
        ]
        if let reason = chain.pause?.reason { members["reason"] = .string(reason) }
        return .object(members)
    }

    /// The full id of a chain given by its id, an unambiguous prefix of it, or its unique name; of several runs of a
    /// name the latest.
    public func resolve(_ text: String) async throws -> ChainID {
        try requireID(text, of: "chain")
        let wanted = text.lowercased()
        let found = try await setting.log.read { [tenant = setting.tenant] sql in
            try sql.rows(
                """
                SELECT id, name FROM chains WHERE tenant = ? AND (substr(id, 1, length(?)) = ? OR name = ?)
                ORDER BY created DESC, id LIMIT 20
                """, [tenant, wanted, wanted, text]
            ) { (try $0.at(0, as: ChainID.self), try $0.at(1, as: String.self)) }
        }
        if let exact = found.first(where: { $0.0.rawValue == wanted }) { return exact.0 }
        guard let first = found.first else {
            throw Fault.notFound("there is no chain '\(SafeText(text))'", hint: "see: agentos chain list")
        }
        guard found.count == 1 else {
            let ids = found.prefix(5).map { "\($0.0) (\(SafeText($0.1)))" }.joined(separator: ", ")
            throw Fault.usage(
                "'\(SafeText(text))' stands for more than one chain: \(ids)", hint: "give more of the id")
        }
        return first.0
    }

    // MARK: Taking the result

    /// Says that a chain's result is not wanted, and that of no session of it.
    private func discard(_ id: ChainID, _ arguments: Arguments, _ actor: Actor) async throws -> CommandReply {
        let chain = try await load(id)
        let carriers = Set(chain.lastSources.map(\.session))
        for session in carriers where try await pulse.session(session).result == .applied {
            throw Fault.refused(
                "\(id) is applied", hint: "put it back first: agentos session unapply \(session)")
        }
        let reply = try await change(id, .discard, arguments, actor) { _ in
            "discarded; its files stay until they are cleared"
        }
        for session in chain.runs.flatMap(\.sessions)
        where try await pulse.session(session).result == .pending {
            _ = try await pulse.perform(
                Command(
                    id: "\(arguments.command.id)/\(session)", name: "session.discard",
                    arguments: ["id": .string(session.rawValue)]), by: actor)
        }
        return reply
    }

    /// Delivers the last tree as the result of the last session that worked on it.
    private func apply(_ id: ChainID, _ arguments: Arguments, _ actor: Actor) async throws -> CommandReply {
        let chain = try await load(id)
        guard !chain.state.isWorking else {
            throw Fault.refused("\(id) is still working", hint: "pause it or wait: agentos chain show \(id)")
        }
        let last = chain.lastSources
        guard !last.isEmpty else {
            throw Fault.refused("\(id) has no result to take", hint: "see: agentos chain show \(id)")
        }
        switch try await chain.merged(last.map(\.source), setting.chainFiles) {
        case .own: throw Fault.refused("\(id) has no result to take", hint: "see: agentos chain show \(id)")
        case .missing(let why):
            throw Fault.refused("\(id): \(why)", hint: "take them apart: agentos session apply")
        case .conflict(let why):
            throw Fault.failed(
                "\(id): \(why); nothing was written", hint: "take them apart: agentos session apply")
        case .handed(let tree, _):
            guard let carrier = (last.last { $0.source.product.tree == tree } ?? last.last)?.session else {
                throw Fault.refused("\(id) has no result to take", hint: "see: agentos chain show \(id)")
            }
            let reply = try await pulse.apply(carrier, arguments, actor, tree: tree)
            if reply.code == .done { await own(carrier, by: id) }
            return reply
        }
    }
}

extension Chain {
    /// What green steps left that no later green step has gone on with, in the order of the steps: the chain's result.
    var lastSources: [(source: Source, session: SessionID)] {
        let green = runs.filter { $0.result == .passed && $0.product != nil }
        let taken = Set(
            green.flatMap { run in config.step(run.id.step)?.from ?? [] })
        return green.compactMap { run in
            guard let product = run.product, let session = run.sessionId, !taken.contains(run.id.step),
                product.base.source != nil
            else { return nil }
            return (Source(step: run.id.step, product: product), session)
        }
    }
}
