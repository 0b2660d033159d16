/// An amount of US dollars, exact to a millionth of a millionth.
///
/// Held in picodollars (10⁻¹² USD) in 64 bits: ±9.2 million USD. Sent as a decimal string.
public struct Money: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// 10⁻¹² USD.
    public var picodollars: Int64

    /// An amount in picodollars.
    public init(picodollars: Int64) { self.picodollars = picodollars }

    /// Nothing.
    public static let zero = Money(picodollars: 0)

    /// Smaller amounts come first.
    public static func < (left: Money, right: Money) -> Bool { left.picodollars < right.picodollars }
    /// The sum, held at the largest amount instead of overflowing.
    public static func + (left: Money, right: Money) -> Money {
        let (sum, over) = left.picodollars.addingReportingOverflow(right.picodollars)
        return Money(picodollars: over ? (right.picodollars > 0 ? .max : .min) : sum)
    }
    /// The difference, held at the bounds.
    public static func - (left: Money, right: Money) -> Money {
        left + Money(picodollars: right.picodollars == .min ? .max : -right.picodollars)
    }

    /// Reads `12`, `0.50`, `-1.000000000001`; nil for anything else or more than 12 decimals.
    public init?(_ text: String) {
        var digits = Substring(text)
        let negative = digits.hasPrefix("-")
        if negative { digits = digits.dropFirst() }
        let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty, whole.count <= 7,
            whole.utf8.allSatisfy({ (48...57).contains($0) }),
            let dollars = Int64(whole)
        else { return nil }
        var pico: Int64 = 0
        if parts.count == 2 {
            guard (1...12).contains(parts[1].count), parts[1].utf8.allSatisfy({ (48...57).contains($0) }),
                let fraction = Int64(parts[1] + String(repeating: "0", count: 12 - parts[1].count))
            else { return nil }
            pico = fraction
        }
        let (product, over) = dollars.multipliedReportingOverflow(by: 1_000_000_000_000)
        let (sum, overSum) = product.addingReportingOverflow(pico)
        guard !over, !overSum else { return nil }
        picodollars = negative ? -sum : sum
    }

    /// The shortest exact decimal with at least two decimals: `0.50`, `1.000000000001`.
    public var description: String {
        let magnitude = picodollars.magnitude
        var fraction = String(magnitude % 1_000_000_000_000)
        fraction = String(repeating: "0", count: 12 - fraction.count) + fraction
        while fraction.count > 2, fraction.hasSuffix("0") { fraction.removeLast() }
        return "\(picodollars < 0 ? "-" : "")\(magnitude / 1_000_000_000_000).\(fraction)"
    }

    /// For a narrow column: two decimals, four below ten cents, rounded up so that spending is never hidden.
    public var short: String {
        let decimals = picodollars.magnitude < 100_000_000_000 && picodollars != 0 ? 4 : 2
        let unit: UInt64 = decimals == 4 ? 100_000_000 : 10_000_000_000
        let rounded = (picodollars.magnitude + unit - 1) / unit
        let scale: UInt64 = decimals == 4 ? 10_000 : 100
        let fraction = String(rounded % scale)
        return "\(picodollars < 0 ? "-" : "")\(rounded / scale)."
            + String(repeating: "0", count: decimals - fraction.count) + fraction
    }

    /// Reads the decimal string.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Money(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an amount: \(text)")
        }
        self = value
    }

    /// Writes the decimal string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
