import AgentOSCore

/// Prices files.
public enum PricesDocument {
    /// Reads a prices file.
    public static func read(path: String) throws(DocumentFaults) -> PricesFile {
        try decode(try FileText.read(path: path, as: path))
    }

    /// Reads the text of a prices file as if it stood in a file.
    public static func parse(_ bytes: [UInt8], path: String) throws(DocumentFaults) -> PricesFile {
        try decode(try FileText(file: path, bytes: bytes))
    }

    private static func decode(_ text: FileText) throws(DocumentFaults) -> PricesFile {
        let source = Source(kind: .prices, file: text.file, folder: "/")
        let root = try YAMLReader.read(text)
        let prices: PricesFile? = Fields.read(Entry(root: root, of: source)) { fields in
            let date = fields.required("date", day, "write the day of the table, like 2026-11-01")
            let models = fields.required(
                "models", models, "write models: {provider/model: {input: 3.0, output: 15.0}}")
            guard let date, let models else { return nil }
            return PricesFile(date: date, models: models)
        }
        return try source.finish(prices)
    }

    private static func day(_ entry: Entry) -> String? {
        guard let text = entry.text("a day like 2026-11-01") else { return nil }
        guard text.utf8.count == 10, Timestamp(text + "T00:00:00Z") != nil else {
            return entry.expected("a day like 2026-11-01")
        }
        return text
    }

    private static func models(_ entry: Entry) -> [ModelReference: ModelPrice]? {
        guard let named = Fields.free(entry) else { return nil }
        var models: [ModelReference: ModelPrice] = [:]
        for (name, entry) in named {
            let price = price(entry)
            guard let model = ModelReference(name) else {
                entry.source.fault(line: entry.line, key: entry.key, "not a model", "write provider/model")
                continue
            }
            models[model] = price
        }
        return models
    }

    private static func price(_ entry: Entry) -> ModelPrice? {
        Fields.read(entry) { fields in
            let input = fields.required("input", Read.money, "write USD per million tokens")
            let output = fields.required("output", Read.money, "write USD per million tokens")
            var base = ModelPrice.Rates(input: input ?? .zero, output: output ?? .zero)
            cache(fields, &base)
            let above = fields.optional("above") { longPrompt($0, base: base) }
            let window = fields.optional("window", Read.count)
            return input == nil || output == nil ? nil : ModelPrice(base: base, above: above, window: window)
        }
    }

    private static func longPrompt(_ entry: Entry, base: ModelPrice.Rates) -> ModelPrice.LongPrompt? {
        Fields.read(entry) { fields in
            let tokens = fields.required(
                "tokens", Read.count, "write the prompt size above which the rates change")
            var rates = base
            if let input = fields.optional("input", Read.money) { rates.input = input }
            if let output = fields.optional("output", Read.money) { rates.output = output }
            cache(fields, &rates)
            return tokens.map { ModelPrice.LongPrompt(tokens: $0, rates: rates) }
        }
    }

    private static func cache(_ fields: Fields, _ rates: inout ModelPrice.Rates) {
        if let value = fields.optional("cache_read", Read.money) { rates.cacheRead = value }
        if let value = fields.optional("cache_write", Read.money) { rates.cacheWrite = value }
        if let value = fields.optional("cache_write_1h", Read.money) { rates.cacheWriteHour = value }
    }
}
