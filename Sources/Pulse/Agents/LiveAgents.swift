import AgentOSCore
import Dispatch
import FoundationEssentials
import Synchronization
import Tools

/// A run of a command-line agent that is about to begin.
struct AgentRun: Sendable {
    /// The call of the engine that it is.
    var callId: CallID
    /// The agent.
    var agent: AgentConfig
    /// The most milliseconds that it may run; nil is as long as it takes.
    var left: Int64?
}

/// How a run of a command-line agent ended.
enum AgentEnd: Sendable {
    /// It never ran.
    case never(Fault)
    /// It ran: how it ended, what it wrote to a person (its errors, or all of it), how many lines were not understood, and
    /// whether it had been silent for too long.
    case ran(ConfinedResult, text: String, skipped: Int, wasIdle: Bool)
}

/// Command-line agents as they are: behind the sandbox, like a command of a model.
struct LiveAgents: Sendable {
    let calls: LiveCalls

    private static let longest: Int64 = 7 * 86_400_000

    func run(
        _ run: AgentRun, _ session: Session, _ hear: @escaping @Sendable (AgentReport) async -> Bool,
        _ onOutput: @escaping @Sendable ([UInt8]) -> Void
    ) async -> AgentEnd {
        do {
            guard let sandbox = calls.sandbox else {
                throw Fault.refused("no sandbox works on this machine", hint: "see: agentos doctor")
            }
            let command = try await command(run, session)
            switch run.agent.talk {
            case .text:
                let quiet = Silence()
                return try await untilIdle(session, quiet) {
                    try await sandbox.run(command) { bytes in
                        quiet.end()
                        onOutput(bytes)
                    }
                } read: { result in
                    (result.toolResult(ConfinedResult.output(in: command.spool)).text, 0)
                }
            case .streamJSON: return try await listen(sandbox, command, session, hear)
            }
        } catch let fault as Fault {
            return .never(fault)
        } catch {
            return .never(.failed("the agent could not be run: \(error)"))
        }
    }

    // MARK: The command

    private func command(_ run: AgentRun, _ session: Session) async throws -> ConfinedCommand {
        let host = calls.bench.policy.environment
        var secrets: [String: String] = [:]
        for name in run.agent.env {
            guard let value = host[name] else {
                throw Fault.refused(
                    "agent.env: \(name) is not set where the host runs",
                    hint: "set it and restart the host: agentos host restart")
            }
            secrets[name] = value
        }
        var words = agentBrief(of: session).words(of: run.agent.command)
        words[0] = try program(words.first ?? "", path: host["PATH"] ?? "/usr/local/bin:/usr/bin:/bin")
        let spool = calls.bench.paths.spool(run.callId, of: session.id)
        try makeFolder(spool)
        var limits = ConfinedLimits()
        limits.timeoutMilliseconds = Int(min(run.left ?? Self.longest, Self.longest))
        var command = ConfinedCommand(
            shell: "exec " + words.map(quoted).joined(separator: " "),
            workspace: try await calls.bench.root(nil, of: session), spool: spool,
            readRoots: session.config.readRoots + run.agent.readRoots + calls.objectFolders(session),
            network: (run.agent.network ?? session.config.network) == .all, limits: limits,
            lockFD: try await calls.bench.locks.take(session.id))
        command.secrets = secrets
        return command
    }

