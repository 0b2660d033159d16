import AgentOSCore
import EventLog

/// The engine of chains: makes them, runs their steps as sessions, answers for them.
///
/// It starts sessions by sending their commands as anybody does, and learns what became of them from the log. All
/// that it knows is a fold over the chain's events, so a restart folds and goes on; the ids of its commands are made
/// of the chain, the step and the try, so that a crash between two events starts nothing twice.
public actor ChainEngine {
    let setting: PulseSetting
    let pulse: PulseEngine
    private var chains: [ChainID: Chain] = [:]
    private var owners: [SessionID: ChainID] = [:]
    private var busy: Set<ChainID> = []
    private var pokedAgain: Set<ChainID> = []
    private var timers: [ChainID: Task<Void, Never>] = [:]
    private let (pokes, poke) = AsyncStream.makeStream(of: ChainID.self)
    private var isServing = false
    private var isStopping = false
    private var isDraining = false
    /// The chain that alone is run where only the first one is.
    private var first: ChainID?
    private var waiters: [CheckedContinuation<Void, Never>] = []

    /// An engine over the sessions of another; it runs nothing before `run`.
    public init(_ setting: PulseSetting, pulse: PulseEngine) {
        self.setting = setting
        self.pulse = pulse
    }

    // MARK: Service

    /// Takes up what an earlier host left, then runs chains until `stop`.
    public func run() async throws {
        isServing = true
        let events = setting.log.follow(
            tenant: setting.tenant, after: setting.log.head(tenant: setting.tenant))
        try await takeUp()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for try await event in events { await self.hear(event) }
            }
            group.addTask {
                await withDiscardingTaskGroup { advances in
                    for await id in self.pokes {
                        advances.addTask {
                            await self.advance(id)
                            await self.ended(id)
                        }
                    }
                }
            }
            // The chains end with `stop`; what is followed then ends too.
            defer { group.cancelAll() }
            while !isStopping, try await group.next() != nil {}
            poke.finish()
        }
    }

    /// Starts no more steps, and ends `run`.
    public func stop() {
        isStopping = true
        for timer in timers.values { timer.cancel() }
        timers = [:]
        poke.finish()
        wake()
    }

    /// Starts no more steps.
    public func drain() { isDraining = true }

    /// Whether no chain has anything to do by itself.
    public func isIdle() async throws -> Bool {
        guard isServing, !isDraining else { return true }
        guard busy.isEmpty else { return false }
        let working = try await setting.log.read { [tenant = setting.tenant] sql in
            try sql.rows(
                "SELECT id FROM chains WHERE tenant = ? AND state IN ('QUEUED', 'RUNNING')", [tenant]
            ) { try $0.at(0, as: ChainID.self) }
        }
        return !working.contains(where: isOurs)
    }

    /// Returns once a chain has moved on, or the engine stops.
    public func waitForMove() async {
        guard !isStopping else { return }
        await withCheckedContinuation { waiters.append($0) }
    }

    private func wake() {
        for waiter in waiters { waiter.resume() }
        waiters = []
    }

    private func takeUp() async throws {
        guard !setting.runsOnlyFirst else { return }
        let live = try await setting.log.read { [tenant = setting.tenant] sql in
            try sql.rows("SELECT id FROM chains WHERE tenant = ? AND live = 1 ORDER BY created", [tenant]) {
                try $0.at(0, as: ChainID.self)
            }
        }
        for id in live { go(id) }
    }

    private func hear(_ event: EventRecord) {
        if let id = ChainEvent.chain(ofStream: event.stream) {
            go(id)
        } else if let id = SessionEvent.session(ofStream: event.stream), let chain = owners[id],
            Self.tells(event.type)
        {
            go(chain)
        }
    }

    /// Whether an event of a session can change what its chain does.
    private static func tells(_ type: String) -> Bool {
        switch type {
        case "session.started", "session.paused", "session.resumed", "session.completed", "session.failed",
            "session.cancelled", "session.rolledback", "session.queued", "session.undone",
            "session.recovered":
            true
        default: false
        }
    }

    /// Has a chain looked at; nothing is lost while it is being looked at already.
    func go(_ id: ChainID) {
        guard isServing, !isStopping, isOurs(id) else { return }
        if busy.insert(id).inserted { poke.yield(id) } else { pokedAgain.insert(id) }
    }

    private func ended(_ id: ChainID) {
        busy.remove(id)
        if pokedAgain.remove(id) != nil { go(id) }
        wake()
    }

    /// Whether a chain is run here at all.
    func isOurs(_ id: ChainID) -> Bool { !setting.runsOnlyFirst || first == id }

    /// Notes which chain was started here first.
    func claim(_ id: ChainID) { first = first ?? id }

    /// Whether chains are run in this process.
    var isServingChains: Bool { isServing && !isStopping }

    // MARK: Advancing

    /// Does all that a chain needs now.
    private func advance(_ id: ChainID) async {
        do {
            while !isStopping {
                let chain = try await load(id)
                do {
                    if try await step(chain) { continue }
                    return
                } catch is StaleVersion { continue }
            }
        } catch is CancellationError {
            // The host is ending: the next one goes on.
        } catch {
            setting.report(
                Fault.failed(
                    "chain \(id) stands still: \(error)", hint: "restart the host: agentos host restart"))
        }
    }

    /// One round; whether another follows.
    private func step(_ chain: Chain) async throws -> Bool {
        let seen = try await observe(chain)
        if !seen.isEmpty {
            try await append(seen, to: chain, by: actor(chain.id))
            return true
        }
        var goesOn = false
        let ran = try await runningTimes(chain)
        for effect in effects(for: chain, now: setting.clock.now(), ran: ran, startsNothing: isDraining) {
            switch effect {
            case .record(let events):
                try await append(events, to: chain, by: actor(chain.id))
                goesOn = true
            case .begin(let step):
                try await begin(step, of: chain.id)
                goesOn = true
            case .order(let verb, let session, let step): try await order(verb, session, step, of: chain)
            case .rollBack(let session, let step):
                try await rollBack(session, step, of: chain.id)
                goesOn = true
            case .wake(let moment): schedule(chain.id, at: moment)
            }
        }
        return goesOn
    }

    /// What the chain's sessions have come to since it last looked.
    private func observe(_ chain: Chain) async throws -> [ChainEvent] {
        var events: [ChainEvent] = []
        let now = setting.clock.now()
        for run in chain.runs where run.isLive {
            guard let id = run.sessionId, let step = chain.config.step(run.id.step) else { continue }
            owners[id] = chain.id
            let session = try await pulse.session(id)
            if session.state == .created {
                // Its host ended between making and starting it.
                _ = try await send("session.start", id, "start", of: chain.id, run.id, run.attempts)
                continue
            }
            var (product, fault): (StepProduct?, String?) = (nil, nil)
            if session.state.isEnded { (product, fault) = try await self.product(of: session, step) }
            events += mirror(session, onto: run, in: chain, product: product, fault: fault, now: now)
        }
        return events
    }

    private func order(_ verb: String, _ id: SessionID, _ step: StepID, of chain: Chain) async throws {
        do { _ = try await send(verb, id, "\(verb)-\(chain.version)", of: chain.id, step, 0) } catch let fault
            as Fault
        {
            // It came to an end, or to a standstill of its own, meanwhile: that will be seen.
            guard fault.code == .refused else { throw fault }
        }
    }

    /// Rolls a session of a chain back; one that has nothing to be put back counts as such.
    private func rollBack(_ session: SessionID?, _ step: StepID, of id: ChainID) async throws {
        if let session, try await pulse.session(session).state != .rolledBack {
            do { _ = try await send("session.rollback", session, "rollback", of: id, step, 0) } catch let
                fault as Fault
            {
                setting.report(fault)
            }
        }
        try await append([.stepRolledBack(step)], to: try await load(id), by: actor(id))
    }

    private func schedule(_ id: ChainID, at moment: Timestamp) {
        timers[id]?.cancel()
        let wait = max(0, moment.since(setting.clock.now()))
        timers[id] = Task { [weak self] in
            do { try await Task.sleep(for: .milliseconds(wait)) } catch { return }
            await self?.go(id)
        }
    }

    // MARK: The log

    /// A chain by its full id, up to the end of the log.
    func load(_ id: ChainID) async throws -> Chain {
        let known = chains[id]
        let chain = try await setting.log.read { [tenant = setting.tenant] sql in
            try Chain.load(id, tenant: tenant, from: known, in: sql)
        }
        guard let chain else {
            throw Fault.notFound("there is no chain \(id)", hint: "see: agentos chain list")
        }
        if (chains[id]?.version ?? 0) < chain.version { chains[id] = chain }
        return chain
    }

    /// Appends events that were decided on a chain as it is; throws `StaleVersion` where it has moved on.
    func append(_ events: [ChainEvent], to chain: Chain, by actor: Actor, commandId: String? = nil)
        async throws
    {
        let stored = try events.map { event in
            var new = try event.encoded(for: chain.id) { chain.run($0)?.each }
            new.payload = setting.redact(new.payload)
            return new
        }
        try await setting.log.append(
            Append(
                tenant: setting.tenant, stream: ChainEvent.stream(chain.id), expectedVersion: chain.version,
                events: stored, actor: actor, at: setting.clock.now(), commandId: commandId))
    }

    /// The engine on behalf of a chain.
    func actor(_ id: ChainID) -> Actor { Actor(kind: .engine, name: "chain:\(id)") }

    /// Sends a command about a session of a chain; the same again is done once.
    func send(
        _ name: String, _ session: SessionID, _ word: String, of chain: ChainID, _ step: StepID,
        _ attempt: Int
    ) async throws -> CommandReply {
        try await pulse.perform(
            Command(
                id: "chain/\(chain)/\(Self.word(step))/\(attempt)/\(word)", name: name,
                arguments: ["id": .string(session.rawValue)]), by: actor(chain))
    }

    /// A place of a step as a part of a command's id, which holds no space and is short.
    static func word(_ step: StepID) -> String { "\(step)" }

    /// Notes whose session it is.
    func own(_ session: SessionID, by chain: ChainID) async {
        owners[session] = chain
        await pulse.adopt(session)
    }
}
