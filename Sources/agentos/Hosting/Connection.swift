import AgentOSCore
import EngineHost
import Glibc
import HostWire

/// The engine as one command sees it.
struct Connection: Sendable {
    /// The engine.
    let client: EngineClient
    /// The host, where another process is it.
    let host: HostHello?

    /// What to say beside sessions that work in the log while nothing runs them; nil where that is not so.
    func standstill() async throws -> String? {
        guard host == nil else { return nil }
        let query = SessionList(states: SessionState.allCases.filter(\.isAtWork), limit: 1)
        let count = try await client.ask(query).total
        guard count > 0 else { return nil }
        let (them, their) = count == 1 ? ("1 session goes", "its") : ("\(count) sessions go", "their")
        return "no host runs: \(them) on from \(their) last step when one does: agentos host start"
    }
}

extension SessionState {
    /// Whether it says that something is done right now.
    var isAtWork: Bool {
        switch self {
        case .running, .checkpoint, .gateCheck, .rollback: true
        case .created, .queued, .paused, .complete, .failed, .rolledBack, .cancelled: false
        }
    }
}

extension Program {
    /// How long a command waits for a home that another process holds without answering.
    static let patience = Duration.seconds(5)

    /// Gives a command the engine: the host's where one runs, else one opened on the store for the time of the body.
    ///
    /// Only what begins work makes a home that is not there. Only a command that runs something asks for a `scope`, and
    /// so for a sandbox.
    func withEngine<Value: Sendable>(
        _ options: GlobalOptions, makesHome: Bool = false, scope: HostScope = .none,
        _ body: @Sendable (Connection) async throws -> Value
    ) async throws -> Value {
        let home = makesHome ? try home(options) : try existingHome(options)
        switch try await reach(home, options) {
        case .host(let client, let hello):
            let value = try await body(Connection(client: client.client, host: hello))
            await client.close()
            return value
        case .lock(let lock):
            defer { lock.release() }
            let engine = try await open(home, options, scope: scope)
            do {
                let value = try await body(Connection(client: engine.client(actor(options)), host: nil))
                await engine.close()
                return value
            } catch {
                await engine.close()
                throw error
            }
        }
    }

    /// Gives a command the host of the home; throws when there is none.
    func withHost<Value: Sendable>(
        _ options: GlobalOptions, _ body: @Sendable (Connection) async throws -> Value
    ) async throws -> Value {
        let home = try hostedHome(options)
        guard case .host(let client, let hello) = try await reach(home, options) else {
            throw Self.noHost(home)
        }
        let value = try await body(Connection(client: client.client, host: hello))
        await client.close()
        return value
    }

    /// The home of a host; where there is none, no host can run on it.
    func hostedHome(_ options: GlobalOptions) throws(Fault) -> HomeFolder {
        do { return try existingHome(options) } catch {
            guard error.code == .notFound else { throw error }
            throw Fault(.noHost, "no host runs: \(error.message)", hint: error.hint)
        }
    }

    /// Opens the engine of a home whose lock is held.
    func open(_ home: HomeFolder, _ options: GlobalOptions, scope: HostScope) async throws -> Hosting.Engine {
        try await hosting.open(
            Hosting.Wish(
                home: home, tenant: try tenant(options), configuration: try settings(options).values,
                scope: scope))
    }

    /// Either the home's lock or its host.
    enum Reached: Sendable {
        /// This process holds the home now.
        case lock(HomeLock)
        /// Another does, and answers.
        case host(HostClient, HostHello)
    }

    /// Takes the home, or finds its host; waits while another process is starting or holds it for a moment.
    func reach(_ home: HomeFolder, _ options: GlobalOptions) async throws -> Reached {
        let identity = try identity(options)
        let deadline = ContinuousClock.now.advanced(by: Self.patience)
        while true {
            if let lock = try HomeLock.take(home) { return .lock(lock) }
            let client = HostClient(
                HostClient.Options(home: home.path, identity: identity, patience: .milliseconds(100)))
            do {
                return .host(client, try await client.hello())
            } catch let fault as Fault where fault == HostClient.lost || HostClient.isAbsence(fault) {
                guard ContinuousClock.now < deadline else { throw Self.held(home) }
            }
        }
    }

    static func noHost(_ home: HomeFolder) -> Fault {
        Fault(.noHost, "no host runs on \(home.path)", hint: "start one: agentos host start")
    }

    static func held(_ home: HomeFolder) -> Fault {
        let holder = HomeLock.holder(home).map { " by process \($0)" } ?? ""
        return Fault(
            .noHost, "the home \(home.path) is held\(holder), which does not answer",
            hint: "wait for it to end, or see \(home.hostLog)")
    }
}
