/// What is wrong with a chain, and where.
public struct ChainProblem: Hashable, Sendable {
    /// The step; nil for the chain itself.
    public var step: String?
    /// The key within the step: `needs[1]`, `when`, `session`.
    public var key: String
    /// What is wrong.
    public var message: String
    /// What to write instead.
    public var suggestion: String?
    /// What stands at fault in the session's file, to find its line.
    public var text: String?

    init(_ step: String?, _ key: String, _ message: String, _ suggestion: String? = nil, text: String? = nil)
    {
        self.step = step
        self.key = key
        self.message = message
        self.suggestion = suggestion
        self.text = text
    }

    /// As an error without a file (exit 2).
    public var fault: Fault {
        let place = step.map { "step \($0)" } ?? "the chain"
        return .usage("\(place), \(key): \(message)", hint: suggestion)
    }
}

/// The graph of a chain's steps.
public struct ChainGraph: Sendable {
    /// The most sessions that a chain may have.
    public static let mostSessions = 1000

    /// The chain.
    public let config: ChainConfig
    private let indexes: [String: Int]

    /// The graph of a chain.
    public init(_ config: ChainConfig) {
        self.config = config
        indexes = Dictionary(
            config.steps.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// What comes before a step: what it needs and what it takes its files from, unknown names left out.
    public func before(_ step: ChainStep) -> [String] {
        var seen: Set<String> = []
        return (step.needs + step.from).filter { indexes[$0] != nil && seen.insert($0).inserted }
    }

    /// Everything that must come before a step.
    public func upstream(_ step: ChainStep) -> Set<String> {
        var found: Set<String> = []
        var open = before(step)
        while let name = open.popLast() {
            guard found.insert(name).inserted, let step = config.step(name) else { continue }
            open += before(step)
        }
        return found
    }

    /// Everything that comes after a step, the nearest first.
    public func downstream(_ name: String) -> [String] {
        var found: Set<String> = [name]
        var ordered: [String] = []
        for step in waves().joined() where before(step).contains(where: found.contains) {
            found.insert(step.name)
            ordered.append(step.name)
        }
        return ordered
    }

    /// The steps in waves: each needs only steps of earlier ones.
    ///
    /// Steps of a cycle are in none.
    public func waves() -> [[ChainStep]] {
        var done: Set<String> = []
        var waves: [[ChainStep]] = []
        var open = config.steps
        while !open.isEmpty {
            let ready = open.filter { before($0).allSatisfy(done.contains) }
            guard !ready.isEmpty else { break }
            waves.append(ready)
            done.formUnion(ready.map(\.name))
            open.removeAll { done.contains($0.name) }
        }
        return waves
    }

    /// What a step is run for, the last name's values changing fastest; one without values for a step without `each`.
    public static func combinations(_ each: [EachAxis]) -> [[String: String]] {
        each.reduce([[:]]) { found, axis in
            found.flatMap { known in axis.values.map { known.merging([axis.name: $0]) { $1 } } }
        }
    }

    /// How many sessions a step has.
    static func count(_ step: ChainStep) -> Int {
        step.each.reduce(1) { count, axis in
            let (product, over) = count.multipliedReportingOverflow(by: axis.values.count)
            return over ? .max : product
        }
    }
}
