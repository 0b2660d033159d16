import AgentOSCore
import Testing

@testable import Documents

@Suite("LiteLLM's price list")
struct LiteLLMPricesTests {
    /// A list of so many models that nothing is asked of, and these.
    private func list(_ entries: String = "", filler: Int = 50) throws -> LiteLLMPrices {
        let fill = (0..<filler).map {
            #""gpt-fill-\#($0)":{"mode":"chat","litellm_provider":"openai","input_cost_per_token":1e-6,"output_cost_per_token":2e-6}"#
        }
        let text = "{" + (fill + (entries.isEmpty ? [] : [entries])).joined(separator: ",") + "}"
        return try LiteLLMPrices(Array(text.utf8), file: "list.json")
    }

    private func usd(_ text: String) throws -> Money { try #require(Money(text)) }

    @Test("Rates a token are rates a million tokens, to the last digit; vendors have our names")
    func values() throws {
        let found = try list(
            #"""
            "sample_spec":{"mode":"chat","litellm_provider":"openai","input_cost_per_token":0,"output_cost_per_token":0},
            "claude-a":{"mode":"chat","litellm_provider":"anthropic","max_input_tokens":200000,
              "input_cost_per_token":3e-06,"output_cost_per_token":1.5e-05,"cache_read_input_token_cost":3e-07,
              "cache_creation_input_token_cost":3.75e-06,"cache_creation_input_token_cost_above_1hr":6e-06,
              "input_cost_per_token_above_200k_tokens":6e-06,"output_cost_per_token_above_200k_tokens":2.25e-05,
              "input_cost_per_token_batches":1.5e-06},
            "gemini/gemini-b":{"mode":"chat","litellm_provider":"gemini","input_cost_per_token":"1e-07",
              "output_cost_per_token":4e-07,"cache_read_input_token_cost":7.5e-09},
            "openrouter/vendor/model:free":{"mode":"chat","litellm_provider":"openrouter",
              "input_cost_per_token":0,"output_cost_per_token":0.0},
            "embed":{"mode":"embedding","litellm_provider":"openai","input_cost_per_token":1e-07}
            """#
        ).models.filter { !$0.key.model.hasPrefix("gpt-fill") }
        let rates = ModelPrice.Rates(
            input: try usd("3"), output: try usd("15"), cacheRead: try usd("0.3"),
            cacheWrite: try usd("3.75"),
            cacheWriteHour: try usd("6"))
        var long = rates
        (long.input, long.output) = (try usd("6"), try usd("22.5"))
        #expect(
            found == [
                ModelReference(provider: "anthropic", model: "claude-a"): ModelPrice(
                    base: rates, above: ModelPrice.LongPrompt(tokens: 200_000, rates: long), window: 200_000),
                ModelReference(provider: "google", model: "gemini-b"): ModelPrice(
                    base: ModelPrice.Rates(
                        input: try usd("0.1"), output: try usd("0.4"), cacheRead: try usd("0.0075"))),
                ModelReference(provider: "openrouter", model: "vendor/model:free"): ModelPrice(
                    base: ModelPrice.Rates(input: .zero, output: .zero)),
            ])
    }

    @Test("What cannot be said is left out, with why")
    func skipped() throws {
        let base = #""mode":"chat","litellm_provider":"openai","input_cost_per_token":1e-6"#
        let found = try list(
            #"""
            "no-output":{\#(base)},
            "negative":{\#(base),"output_cost_per_token":-1e-6},
            "huge":{\#(base),"output_cost_per_token":1e300},
            "word":{\#(base),"output_cost_per_token":"free"},
            "list":{\#(base),"output_cost_per_token":[]},
            "tiers":{\#(base),"output_cost_per_token":1e-6,"input_cost_per_token_above_128k_tokens":2e-6,
              "input_cost_per_token_above_200k_tokens":3e-6}
            """#)
        #expect(found.models.count == 50)
        #expect(
            found.skipped == [
                "no-output": "it has no price a token",
                "negative": "output_cost_per_token is not between 0 and 1 USD",
                "huge": "output_cost_per_token is not between 0 and 1 USD",
                "word": "output_cost_per_token is not a number",
                "list": "output_cost_per_token is not a number",
                "tiers": "its price has more than two sizes of prompt",
            ])
    }

    @Test(
        "A file that is no list is refused",
        arguments: ["", "{", "[]", "3", "{}", "{\"a\":{\"mode\":\"chat\"}}"])
    func noList(text: String) {
        #expect(throws: Fault.self) { try LiteLLMPrices(Array(text.utf8), file: "x") }
    }

    @Test("Under 50 models are no list")
    func few() throws {
        #expect(throws: Fault.self) { try list(filler: 49) }
        #expect(try list(filler: 50).models.count == 50)
    }

    @Test("A damaged list is read or refused, and what is read can be written and read again")
    func fuzz() throws {
        let model =
            #""m%":{"mode":"chat","litellm_provider":"open\"ai","input_cost_per_token":1.25e-6,"output_cost_per_token":2e-6,"input_cost_per_token_above_128k_tokens":3e-6,"max_input_tokens":9000}"#
        let whole = (0..<80).map { model.split(separator: "%").joined(separator: String($0)) }
        let bytes = Array(("{" + whole.joined(separator: ",") + "}").utf8)
        var state: UInt64 = 7
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var taken = 0
        for _ in 0..<150 {
            var damaged = bytes
            for _ in 0..<next(3) { damaged[next(damaged.count)] = UInt8(next(256)) }
            guard let list = try? LiteLLMPrices(damaged, file: "x") else { continue }
            taken += 1
            let prices = PricesFile(date: "2026-11-01", models: list.models)
            let text = PricesDocument.text(prices, heading: ["a\nb"])
            #expect(try PricesDocument.parse(Array(text.utf8), path: "p") == prices)
        }
        #expect(taken > 20)
    }

    @Test("An empty table is written as one")
    func empty() throws {
        let prices = PricesFile(date: "2026-11-01")
        #expect(try PricesDocument.parse(Array(PricesDocument.text(prices).utf8), path: "p") == prices)
    }
}
