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
    public let events: TerminalEvents

    private init(_ capabilities: TerminalCapabilities, _ events: TerminalEvents) {
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
        let events = TerminalEvents()
        UIActor.executor.attach(screen, events)
        return CursesTerminal(screen.capabilities, events)
    }

    /// Its extent now.
    public var size: Size {
        @UIActor get async { UIActor.executor.screen?.size ?? Size(columns: 0, rows: 0) }
    }

    /// What drawing has cost, wake-ups of the loop included.
    public var statistics: TerminalStatistics {
        @UIActor get async { UIActor.executor.statistics }
    }

    /// Shows a frame; see `Terminal`.
    @UIActor @discardableResult
    public func draw(_ frame: Frame) async -> FrameNumber {
        UIActor.executor.screen?.draw(frame, at: .now) ?? FrameNumber(0)
    }

    /// Sends everything again.
    @UIActor public func repaint() async { UIActor.executor.screen?.repaint(at: .now) }
    /// Rings the bell.
    @UIActor public func ring() async { UIActor.executor.screen?.ring() }
    /// Names the window.
    @UIActor public func setTitle(_ title: SafeText) async { UIActor.executor.screen?.setTitle(title) }

    /// Stops the process group as Ctrl-Z does and takes the terminal again when it is continued.
    @UIActor public func suspend() async { UIActor.executor.suspend() }

    /// Restores the terminal and lets go of it.
    ///
    /// When it is gone, the standard streams that led to it lead nowhere.
    @UIActor public func release() async {
        if UIActor.executor.letGo() { cn_leave_standard_streams() }
    }
}
