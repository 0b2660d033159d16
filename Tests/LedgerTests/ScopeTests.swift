import AgentOSCore
import EventLog
import TestSupport
import Testing

@testable import Ledger

@Suite("Budgets of chains")
struct ScopeTests {
    private let at = Timestamp(milliseconds: 1_795_353_385_042)
    private let model = ModelReference(provider: "p", model: "m")

    private func ledger() -> Ledger {
        let price = ModelPrice(
            base: ModelPrice.Rates(input: .zero, output: Money(picodollars: 1_000_000_000_000_000)))
        return Ledger(
            prices: PriceBook(tables: [PricesFile(date: "2026-11-01", models: [model: price])], kinds: [:]),
            budgets: BudgetConfiguration(), day: { _ in "2026-11-22" })
    }

    @Test("Sessions of a chain that run at once cannot together overrun its budget")
    func concurrent() async throws {
        let folder = try TemporaryFolder()
        let log = try EventLog.open(path: folder.file("log.db"), projectors: [LedgerProjector()])
        defer { log.close() }
        let ledger = ledger()
        // 0.001 USD a token: 100 tokens are 0.10, and the chain has 1.00.
        let scope = LedgerScope("chain/c") { _ in Money("1.00") }
        let quote = try await ledger.quote(
            [model], promptTokens: 0, maxOutputTokens: 100, sessionLeft: nil, scope: scope, at: at, in: log)
        #expect(quote.reserved == Money("0.10"))
        let admitted = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<40 {
                group.addTask {
                    do {
                        _ = try await log.append(
                            try ledger.reserve(
                                quote, callId: CallID("s\(index).m1"), sessionId: SessionID("s\(index)"),
                                scope: scope,
                                tenant: .main, actor: .engine, at: at))
                        return true
                    } catch { return false }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(admitted == 10)
        #expect(try await log.read { try $0.spending(tenant: .main, scope: "chain/c") } == Money("1.00"))
        await #expect(throws: BudgetRefusal.self) {
            try await ledger.quote(
                [self.model], promptTokens: 0, maxOutputTokens: 100, sessionLeft: nil, scope: scope,
                at: self.at, in: log)
        }
    }

    @Test("What a call did cost stands in the place of what was held back")
    func settles() async throws {
        let folder = try TemporaryFolder()
        let log = try EventLog.open(path: folder.file("log.db"), projectors: [LedgerProjector()])
        defer { log.close() }
        let ledger = ledger()
        let scope = LedgerScope("chain/c") { _ in Money("1.00") }
        let quote = Quote(reserved: Money("0.50"), unpricedTokens: 0, maxOutputTokens: 500)
        let (call, session) = (CallID("s.m1"), SessionID("s"))
        try await log.append(
            try ledger.reserve(
                quote, callId: call, sessionId: session, scope: scope, tenant: .main, actor: .engine, at: at))
        let line = ledger.line(
            callId: call, sessionId: session, scope: scope.name, model: model, usage: Usage(output: 20),
            reservedAt: at)
        try await log.append(try ledger.settle(line, tenant: .main, actor: .engine, at: at))
        #expect(try await log.read { try $0.spending(tenant: .main, scope: "chain/c") } == Money("0.02"))
    }
}
