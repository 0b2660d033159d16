import AgentOSCore
import EngineHost
import EventLog
import Ledger
import TestSupport
import Testing

/// How providers stand, as a host tells it.
@Suite(.serialized) struct ProviderListTests {
    @Test(
        "a provider that answers has times and a cost; one whose key is refused is disabled, and the route says why"
    )
    func standing() async throws {
        let world = try World()
        let good = try ScriptedServer { _ in
            .json(
                200, [:],
                #"{"choices":[{"message":{"content":"ready"},"finish_reason":"stop"}],"usage":{"prompt_tokens":40,"completion_tokens":2}}"#
            )
        }
        let bad = try ScriptedServer { _ in .json(401, [:], #"{"error":{"message":"bad key"}}"#) }
        let rate = try #require(Money("1"))
        let price = ModelPrice(base: ModelPrice.Rates(input: rate, output: rate))
        let model = ModelReference(provider: "good", model: "m")
        let host = try await world.host(
            replies: [], prices: [PricesFile(date: "2026-11-01", models: [model: price])]
        ) { configuration in
            for (name, url) in [("good", good.url), ("bad", bad.url)] {
                var provider = ProviderConfiguration(name: name, kind: .custom)
                provider.url = url + "/v1"
                configuration.providers.append(provider)
            }
            configuration.routes["both"] = RouteConfiguration(
                models: [ModelReference(provider: "bad", model: "m"), model])
        }
        let client = host.client(as: world.person)
        for (name, wanted) in [("bad/m", false), ("good/m", true), ("good/unpriced", true)] {
            let test = Command(id: name, name: "model.test", arguments: ["model": .string(name)])
            let answered = (try? await client.perform(test)) != nil
            #expect(answered == wanted, "\(name)")
        }
        let readings = try await client.ask(ProviderList())
        #expect(readings.map(\.name) == ["bad", "good", "script"])
        #expect(readings.map(\.state) == [.disabled, .up, .up])
        #expect(readings[0].reason != nil && readings[0].until != nil && readings[0].p50Ms == nil)
        #expect(readings[1].spend == Money("0.000042") && readings[1].unpriced == 1)
        let (half, most) = (try #require(readings[1].p50Ms), try #require(readings[1].p95Ms))
        #expect(half >= 0 && most >= half)
        let route = try await client.ask(RouteShow(route: "both"))
        #expect(route.candidates.map(\.state) == [.disabled, .up] && route.candidates[0].reason != nil)
        await #expect(throws: Fault.self) { try await client.ask(RouteShow(route: "none")) }
        host.close()
    }

    @Test("an estimate is what would be held for the first call, with each model that may answer it")
    func estimate() async throws {
        let world = try World()
        let rate = try #require(Money("1000"))
        let price = ModelPrice(base: ModelPrice.Rates(input: rate, output: rate))
        let model = ModelReference(provider: "script", model: "play")
        let host = try await world.host(
            replies: [#"{"text":"Done.","usage":{"input":10,"output":5}}"#],
            prices: [PricesFile(date: "2026-11-01", models: [model: price])])
        var config = SessionConfig(name: "one", goal: "Say one word.")
        config.limits.outputTokens = 100
        let client = host.client(as: world.person)
        let reading = try await client.ask(ModelEstimate(config: config))
        #expect(reading.candidates.map(\.prices) == ["2026-11-01"] && reading.maxOutputTokens == 100)
        let cost = try #require(reading.candidates.first?.cost)
        #expect(cost == price.worstCase(promptTokens: reading.promptTokens, maxOutputTokens: 100))
        try await world.running(host) { [config] client in
            let id = try await client.begin(config)
            let end = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(end.summary.state == .complete, "\(end.summary.error ?? "")")
        }
        let held = try await host.log.events(
            tenant: .main, limit: 10, filter: EventFilter(type: "ledger.reserved"))
        let reserved = try held.map { try JSONText.decode(LedgerReservation.self, from: $0.payload) }
        #expect(reserved.first?.amount == cost)
        config.agent = AgentConfig(command: ["true", "{goal}"], talk: .text)
        await #expect(throws: Fault.self) { try await client.ask(ModelEstimate(config: config)) }
        host.close()
    }
}
