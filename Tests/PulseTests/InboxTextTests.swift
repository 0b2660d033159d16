import AgentOSCore
import Testing

@testable import Pulse

/// What the inbox says of limits and budgets that are reached: what is spent, what is needed, and what lifts it.
@Suite struct InboxTextTests {
    private func paused(_ reason: PauseReason, _ refusal: CallRefusal? = nil, spent: String = "0.47")
        -> Session
    {
        var config = SessionConfig(name: "n", goal: "g")
        config.limits.cost = Money("0.50")
        config.limits.time = 1_200_000
        config.limits.idle = 600_000
        config.limits.turns = 3
        config.limits.calls = 1
        config.limits.outputTokens = 1
        let reply = ModelReply(
            text: "t", calls: [], usage: Usage(input: 1, output: 7), finish: .stop,
            model: ModelReference(provider: "p", model: "m"))
        return session(
            after: path(to: .running) + [
                .modelFinished(callId: CallID("s.m1"), reply: reply, cost: Money(spent))
            ] + (refusal.map { [.callRefused($0)] } ?? []) + [.paused(reason: reason)], config: config)
    }

    private func usd(_ text: String) -> BudgetAmount? { Money(text).map { .usd($0) } }

    @Test func theLimitOfCost() throws {
        let refusal = CallRefusal(
            cause: .session, limit: usd("0.50"), spent: usd("0.47"), needed: usd("0.0612"))
        let item = try #require(inboxItems(of: paused(.limit("cost"), refusal)).first)
        #expect(
            item.text == "limit cost is reached: 0.47 of 0.50 USD spent, the next call may need 0.0612")
        #expect(
            item.detail == """
                0.47 USD of 0.50 USD spent, 0.03 USD left; the next call needs up to 0.0612 USD
                lift it: agentos session set s limits.cost=VALUE; yes is limits.cost=1.00
                """)
    }

    /// Twice as much would not pay for the next call: yes is what does.
    @Test func yesPaysForTheNextCall() {
        let refusal = CallRefusal(
            cause: .session, limit: usd("0.50"), spent: usd("0.47"), needed: usd("3.00"))
        #expect(lifted("cost", of: paused(.limit("cost"), refusal)) == "limits.cost=3.47")
        #expect(lifted("cost", of: paused(.limit("cost"))) == "limits.cost=1.00")
    }

    @Test(
        arguments: [
            ("turns", "1 of 3 turns", "6"), ("calls", "0 of 1 calls", "2"),
            ("time", "0ms of 20m ran", "2400s"), ("idle", "10m without progress", "1200s"),
            ("output_tokens", "7 of 1 output tokens", "2"),
        ])
    func otherLimits(_ name: String, _ facts: String, _ again: String) throws {
        let item = try #require(inboxItems(of: paused(.limit(name))).first)
        #expect(item.text == "limit \(name) is reached: \(facts)")
        #expect(
            item.detail
                == "\(facts)\nlift it: agentos session set s limits.\(name)=VALUE; yes is limits.\(name)=\(again)"
        )
    }

    @Test(arguments: ["day", "month"])
    func budgetsOfTheHome(_ name: String) throws {
        let cause = try #require(CallRefusal.Cause(rawValue: name))
        let refusal = CallRefusal(
            cause: cause, limit: usd("20.00"), spent: usd("19.97"), needed: usd("0.06"),
            renews: "2026-12-01 (Europe/Berlin)")
        let item = try #require(inboxItems(of: paused(.budget(name), refusal)).first)
        #expect(
            item.text
                == "the \(name)'s budget is used up: 19.97 of 20.00 USD spent or held back, the next call may need 0.0600"
        )
        #expect(
            item.detail == """
                19.97 USD of 20.00 USD spent or held back, 0.03 USD left; the next call needs up to 0.06 USD
                it begins anew with 2026-12-01 (Europe/Berlin)
                or raise budgets.\(name) in config.yaml, then: agentos host restart
                let it go on: agentos session resume s (yes does that)
                """)
    }

    @Test func tokensWithoutAPrice() throws {
        let refusal = CallRefusal(
            cause: .unpriced, limit: .tokens(2_000_000), spent: .tokens(1_990_000), needed: .tokens(12_000),
            renews: "2026-11-23 (UTC)")
        let item = try #require(inboxItems(of: paused(.budget("unpriced"), refusal)).first)
        #expect(
            item.text.hasSuffix("1990000 of 2000000 tokens spent or held back, the next call may need 12000"))
        #expect(item.detail.contains("10000 tokens left") && item.detail.contains("tokens_day"))
    }

    @Test func aModelWithoutAPrice() throws {
        let refusal = CallRefusal(cause: .price, models: [ModelReference(provider: "claude", model: "x")])
        let item = try #require(inboxItems(of: paused(.price, refusal)).first)
        #expect(item.text == "claude/x has no price, and the session has a cost limit")
        #expect(item.detail.contains("models: {claude/x: {input: USD, output: USD}}"))
        #expect(item.detail.contains("agentos session set s limits.cost=none"))
        #expect(item.detail.hasSuffix("agentos session resume s (yes does that)"))
    }

    /// A chain tells of its budget once, not each of its sessions.
    @Test func theBudgetOfAChain() {
        var chained = paused(.budget("chain"))
        #expect(inboxItems(of: chained).count == 1)
        var config = chained.config
        config.chain = ChainPlace(chainId: ChainID("c"), step: "a", each: nil, attempt: 1)
        chained = session(after: path(to: .running) + [.paused(reason: .budget("chain"))], config: config)
        #expect(inboxItems(of: chained).isEmpty)
    }

    /// What a session asks is forgotten once it goes on.
    @Test func aRefusalIsOfThePause() {
        var one = paused(.budget("day"), CallRefusal(cause: .day))
        #expect(one.refusal != nil)
        one.apply(.resumed, at: noon)
        #expect(one.refusal == nil)
    }

    /// A limit that pays for no more than the one before it is taken too.
    @Test func aLimitThatDoesNotPayForTheNextCall() {
        let refusal = CallRefusal(
            cause: .session, limit: usd("0.50"), spent: usd("0.47"), needed: usd("0.0612"))
        let one = paused(.limit("cost"), refusal)
        var limits = one.config.limits
        limits.cost = Money("0.53")
        (limits.calls, limits.outputTokens) = (nil, nil)
        #expect(
            consequence(of: limits, on: one, now: noon)
                == "the next call needs up to 0.0612 USD and 0.06 USD are left: it pauses again")
        limits.cost = Money("0.54")
        #expect(consequence(of: limits, on: one, now: noon) == nil)
    }

    /// What nobody counted stands apart from what was.
    @Test func whatIsHeldForLostAnswersIsSaid() {
        var one = session(in: .running)
        one.apply(.modelStarted(callId: CallID("s.m1"), route: "default", reserved: Money("0.47")), at: noon)
        func summary() -> SessionSummary {
            SessionSummary(one, workspace: "/w", isRehearsal: false, activity: "")
        }
        #expect(summary().costHeld == Money("0.47") && summary().costLost == nil)
        one.apply(.modelLost(callId: CallID("s.m1"), cost: Money("0.47")), at: noon)
        #expect(summary().costHeld == nil && summary().costLost == Money("0.47"))
        #expect(summary().costKnown == Money("0.47"))
    }

    /// A limit below what is spent is taken, and what follows is said.
    @Test(
        arguments: [
            (SessionState.running, "it pauses at its next step"), (.queued, "it pauses as soon as it runs"),
            (.paused, "it stays paused"),
        ])
    func aLimitThatIsReachedAlready(_ state: SessionState, _ follows: String) {
        var one = session(in: state)
        one.apply(.modelLost(callId: CallID("s.m1"), cost: Money("0.47")), at: noon)
        var limits = one.config.limits
        limits.cost = Money("0.10")
        #expect(
            consequence(of: limits, on: one, now: noon)
                == "limit cost is reached already: 0.47 of 0.10 USD spent; \(follows)")
        limits.cost = Money("1.00")
        #expect(consequence(of: limits, on: one, now: noon) == nil)
    }
}
