import AgentOSCore

/// Where a session's things lie in a home.
public struct SessionPaths: Sendable {
    /// The home, absolute.
    public let home: String
    /// Whose sessions.
    public let tenant: TenantID

    /// The paths of a tenant in a home.
    public init(home: String, tenant: TenantID) {
        self.home = home
        self.tenant = tenant
    }

    /// The files of all sessions.
    var workspaces: String { "\(home)/workspaces/\(tenant)" }
    /// What the engine keeps beside them.
    var sessions: String { "\(home)/sessions/\(tenant)" }
    /// What setups have kept.
    var caches: String { "\(home)/caches/\(tenant)" }
    /// The session's files.
    public func workspace(_ id: SessionID) -> String { "\(home)/workspaces/\(tenant)/\(id)" }
    /// What the engine keeps beside them: the lock, the stat cache, the spools of calls.
    func folder(_ id: SessionID) -> String { "\(home)/sessions/\(tenant)/\(id)" }
    /// The lock that every process of the session holds.
    func lock(_ id: SessionID) -> String { folder(id) + "/lock" }
    /// What the last snapshot saw.
    func cache(_ id: SessionID) -> String { folder(id) + "/stat" }
    /// The spool of a call.
    func spool(_ call: CallID, of id: SessionID) -> String { "\(folder(id))/spool/\(call)" }
    /// The clean copy on which a gate runs.
    func gate(_ name: Int, of id: SessionID) -> String { "\(home)/gates/\(tenant)/\(id)-\(name)" }
}
