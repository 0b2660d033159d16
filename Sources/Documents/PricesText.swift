import AgentOSCore

extension PricesDocument {
    /// A prices file as text that `parse` reads back as the same values, a line a model, in order of their names.
    ///
    /// `heading` are comment lines at its top, without their `#`.
    public static func text(_ prices: PricesFile, heading: [String] = []) -> String {
        let comments = heading.map { "# \(SafeText($0).text)\n" }.joined()
        let models = prices.models.sorted { $0.key.description < $1.key.description }
        let lines = models.map { "  \(quoted($0.key.description)): {\(line($0.value))}\n" }.joined()
        return "\(comments)date: \(prices.date)\n\nmodels:\(models.isEmpty ? " {}\n" : "\n" + lines)"
    }

    private static func line(_ price: ModelPrice) -> String {
        var parts = rates(price.base, besides: nil)
        if let above = price.above {
            let rates = ["tokens: \(above.tokens)"] + rates(above.rates, besides: price.base)
            parts.append("above: {\(rates.joined(separator: ", "))}")
        }
        if let window = price.window { parts.append("window: \(window)") }
        return parts.joined(separator: ", ")
    }

    /// The rates that differ from those that hold anyway.
    private static func rates(_ rates: ModelPrice.Rates, besides base: ModelPrice.Rates?) -> [String] {
        let named: [(String, Money?, Money?)] = [
            ("input", rates.input, base?.input), ("output", rates.output, base?.output),
            ("cache_read", rates.cacheRead, base?.cacheRead),
            ("cache_write", rates.cacheWrite, base?.cacheWrite),
            ("cache_write_1h", rates.cacheWriteHour, base?.cacheWriteHour),
        ]
        return named.compactMap { name, rate, same in
            guard let rate, rate != same else { return nil }
            return "\(name): \(rate)"
        }
    }

    /// A key of YAML: as it is where nothing in it can mean something, else in double quotes.
    private static func quoted(_ text: String) -> String {
        let plain = text.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                || [UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "/")].contains($0)
        }
        guard !plain else { return text }
        var result = "\""
        for character in text {
            if character == "\"" || character == "\\" { result.append("\\") }
            result.append(character)
        }
        return result + "\""
    }
}
