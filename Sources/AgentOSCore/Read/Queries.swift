/// A page of sessions.
public struct SessionList: EngineQuery {
    /// A page.
    public struct Page: Hashable, Sendable, Codable {
        /// The sessions of the page, newest first; those that work or wait before those that ended.
        public var sessions: [SessionSummary]
        /// How many match in all.
        public var total: Int
        /// A page.
        public init(sessions: [SessionSummary], total: Int) {
            self.sessions = sessions
            self.total = total
        }
    }
    /// `session.list`.
    public static let name = "session.list"
    /// A page.
    public typealias Answer = Page
    /// Only these states; empty is all.
    public var states: [SessionState]
    /// Only names, ids and goals that hold this text, case ignored.
    public var filter: String
    /// Only those made since.
    public var since: Timestamp?
    /// How many to skip.
    public var offset: Int
    /// How many to return.
    public var limit: Int

    /// A page of sessions.
    public init(
        states: [SessionState] = [], filter: String = "", since: Timestamp? = nil, offset: Int = 0,
        limit: Int = 100
    ) {
        self.states = states
        self.filter = filter
        self.since = since
        self.offset = offset
        self.limit = limit
    }
}

/// One session by id, unambiguous prefix or unique name.
///
/// Not found: exit 4; ambiguous: exit 2.
public struct SessionShow: EngineQuery {
    /// A session with what a detail screen shows.
    public struct Detail: Hashable, Sendable, Codable {
        /// The summary.
        public var summary: SessionSummary
        /// What it was made with.
        public var config: SessionConfig
        /// The sandbox layer.
        public var layer: String?
        /// What it asks.
        public var requests: [PersonRequest]
        /// What people said, with receipts.
        public var said: [Session.Said]
        /// Whether its last rollback can be undone.
        public var canUndo: Bool
        /// Milliseconds of running time so far.
        public var ranMilliseconds: Int64
        /// How its result was taken.
        public var delivery: Session.Delivery?
        /// What in its result runs by itself, and is not delivered unless it is named; nil for none.
        public var quarantined: [String]?
        /// A session with what a detail screen shows.
        public init(
            summary: SessionSummary, config: SessionConfig, layer: String?, requests: [PersonRequest],
            said: [Session.Said],
            canUndo: Bool, ranMilliseconds: Int64, delivery: Session.Delivery?, quarantined: [String]? = nil
        ) {
            self.summary = summary
            self.config = config
            self.layer = layer
            self.requests = requests
            self.said = said
            self.canUndo = canUndo
            self.ranMilliseconds = ranMilliseconds
            self.delivery = delivery
            self.quarantined = quarantined
        }
    }
    /// `session.show`.
    public static let name = "session.show"
    /// A detail.
    public typealias Answer = Detail
    /// An id, an unambiguous prefix or a unique name.
    public var id: String
    /// One session.
    public init(id: String) { self.id = id }
}

/// A session's transcript.
public struct SessionTranscript: EngineQuery {
    /// `session.transcript`.
    public static let name = "session.transcript"
    /// Oldest first.
    public typealias Answer = [TranscriptEntry]
    /// The session's full id.
    public var id: SessionID
    /// Only entries of events after this place in the log.
    public var after: Int64
    /// At most this many, the newest.
    public var limit: Int
    /// A session's transcript.
    public init(id: SessionID, after: Int64 = 0, limit: Int = 2000) {
        self.id = id
        self.after = after
        self.limit = limit
    }
}

/// A session's checkpoints, oldest first.
public struct SessionCheckpoints: EngineQuery {
    /// `session.checkpoints`.
    public static let name = "session.checkpoints"
    /// Oldest first.
    public typealias Answer = [CheckpointReading]
    /// The session's full id.
    public var id: SessionID
    /// A session's checkpoints.
    public init(id: SessionID) { self.id = id }
}

/// What differs between two points of a session.
public struct SessionDiff: EngineQuery {
    /// `session.diff`.
    public static let name = "session.diff"
    /// The difference.
    public typealias Answer = TreeDiff
    /// The session's full id.
    public var id: SessionID
    /// A checkpoint; nil is checkpoint 0.
    public var from: String?
    /// A checkpoint; nil is the files as they are.
    public var to: String?
    /// What differs.
    public init(id: SessionID, from: String? = nil, to: String? = nil) {
        self.id = id
        self.from = from
        self.to = to
    }
}

