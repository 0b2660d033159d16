/// Where a session stands in the queue, and why it is not started yet.
public struct QueuePlace: Hashable, Sendable, Codable {
    /// Why a queued session waits.
    public enum Reason: String, Hashable, Sendable, Codable, CaseIterable {
        /// For nothing: it is about to be started.
        case next
        /// As many sessions run as the home may.
        case home
        /// As many run as its tenant may.
        case tenant
        /// Every provider of its model has as many sessions as it may have calls.
        case model
        /// Its time has not come.
        case delay
        /// Everything is paused.
        case paused
        /// The host takes no new work.
        case drain
        /// No host runs sessions here.
        case host
        /// It could not be started.
        case fault
    }
    /// From 1, the next.
    public var position: Int
    /// Why it waits.
    public var reason: Reason
    /// The same in a few words, raw.
    public var text: String
    /// When it may be started; nil is at once.
    public var notBefore: Timestamp?

    /// A place.
    public init(position: Int, reason: Reason, text: String, notBefore: Timestamp? = nil) {
        self.position = position
        self.reason = reason
        self.text = text
        self.notBefore = notBefore
    }
}

/// How much of a budget of the home is spent.
public struct BudgetReading: Hashable, Sendable, Codable {
    /// `day` or `month`.
    public var budget: String
    /// What is spent.
    public var spent: Money
    /// What may be.
    public var limit: Money

    /// How much is spent.
    public init(budget: String, spent: Money, limit: Money) {
        self.budget = budget
        self.spent = spent
        self.limit = limit
    }

    /// The highest share of it that is told of, in percent; 0 below all of them.
    public var share: Int { BudgetShare.reached(by: spent, of: limit) }
}
