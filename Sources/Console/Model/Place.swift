import AgentOSCore

/// A place that was gone to; the stack of them is what Esc goes back through.
public enum Place: Hashable, Sendable {
    /// What waits for the person.
    case inbox(InboxPane)
    /// The sessions.
    case sessions(SessionsPane)
    /// One session.
    case session(SessionPane)
    /// The log.
    case events(EventsPane)
    /// The chains.
    case chains(ChainsPane)
    /// One chain.
    case chain(ChainPane)

    /// The keymap's context.
    var context: String {
        switch self {
        case .inbox: "inbox"
        case .sessions: "sessions"
        case .session(let pane): pane.tab == .diff ? "diff" : "session"
        case .events: "events"
        case .chains: "chains"
        case .chain: "chain"
        }
    }

    /// 1 to 5, as keys and tabs number them.
    var number: Int {
        switch self {
        case .inbox: 1
        case .sessions: 2
        case .session: 3
        case .events: 4
        case .chains, .chain: 5
        }
    }
}
