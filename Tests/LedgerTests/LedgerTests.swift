import AgentOSCore
import EventLog
import Ledger
import TestSupport
import Testing

@Suite("INV-5: money first", .serialized)
struct LedgerTests {
    static let model = ModelReference(provider: "claude", model: "m")
    static let noon = Timestamp(milliseconds: 1_800_000_000_000)

    let folder: TemporaryFolder
    let log: EventLog

    init() throws {
        folder = try TemporaryFolder()
        log = try EventLog.open(path: folder.file("agentos.db"), projectors: [LedgerProjector()])
    }

    private func ledger(_ day: String?, month: String? = nil, unpriced: Int? = nil) throws -> Ledger {
        var budgets = BudgetConfiguration()
        budgets.day = try day.map(usd)
        budgets.month = try month.map(usd)
        budgets.unpricedTokensDay = unpriced
        let prices = PricesFile(
            date: "2026-11-01",
            models: [
                Self.model: ModelPrice(base: ModelPrice.Rates(input: try usd("1"), output: try usd("1")))
            ])
        return Ledger(prices: PriceBook(tables: [prices], kinds: ["claude": .anthropic]), budgets: budgets) {
            String($0.description.prefix(10))
        }
    }

    private func quote(_ ledger: Ledger, _ prompt: Int, _ output: Int? = nil, left: Money? = nil) async throws
        -> Quote
    {
        try await ledger.quote(
            [Self.model], promptTokens: prompt, maxOutputTokens: output, sessionLeft: left, at: Self.noon,
            in: log)
    }

    private func reserve(
        _ ledger: Ledger, _ quote: Quote, _ call: String, tenant: TenantID = .main, at: Timestamp = noon
    ) async throws {
        try await log.append(
            ledger.reserve(
                quote, callId: CallID(call), sessionId: SessionID("s"), tenant: tenant, actor: .engine, at: at
            ))
    }

    private func settle(_ ledger: Ledger, _ call: String, _ usage: Usage, at: Timestamp = noon) async throws {
        let line = ledger.line(
            callId: CallID(call), sessionId: SessionID("s"), model: Self.model, usage: usage, reservedAt: at)
        try await log.append(ledger.settle(line, tenant: .main, actor: .engine, at: at))
    }

    private func spent(day: String = "2027-01-15") async throws -> Spending {
        try await log.read { try $0.spending(day: day) }
    }

    @Test("what is held back counts, what is settled takes its place, what is released is free") func life()
        async throws
    {
        let ledger = try ledger("1.00", month: "2.00")
        let quote = try await quote(ledger, 100_000, 200_000)
        #expect(quote.reserved == Money("0.30") && quote.maxOutputTokens == 200_000)
        try await reserve(ledger, quote, "s.m1")
        try await reserve(ledger, quote, "s.m2")
        #expect(try await spent().day == Money("0.60"))
        try await settle(ledger, "s.m1", Usage(input: 50_000, output: 50_000))
        #expect(try await spent().day == Money("0.40"))
        try await log.append(ledger.release(CallID("s.m2"), tenant: .main, actor: .engine, at: Self.noon))
        #expect(try await spent().day == Money("0.10"))
        #expect(try await spent().month == Money("0.10"))
        try await reserve(ledger, quote, "s.m3")
        let lost = ledger.lostLine(
            callId: CallID("s.m3"), sessionId: nil, reserved: quote.reserved, reservedAt: Self.noon)
        try await log.append(ledger.settle(lost, tenant: .main, actor: .engine, at: Self.noon))
        #expect(try await spent().day == Money("0.40"))
        let lines = try await log.events(tenant: .main, filter: EventFilter(type: "ledger.settled"))
        let first = try #require(try lines.first.flatMap { try LedgerEvent($0) })
        guard case .settled(let line) = first else { throw Fault.failed("no line") }
        #expect(line.prices == "2026-11-01" && line.cost == Money("0.10") && line.day == "2027-01-15")
    }

