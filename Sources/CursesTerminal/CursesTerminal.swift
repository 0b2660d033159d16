import AgentOSCore
import CNcurses
import FoundationEssentials
import Glibc
import Terminal

/// The terminal that the program was started in, drawn by ncurses.
///
/// Everything runs on `UIActor`; the loop of `UIActor.run` must be serving.
public final class CursesTerminal: Terminal {
    /// What it can do.
    public let capabilities: TerminalCapabilities
    /// What happens on it; ends after `release` or `closed`.
    public let events: AsyncStream<TerminalEvent>

    private init(_ capabilities: TerminalCapabilities, _ events: AsyncStream<TerminalEvent>) {
        self.capabilities = capabilities
        self.events = events
    }

    /// Takes over the terminal of stdin and stdout.
    ///
    /// Throws, with exit code 2, when it is none or cannot show a screen: the text says what to do instead.
    @UIActor public static func open(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(Fault) -> CursesTerminal {
        ProcessSignals.install()
        let screen = try Screen(
            input: STDIN_FILENO, output: STDOUT_FILENO, environment: environment, holdsErrors: true)
        let (events, sink) = AsyncStream<TerminalEvent>.makeStream()
        UIActor.executor.attach(screen, sink)
        return CursesTerminal(screen.capabilities, events)
    }

    /// Its extent now.
    public var size: Size {
        get async { await onScreen { $0.size } ?? Size(columns: 0, rows: 0) }
    }

    /// What drawing has cost, wake-ups of the loop included.
    public var statistics: TerminalStatistics {
        get async { await measured() }
    }

    /// Shows a frame; see `Terminal`.
    @discardableResult
    public func draw(_ frame: Frame) async -> FrameNumber {
        await onScreen { $0.draw(frame, at: .now) } ?? FrameNumber(0)
    }

    /// Sends everything again.
    public func repaint() async { await onScreen { $0.repaint(at: .now) } }
    /// Rings the bell.
    public func ring() async { await onScreen { $0.ring() } }
    /// Names the window.
    public func setTitle(_ title: SafeText) async { await onScreen { $0.setTitle(title) } }

    /// Stops the process group as Ctrl-Z does and takes the terminal again when it is continued.
    @UIActor public func suspend() async { UIActor.executor.suspend() }

    /// Restores the terminal and lets go of it.
    ///
    /// When it is gone, the standard streams that led to it lead nowhere.
    @UIActor public func release() async {
        if UIActor.executor.letGo() { cn_leave_standard_streams() }
    }

    @UIActor private func measured() -> TerminalStatistics { UIActor.executor.statistics }

    @UIActor @discardableResult
    private func onScreen<Value: Sendable>(_ body: @Sendable (Screen) -> Value) -> Value? {
        UIActor.executor.screen.map(body)
    }
}