    /// The program's own path, found where the host would find it.
    private func program(_ name: String, path: String) throws -> String {
        if name.contains("/") { return name }
        let found = path.split(separator: ":").map { "\($0)/\(name)" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
        guard let found else {
            throw Fault.notFound(
                "there is no program \(name) in the host's PATH", hint: "write its whole path")
        }
        return found
    }

    /// A word that a shell takes as it is.
    private func quoted(_ word: String) -> String { "'" + word.replacing("'", with: "'\\''") + "'" }

    // MARK: Listening

    private func listen(
        _ sandbox: Sandbox, _ command: ConfinedCommand, _ session: Session,
        _ hear: @escaping @Sendable (AgentReport) async -> Bool
    ) async throws -> AgentEnd {
        let (reports, inbox) = AsyncStream.makeStream(of: AgentReport.self)
        let (quiet, ear) = (Silence(), Ear())
        return try await untilIdle(session, quiet) {
            try await withThrowingTaskGroup(of: ConfinedResult?.self) { group in
                group.addTask {
                    defer { inbox.finish() }
                    return try await sandbox.listen(to: command) { bytes in
                        quiet.end()
                        for report in ear.take(bytes) {
                            ear.waitForRoom()
                            if case .terminated = inbox.yield(report) { ear.closeUp() }
                        }
                    }
                }
                var goesOn = true
                for await report in reports {
                    ear.makeRoom()
                    if goesOn, !(await hear(report)) {
                        goesOn = false
                        group.cancelAll()
                    }
                }
                // Where this task is cancelled nobody hears the rest, and nothing may wait for that.
                ear.closeUp()
                var result: ConfinedResult?
                while let ended = try await group.next() { result = ended ?? result }
                for report in ear.rest() where goesOn && !Task.isCancelled { _ = await hear(report) }
                guard let result else { throw Fault.failed("the agent has no result") }
                return result
            }
        } read: { _ in
            (
                String(decoding: ConfinedResult.output(in: command.spool).suffix(8192), as: UTF8.self),
                ear.skipped
            )
        }
    }

    /// Runs a body that is cancelled where the agent is silent for longer than the session's limit.
    private func untilIdle(
        _ session: Session, _ quiet: Silence, _ body: @escaping @Sendable () async throws -> ConfinedResult,
        read: @Sendable (ConfinedResult) -> (String, Int)
    ) async throws -> AgentEnd {
        let idle = session.config.limits.idle
        let (result, wasIdle) = try await withThrowingTaskGroup(of: ConfinedResult?.self) { group in
            group.addTask { try await body() }
            if let idle {
                group.addTask {
                    while let left = quiet.left(of: idle) {
                        // Whoever is cancelled leaves it to the run to say so.
                        do { try await Task.sleep(for: .milliseconds(left)) } catch { return nil }
                    }
                    return nil
                }
            }
            var wasIdle = false
            while let ended = try await group.next() {
                if let ended {
                    group.cancelAll()
                    return (ended, wasIdle)
                }
                wasIdle = !Task.isCancelled
                group.cancelAll()
            }
            throw CancellationError()
        }
        let (text, skipped) = read(result)
        return .ran(result, text: text, skipped: skipped, wasIdle: wasIdle)
    }
}

/// Since when nothing was heard.
private final class Silence: Sendable {
    private let since = Mutex(ContinuousClock.now)

    func end() { since.withLock { $0 = .now } }

    /// Milliseconds until it has lasted so long; nil once it has.
    func left(of limit: Int64) -> Int64? {
        let passed = Int64((ContinuousClock.now - since.withLock { $0 }) / .milliseconds(1))
        return passed < limit ? limit - passed : nil
    }
}

/// Makes reports of bytes on the thread that reads them, which waits while too many are unheard.
private final class Ear: Sendable {
    private struct State {
        var lines = AgentLines()
        var skipped = 0
        var isClosed = false

        mutating func read(_ line: [UInt8]) -> [AgentReport] {
            if let reports = StreamJSON.read(line) { return reports }
            skipped += 1
            return []
        }
    }
    private let state = Mutex(State())
    /// Made empty and then filled: one that holds less at its end than at its making stops the program.
    private let room = DispatchSemaphore(value: 0)

    init() { for _ in 0..<64 { room.signal() } }

    var skipped: Int { state.withLock { $0.skipped + $0.lines.left } }

    func take(_ bytes: ArraySlice<UInt8>) -> [AgentReport] {
        state.withLock { state in state.lines.take(bytes).flatMap { state.read($0) } }
    }

    /// What the last line tells, where it has no end.
    func rest() -> [AgentReport] {
        state.withLock { state in state.lines.finish().map { state.read($0) } ?? [] }
    }

    func waitForRoom() { if !state.withLock({ $0.isClosed }) { room.wait() } }

    func makeRoom() { room.signal() }

    func closeUp() {
        state.withLock { $0.isClosed = true }
        room.signal()
    }
}
