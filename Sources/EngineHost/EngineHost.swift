import AgentOSCore
import EventLog
import FoundationEssentials
import Glibc
import HTTPTransport
import Ledger
import ModelRouter
import ObjectStore
import Pulse
import Synchronization
import Tools
import Workspaces

/// The engines of a home in this process, behind the one door in and the one way out.
public final class EngineHost: Sendable {
    /// What it was opened with.
    public let options: HostOptions
    /// The log.
    public let log: EventLog
    /// What was found when a sandbox was looked for; nil where no session is run.
    public let sandbox: Sandbox.Choice?
    let pulse: PulseEngine
    let ledger: Ledger
    let router: ModelRouter
    let chains: ChainEngine
    let receipts = Receipts()
    private let startedAt: Timestamp
    private let transport: HTTPTransport
    private let stopRequests: AsyncStream<StopRequest>
    private let stopRequest: AsyncStream<StopRequest>.Continuation

    /// How a command asked the host to end.
    public enum StopRequest: Sendable, Hashable {
        /// At the next safe point of what runs.
        case stop
        /// When what runs has ended.
        case drain
    }

    private init(
        options: HostOptions, log: EventLog, sandbox: Sandbox.Choice?, pulse: PulseEngine,
        ledger: Ledger, router: ModelRouter, chains: ChainEngine, transport: HTTPTransport
    ) {
        self.options = options
        self.log = log
        self.sandbox = sandbox
        self.pulse = pulse
        self.ledger = ledger
        self.router = router
        self.chains = chains
        self.transport = transport
        startedAt = options.clock.now()
        (stopRequests, stopRequest) = AsyncStream.makeStream(of: StopRequest.self)
    }

    /// Opens the home: the log, the objects, the sandbox; runs nothing yet.
    public static func open(_ options: HostOptions) async throws -> EngineHost {
        let paths = SessionPaths(home: options.home, tenant: options.tenant)
        let homePath = options.home
        let sessions = SessionProjector { SessionPaths(home: homePath, tenant: $0).workspace($1) }
        let log = try EventLog.open(
            path: options.home + "/agentos.db",
            projectors: [sessions, LedgerProjector(), SearchProjector(), ChainProjector()],
            probe: options.probe)
        let store = try ObjectStore(root: options.home + "/objects", tenant: options.tenant)
        let choice = options.scope != .none ? await options.chooseSandbox() : nil
        let refusal = choice.flatMap(refusal)
        let transport = HTTPTransport()
        let prices = PriceBook(tables: options.prices, providers: options.configuration.providers)
        let router = ModelRouter(
            providers: options.configuration.providers.map { prices.windowed($0) },
            routes: options.configuration.routes,
            transport: transport,
            environment: .system(clock: options.clock, tell: options.report))
        let zone = options.zone
        let ledger = Ledger(
            prices: prices, budgets: options.configuration.budgets,
            zone: zone.name, day: { zone.day($0) })
        let policy = WorkspacePolicy(
            userHome: options.environment["HOME"], agentosHome: options.home, environment: options.environment
        )
        let setting = PulseSetting(
            tenant: options.tenant, log: log, clock: options.clock, paths: paths, store: store,
            policy: policy,
            configuration: options.configuration, router: router, ledger: ledger,
            lease: HostLease(host: options.machine, boot: bootID(), pid: getpid()),
            sandbox: choice?.sandbox,
            refusal: refusal, runsOnlyFirst: options.scope == .first, makeID: newSessionID,
            report: options.report)
        let pulse = PulseEngine(setting)
        let host = EngineHost(
            options: options, log: log, sandbox: choice, pulse: pulse, ledger: ledger,
            router: router, chains: ChainEngine(setting, pulse: pulse), transport: transport)
        try await pulse.recallBrake()
        try await host.settleCutCalls()
        return host
    }

    private static func refusal(_ choice: Sandbox.Choice) -> Fault? {
        do throws(Fault) {
            _ = try choice.get()
            return nil
        } catch {
            return error
        }
    }

    // MARK: Service

    /// Takes up what an earlier host left and runs sessions until `stop`.
    public func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.chains.run() }
            group.addTask { try await self.pulse.run() }
            // An engine that cannot go on ends the other.
            do { try await group.waitForAll() } catch {
                await stop()
                throw error
            }
        }
    }

    /// Ends every run at its next safe point, then closes the log.
    ///
    /// A call that has not ended by itself after the grace is cut, and undone where that is possible.
    public func stop(grace: Duration = .seconds(5)) async {
        await chains.stop()
        await pulse.stop(grace: grace)
        stopRequest.finish()
    }

    /// Closes the log.
    ///
    /// Nothing may be asked afterwards.
    public func close() {
        transport.shutDown()
        log.close()
    }

    /// Brings everything to a standstill at its next safe point, however long that takes; `stop` then cuts nothing.
    public func standDown() async {
        await chains.stop()
        await pulse.standDown()
    }

    /// Takes no more sessions from the queue and returns when what runs has ended.
    public func drain() async {
        await chains.drain()
        await pulse.drain()
        await pulse.waitUntilIdle()
    }

    /// Whether nothing runs and nothing waits in the queue.
    public func isIdle() async throws -> Bool {
        guard try await pulse.isIdle() else { return false }
        return try await chains.isIdle()
    }

    /// Returns when nothing runs and nothing waits in the queue.
    public func waitUntilIdle() async throws {
        while true {
            if try await !chains.isIdle() {
                await chains.waitForMove()
            } else if try await !pulse.isIdle() {
                try await pulse.waitUntilNothingIsLeft()
            } else {
                return
            }
        }
    }

    /// The requests of commands to end the host, as they come.
    public var stops: AsyncStream<StopRequest> { stopRequests }

    func ask(_ request: StopRequest) { stopRequest.yield(request) }

    // MARK: The client

    /// The engine as this actor sees it.
    public func client(as actor: Actor) -> EngineClient {
        EngineClient(
            perform: { try await self.perform($0, by: actor) }, answer: { try await self.answer($0) },
            follow: { self.follow($0) })
    }

    var since: Timestamp { startedAt }
}

extension HostOptions {
    /// The layer that proved itself on this boot.
    func chooseSandbox() async -> Sandbox.Choice {
        await Sandbox.choose(helperPath: helperPath, scratch: home, memory: home + "/sandbox.json")
    }
}

/// The id of this boot of the machine, `-` where it tells none.
private func bootID() -> String {
    let path = "/proc/sys/kernel/random/boot_id"
    let text = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let id = text.filter { !$0.isWhitespace }
    return id.isEmpty ? "-" : id
}

/// Six characters of Crockford's base 32 from the system's random numbers; the first is a letter.
@Sendable private func newSessionID() -> SessionID {
    let alphabet = Array("abcdefghjkmnpqrstvwxyz0123456789")
    let first = alphabet[Int.random(in: 0..<22)]
    return SessionID(String([first] + (0..<5).map { _ in alphabet[Int.random(in: 0..<32)] }))
}
