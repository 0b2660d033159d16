import AgentOSCore

/// What a terminal tells the program.
public enum TerminalEvent: Hashable, Sendable {
    /// A key was pressed.
    case key(KeyStroke)
    /// Several keys came at once: typed ahead, or pasted by a terminal that does not mark what is pasted.
    case keys([KeyStroke])
    /// Text was pasted; it is raw, and no key of it was pressed by a person.
    case paste(String)
    /// The size changed; draw a frame of the new one.
    case resize(Size)
    /// The window got or lost the focus, where the terminal tells it.
    case focus(Bool)
    /// The program is in the foreground again after a suspend; the last frame is already being repainted.
    case resumed
    /// This frame, by the number that `draw` gave, has reached the terminal whole.
    case shown(FrameNumber)
    /// A signal asks the program to end; the terminal is still there.
    case terminate(Termination)
    /// The terminal is gone: nothing can be drawn any more. Call `release` and go on without it, or end.
    case closed
}

/// Why the program should end.
public enum Termination: Hashable, Sendable {
    /// SIGTERM.
    case terminate
    /// SIGINT.
    case interrupt
    /// SIGQUIT.
    case quit
    /// SIGHUP: the session that the terminal belongs to ended.
    case hangUp
}

/// Numbers the frames given to one terminal, from 1.
public struct FrameNumber: Hashable, Sendable, Comparable {
    /// The number.
    public let value: UInt64
    /// A number.
    public init(_ value: UInt64) { self.value = value }
    /// Earlier frames come first.
    public static func < (first: FrameNumber, second: FrameNumber) -> Bool { first.value < second.value }
}

/// What a terminal can do.
public struct TerminalCapabilities: Hashable, Sendable {
    /// The colours that it shows.
    public var colours: ColourDepth
    /// Whether it shows more than ASCII.
    public var unicode: Bool
    /// Its kind, as the terminal database names it.
    public var name: String

    /// A terminal's abilities.
    public init(colours: ColourDepth, unicode: Bool, name: String) {
        self.colours = colours
        self.unicode = unicode
        self.name = name
    }
}

/// What drawing has cost so far.
public struct TerminalStatistics: Hashable, Sendable {
    /// Frames given to `draw`.
    public var framesAsked = 0
    /// Frames that were drawn and differed from the one before.
    public var framesWritten = 0
    /// Frames that a later one replaced before they could be written.
    public var framesSkipped = 0
    /// Bytes sent to the terminal.
    public var bytesWritten = 0
    /// Bytes of the largest frame.
    public var largestFrame = 0
    /// Key strokes and pastes received.
    public var inputs = 0
    /// How often the event loop woke up.
    public var wakeUps = 0

    /// Nothing yet.
    public init() {}
}

/// A screen to draw on and the keys typed at it.
public protocol Terminal: Sendable {
    /// What it can do; known from the start.
    var capabilities: TerminalCapabilities { get }
    /// What happens; for one reader, from the start on.
    var events: TerminalEvents { get }
    /// Its extent now.
    var size: Size { get async }
    /// What drawing has cost.
    var statistics: TerminalStatistics { get async }

    /// Shows a frame. Returns at once: when the link is slow the latest frame wins, and earlier ones are never
    /// sent. `shown` follows once it has reached the terminal.
    @discardableResult
    func draw(_ frame: Frame) async -> FrameNumber
    /// Sends everything again, for a screen that something else has written on.
    func repaint() async
    /// Rings the bell.
    func ring() async
    /// Names the window.
    func setTitle(_ title: SafeText) async
    /// Gives the terminal back to the shell until the program is continued (Ctrl-Z).
    func suspend() async
    /// Lets go of the terminal for good, restored if it is still there; drawing then does nothing and the
    /// events end. Safe to call twice.
    func release() async
}
