import AgentOSCore
import CursesTerminal
import EngineHost
import Glibc
import HostWire
import Terminal

/// An engine that this process hosts, with its socket.
struct HostRun: Sendable {
    /// The engine.
    let engine: Hosting.Engine
    /// The socket's side.
    let server: HostServer
    /// The engine for the person who started this process.
    let client: EngineClient

    /// Opens the engine of a home whose lock this process holds, and listens.
    init(
        _ program: Program, _ home: HomeFolder, _ options: GlobalOptions, scope: HostScope = .all
    ) async throws {
        let tenant = try program.tenant(options)
        let engine = try await program.open(home, options, scope: scope)
        self.engine = engine
        client = engine.client(program.actor(options))
        let hello = HostHello(
            version: program.hosting.version, pid: getpid(), tenant: tenant,
            runsOnlyFirst: scope == .first ? true : nil)
        do {
            server = try await HostServer(home: home.path, hello: hello) { actor, wanted throws(Fault) in
                guard wanted == nil || wanted == tenant else {
                    throw .notFound(
                        "the host has no tenant \(wanted?.rawValue ?? "")", hint: "the local tenant is main")
                }
                return engine.client(actor)
            }
        } catch {
            await engine.close()
            throw error
        }
    }

    /// Runs sessions and serves clients while the body runs; then checkpoints what runs, and closes the store.
    ///
    /// A body that throws ends the rest, and an engine that cannot go on ends the body.
    func whileServing<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let result: Result<Value, any Error> = await withTaskGroup(of: Part<Value>.self) { group in
            group.addTask {
                do { try await engine.run() } catch { return .body(.failure(error)) }
                return .service
            }
            group.addTask {
                await server.run()
                return .service
            }
            group.addTask {
                do { return .body(.success(try await body())) } catch { return .body(.failure(error)) }
            }
            var result: Result<Value, any Error>?
            for await part in group {
                guard case .body(let outcome) = part, result == nil else { continue }
                result = outcome
                // Sessions first, so that clients hear of their checkpoints before the socket goes.
                await engine.stop()
                await server.stop()
                group.cancelAll()
            }
            return result ?? .failure(CancellationError())
        }
        await engine.close()
        return try result.get()
    }

    private enum Part<Value: Sendable>: Sendable {
        /// What runs beside the body has ended.
        case service
        /// The body, or what it cannot go on without, has ended.
        case body(Result<Value, any Error>)
    }
}

/// What ends a process that hosts.
enum HostEnd: Sendable {
    /// A signal.
    case signal(Termination)
    /// The engine was told to stop, or ended.
    case engine
    /// Nothing is left to do.
    case idle
}

/// The time limit of an ending: whatever hangs, the process is gone within ten seconds.
enum EndingWatch {
    /// Starts the clock; what the shell is told is what it is told of an ending in time.
    static func start(interrupted: Bool = false) {
        if interrupted { signal(SIGALRM) { _ in _exit(130) } } else { signal(SIGALRM) { _ in _exit(0) } }
        alarm(9)
    }
}

extension Program {
    /// Starts something and waits for it: at the host of the home, else at an engine that is hosted for it alone.
    ///
    /// A process that hosts for something else alone is waited for first: what is queued there would not be run.
    func waiting(
        _ options: GlobalOptions, _ output: Output,
        _ body: @escaping @Sendable (EngineClient) async throws -> ExitCode
    ) async throws -> ExitCode {
        let home = try home(options)
        var told: Int32?
        while true {
            switch try await reach(home, options) {
            case .host(let client, let hello) where hello.runsOnlyFirst == true:
                if told != hello.pid {
                    output.note(
                        "process \(hello.pid) runs work of its own on this home: waiting until it has ended")
                    told = hello.pid
                }
                try await Interruption.orEnd { await client.waitUntilLost() }
                await client.close()
            case .host(let client, _):
                let code = try await Interruption.orEnd { try await body(client.client) }
                await client.close()
                return code
            case .lock(let lock):
                defer { lock.release() }
                let run = try await HostRun(self, home, options, scope: .first)
                // A signal ends the waiting; what runs is then checkpointed, not cut.
                return try await run.whileServing {
                    try await Interruption.orEnd { try await body(run.client) }
                }
            }
        }
    }
}
