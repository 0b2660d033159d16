import AgentOSCore
import Testing

@testable import Ledger

@Suite("Prices that ship")
struct ShippedPricesTests {
    private let own = ProviderConfiguration(name: "claude", kind: .anthropic)

    private func table(_ text: String) throws -> PricesFile {
        PricesFile(date: "2026-01-02", models: try #require(ShippedPrices.models(text)))
    }

    @Test("Each row of the table can be read, and no rate is odd")
    func rows() throws {
        let models = try #require(ShippedPrices.models(ShippedPrices.text))
        #expect(models.count >= 100 && models == ShippedPrices.table.models)
        #expect(Timestamp(ShippedPrices.date + "T00:00:00Z") != nil)
        #expect(Set(models.keys.map(\.provider)) == ["anthropic", "openai", "google", "mistral"])
        for (model, price) in models {
            let base = price.base
            #expect(base.input <= base.output, "\(model)")
            #expect(base.cacheRead.map { $0 < base.input } ?? true, "\(model)")
            #expect(
                base.cacheWriteHour == nil || base.cacheWrite.map { $0 >= base.input } == true, "\(model)")
            #expect(
                price.above.map { $0.rates.input >= base.input && $0.tokens >= 32_000 } ?? true, "\(model)")
            #expect(price.window.map { $0 >= 8000 } ?? true, "\(model)")
        }
    }

    @Test(
        "A damaged row is no table",
        arguments: [
            "anthropic/a 1 2 - - -", "a 1 2 - - - 5", "anthropic/a - 2 - - - 5", "anthropic/a 1 x - - - 5",
            "anthropic/a 1 2 - - - 5 > 200000 1 2 - -", "anthropic/a 1 2 - - - 5\nanthropic/a 1 2 - - - 5",
        ])
    func damaged(text: String) { #expect(ShippedPrices.models(text) == nil) }

    @Test("The user's table wins, by name and then by kind; a server named like a vendor is none")
    func order() throws {
        let shipped = try table(
            "anthropic/a 1 2 - - - 1000\nanthropic/b 3 4 - - - -\nanthropic/c 5 6 - - - 3000")
        let user = try table("claude/a 7 8 - - - 2000\nanthropic/b 9 10 - - - -")
        let fake = ProviderConfiguration(name: "anthropic", kind: .custom)
        let book = PriceBook(
            tables: [user], kinds: ["claude": .anthropic, "anthropic": .custom], shipped: { shipped })
        func input(_ provider: String, _ model: String) -> String? {
            book[ModelReference(provider: provider, model: model)]?.price.base.input.description
        }
        #expect(["a", "b", "c", "d"].map { input("claude", $0) } == ["7.00", "9.00", "5.00", nil])
        #expect(input("anthropic", "c") == nil)
        #expect(book.windows(of: own) == ["a": 2000, "c": 3000])
        #expect(book.windows(of: fake) == [:])
        #expect(book.models(of: own).map(\.model) == ["a", "b", "c"])
    }

    @Test("What config.yaml says of windows holds")
    func windows() throws {
        let user = try table("claude/a 7 8 - - - 2000\nclaude/b 7 8 - - - 3000")
        let book = PriceBook(tables: [user], kinds: ["claude": .anthropic], shipped: { PricesFile(date: "") })
        var named = own
        named.windows = ["a": 5]
        #expect(book.windowed(named).windows == ["a": 5, "b": 3000])
        named.window = 9
        #expect(book.windowed(named).windows == ["a": 5])
    }
}
