import AgentOSCore
import Terminal

/// Something that happened to the console.
public enum ConsoleMessage: Sendable {
    /// A key, with the milliseconds of a clock that only runs forward.
    case key(KeyStroke, at: Int64)
    /// Keys that came at once, with the milliseconds of the same clock.
    case keys([KeyStroke], at: Int64)
    /// Pasted text, raw: it is typed where a line is open and never answers anything.
    case paste(String)
    /// The screen has another size.
    case resized(Size)
    /// What has happened in the engine since the last news.
    case news(EngineNews)
    /// Something that was asked for.
    case loaded(Load, Loaded)
    /// It could not be had.
    case loadFailed(Load, Fault)
    /// A command was committed, or refused.
    case performed(id: String, Result<CommandReply, Fault>)
    /// The link to the host was lost or is there again.
    case linked(Bool)
    /// A frame that shows this request is on the terminal since this time.
    case shown(ItemID?, at: Int64)
    /// The time of day.
    case tick(Timestamp)
    /// A cue of whoever leads the person through.
    case cue(ConsoleCue)
}

/// What a follower of the engine has heard since it last told.
public struct EngineNews: Hashable, Sendable {
    /// The latest events, oldest first; at most `capacity`.
    public private(set) var events: [EventRecord] = []
    /// The streams that any event was about, also of those that are not kept.
    public private(set) var streams: Set<String> = []
    /// How many events are not kept.
    public private(set) var left = 0
    /// What calls under way have written, by session.
    public private(set) var live: [SessionID: LiveText] = [:]

    /// How many events are kept.
    public static let capacity = 500

    /// Nothing yet.
    public init() {}

    /// Takes in one update.
    public mutating func add(_ update: EngineUpdate) {
        switch update {
        case .live(let text): live[text.sessionId] = text
        case .host(let record): streams.insert(record.stream)
        case .event(let record):
            streams.insert(record.stream)
            events.append(record)
            if events.count > Self.capacity * 2 {
                left += events.count - Self.capacity
                events.removeFirst(events.count - Self.capacity)
            }
        }
    }

    /// Whether there is nothing to tell.
    public var isEmpty: Bool { streams.isEmpty && live.isEmpty }
}

/// Something that the console wants done; carried out by its runner.
public enum ConsoleEffect: Hashable, Sendable {
    /// Sends a command; `performed` answers.
    case perform(Command)
    /// Asks at once; `loaded` or `loadFailed` answers.
    case load(Load)
    /// Asks soon: wishes of the same thing within a tenth of a second are one.
    case refresh(Load)
    /// Draws a frame soon.
    case askFrame
    /// Paints everything again.
    case repaint
    /// Gives the terminal back to the shell.
    case suspend
    /// Rings the bell.
    case ring
    /// Ends the console.
    case leave(LeaveChoice)
}
