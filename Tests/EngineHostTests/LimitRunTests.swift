import AgentOSCore
import EngineHost
import EventLog
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// Limits, budgets, the breaker and takeovers through real hosts.
@Suite(.serialized) struct LimitRunTests {
    private static let model = ModelReference(provider: "script", model: "play")

    private func prices(input: String = "1", output: String = "1") throws -> [PricesFile] {
        let rates = ModelPrice.Rates(input: try #require(Money(input)), output: try #require(Money(output)))
        return [PricesFile(date: "2026-11-01", models: [Self.model: ModelPrice(base: rates)])]
    }

    private func events(_ host: EngineHost, _ type: String) async throws -> [[String: JSONValue]] {
        try await host.log.events(tenant: .main, after: 0, limit: 1000, filter: EventFilter(type: type)).map {
            try JSONText.decode([String: JSONValue].self, from: $0.payload)
        }
    }

    @Test func theBreakerPausesAndAResumeGoesOn() async throws {
        let world = try World()
        let again = #"{"tool_calls":[{"name":"read","arguments":{"path":"nowhere"}}]}"#
        let host = try await world.host(replies: [again, again, again, #"{"text":"Done."}"#])
        try await world.running(host) { client in
            let id = try await client.begin(SessionConfig(name: "circles", goal: "Read."))
            let paused = try await client.wait(id, for: .paused, .complete, .failed)
            #expect(paused.summary.reason == .loop && paused.summary.turns == 3)
            let item = try #require(try await client.ask(InboxList()).waiting.first)
            #expect(item.kind == .stuck && item.text.contains("the same error 3 times"))
            #expect(item.detail.contains("read nowhere"))
            try await client.order("session.resume", id)
            let done = try await client.wait(id, for: .complete, .failed)
            #expect(done.summary.state == .complete)
        }
        #expect(try await events(host, "session.loop").first?["pattern"] == "same_error")
        host.close()
    }

    @Test func aCallThatComesToNothingEndsAtTheIdleLimit() async throws {
        let world = try World()
        let host = try await world.host(replies: [
            #"{"tool_calls":[{"name":"shell","arguments":{"command":"sleep 60"}}]}"#, #"{"text":"Done."}"#,
        ])
        var config = SessionConfig(name: "idle", goal: "Wait.")
        config.limits.idle = 100
        try await world.running(host) { [config] client in
            let id = try await client.begin(config)
            let paused = try await client.wait(id, for: .paused, .complete, .failed)
            #expect(paused.summary.reason == .limit("idle"))
            let item = try #require(try await client.ask(InboxList()).waiting.first)
            #expect(item.kind == .limit && item.text == "limit idle is reached: 100ms without progress")
        }
        host.close()
    }

    @Test func peopleHearOfSharesOfTheirBudgets() async throws {
        let world = try World()
        let write =
            #"{"tool_calls":[{"name":"write","arguments":{"path":"a","content":"b"}}],"usage":{"input":600000,"output":0}}"#
        let last = #"{"text":"Done.","usage":{"input":250000,"output":0}}"#
        let host = try await world.host(replies: [write, last], prices: try prices()) {
            $0.budgets.day = Money("1.00")
            $0.budgets.month = Money("100.00")
        }
        var config = SessionConfig(name: "dear", goal: "Spend.")
        config.limits.cost = Money("1.00")
        try await world.running(host) { [config] client in
            let id = try await client.begin(config)
            let done = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(done.summary.state == .complete && done.summary.costKnown == Money("0.85"))
            let header = try await client.ask(Overview())
            #expect(header.budgets?.map(\.share) == [80, 0])
            let item = try #require(try await client.ask(InboxList()).waiting.first { $0.sessionId == nil })
            #expect(item.itemId.rawValue == "host.day" && item.text.contains("80 %: 0.85 of 1.00"))
        }
        let session = try await events(host, "session.budget")
        #expect(session.map { $0["share"] } == [50, 80])
        #expect(session.last?["spent"] == "0.85" && session.last?["limit"] == "1.00")
        let home = try await events(host, "ledger.budget")
        #expect(home.map { $0["share"] } == [50, 80] && home.allSatisfy { $0["budget"] == "day" })
        #expect(try await host.log.verify(tenant: .main).isWhole)
        host.close()
    }

    /// An answer that a budget cuts is told as cut by that budget.
    @Test(arguments: ["day", "month"])
    func aCutAnswerNamesItsBudget(_ budget: String) async throws {
        let world = try World()
        let host = try await world.host(
            replies: [#"{"text":"I sh","finish":"length","usage":{"input":10,"output":16000}}"#],
            prices: try prices(output: "100")
        ) {
            $0.budgets.day = Money(budget == "day" ? "0.10" : "50")
            $0.budgets.month = Money(budget == "month" ? "0.10" : "50")
        }
        try await world.running(host) { client in
            let id = try await client.begin(SessionConfig(name: "cut", goal: "Say it."))
            let paused = try await client.wait(id, for: .paused, .complete, .failed)
            #expect(paused.summary.reason == .budget(budget))
        }
        host.close()
    }

    /// Each takeover names the host before it, and the third without progress pauses the session.
    @Test func threeTakeoversWithoutProgressPause() async throws {
        let world = try World()
        try world.folder.write(
            "replies.jsonl",
            #"{"tool_calls":[{"name":"shell","arguments":{"command":"sleep 600"}}]}"# + "\n")
        let ids = AsyncStream.makeStream(of: SessionID.self)
        var seen: Int64 = 0
        var id: SessionID?
        for round in 0..<3 {
            let host = try await world.host()
            try await world.running(host) { [seen] client in
                if round == 0 {
                    ids.continuation.yield(try await client.begin(SessionConfig(name: "cut", goal: "Wait.")))
                }
                for try await update in client.follow(FollowRequest(after: seen)) {
                    if case .event(let event) = update, event.type == "session.tool.started" { break }
                }
                await host.stop(grace: .zero)
            }
            if id == nil { id = await ids.stream.first { _ in true } }
            seen = host.log.head(tenant: .main)
            host.close()
        }
        let taken = try #require(id)
        // As another machine's host would have left it.
        try "other-host other-boot 42\n".write(
            toFile: world.home + "/sessions/main/\(taken)/lock", atomically: false, encoding: .utf8)
        let last = try await world.host()
        try await world.running(last) { client in
            let paused = try await client.wait(taken, for: .paused, .complete, .failed)
            #expect(paused.summary.reason == .recovery)
            let item = try #require(try await client.ask(InboxList()).waiting.first)
            #expect(item.text == "taken over three times without progress")
        }
        let recovered = try await events(last, "session.recovered")
        #expect(recovered.count == 3)
        #expect(recovered.dropLast().allSatisfy { $0["from"]?["pid"] == .int(Int64(getpid())) })
        #expect(recovered.dropLast().allSatisfy { $0["from"]?["host"] == "test" })
        #expect(recovered.last?["from"] == ["host": "other-host", "boot": "other-boot", "pid": 42])
        last.close()
    }
}
