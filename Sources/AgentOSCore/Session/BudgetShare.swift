/// The shares of an amount at which people hear of it.
public enum BudgetShare {
    /// In percent, rising.
    public static let told = [50, 80, 100]

    /// The highest of them that is reached, 0 for none; nothing is a share of nothing.
    public static func reached(by spent: Money, of limit: Money) -> Int {
        guard limit > .zero else { return 0 }
        let share = Double(spent.picodollars) / Double(limit.picodollars)
        // The last is reached exactly, whatever a quotient says.
        return spent >= limit ? 100 : told.dropLast().last { share * 100 >= Double($0) } ?? 0
    }

    /// Those that are reached and were not told, rising.
    public static func untold(by spent: Money, of limit: Money, told last: Int) -> [Int] {
        let now = reached(by: spent, of: limit)
        return told.filter { $0 > last && $0 <= now }
    }
}
