/// What of a result was not taken when a part of it was.
public struct DeliveryRest: Hashable, Sendable, Codable {
    /// How many files still wait.
    public var left: Int
    /// How many files the result has.
    public var of: Int

    /// So many of so many files are left.
    public init(left: Int, of: Int) {
        self.left = left
        self.of = of
    }
}
