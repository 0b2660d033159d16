/// One run of a chain.
public struct ChainID: Identifier {
    /// Six characters of Crockford's base 32, lower case.
    public let rawValue: String
    /// Wraps an id.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// A chain file as values: the session of every step is in it, its `${…}` of the chain not yet replaced.
public struct ChainConfig: Hashable, Sendable, Codable {
    /// A short name; runs of the same name are runs of the same chain.
    public var name: String
    /// What all its sessions together may cost.
    public var budget: Money?
    /// Its steps in the order of the file.
    public var steps: [ChainStep]
    /// Whether every step is run, although an earlier run of this chain has done the same.
    public var fresh: Bool?

    /// A chain of these steps.
    public init(name: String, budget: Money? = nil, steps: [ChainStep]) {
        self.name = name
        self.budget = budget
        self.steps = steps
    }

    /// The step of a name.
    public func step(_ name: String) -> ChainStep? { steps.first { $0.name == name } }
}

/// A step of a chain.
public struct ChainStep: Hashable, Sendable, Codable {
    /// Its name, unique in the chain.
    public var name: String
    /// What it runs.
    public var session: SessionConfig
    /// The steps that come before it.
    public var needs: [String] = []
    /// The steps whose files it goes on with; none where the session makes its own workspace.
    public var from: [String] = []
    /// The file of its workspace that holds its output.
    public var outputs: StepOutputs?
    /// What it is run for, each value with each of the others.
    public var each: [EachAxis] = []
    /// How many of these are run at once.
    public var parallel: Int?
    /// When it is run; nil is when what it needs has passed.
    public var when: StepCondition?
    /// For how many of the steps before it waits.
    public var wait: StepWait = .all
    /// How often it is tried again.
    public var retry = StepRetry()
    /// Milliseconds that one try may take, pauses left out.
    public var timeout: Int64?
    /// What a failure that no try is left for leads to.
    public var onFailure: StepFailurePolicy = .fail

    /// A step that runs a session.
    public init(name: String, session: SessionConfig) {
        self.name = name
        self.session = session
    }
}

/// The output of a step: a JSON file that its session leaves in the workspace.
public struct StepOutputs: Hashable, Sendable, Codable {
    /// The file, relative to the workspace.
    public var file: String
    /// The JSON Schema that it must meet.
    public var schema: JSONValue?

    /// A file and its schema.
    public init(file: String, schema: JSONValue? = nil) {
        self.file = file
        self.schema = schema
    }
}

/// A name of `each:` with its values.
public struct EachAxis: Hashable, Sendable, Codable {
    /// The name: `target`.
    public var name: String
    /// Its values.
    public var values: [String]

    /// A name with its values.
    public init(_ name: String, _ values: [String]) {
        self.name = name
        self.values = values
    }
}

/// How many of the steps before it a step waits for.
public enum StepWait: String, Hashable, Sendable, Codable, CaseIterable {
    /// Until all have ended.
    case all
    /// Until one has passed.
    case any
}

/// How often a step is tried again.
public struct StepRetry: Hashable, Sendable, Codable {
    /// How many more tries after the first.
    public var times = 0
    /// Milliseconds before the second try; each further wait is twice as long, up to an hour.
    public var backoff: Int64 = 0

    /// So often, with such a wait.
    public init(times: Int = 0, backoff: Int64 = 0) {
        self.times = times
        self.backoff = backoff
    }

    /// Milliseconds to wait after so many tries.
    public func wait(after attempts: Int) -> Int64 {
        guard backoff > 0 else { return 0 }
        let doubled = backoff << min(20, max(0, attempts - 1))
        return doubled >> min(20, max(0, attempts - 1)) == backoff
            ? min(doubled, max(backoff, 3_600_000)) : backoff
    }
}

/// What a failed step leads to.
public enum StepFailurePolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// Nothing more is started but what waits for a failure; the chain fails.
    case fail
    /// The chain goes on as if it had passed.
    case `continue`
    /// What runs is cancelled, every session of the chain is rolled back, and so is the chain.
    case rollback
}

/// Where a session belongs that a chain has made.
public struct ChainPlace: Hashable, Sendable, Codable {
    /// The chain.
    public var chainId: ChainID
    /// The step.
    public var step: String
    /// What it is run for.
    public var each: [String: String]?
    /// The try, from 1.
    public var attempt: Int

    /// A place in a chain.
    public init(chainId: ChainID, step: String, each: [String: String]?, attempt: Int) {
        self.chainId = chainId
        self.step = step
        self.each = each
        self.attempt = attempt
    }
}