    @Test("a reservation is closed once") func once() async throws {
        let ledger = try ledger("1.00")
        try await reserve(ledger, try await quote(ledger, 1000, 1000), "s.m1")
        try await settle(ledger, "s.m1", Usage(input: 1000, output: 10))
        await #expect(throws: Fault.self) { try await settle(ledger, "s.m1", Usage(input: 1000)) }
        await #expect(throws: Fault.self) {
            try await log.append(ledger.release(CallID("s.m1"), tenant: .main, actor: .engine, at: Self.noon))
        }
        await #expect(throws: Fault.self) { try await settle(ledger, "s.m9", Usage(input: 1)) }
        #expect(try await spent().day == Money("0.00101"))
    }

    @Test("sessions at once never hold back more than the budget together") func concurrent() async throws {
        let ledger = try ledger("0.45")
        let quote = try await quote(ledger, 100_000, 0)
        let log = log
        let refused = await withTaskGroup(of: BudgetRefusal?.self) { group in
            for call in 0..<100 {
                group.addTask {
                    do {
                        try await log.append([
                            ledger.reserve(
                                quote, callId: CallID("s\(call).m1"), sessionId: nil,
                                tenant: call.isMultiple(of: 2) ? .main : TenantID("other"), actor: .engine,
                                at: Self.noon),
                            Append(
                                tenant: .main, stream: "session/s\(call)",
                                events: [NewEvent(type: "session.model.started", payload: "{}")],
                                actor: .engine,
                                at: Self.noon),
                        ])
                        return nil
                    } catch { return error as? BudgetRefusal }
                }
            }
            return await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
        }
        #expect(refused.count == 96)
        #expect(
            refused.allSatisfy {
                $0.budget == .day && "\($0.left)" == "0.05 USD" && "\($0.needed)" == "0.10 USD"
            })
        #expect(try await spent().day == Money("0.40"))
        let intents = try await log.events(tenant: .main, filter: EventFilter(type: "session.*"))
        #expect(intents.count == 4)
    }

    @Test("the output is capped to what the tightest budget still pays for") func caps() async throws {
        let ledger = try ledger("1.00", month: "0.50")
        #expect(try await quote(ledger, 100_000).maxOutputTokens == BudgetRules.usualOutput)
        #expect(try await quote(ledger, 100_000, 900_000).maxOutputTokens == 400_000)
        #expect(try await quote(ledger, 100_000, 900_000, left: usd("0.2")).maxOutputTokens == 100_000)
        #expect(try await quote(ledger, 100_000, 5, left: usd("0.100005")).maxOutputTokens == 5)
        let refusals: [(left: String, prompt: Int, budget: Budget)] = [
            ("0.10", 100_000, .session), ("-1", 1, .session), ("9", 500_000, .month), ("9", 999_990, .day),
        ]
        for (left, prompt, budget) in refusals {
            let refusal = await #expect(throws: BudgetRefusal.self) {
                try await quote(ledger, prompt, 900_000, left: usd(left))
            }
            #expect(refusal?.budget == budget)
        }
        try await reserve(ledger, try await quote(ledger, 100_000, 300_000), "s.m1")
        #expect(try await quote(ledger, 0, 900_000).maxOutputTokens == 100_000)
        #expect(try await spent(day: "2027-02-01").month == .zero)
        #expect(try await spent(day: "2027-01-31").month == Money("0.40"))
    }

    @Test("without a price the tokens count, and only against their own budget") func unpriced() async throws
    {
        let ledger = try ledger("1.00", unpriced: 10_000)
        let stranger = ModelReference(provider: "claude", model: "new")
        func ask(_ tokens: Int) async throws -> Quote {
            try await ledger.quote(
                [Self.model, stranger], promptTokens: tokens, maxOutputTokens: 1000, sessionLeft: nil,
                at: Self.noon,
                in: log)
        }
        let quote = try await ask(5000)
        #expect(quote.reserved == nil && quote.unpricedTokens == 6000)
        try await reserve(ledger, quote, "s.m1")
        let refusal = await #expect(throws: BudgetRefusal.self) { try await ask(5000) }
        #expect(refusal?.budget == .unpriced)
        await #expect(throws: BudgetRefusal.self) { try await reserve(ledger, quote, "s.m2") }
        let line = ledger.line(
            callId: CallID("s.m1"), sessionId: nil, model: stranger, usage: Usage(input: 2000, output: 500),
            reservedAt: Self.noon)
        #expect(line.cost == nil && line.prices == nil)
        try await log.append(ledger.settle(line, tenant: .main, actor: .engine, at: Self.noon))
        #expect(try await spent().unpricedTokens == 2500)
        #expect(try await spent().day == .zero)
    }

    @Test("a report says what is known and what has no price") func report() async throws {
        let ledger = try ledger(nil)
        let stranger = ModelReference(provider: "claude", model: "new")
        for (number, model) in [Self.model, Self.model, stranger].enumerated() {
            let at = Self.noon.adding(milliseconds: Int64(number) * 86_400_000)
            let quote = Quote(reserved: nil, unpricedTokens: 0, maxOutputTokens: 100)
            try await reserve(ledger, quote, "s.m\(number)", at: at)
            let line = ledger.line(
                callId: CallID("s.m\(number)"), sessionId: SessionID("s"), model: model,
                usage: Usage(input: 1_000_000, output: number), reservedAt: at)
            try await log.append(ledger.settle(line, tenant: .main, actor: .engine, at: at))
        }
        let report = try await log.read { sql in
            try CostGrouping.allCases.map { try sql.costs(tenant: .main, by: $0) }
        }
        #expect(
            report.map { $0.map(\.key) } == [
                ["s"], ["claude/m", "claude/new"], ["2027-01-16", "2027-01-15", "2027-01-17"],
            ])
        #expect(
            report[0][0].cost == nil && report[0][0].costKnown == Money("2.000001") && report[0][0].calls == 3
        )
        #expect(report[1].map(\.cost) == [Money("2.000001"), nil])
        let later = try await log.read {
            try $0.costs(tenant: .main, from: "2027-01-16", to: "2027-01-16", by: .day)
        }
        #expect(later.map(\.usage) == [Usage(input: 1_000_000, output: 1)])
        #expect(try await log.read { try $0.costs(tenant: .host, by: .day) }.isEmpty)
    }

    @Test("every bucket is kept, summed and reported; a vendor's own tools have no price") func buckets()
        async throws
    {
        let ledger = try ledger(nil)
        let usage = Usage(
            input: 1, output: 2, cacheRead: 3, cacheWrite: 4, cacheWriteHour: 5, reasoning: 6, audioInput: 7,
            audioOutput: 8, toolPrompt: 9)
        var searched = usage
        searched.serverCalls = 2
        for (call, usage) in [("s.m1", usage), ("s.m2", searched)] {
            let line = ledger.line(
                callId: CallID(call), sessionId: nil, model: Self.model, usage: usage, reservedAt: Self.noon)
            #expect(line.cost == (usage.serverCalls == 0 ? Money("0.000045") : nil))
            try await log.append(ledger.record(line, tenant: .main, actor: .engine, at: Self.noon))
        }
        let lines = try await log.read { try $0.costs(tenant: .main, by: .model) }
        #expect(lines.map(\.usage) == [usage + searched])
        #expect(lines.first?.unpriced == 1 && lines.first?.costKnown == Money("0.000045"))
    }

    @Test("what was held for a lost answer is spent, and shown apart") func lostAnswers() async throws {
        let ledger = try ledger("1.00")
        let quote = try await quote(ledger, 0, 100_000)
        try await reserve(ledger, quote, "s.m1")
        let line = ledger.lostLine(
            callId: CallID("s.m1"), sessionId: SessionID("s"), reserved: quote.reserved,
            reservedAt: Self.noon)
        try await log.append(ledger.settle(line, tenant: .main, actor: .engine, at: Self.noon))
        let report = try await log.read { try $0.costs(tenant: .main, by: .session) }
        #expect(report.map(\.costKnown) == [try #require(quote.reserved)])
        #expect(report.map(\.costLost) == report.map(\.costKnown) && report.map(\.lost) == [1])
    }

    @Test("the texts of refusals") func texts() {
        let texts = Budget.allCases.map {
            BudgetRefusal(budget: $0, left: .tokens(1), needed: .usd(.zero)).description
        }
        #expect(
            texts == [
                "the day's budget has 1 tokens left and the call needs 0.00 USD",
                "the month's budget has 1 tokens left and the call needs 0.00 USD",
                "the session's cost limit has 1 tokens left and the call needs 0.00 USD",
                "the chain's budget has 1 tokens left and the call needs 0.00 USD",
                "the day's tokens without a price are 1 tokens and the call needs 0.00 USD",
            ])
    }
}
