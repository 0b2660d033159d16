/// What a cost report is grouped by.
public enum CostGrouping: String, Hashable, Sendable, Codable, CaseIterable {
    /// A line a session.
    case session
    /// A line a model.
    case model
    /// A line a day of the home's zone.
    case day
}

/// A line of a cost report.
public struct CostLine: Hashable, Sendable, Codable {
    /// The session, model or day; nil where the ledger does not know it.
    public var key: String?
    /// How many calls.
    public var calls: Int
    /// What the vendors counted.
    public var usage: Usage
    /// What the calls with a price cost.
    public var costKnown: Money
    /// How many calls have no price.
    public var unpriced: Int
    /// How many answers were lost, so that nobody counted them.
    public var lost: Int
    /// The part of the cost that was held for them: the most that they can have cost.
    public var costLost: Money

    /// A line.
    public init(
        key: String?, calls: Int, usage: Usage, costKnown: Money, unpriced: Int, lost: Int = 0,
        costLost: Money = .zero
    ) {
        (self.lost, self.costLost) = (lost, costLost)
        self.key = key
        self.calls = calls
        self.usage = usage
        self.costKnown = costKnown
        self.unpriced = unpriced
    }

    /// What it cost; nil when any part has no price.
    public var cost: Money? { unpriced == 0 ? costKnown : nil }

    /// The sum of two lines, under the key of the first.
    public static func + (left: CostLine, right: CostLine) -> CostLine {
        CostLine(
            key: left.key, calls: left.calls + right.calls, usage: left.usage + right.usage,
            costKnown: left.costKnown + right.costKnown, unpriced: left.unpriced + right.unpriced,
            lost: left.lost + right.lost, costLost: left.costLost + right.costLost)
    }
}

/// What a tenant's model calls cost.
public struct CostReport: EngineQuery {
    /// The report.
    public struct Report: Hashable, Sendable, Codable {
        /// The zone that its days belong to.
        public var zone: String
        /// The lines: days in their order, else the dearest first.
        public var lines: [CostLine]
        /// The names of the sessions in it, by their ids.
        public var names: [String: String]

        /// A report.
        public init(zone: String, lines: [CostLine], names: [String: String] = [:]) {
            self.zone = zone
            self.lines = lines
            self.names = names
        }
    }
    /// `cost.report`.
    public static let name = "cost.report"
    /// The report.
    public typealias Answer = Report
    /// The first day, `YYYY-MM-DD`; nil is from the beginning.
    public var from: String?
    /// The last day, included; nil is up to now.
    public var to: String?
    /// What a line stands for.
    public var by: CostGrouping
    /// Asks for a report.
    public init(from: String? = nil, to: String? = nil, by: CostGrouping = .day) {
        self.from = from
        self.to = to
        self.by = by
    }
}
