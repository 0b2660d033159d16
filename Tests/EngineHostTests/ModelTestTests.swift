import AgentOSCore
import EngineHost
import EventLog
import Ledger
import TestSupport
import Testing

/// `model.test`: one small call, held and settled like any other.
@Suite(.serialized) struct ModelTestTests {
    private static let model = ModelReference(provider: "local", model: "small")
    private static let key = "sk-canary-0123456789"
    private static let good =
        #"{"choices":[{"message":{"content":"ready \#(key)"},"finish_reason":"stop"}],"usage":{"prompt_tokens":40,"completion_tokens":2}}"#

    private func host(_ world: World, _ server: ScriptedServer, day: String? = nil) async throws -> EngineHost
    {
        func usd(_ text: String) throws -> Money { try #require(Money(text)) }
        let price = ModelPrice(base: ModelPrice.Rates(input: try usd("1"), output: try usd("2")))
        let limit = try day.map(usd)
        return try await world.host(
            replies: [], prices: [PricesFile(date: "2026-11-01", models: [Self.model: price])]
        ) { configuration in
            var provider = ProviderConfiguration(name: "local", kind: .custom)
            (provider.url, provider.key) = (server.url + "/v1", Self.key)
            configuration.providers.append(provider)
            configuration.budgets.day = limit
        }
    }

    private func ask(_ host: EngineHost, _ world: World, id: String = "t1", _ model: String = "local/small")
        async throws -> CommandReply
    {
        try await host.client(as: world.person).perform(
            Command(id: id, name: "model.test", arguments: ["model": .string(model)]))
    }

    private func ledger(_ host: EngineHost) async throws -> [String] {
        try await host.log.events(tenant: .main, limit: 100, filter: EventFilter(stream: "ledger/main")).map(
            \.type)
    }

    private func spending(_ host: EngineHost) async throws -> CostReport.Report {
        try await host.client(as: Actor(kind: .user, name: "ada", uid: 1)).ask(CostReport(by: .model))
    }

    @Test("what it used is counted, its key is masked, and the same command asks nobody again")
    func good() async throws {
        let world = try World()
        let server = try ScriptedServer { _ in .json(200, [:], Self.good) }
        let host = try await host(world, server)
        let reply = try await ask(host, world)
        #expect(reply.value?["cost"] == "0.000044" && reply.value?["prices"] == "2026-11-01")
        #expect(reply.value?["text"] == "ready [key of local]" && reply.value?["ok"] == true)
        #expect(
            !reply.message.contains(Self.key) && reply.message.contains("40 tokens in, 2 out · $0.000044"))
        #expect(try await ledger(host) == ["ledger.reserved", "ledger.settled"])
        #expect(try await ask(host, world) == reply)
        #expect(server.requests.count == 1)
        let report = try await spending(host)
        #expect(report.lines.map(\.key) == ["local/small"] && report.lines.first?.cost == Money("0.000044"))
        host.close()
        let next = try await self.host(world, server)
        await #expect(throws: Fault.self) { try await ask(next, world) }
        #expect(server.requests.count == 1)
        next.close()
    }

    @Test("an answer without a count is charged at what was held; a refused request costs nothing")
    func uncounted() async throws {
        let world = try World()
        let uncounted = #"{"choices":[{"message":{"content":"ready"},"finish_reason":"stop"}]}"#
        let server = try ScriptedServer { request in
            String(decoding: request.body, as: UTF8.self).contains("small")
                ? .json(200, [:], uncounted) : .json(400, [:], #"{"error":{"message":"no such model"}}"#)
        }
        let host = try await host(world, server)
        let reply = try await ask(host, world)
        let held = try #require(Money(reply.value?["cost"]?.string ?? ""))
        #expect(held > .zero && reply.message.contains("tokens not counted · at most $\(held)"))
        let fault = await #expect(throws: Fault.self) { try await ask(host, world, id: "t2", "local/none") }
        #expect(
            fault?.code == .negative && fault?.message.contains("no such model") == true,
            "\(fault.debugDescription)")
        #expect(
            try await ledger(host) == [
                "ledger.reserved", "ledger.settled", "ledger.reserved", "ledger.released",
            ])
        host.close()
    }

    @Test("no budget, no call; everything paused, no call; no such route, no call")
    func refused() async throws {
        let world = try World()
        let server = try ScriptedServer { _ in .json(200, [:], Self.good) }
        let host = try await host(world, server, day: "0.0000001")
        let fault = await #expect(throws: Fault.self) { try await ask(host, world) }
        #expect(fault?.code == .refused && fault?.message.contains("the day's budget has") == true)
        let unknown = await #expect(throws: Fault.self) { try await ask(host, world, id: "t3", "nothing") }
        #expect(unknown?.code == .notFound)
        _ = try await host.client(as: world.person).perform(
            Command(id: "brake", name: "host.pause-all", arguments: ["state": "on"]))
        let paused = await #expect(throws: Fault.self) { try await ask(host, world, id: "t4") }
        #expect(paused?.code == .refused && paused?.message.contains("everything is paused") == true)
        #expect(server.requests.isEmpty)
        #expect(try await ledger(host) == [])
        host.close()
    }

    @Test("what was held for a test that a kill cut is counted by the next host")
    func cut() async throws {
        let world = try World()
        let server = try ScriptedServer { _ in .json(200, [:], Self.good) }
        let first = try await host(world, server)
        let reservation = LedgerReservation(
            callId: CallID("test.x"), sessionId: nil, day: "2026-11-23", amount: Money("0.25"),
            unpricedTokens: 0)
        try await first.log.append(
            Append(
                tenant: .main, stream: Ledger.stream,
                events: [try LedgerEvent.reserved(reservation).encoded()],
                actor: .engine, at: first.options.clock.now()))
        first.close()
        let second = try await host(world, server)
        #expect(try await ledger(second) == ["ledger.reserved", "ledger.settled"])
        let report = try await spending(second)
        #expect(report.lines.first?.costLost == Money("0.25") && report.lines.first?.lost == 1)
        second.close()
    }
}
