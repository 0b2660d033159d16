import AgentOSCore
import Terminal

/// Everything that the console knows and shows; `update` changes it, `view` draws it.
public struct ConsoleModel: Sendable {
    /// The screen's extent.
    public internal(set) var size: Size
    /// What it was started with.
    public let options: ConsoleOptions
    /// The time of day at the last frame.
    public internal(set) var now: Timestamp
    /// The header; nil before it is known.
    public internal(set) var header: Overview.Header?
    /// The inbox; nil before it is known.
    public internal(set) var inbox: InboxList.Inbox?
    /// Whether the host is there; nil before that is known.
    public internal(set) var isLinked: Bool?
    /// Where the person is, and how they came there; never empty.
    public internal(set) var places: [Place]
    /// What lies over it.
    public internal(set) var overlay: Overlay?
    /// The tour's line.
    public internal(set) var guide: SafeText?
    /// What the status line says; gone with the next key.
    public internal(set) var toast: Notice?
    /// What the status line said, oldest first.
    public internal(set) var notices: [Notice] = []
    /// The shell line of the last command.
    public internal(set) var shellLine: SafeText?
    /// Summaries of sessions that were seen, for what keys can do with them.
    var seen: [SessionID: SessionSummary] = [:]
    /// Commands that were sent and not answered.
    var pending: [String: Pending] = [:]
    /// How many commands were sent.
    var sent = 0
    /// The keys that came last.
    var burst: Burst?
    /// The request that is known to be on the terminal, and since when.
    var answerShown: ShownRequest?

    /// A request on the terminal.
    struct ShownRequest: Hashable, Sendable {
        var item: ItemID
        var since: Int64
    }

    /// A command that was sent and not answered.
    struct Pending: Hashable, Sendable {
        /// What follows when it is answered.
        enum Next: Hashable, Sendable {
            /// It is told.
            case tell
            /// The session that was made is started.
            case start
            /// What applying would do is shown.
            case dryRun(ApplyChooser.Form)
        }
        var command: Command
        var next: Next
    }

    /// The most notices that are kept.
    static let noticeCapacity = 500

    /// A console that has not heard of anything yet.
    public init(size: Size, options: ConsoleOptions = ConsoleOptions(), now: Timestamp) {
        self.size = size
        self.options = options
        self.now = now
        places = [Self.place(options.opening)]
    }

    static func place(_ opening: ConsoleOptions.Opening) -> Place {
        switch opening {
        case .inbox: .inbox(InboxPane())
        case .sessions: .sessions(SessionsPane())
        case .session(let id): .session(SessionPane(id))
        case .events: .events(EventsPane())
        case .chains: .chains(ChainsPane())
        case .chain(let id): .chain(ChainPane(id))
        }
    }

    /// The place that is shown.
    public internal(set) var place: Place {
        get { places[places.count - 1] }
        set { places[places.count - 1] = newValue }
    }

    /// What must be asked first.
    public var openingEffects: [ConsoleEffect] {
        [.load(.overview), .load(.inbox)] + loads(of: place) + [.askFrame]
    }

    /// What a place shows, to be asked anew.
    func loads(of place: Place) -> [ConsoleEffect] {
        switch place {
        case .inbox: [.load(.inbox)]
        case .sessions(let pane): [.load(pane.load(from: pane.window.offset))]
        case .session(let pane): pane.loads
        case .events(let pane): [.load(pane.load)]
        case .chains(let pane): [.load(pane.load)]
        case .chain(let pane): [.load(pane.load)]
        }
    }
}

/// Something that was told in the status line.
public struct Notice: Hashable, Sendable {
    /// How bad it is.
    public enum Level: Hashable, Sendable {
        /// Something was done.
        case done
        /// Something could not be done.
        case refused
        /// Something failed.
        case failed
    }
    /// When.
    public var at: Timestamp
    /// How bad it is.
    public var level: Level
    /// What.
    public var text: SafeText
    /// The request it is about; with that request gone it is no longer shown.
    public var item: ItemID?
}
