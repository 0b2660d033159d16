import AgentOSCore
import EventLog

/// The zone that days and shown times belong to, read where the zone files are.
public struct ZoneReader: Sendable {
    /// The zone's name: `Europe/Berlin`, `UTC`.
    public var name: String
    /// Minutes east of UTC at a moment.
    public var offset: @Sendable (Timestamp) -> Int

    /// A zone.
    public init(name: String, offset: @escaping @Sendable (Timestamp) -> Int) {
        self.name = name
        self.offset = offset
    }

    /// UTC.
    public static let utc = ZoneReader(name: "UTC") { _ in 0 }

    /// When the day of a moment began.
    public func startOfDay(_ now: Timestamp) -> Timestamp {
        let shift = Int64(offset(now)) * 60_000
        let local = now.milliseconds + shift
        let intoDay = ((local % 86_400_000) + 86_400_000) % 86_400_000
        return Timestamp(milliseconds: local - intoDay - shift)
    }

    /// The day of a moment: `YYYY-MM-DD`.
    public func day(_ now: Timestamp) -> String {
        String(Timestamp(milliseconds: now.milliseconds + Int64(offset(now)) * 60_000).description.prefix(10))
    }
}

/// What a host is opened with.
///
/// Whoever opens it holds `host.lock` of the home.
public struct HostOptions: Sendable {
    /// The home, absolute; it exists and is ours.
    public var home: String
    /// Whose sessions.
    public var tenant: TenantID
    /// config.yaml.
    public var configuration: Configuration
    /// Prices; the first table that names a model wins.
    public var prices: [PricesFile]
    /// The program that confines: it understands `__sandbox`.
    public var helperPath: String
    /// The time.
    public var clock: WallClock
    /// The zone.
    public var zone: ZoneReader
    /// The environment of the person: git takes identity from it, and `HOME` is never a workspace.
    public var environment: [String: String]
    /// The machine's name.
    public var machine: String
    /// The program's version.
    public var version: String
    /// Which sessions are run here.
    public var scope: HostScope
    /// Told of what stands still, for the host's log.
    public var report: @Sendable (Fault) -> Void
    /// Called at the edges of the log's commits.
    package var probe: CommitProbe?

    /// Options with a machine's usual values.
    public init(
        home: String, tenant: TenantID = .main, configuration: Configuration = Configuration(),
        prices: [PricesFile] = [],
        helperPath: String = "/proc/self/exe", clock: WallClock, zone: ZoneReader = .utc,
        environment: [String: String],
        machine: String, version: String, scope: HostScope = .all,
        report: @escaping @Sendable (Fault) -> Void
    ) {
        self.home = home
        self.tenant = tenant
        self.configuration = configuration
        self.prices = prices
        self.helperPath = helperPath
        self.clock = clock
        self.zone = zone
        self.environment = environment
        self.machine = machine
        self.version = version
        self.scope = scope
        self.report = report
    }
}
