/// A chain as the fold of its events.
///
/// Holds no clock, file or connection: `apply` is the only way it changes, so recovery, projections and
/// screens see the same chain.
public struct Chain: Hashable, Sendable {
    /// One session's worth of a step.
    public struct Run: Hashable, Sendable {
        /// Which place of which step.
        public let id: StepID
        /// What it is run for; nil for a step without `each`.
        public let each: [String: String]?
        /// Where it stands.
        public internal(set) var state: ChainState = .created
        /// Why it is PAUSED, FAILED or SKIPPED.
        public internal(set) var reason: String?
        /// The session of the last try.
        public internal(set) var sessionId: SessionID?
        /// The sessions of all tries, oldest first.
        public internal(set) var sessions: [SessionID] = []
        /// How many tries were begun.
        public internal(set) var attempts = 0
        /// After which try no other follows by itself.
        public internal(set) var lastAttempt: Int
        /// When the next try may begin.
        public internal(set) var retryAt: Timestamp?
        /// The files that the try began with; nil where it makes its own workspace.
        public internal(set) var input: TreeID?
        /// What it left.
        public internal(set) var product: StepProduct?
        /// The earlier run that did it already.
        public internal(set) var earlier: ChainID?
        /// Whether the try took too long.
        public internal(set) var isTimedOut = false
        /// Whether its session is to be paused with the chain, or to go on with it.
        public internal(set) var wish: Wish?

        /// What the chain wants of a session that is live.
        public enum Wish: Hashable, Sendable {
            /// To pause.
            case pause
            /// To go on.
            case resume
        }

        /// Whether its session may still do something.
        public var isLive: Bool { sessionId != nil && (state == .running || state == .paused) }

        /// How it came out; nil while it has not.
        public var result: StepResult? {
            switch state {
            case .complete: .passed
            case .skipped: product == nil ? .skipped : .passed
            case .failed, .rolledBack, .cancelled: .failed
            case .created, .queued, .running, .paused: nil
            }
        }
    }

    /// Why a chain stands still.
    public struct Pause: Hashable, Sendable {
        /// `operator`, `conflict`, `limit.cost`, or the reason of the session that it waits for.
        public var reason: String
        /// More of it, raw.
        public var detail: String
        /// The step that it waits for; nil where the chain itself was paused.
        public var step: StepID?

        /// Whether a person asked for it.
        public var isOperators: Bool { step == nil && reason == PauseReason.operatorAsked.description }
    }

    /// Its id.
    public let id: ChainID
    /// What it was made with; the budget may have been changed since.
    public internal(set) var config: ChainConfig
    /// The version of its stream.
    public internal(set) var version: Int64 = 0
    /// Where it stands.
    public internal(set) var state: ChainState = .created
    /// Why it stands still, while PAUSED.
    public internal(set) var pause: Pause?
    /// Why it failed or was rolled back.
    public internal(set) var error: String?
    /// When it was made.
    public internal(set) var createdAt: Timestamp
    /// When it first ran.
    public internal(set) var startedAt: Timestamp?
    /// When it ended.
    public internal(set) var endedAt: Timestamp?
    /// When something last happened.
    public internal(set) var touchedAt: Timestamp
    /// The step that wins where files conflict.
    public internal(set) var prefer: String?
    /// Whether what it came to is not wanted.
    public internal(set) var isDiscarded = false
    /// Every place of every step, in the order of the waves.
    public internal(set) var runs: [Run]

    /// The chain that a `created` event makes; nil for any other event.
    public init?(id: ChainID, created event: ChainEvent, at: Timestamp) {
        guard case .created(let config) = event else { return nil }
        self.id = id
        self.config = config
        (createdAt, touchedAt, version) = (at, at, 1)
        runs = ChainGraph(config).waves().joined().flatMap { step in
            ChainGraph.combinations(step.each).enumerated().map { index, each in
                Run(
                    id: StepID(step.name, index), each: step.each.isEmpty ? nil : each,
                    lastAttempt: step.retry.times + 1)
            }
        }
    }

    /// The places of a step.
    public func runs(of step: String) -> [Run] { runs.filter { $0.id.step == step } }

    /// A place of a step.
    public func run(_ id: StepID) -> Run? { runs.first { $0.id == id } }

    /// How a step came out: green when all its places are, failed when one is; nil while one has not come out.
    public func result(of step: String) -> StepResult? {
        let results = runs(of: step).map(\.result)
        if results.contains(nil) { return nil }
        if results.contains(.failed) { return .failed }
        return results.contains(.passed) ? .passed : .skipped
    }

    /// The first failure that ends or rolls back the chain; what was rolled back because of it has no reason of its own.
    public var failure: (run: Run, policy: StepFailurePolicy)? {
        for run in runs where run.result == .failed && run.reason != nil {
            let policy = config.step(run.id.step)?.onFailure ?? .fail
            if policy != .continue { return (run, policy) }
        }
        return nil
    }

    /// Whether it, or a session of it, may still change by itself or by a session's doing.
    public var isLive: Bool {
        state == .queued || state == .running || state == .paused || runs.contains(where: \.isLive)
    }
}
