import AgentOSCore
import EventLog

extension SessionRunner {
    /// Events that will share a commit, and the session as it will be after them.
    struct Batch {
        private(set) var session: Session
        private(set) var events: [SessionEvent] = []
        /// What others write in the same commit.
        var appends: [Append] = []
        let at: Timestamp

        init(session: Session, at: Timestamp) {
            self.session = session
            self.at = at
        }

        mutating func add(_ more: [SessionEvent]) {
            for event in more { session.apply(event, at: at) }
            events += more
        }
    }

    /// What an effect came to: the session's events, and what others write in the same commit.
    struct Results {
        var events: [SessionEvent] = []
        var appends: [Append] = []

        init(_ events: [SessionEvent] = [], appends: [Append] = []) {
            self.events = events
            self.appends = appends
        }
    }
}
