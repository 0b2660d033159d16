import AgentOSCore

/// The price list of LiteLLM, `model_prices_and_context_window.json`: an object with a member a model.
///
/// Read are models that converse (`mode` is chat, responses or completion) and what CONTRACT's prices can say:
/// `input_cost_per_token`, `output_cost_per_token`, `cache_read_input_token_cost`,
/// `cache_creation_input_token_cost` and its `_above_1hr`, each also `_above_NNNk_tokens`, and `max_input_tokens`.
/// All are US dollars a token.
public struct LiteLLMPrices: Hashable, Sendable {
    /// What could be read, the vendors named as our kinds where we have one.
    public var models: [ModelReference: ModelPrice] = [:]
    /// Conversing models that could not be taken over, with why, by their name in the list.
    public var skipped: [String: String] = [:]

    /// Fewer priced models than this make no list: it is cut, or another file.
    public static let fewest = 50
    /// The most bytes that are read.
    public static let mostBytes = 64 << 20

    /// Reads a list; throws a usage fault where it is none.
    public init(_ bytes: [UInt8], file: String) throws(Fault) {
        let hint = "name LiteLLM's model_prices_and_context_window.json"
        guard bytes.count <= Self.mostBytes else {
            throw .usage("\(file) is larger than \(Self.mostBytes >> 20) MB", hint: hint)
        }
        let list: JSONValue
        do { list = try JSONText.decode(JSONValue.self, from: bytes) } catch {
            throw .usage("\(file) is not JSON, or it is cut", hint: hint)
        }
        guard case .object(let entries) = list else {
            throw .usage("\(file) is not an object with a member for each model", hint: hint)
        }
        for (name, entry) in entries { take(name, entry) }
        guard models.count >= Self.fewest else {
            throw .usage(
                "\(file) prices \(models.count) models; a list with under \(Self.fewest) is not taken",
                hint: hint)
        }
    }

    private mutating func take(_ name: String, _ entry: JSONValue) {
        guard let mode = entry["mode"]?.string, ["chat", "responses", "completion"].contains(mode),
            let vendor = entry["litellm_provider"]?.string, name != "sample_spec"
        else { return }
        let prefix = vendor + "/"
        let model = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
        let full = "\(Self.kinds[vendor] ?? vendor)/\(model)"
        guard let reference = ModelReference(full), SafeText(full).text == full else {
            skipped[SafeText(name).text] = "its name is not provider/model"
            return
        }
        switch Self.price(entry) {
        case .success(let price): models[reference] = price
        case .failure(let problem): skipped[SafeText(name).text] = problem.reason
        }
    }

    private struct Problem: Error { let reason: String }

    private static let kinds = ["gemini": "google", "text-completion-openai": "openai"]

    private static func price(_ entry: JSONValue) -> Result<ModelPrice, Problem> {
        do {
            guard let base = try rates(entry, "") else { throw Problem(reason: "it has no price a token") }
            let window = entry["max_input_tokens"]?.int.flatMap { $0 > 0 ? $0 : nil }
            let tiers = sizes(entry)
            guard tiers.count <= 1 else {
                throw Problem(reason: "its price has more than two sizes of prompt")
            }
            guard let tier = tiers.first else { return .success(ModelPrice(base: base, window: window)) }
            let above = try rates(entry, "_above_\(tier)k_tokens", base)
            let long = above.map { ModelPrice.LongPrompt(tokens: tier * 1000, rates: $0) }
            return .success(ModelPrice(base: base, above: long, window: window))
        } catch let problem as Problem {
            return .failure(problem)
        } catch {
            return .failure(Problem(reason: "it cannot be read"))
        }
    }

    private static let names = (
        input: "input_cost_per_token", output: "output_cost_per_token", read: "cache_read_input_token_cost",
        write: "cache_creation_input_token_cost", hour: "cache_creation_input_token_cost_above_1hr"
    )

    /// The sizes of a prompt, in thousands of tokens, above which a rate of ours differs.
    private static func sizes(_ entry: JSONValue) -> [Int] {
        guard case .object(let members) = entry else { return [] }
        var found: Set<Int> = []
        for name in [names.input, names.output, names.read, names.write, names.hour] {
            let start = name + "_above_"
            for key in members.keys where key.hasPrefix(start) && key.hasSuffix("k_tokens") {
                guard let size = Int(key.dropFirst(start.count).dropLast("k_tokens".count)), size > 0,
                    size < 1_000_000
                else { continue }
                found.insert(size)
            }
        }
        return found.sorted()
    }

    private static func rates(_ entry: JSONValue, _ suffix: String, _ base: ModelPrice.Rates? = nil) throws
        -> ModelPrice.Rates?
    {
        let input = try rate(entry, names.input + suffix) ?? base?.input
        let output = try rate(entry, names.output + suffix) ?? base?.output
        guard let input, let output else { return nil }
        return ModelPrice.Rates(
            input: input, output: output, cacheRead: try rate(entry, names.read + suffix) ?? base?.cacheRead,
            cacheWrite: try rate(entry, names.write + suffix) ?? base?.cacheWrite,
            cacheWriteHour: try rate(entry, names.hour + suffix) ?? base?.cacheWriteHour)
    }

    /// US dollars a token as US dollars a million tokens, to a picodollar; nil where it is not there.
    ///
    /// A double holds 15 digits, and a price a token has at most a handful: rounding to 10⁻¹⁸ USD a token is exact.
    private static func rate(_ entry: JSONValue, _ key: String) throws -> Money? {
        let dollars: Double
        switch entry[key] {
        case .double(let value): dollars = value
        case .int(let value): dollars = Double(value)
        case .string(let text):
            guard let value = Double(text) else { throw Problem(reason: "\(key) is not a number") }
            dollars = value
        case nil, .null: return nil
        case .bool, .array, .object: throw Problem(reason: "\(key) is not a number")
        }
        guard dollars >= 0, dollars <= 1 else { throw Problem(reason: "\(key) is not between 0 and 1 USD") }
        return Money(picodollars: Int64((dollars * 1e18).rounded()))
    }
}