/// What a rollback would do.
public struct SessionRollbackPreview: EngineQuery {
    /// `session.rollback-preview`.
    public static let name = "session.rollback-preview"
    /// The preview.
    public typealias Answer = RollbackPreview
    /// The session's full id.
    public var id: SessionID
    /// A checkpoint; nil is checkpoint 0.
    public var checkpoint: String?
    /// What a rollback would do.
    public init(id: SessionID, checkpoint: String? = nil) {
        self.id = id
        self.checkpoint = checkpoint
    }
}

/// What waits for a person, oldest first, then what ended lately.
public struct InboxList: EngineQuery {
    /// The inbox.
    public struct Inbox: Hashable, Sendable, Codable {
        /// What waits, oldest first.
        public var waiting: [InboxItem]
        /// What ended lately and waits for nothing, newest first, at most 50.
        public var ended: [InboxItem]
        /// The inbox.
        public init(waiting: [InboxItem], ended: [InboxItem]) {
            self.waiting = waiting
            self.ended = ended
        }
    }
    /// `inbox.list`.
    public static let name = "inbox.list"
    /// The inbox.
    public typealias Answer = Inbox
    /// The inbox.
    public init() {}
}

/// A page of the tenant's events, oldest first.
public struct EventPage: EngineQuery {
    /// `events.page`.
    public static let name = "events.page"
    /// Oldest first.
    public typealias Answer = [EventRecord]
    /// Only events after this place.
    public var after: Int64
    /// At most so many; the newest of them when `newest`.
    public var limit: Int
    /// A glob over types.
    public var type: String?
    /// Only this stream: `session/ID`.
    public var stream: String?
    /// Whether the end of the log is wanted rather than what follows `after`.
    public var newest: Bool
    /// A page.
    public init(
        after: Int64 = 0, limit: Int = 200, type: String? = nil, stream: String? = nil, newest: Bool = false
    ) {
        self.after = after
        self.limit = limit
        self.type = type
        self.stream = stream
        self.newest = newest
    }
}

/// What a header shows.
public struct Overview: EngineQuery {
    /// The state of the home.
    public struct Header: Hashable, Sendable, Codable {
        /// Sessions by state.
        public var sessions: [String: Int]
        /// What waits for a person.
        public var waiting: Int
        /// Spent today in the configured zone, as far as priced.
        public var spentToday: Money
        /// Spent in the last 60 minutes.
        public var spentHour: Money
        /// Whether a part of today's spending has no price.
        public var hasUnpriced: Bool
        /// The machine's name.
        public var host: String
        /// The tenant.
        public var tenant: TenantID
        /// The IANA zone, and its offset from UTC now in minutes.
        public var zone: String
        /// Minutes east of UTC.
        public var zoneOffset: Int
        /// The home's path.
        public var home: String
        /// The sandbox layer, or nil when there is none.
        public var layer: String?
        /// The budgets of the home; nil for none.
        public var budgets: [BudgetReading]?
        /// Whether everything is paused by `host.pause-all`.
        public var isPausedAll: Bool
        /// The last place of the tenant's log.
        public var seq: Int64
        /// The host's process.
        public var pid: Int32
        /// Since when it runs.
        public var since: Timestamp
        /// The program's version.
        public var version: String
        /// The state of the home.
        public init(
            sessions: [String: Int], waiting: Int, spentToday: Money, spentHour: Money, hasUnpriced: Bool,
            host: String,
            tenant: TenantID, zone: String, zoneOffset: Int, home: String, layer: String?, isPausedAll: Bool,
            seq: Int64,
            pid: Int32, since: Timestamp, version: String, budgets: [BudgetReading]? = nil
        ) {
            self.sessions = sessions
            self.waiting = waiting
            self.spentToday = spentToday
            self.spentHour = spentHour
            self.hasUnpriced = hasUnpriced
            self.host = host
            self.tenant = tenant
            self.zone = zone
            self.zoneOffset = zoneOffset
            self.home = home
            self.layer = layer
            self.isPausedAll = isPausedAll
            self.seq = seq
            self.pid = pid
            self.since = since
            self.version = version
            self.budgets = budgets
        }
    }
    /// `host.status`.
    public static let name = "host.status"
    /// The state of the home.
    public typealias Answer = Header
    /// The state of the home.
    public init() {}
}

/// Every query that goes over the wire, for its server.
public enum QueryRegistry {
    /// In no order.
    public static let all: [any EngineQuery.Type] = [
        SessionList.self, SessionShow.self, SessionTranscript.self, SessionCheckpoints.self, SessionDiff.self,
        SessionRollbackPreview.self, InboxList.self, EventPage.self, Overview.self, SessionAudit.self,
        SessionSearch.self, CostReport.self, ChainList.self, ChainShow.self, HomeSize.self,
        ProviderList.self, RouteShow.self, ModelEstimate.self,
    ]
}
