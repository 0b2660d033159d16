/// Durations as people write and read them.
public enum DurationText {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// Reads `90s 20m 2h 7d 500ms`, also `1h30m` with units falling; nil for anything else.
    public static func milliseconds(_ text: String) -> Int64? {
        var rest = Substring(text)
        var total: Int64 = 0
        var smallest = Int64.max
        repeat {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            let unit = rest.dropFirst(digits.count).prefix { $0.isLetter }
            guard let number = Int64(digits),
                let scale = units.first(where: { $0.name == unit })?.milliseconds, scale < smallest
            else { return nil }
            smallest = scale
            let (product, over) = number.multipliedReportingOverflow(by: scale)
            let (sum, overSum) = total.addingReportingOverflow(product)
            guard !over, !overSum, sum < 1 << 53 else { return nil }
            total = sum
            rest = rest.dropFirst(digits.count + unit.count)
        } while !rest.isEmpty
        return total
    }

    /// All of it, so that `milliseconds` reads the same: `5m`, `1h30m`, `1s500ms`.
    public static func exact(_ milliseconds: Int64) -> String {
        var rest = max(0, milliseconds)
        var text = ""
        for unit in units where rest >= unit.milliseconds {
            text += "\(rest / unit.milliseconds)\(unit.name)"
            rest %= unit.milliseconds
        }
        return text.isEmpty ? "0s" : text
    }

    /// The two largest units: `850ms`, `4.2s`, `12s`, `3m20s`, `2h05m`, `7d3h`.
    public static func short(_ milliseconds: Int64) -> String {
        let value = max(0, milliseconds)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        switch value {
        case ..<1000: return "\(value)ms"
        case ..<10_000: return "\(value / 1000).\(value % 1000 / 100)s"
        case ..<60_000: return "\(value / 1000)s"
        case ..<3_600_000: return "\(value / 60_000)m\(two(value / 1000 % 60))s"
        case ..<86_400_000: return "\(value / 3_600_000)h\(two(value / 60_000 % 60))m"
        default: return "\(value / 86_400_000)d\(value / 3_600_000 % 24)h"
        }
    }
}
