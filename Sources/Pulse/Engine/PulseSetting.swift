import AgentOSCore
import EventLog

/// What Pulse is given: the log, the ports to the rest of the house, and what the configuration says.
public struct PulseSetting: Sendable {
    /// Whose sessions.
    public var tenant: TenantID
    /// The log.
    public var log: EventLog
    /// The time.
    public var clock: WallClock
    /// How many sessions there is room for.
    var capacity: QueueCapacity
    /// Why no session can run here, for lack of a sandbox; nil when they can.
    public var refusal: Fault?
    /// Whether only the first session that is started here is run, and nothing else of the home.
    public var runsOnlyFirst: Bool
    /// Whether everything stands still.
    let brake = Brake()
    /// The models that a route's name, or `provider/model`, stands for.
    var models: @Sendable (String) throws(Fault) -> [ModelReference]
    /// Refuses a route or model that cannot be called, with what to name instead.
    public var checkModel: @Sendable (String) throws(Fault) -> Void
    /// The providers of a route or model, in the order in which they are tried; none for one that cannot be called.
    public var providers: @Sendable (String) -> [String]
    /// Whether the configuration names any model; without one a session can be made, and started later.
    public var hasModels: Bool
    /// Whether a route or model is rehearsed.
    public var isRehearsal: @Sendable (String) -> Bool
    /// Makes the id of a new session.
    public var makeID: @Sendable () -> SessionID
    /// Told of what stands still, for the host's log.
    public var report: @Sendable (Fault) -> Void
    /// Takes secrets out of all that is written.
    var redact: Redactor
    /// The environment of the host, of which agents are given the variables that they name.
    var environment: [String: String] = [:]
    /// How long things are kept.
    var keep: KeepConfiguration
    var keeping: LiveKeeping
    var bench: Workbench
    var calls: CallPort
    var delivery: DeliveryPort
    var chainFiles: ChainFiles
}
