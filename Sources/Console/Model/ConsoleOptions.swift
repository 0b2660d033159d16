import AgentOSCore
import Terminal

/// What a console is started with.
public struct ConsoleOptions: Sendable {
    /// Where the screen opens.
    public var opening: Opening = .inbox
    /// Whether only looking is allowed.
    public var isReadOnly = false
    /// Whether the host is another process that goes on when this console leaves.
    public var isAttached = false
    /// The keys.
    public var keymap: Keymap = .standard
    /// The colours, resolved for the terminal's depth.
    public var theme: Theme = .plain
    /// Begins the id of every command that this console sends; unique to it.
    public var senderID = "console"
    /// The folder that relative paths start at.
    public var currentFolder = "/"
    /// The person's home folder, for `~`.
    public var homeFolder = "/"
    /// What a session without a file gets: shown in the form; the host fills in the rest.
    public var defaults = SessionDefaults()
    /// Cues from whoever leads the person through, such as the tour; nil without one.
    public var cues: AsyncStream<ConsoleCue>?
    /// Whether Esc with nothing left to go back to leaves, as in the tour.
    public var escapeLeaves = false

    /// Where the screen opens.
    public enum Opening: Hashable, Sendable {
        /// What waits for the person.
        case inbox
        /// The sessions.
        case sessions
        /// One session, by id, prefix or name.
        case session(String)
        /// The log.
        case events
        /// The chains.
        case chains
        /// One chain, by id, prefix or name.
        case chain(String)
    }

    /// The defaults.
    public init() {}
}

/// Something that leads the person through from outside.
public enum ConsoleCue: Hashable, Sendable {
    /// Draws this line above the footer; nil takes it away.
    case guide(SafeText?)
    /// Goes to a place.
    case show(ConsoleOptions.Opening)
    /// Ends the console, as if the person had left.
    case leave
}

/// What becomes of the engine when the person leaves.
public enum LeaveChoice: String, Hashable, Sendable, CaseIterable {
    /// Nothing lives, or the host is another process: just leave.
    case leave
    /// The work goes on without a screen.
    case detach
    /// What runs is checkpointed and the engine stops.
    case stop
}

/// How a console ended.
public enum ConsoleExit: Hashable, Sendable {
    /// The person left.
    case left(LeaveChoice)
    /// A signal asked for the end; the terminal is still there.
    case terminated(Termination)
    /// The terminal is gone.
    case terminalLost
}
