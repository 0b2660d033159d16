/// What a chain would do: its order, how wide it is, and what it can cost at most.
public struct ChainPlan: Hashable, Sendable, Codable {
    /// A step of the plan.
    public struct Step: Hashable, Sendable, Codable {
        /// Its name.
        public var step: String
        /// How many sessions it has.
        public var sessions: Int
        /// How many of them at once.
        public var parallel: Int
        /// How often each can be tried.
        public var attempts: Int
        /// What comes before it.
        public var needs: [String]
        /// Where its files come from.
        public var from: [String]
        /// When it is run.
        public var when: String?
        /// What it can cost, all tries of all sessions; nil without a cost limit.
        public var worstCase: Money?
    }

    /// The chain's name.
    public var name: String
    /// The steps in waves: each needs only steps of earlier ones.
    public var order: [[String]]
    /// The steps in that order.
    public var steps: [Step]
    /// How many sessions run at once in the widest wave.
    public var width: Int
    /// How many sessions it has, each tried once.
    public var sessions: Int
    /// What all of it may cost.
    public var budget: Money?
    /// What it can cost: the sum of the sessions' limits over every try, and never more than the budget; nil
    /// where neither bounds it.
    public var worstCase: Money?

    /// The plan of a chain without problems.
    public init(_ config: ChainConfig) {
        let graph = ChainGraph(config)
        let waves = graph.waves()
        name = config.name
        budget = config.budget
        order = waves.map { $0.map(\.name) }
        steps = waves.joined().map { step in
            let count = ChainGraph.count(step)
            let attempts = step.retry.times + 1
            return Step(
                step: step.name, sessions: count, parallel: min(step.parallel ?? count, count),
                attempts: attempts, needs: graph.before(step), from: step.from, when: step.when?.description,
                worstCase: step.session.limits.cost.map { limit in
                    let (product, over) = limit.picodollars.multipliedReportingOverflow(
                        by: Int64(count * attempts))
                    return Money(picodollars: over ? .max : product)
                })
        }
        let byName = Dictionary(steps.map { ($0.step, $0) }, uniquingKeysWith: { first, _ in first })
        width = order.map { $0.reduce(0) { $0 + (byName[$1]?.parallel ?? 0) } }.max() ?? 0
        sessions = steps.reduce(0) { $0 + $1.sessions }
        let bounded = steps.compactMap(\.worstCase)
        let sum = bounded.count == steps.count ? bounded.reduce(.zero, +) : nil
        worstCase = [sum, config.budget].compactMap(\.self).min()
    }
}
