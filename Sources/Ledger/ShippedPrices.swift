import AgentOSCore

/// The dated table of prices that ships, by the provider's kind; the user's table wins over it.
///
/// A column table: the model, then US dollars per million tokens for input, output, cache reads, cache writes of
/// five minutes and of an hour, and the window in tokens; `-` is not said. What follows `>` are the tokens of a
/// prompt above which the whole call costs what the five rates after it say. `#` starts a comment.
public enum ShippedPrices {
    /// The table.
    public static let table = PricesFile(date: date, models: models(text) ?? [:])

    /// Reads rows; nil where one is no row.
    static func models(_ text: String) -> [ModelReference: ModelPrice]? {
        var models: [ModelReference: ModelPrice] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 7 || words.count == 14, let model = ModelReference(words[0]),
                let base = rates(words[1...5])
            else { return nil }
            var price = ModelPrice(base: base, window: Int(words[6]))
            if words.count == 14 {
                guard words[7] == ">", let tokens = Int(words[8]), let above = rates(words[9...13]) else {
                    return nil
                }
                price.above = ModelPrice.LongPrompt(tokens: tokens, rates: above)
            }
            guard models.updateValue(price, forKey: model) == nil else { return nil }
        }
        return models
    }

    private static func rates(_ words: ArraySlice<String>) -> ModelPrice.Rates? {
        let amounts = words.map { $0 == "-" ? nil : Money($0) }
        guard words.count == 5, zip(words, amounts).allSatisfy({ $0 == "-" || $1 != nil }),
            let input = amounts[0], let output = amounts[1]
        else { return nil }
        return ModelPrice.Rates(
            input: input, output: output, cacheRead: amounts[2], cacheWrite: amounts[3],
            cacheWriteHour: amounts[4])
    }
}
