import AgentOSCore
import CNcurses
import Glibc
import Terminal

/// The signals of the process, owned by the guard that restores the terminal.
///
/// Fatal ones restore the terminal and then act as always. Those that ask for an end are collected and told here and
/// to the open terminal; when the loop does not take them within five seconds, they end the process all the same.
/// What the parent told the process to ignore stays ignored.
public enum ProcessSignals {
    /// Requests to end, for one reader, with or without a terminal.
    public static let terminations: AsyncStream<Termination> = pair.0
    static let sink = pair.1
    private static let pair = AsyncStream<Termination>.makeStream()

    /// Installs the guard; calling it again changes nothing.
    ///
    /// The caller then runs `UIActor.run`.
    public static func install() { _ = descriptor }

    /// Becomes readable with each signal; -1 when there is no guard.
    static let descriptor: Int32 = cn_signals_install()

    static let endings: [(Int, Termination)] = [
        (CN_TERMINATE, .terminate), (CN_INTERRUPT, .interrupt),
        (CN_QUIT, .quit), (CN_HANG_UP, .hangUp),
    ]
}
