/// A session file as values, paths made absolute.
public struct SessionConfig: Hashable, Sendable, Codable {
    /// A short name.
    public var name: String
    /// What the agent is to do.
    public var goal: String
    /// Where it works.
    public var workspace: WorkspaceSpec = .empty
    /// A command that runs before the first turn.
    public var setup: SetupConfig?
    /// The command-line agent that works on it; nil is the engine's own loop over a model.
    public var agent: AgentConfig?
    /// A route, or `provider/model`.
    public var model = "default"
    /// The tools it has.
    public var tools = ["read", "write", "edit", "list", "search", "shell"]
    /// When a person is asked before a call.
    public var ask: AskPolicy = .outside
    /// What happens to a request that nobody answers.
    public var unattended: UnattendedPolicy = .wait
    /// What the tools may reach.
    public var network: NetworkPolicy = .none
    /// Folders outside the system's that tools may read, absolute.
    public var readRoots: [String] = []
    /// Limits.
    public var limits = SessionLimits()
    /// Whether it is paused when it goes in circles; nil is yes.
    public var breaker: Bool?
    /// When checkpoints are taken by themselves.
    public var checkpoint: CheckpointPolicy = .turn
    /// What must hold at the end.
    public var gates: [GateConfig] = []
    /// How often the gates are tried; the output of a red one goes back to the agent in between.
    public var gateAttempts = 1
    /// What happens after the last attempt; nil is rollback, or pause for `inplace`.
    public var onGateFailure: GateFailurePolicy?
    /// Whether a model without a price may be called; nil is refuse with a cost limit and allow without.
    public var onUnknownPrice: UnknownPricePolicy?
    /// Files that make up the result.
    public var deliverables: [String] = []
    /// Calls that need no approval, as `TOOL PATTERN`.
    public var allow: [String] = []
    /// Calls that are refused, as `TOOL PATTERN`.
    public var deny: [String] = []
    /// Where replies are recorded for a rehearsal, absolute.
    public var record: String?
    /// The chain that made it; nil for a session of its own.
    public var chain: ChainPlace?
    /// Its place in the queue: 1 is taken first, 9 last; nil is 5.
    public var priority: Int?
    /// It is not started before.
    public var notBefore: Timestamp?
    /// While a session with this key lives, no other is made with it.
    public var dedup: String?

    /// The priority of a session that names none.
    public static let usualPriority = 5

    /// A session with a name, a goal and the defaults.
    public init(name: String, goal: String) {
        self.name = name
        self.goal = goal
    }

    /// What happens after the last gate attempt, the default filled in.
    public var gateFailure: GateFailurePolicy {
        if let onGateFailure { return onGateFailure }
        if case .inplace = workspace { return .pause }
        return .rollback
    }
}

/// A command that prepares a workspace.
public struct SetupConfig: Hashable, Sendable, Codable {
    /// For `/bin/sh -c`.
    public var run: String
    /// What it may reach.
    public var network: NetworkPolicy = .none
    /// Milliseconds.
    public var timeout: Int64 = 600_000
    /// Folders kept between sessions.
    public var cache: [String] = []
    /// A command.
    public init(run: String) { self.run = run }
}

/// When a person is asked before a call.
public enum AskPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// Never.
    case never
    /// Before what can leave the sandboxed workspace.
    case outside
    /// Before every call that can change something.
    case always
}

/// What happens to a request that nobody answers.
public enum UnattendedPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// It waits.
    case wait
    /// It is denied.
    case deny
}

/// What tools may reach over the network.
public enum NetworkPolicy: Hashable, Sendable, Codable {
    /// Nothing.
    case none
    /// These hosts.
    case hosts([String])
    /// Everything.
    case all
}

/// When checkpoints are taken by themselves.
public enum CheckpointPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// After every tool call.
    case tool
    /// After every turn.
    case turn
    /// Only where the engine needs one, and by hand.
    case manual
}

/// What happens after the last gate attempt.
public enum GateFailurePolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// The files go back to checkpoint 0.
    case rollback
    /// The session fails; the files stay.
    case fail
    /// The session waits for a person.
    case pause
}

/// Whether a model without a price may be called.
public enum UnknownPricePolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// It may.
    case allow
    /// It may not.
    case refuse
}
