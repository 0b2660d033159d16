import AgentOSCore
import CursesTerminal
import Glibc
import Terminal

/// A signal that ended a command.
struct Interruption: Error {
    /// Which.
    let signal: Termination

    /// What the shell is told.
    var code: Int32 {
        switch signal {
        case .interrupt: ExitCode.interrupted.rawValue
        case .terminate: 128 + SIGTERM
        case .quit: 128 + SIGQUIT
        case .hangUp: 128 + SIGHUP
        }
    }

    /// Does something until a signal comes; then it is cancelled, and the signal thrown once it has ended.
    static func orEnd<Value: Sendable>(
        of body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await signal in ProcessSignals.terminations {
                    // Whatever hangs, the process is gone in time.
                    Glibc.signal(SIGALRM) { _ in _exit(130) }
                    alarm(9)
                    throw Interruption(signal: signal)
                }
                return nil
            }
            defer { group.cancelAll() }
            while let value = try await group.next() {
                if let value { return value }
            }
            throw CancellationError()
        }
    }
}
