import AgentOSCore
import CursesTerminal
import FoundationEssentials
import Glibc
import HostWire
import Terminal

/// The engine alone: events out, commands in.
struct HeadlessHost: Sendable {
    let program: Program
    let options: GlobalOptions
    /// Whether events are written to stdout.
    var writesEvents = true
    /// Whether it ends when nothing is left to do.
    var endsWhenIdle = false

    /// Hosts the home until a signal or a command ends it.
    func run() async throws -> ExitCode {
        let home = try program.home(options)
        let lock: HomeLock
        switch try await program.reach(home, options) {
        case .lock(let taken): lock = taken
        case .host(_, let hello):
            throw Fault(
                .noHost, "the home \(home.path) is held by the host with pid \(hello.pid)",
                hint: "attach to it: agentos attach")
        }
        defer { lock.release() }
        let run = try await HostRun(program, home, options)
        return try await serve(run, home)
    }

    /// Serves an engine that is open until something ends it.
    func serve(_ run: HostRun, _ home: HomeFolder) async throws -> ExitCode {
        let after = try await run.client.ask(Overview()).seq
        let streams = try LineHost(client: run.client)
        HostLog.say("agentos \(program.hosting.version) serves \(home.path), pid \(getpid())")
        let end = try await run.whileServing {
            await withTaskGroup(of: HostEnd?.self) { group in
                group.addTask {
                    await streams.run(eventsAfter: writesEvents ? after : nil)
                    return nil
                }
                group.addTask { await waitForEnd(run) }
                while let end = await group.next() {
                    guard let end else { continue }
                    // The engine stops while its events still go out.
                    await run.engine.stop()
                    group.cancelAll()
                    return end
                }
                return .engine
            }
        }
        HostLog.say("agentos ends: \(Self.word(end))")
        return .done
    }

    /// Returns when something ends the host: a signal, a command, or nothing left to do.
    func waitForEnd(_ run: HostRun) async -> HostEnd {
        await withTaskGroup(of: HostEnd?.self) { group in
            group.addTask { await Self.nextSignal() }
            group.addTask {
                await run.engine.waitUntilAsked()
                return .engine
            }
            if endsWhenIdle { group.addTask { await Self.idle(run) } }
            while let end = await group.next() {
                guard let end, !Task.isCancelled else { continue }
                if case .signal(.hangUp) = end {
                    // Whoever watched is gone: the work goes on, and nothing more is waited for.
                    group.addTask { await Self.idle(run) }
                    group.addTask { await Self.nextSignal() }
                    continue
                }
                EndingWatch.start()
                group.cancelAll()
                return end
            }
            return .engine
        }
    }

    private static func nextSignal() async -> HostEnd? {
        for await signal in ProcessSignals.terminations { return .signal(signal) }
        return nil
    }

    private static func idle(_ run: HostRun) async -> HostEnd {
        await run.engine.waitUntilIdle()
        return .idle
    }

    private static func word(_ end: HostEnd) -> String {
        switch end {
        case .signal(.terminate): "SIGTERM"
        case .signal(.interrupt): "SIGINT"
        case .signal(.quit): "SIGQUIT"
        case .signal(.hangUp): "SIGHUP"
        case .engine: "it was told to"
        case .idle: "nothing is left to do"
        }
    }
}

/// Lines for whoever reads the log of a host: a person, `logs/host.log` or journald.
enum HostLog {
    /// One line to stderr, with the priority that journald reads.
    static func say(_ line: String, priority: Int = 6) {
        let isJournal = ProcessInfo.processInfo.environment["JOURNAL_STREAM"] != nil
        let text = (isJournal ? "<\(priority)>" : "") + SafeText(line).text + "\n"
        let bytes = Array(text.utf8)
        write(2, bytes, bytes.count)
    }
}
