import AgentOSCore
import Ledger
import Testing

/// An amount of a test.
func usd(_ text: String) throws -> Money { try #require(Money(text)) }

@Suite("Prices")
struct PriceTests {
    private func price(
        _ input: String, _ output: String, read: String? = nil, write: String? = nil
    ) throws -> ModelPrice {
        ModelPrice(
            base: ModelPrice.Rates(
                input: try usd(input), output: try usd(output), cacheRead: try read.map(usd),
                cacheWrite: try write.map(usd)))
    }

    /// Each bucket at its own rate; what has none counts as input or output.
    private func vectorsOfBuckets() throws -> [(price: ModelPrice, usage: Usage, cost: String)] {
        var hour = try price("3", "15", read: "0.3", write: "3.75")
        hour.base.cacheWriteHour = try usd("6")
        return [
            (hour, Usage(cacheWrite: 1000, cacheWriteHour: 1000), "0.00975"),
            (try price("3", "15", write: "3.75"), Usage(cacheWriteHour: 1000), "0.00375"),
            // Thoughts are billed as output: 15 + 804.
            (try price("1", "10"), Usage(input: 29, output: 15, reasoning: 804), "0.008219"),
            (try price("1", "10"), Usage(audioInput: 3, audioOutput: 4, toolPrompt: 5), "0.000048"),
        ]
    }

    @Test("costs of calls that were computed elsewhere, to the last digit") func vectors() throws {
        let cases: [(price: ModelPrice, usage: Usage, cost: String)] = [
            (
                try price("3", "15", read: "0.3", write: "3.75"),
                Usage(input: 3, output: 550, cacheWrite: 12_304),
                "0.054399"
            ),
            (
                try price("3.3", "16.5", read: "0.33", write: "4.125"),
                Usage(input: 1, output: 672, cacheRead: 32_634, cacheWrite: 1190), "0.02676927"
            ),
            (try price("0.80", "4", read: "0.08"), Usage(input: 4, output: 23, cacheRead: 2455), "0.0002916"),
            (try price("3", "15"), Usage(input: 2, cacheRead: 3, cacheWrite: 5), "0.00003"),
            (try price("0", "0"), Usage(input: 9, output: 9), "0.00"),
            (try price("3", "15"), Usage(), "0.00"),
            (try price("3", "15"), Usage(input: -5, output: -5), "0.00"),
            // A rate that does not divide: one rounding, up, to 10⁻¹² USD.
            (try price("0.0075", "0.000001"), Usage(input: 1, output: 1), "0.000000007501"),
            (try price("0.0000001", "0"), Usage(input: 1), "0.000000000001"),
            (try price("0.0000001", "0.0000001"), Usage(input: 5, output: 6), "0.000000000002"),
        ]
        for (price, usage, cost) in cases + (try vectorsOfBuckets()) {
            #expect(price.cost(of: usage).description == cost)
        }
    }

    @Test("the whole prompt picks the rates") func longPrompt() throws {
        var price = try price("3", "15", read: "0.3")
        price.above = ModelPrice.LongPrompt(
            tokens: 200_000,
            rates: ModelPrice.Rates(input: try usd("6"), output: try usd("22.5"), cacheRead: try usd("0.6")))
        #expect(price.cost(of: Usage(input: 100_000, cacheRead: 100_000)) == Money("0.33"))
        #expect(price.cost(of: Usage(input: 100_001, cacheRead: 100_000)) == Money("0.660006"))
        #expect(price.worstCase(promptTokens: 200_000, maxOutputTokens: 1000) == Money("0.615"))
        #expect(price.worstCase(promptTokens: 200_001, maxOutputTokens: 0) == Money("1.200006"))
    }

    @Test("INV-5: what a budget pays for never costs more than it") func affordable() throws {
        for _ in 0..<2000 {
            let price = ModelPrice(
                base: ModelPrice.Rates(
                    input: Money(picodollars: Int64.random(in: 0...20_000_000_000_000)),
                    output: Money(picodollars: Int64.random(in: 1...80_000_000_000_000)),
                    cacheRead: Bool.random()
                        ? nil : Money(picodollars: Int64.random(in: 0...2_000_000_000_000)),
                    cacheWrite: Bool.random()
                        ? nil : Money(picodollars: Int64.random(in: 0...30_000_000_000_000))))
            let prompt = Int.random(in: 0...300_000)
            let amount = Money(picodollars: Int64.random(in: 0...5_000_000_000_000))
            let output = try #require(price.affordableOutput(promptTokens: prompt, amount: amount))
            if output > 0 {
                #expect(price.worstCase(promptTokens: prompt, maxOutputTokens: output) <= amount)
            }
            let parts = [Int.random(in: 0...prompt), Int.random(in: 0...prompt)].sorted()
            let usage = Usage(
                input: parts[0], output: output, cacheRead: parts[1] - parts[0], cacheWrite: prompt - parts[1]
            )
            #expect(price.cost(of: usage) <= price.worstCase(promptTokens: prompt, maxOutputTokens: output))
            #expect(price.worstCase(promptTokens: prompt, maxOutputTokens: output + 1) > amount)
        }
    }

    @Test("an unknown price is unknown; a rehearsal is free unless a table names it") func unknown() throws {
        let claude = ModelReference(provider: "claude", model: "m")
        let kindly = ModelReference(provider: "anthropic", model: "m")
        let user = PricesFile(date: "2026-11-01", models: [claude: try price("1", "1")])
        let shipped = PricesFile(
            date: "2026-10-01", models: [claude: try price("9", "9"), kindly: try price("2", "2")])
        let book = PriceBook(
            tables: [user, shipped],
            kinds: ["claude": .anthropic, "second": .anthropic, "play": .rehearsal, "local": .custom])
        let usage = Usage(input: 1_000_000)
        #expect(book.cost(of: usage, model: claude) == Money("1"))
        #expect(book[claude]?.version == "2026-11-01")
        #expect(book.cost(of: usage, model: ModelReference(provider: "second", model: "m")) == Money("2"))
        #expect(book.cost(of: usage, model: ModelReference(provider: "second", model: "other")) == nil)
        #expect(book.cost(of: usage, model: ModelReference(provider: "local", model: "m")) == nil)
        #expect(book.cost(of: Usage(), model: ModelReference(provider: "nobody", model: "m")) == nil)
        #expect(book.cost(of: usage, model: ModelReference(provider: "play", model: "m")) == .zero)
    }
}
