import AgentOSCore
import Testing

@testable import Pulse

@Suite struct RuleTests {
    @Test(arguments: [
        ("shell git status*", "shell", "git status --short", true),
        ("shell git status*", "shell", "git status; rm -rf .", false),
        ("shell git status*", "shell", "git status\nrm -rf .", false),
        ("shell git status*", "shell", "git status $(id)", false),
        ("shell make test", "shell", "make test", true), ("shell make test", "write", "make test", false),
        ("write", "write", "a", true), ("write src/*", "write", "lib/a", false), ("* a", "read", "a", true),
    ])
    func allowRules(rule: String, tool: String, subject: String, allows: Bool) {
        #expect(ruleAllows(rule, tool: tool, subject: subject) == allows)
    }

    @Test(arguments: [
        ("shell git push*", "git push origin", true), ("shell git push*", "cd a && git push -f", true),
        ("shell git push*", "x=$(git push)", true), ("shell git push*", "git pull", false),
        ("shell git push*", "echo a|git push", true),
    ])
    func denyRulesLookIntoChains(rule: String, command: String, denies: Bool) {
        #expect(ruleDenies(rule, tool: "shell", subject: command) == denies)
    }

    @Test(arguments: [
        ("limits.cost=2.00", true), ("limits.time=30m", true), ("limits.turns=0", false),
        ("limits.cost=-1", false), ("limits.x=1", false), ("cost=1", false), ("limits.turns=none", true),
    ])
    func limitsAreRead(text: String, isGood: Bool) {
        let result = Result { () throws(Fault) in try limits(SessionLimits(), setting: text) }
        switch result {
        case .success: #expect(isGood)
        case .failure(let fault): #expect(!isGood && fault.code == .usage)
        }
    }

    @Test(
        arguments: [
            (FinishReason.stop, nil, nil, nil), (.tools, nil, nil, nil),
            (.filtered, 7, 9, "the model's answer was filtered by its vendor"),
            (
                .length, 7, 9,
                "the answer was cut at 7 output tokens; raise limits.output_tokens or use another model"
            ),
            (
                .length, nil, 9,
                "the answer was cut at 9 output tokens; raise limits.output_tokens or use another model"
            ),
            (
                .length, nil, nil,
                "the answer was cut at the vendor's limit; raise limits.output_tokens or use another model"
            ),
        ] as [(FinishReason, Int?, Int?, String?)])
    func aFilteredOrCutAnswerIsNoEnd(_ finish: FinishReason, _ used: Int?, _ cap: Int?, _ line: String?) {
        var reply = ModelReply(
            text: "half", calls: [], usage: used.map { Usage(output: $0) }, finish: finish,
            model: ModelReference(provider: "p", model: "m"))
        #expect(brokenEnd(of: reply, cap: cap) == line)
        reply.calls = [ToolCall(id: "a", name: "read", arguments: [:])]
        #expect(brokenEnd(of: reply, cap: cap) == nil)
    }

    @Test func aReachedLimitPausesAndAHigherOneGoesOn() throws {
        var config = SessionConfig(name: "n", goal: "g")
        config.limits.turns = 1
        let reply = ModelReply(
            text: "", calls: [ToolCall(id: "a", name: "read", arguments: [:])], usage: nil, finish: .tools,
            model: ModelReference(provider: "p", model: "m"))
        var session = session(
            after: path(to: .running) + [.modelFinished(callId: CallID("s.m1"), reply: reply, cost: .zero)],
            config: config)
        #expect(nextStep(for: session, now: noon) { _ in .read } == .runTool(reply.calls[0], .read))
        session.apply(
            .toolStarted(
                ToolIntent(
                    callId: CallID("s.t1"), call: reply.calls[0], effect: .read, checkpointId: nil, layer: nil
                )), at: noon)
        session.apply(
            .toolFinished(callId: CallID("s.t1"), outcome: .done, result: ToolResult(text: "x")), at: noon)
        #expect(nextStep(for: session, now: noon) { _ in .read } == .checkpoint(cause: "turn"))
        session.apply(.checkpointTaken(checkpoint(1, messages: 2)), at: noon)
        #expect(
            nextStep(for: session, now: noon) { _ in .read } == .record([.paused(reason: .limit("turns"))]))
        session.apply(.paused(reason: .limit("turns")), at: noon)
        #expect(throws: Fault.self) { try decide(.resume, in: session) }
        var higher = config.limits
        higher.turns = 2
        #expect(try decide(.setLimits(higher), in: session) == [.limitsSet(higher), .resumed])
    }

    @Test func rollingBackNeverRefunds() {
        let reply = ModelReply(
            text: "", calls: [], usage: Usage(input: 5, output: 6), finish: .stop,
            model: ModelReference(provider: "p", model: "m"))
        var session = session(
            after: path(to: .running) + [
                .modelFinished(callId: CallID("s.m1"), reply: reply, cost: Money(picodollars: 9))
            ])
        session.apply(.paused(reason: .operatorAsked), at: noon)
        session.apply(.rollbackStarted(rollback), at: noon)
        session.apply(.rolledBack(checkpointId: CheckpointID("s.c0"), files: 1), at: noon)
        #expect(session.messages.isEmpty)
        #expect(
            session.cost == Money(picodollars: 9) && session.usage.output == 6 && session.turns == 1
                && session.replies == 1)
        session.apply(.undone(checkpointId: CheckpointID("s.c0"), files: 1), at: noon)
        #expect(session.messages.count == 1 && session.state == .paused)
    }
}
