import AgentOSCore
import EngineHost
import FoundationEssentials
import TestSupport
import Testing

/// What the inbox says of money that is used up, in sessions that really spend it.
@Suite(.serialized) struct LimitInboxTests {
    /// A host whose model's words cost a tenth of a cent each.
    private func host(
        _ world: World, output: Int, change: @escaping (inout Configuration) -> Void = { _ in }
    ) async throws -> EngineHost {
        let price = ModelPrice(
            base: ModelPrice.Rates(input: .zero, output: try #require(Money("1000.00"))))
        let table = PricesFile(
            date: "2026-11-01", models: [ModelReference(provider: "script", model: "play"): price])
        let call = #""tool_calls":[{"name":"list","arguments":{}}]"#
        return try await world.host(
            replies: [
                #"{\#(call),"usage":{"input":10,"output":\#(output)}}"#,
                #"{"text":"Done.","usage":{"input":10,"output":1}}"#,
            ], prices: [table], change: change)
    }

    /// Whether the limit is passed, or only does not pay for the next call, the item says what that needs; yes pays.
    @Test(arguments: [(600, "0.60"), (700, "0.70"), (640, "0.64")])
    func theLimitOfASession(_ output: Int, _ spent: String) async throws {
        let world = try World()
        let host = try await host(world, output: output)
        var config = SessionConfig(name: "dear", goal: "Spend.")
        config.limits.cost = Money("0.64")
        try await world.running(host) { [config] client in
            let id = try await client.begin(config)
            let paused = try await client.wait(id, for: .paused, .complete, .failed)
            #expect(paused.summary.reason == .limit("cost"))
            let item = try #require(try await client.ask(InboxList()).waiting.first)
            #expect(
                item.text
                    == "limit cost is reached: \(spent) of 0.64 USD spent, the next call may need 0.0640")
            #expect(
                item.detail.contains("agentos session set \(id) limits.cost=VALUE; yes is limits.cost=1.28"))
            let lower = try await client.order("session.set", id, ["setting": "limits.cost=0.10"])
            #expect(
                lower.message.hasSuffix(
                    "limits changed; limit cost is reached already: \(spent) of 0.10 USD spent, the next call may need 0.0640; it stays paused"
                ),
                "\(lower.message)")
            // Twice as much as 0.10 would not do.
            _ = try await client.perform(
                Command(
                    id: "yes", name: "inbox.answer",
                    arguments: ["id": .string(item.itemId.rawValue), "answer": "yes"]))
            let done = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(done.summary.state == .complete, "\(done.summary)")
        }
        host.close()
    }

    @Test(arguments: ["day", "month"])
    func theBudgetOfTheHome(_ name: String) async throws {
        let world = try World()
        let host = try await host(world, output: 600) {
            $0.budgets.day = Money(name == "day" ? "0.64" : "9.00")
            $0.budgets.month = Money(name == "month" ? "0.64" : "9.00")
        }
        try await world.running(host) { client in
            let id = try await client.begin(SessionConfig(name: "dear", goal: "Spend."))
            let paused = try await client.wait(id, for: .paused, .complete, .failed)
            #expect(paused.summary.reason == .budget(name))
            let item = try #require(try await client.ask(InboxList()).waiting.first { $0.sessionId == id })
            #expect(
                item.text
                    == "the \(name)'s budget is used up: 0.60 of 0.64 USD spent or held back, the next call may need 0.0640"
            )
            #expect(item.detail.contains("it begins anew with 20") && item.detail.contains(" (UTC)\n"))
            #expect(item.detail.contains("budgets.\(name) in config.yaml"))
            let log = try await client.ask(SessionTranscript(id: id))
            #expect(log.contains { $0.title.hasPrefix("not called: budget \(name): 0.60 USD of 0.64 USD") })
        }
        host.close()
    }

    @Test func aModelWithoutAPrice() async throws {
        let world = try World()
        let host = try await world.host(replies: []) {
            var provider = ProviderConfiguration(name: "local", kind: .custom)
            provider.url = "http://127.0.0.1:1/v1"
            $0.providers.append(provider)
        }
        var config = SessionConfig(name: "unknown", goal: "Spend.")
        (config.model, config.limits.cost) = ("local/llama", Money("1.00"))
        try await world.running(host) { [config] client in
            let id = try await client.begin(config)
            let paused = try await client.wait(id, for: .paused, .complete, .failed)
            #expect(paused.summary.reason == .price)
            let item = try #require(try await client.ask(InboxList()).waiting.first)
            #expect(item.text == "local/llama has no price, and the session has a cost limit")
            #expect(item.detail.contains("models: {local/llama: {input: USD, output: USD}}"))
        }
        host.close()
    }
}
