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

    @Test(
        arguments: [
            (.outside, .none, "shell ls", "make", "it can reach outside of its workspace"),
            (.outside, .all, "shell ls", "make", "it can reach the network (network: all)"),
            (.always, .all, "shell ls", "make", "every change is asked (ask: always)"),
            (
                .outside, .all, "shell git *", "git status; rm x",
                "it can reach the network (network: all), allow 'shell git *' covers no chained commands"
            ),
        ] as [(AskPolicy, NetworkPolicy, String, String, String)])
    func anApprovalSaysWhyItAsks(
        ask: AskPolicy, network: NetworkPolicy, allow: String, command: String, why: String
    ) {
        var config = SessionConfig(name: "n", goal: "g")
        (config.ask, config.network, config.allow) = (ask, network, [allow])
        let call = ToolCall(id: "c", name: "shell", arguments: ["command": .string(command)])
        #expect(askReason(call, in: config) == why)
        config.workspace = .inplace(path: "/p")
        let inplace = "it works in your own folder (workspace: inplace)"
        #expect(askReason(call, in: config).contains(inplace) == (ask != .always))
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

    private static let cut = "raise limits.output_tokens or use another model"
    private static let name =
        "if its window was full, name that (window of its provider in config.yaml), else use another model"

    /// finish, tokens counted, the session's limit (of which 2 are used), the cap of the budget, how it ends.
    @Test(
        arguments: [
            (.stop, 7, nil, nil, nil), (.tools, 7, 9, nil, nil),
            (.filtered, 7, nil, nil, .failure("the model's answer was filtered by its vendor")),
            (.length, 7, nil, nil, .failure("the answer was cut at 7 output tokens; \(name)")),
            (.length, 7, 9, nil, .limit(.limit("output_tokens"))),
            (.length, nil, 9, nil, .limit(.limit("output_tokens"))),
            (.length, 5, 9, nil, .failure("the answer was cut at 5 output tokens; \(cut)")),
            (.length, 7, 9, OutputCap(tokens: 7, budget: .limit("cost")), .limit(.limit("output_tokens"))),
            (.length, 6, 9, OutputCap(tokens: 6, budget: .limit("cost")), .limit(.limit("cost"))),
            (.length, nil, nil, OutputCap(tokens: 6, budget: .budget("day")), .limit(.budget("day"))),
            (
                .length, nil, nil, OutputCap(tokens: 6),
                .failure("the answer was cut at 6 output tokens; \(cut)")
            ),
            (.length, nil, nil, nil, .failure("the answer was cut at the vendor's limit; \(name)")),
        ] as [(FinishReason, Int?, Int?, OutputCap?, BrokenEnd?)])
    func aFilteredOrCutAnswerIsNoEnd(
        _ finish: FinishReason, _ used: Int?, _ limit: Int?, _ cap: OutputCap?, _ end: BrokenEnd?
    ) {
        var config = SessionConfig(name: "n", goal: "g")
        config.limits.outputTokens = limit
        let model = ModelReference(provider: "p", model: "m")
        let first = ModelReply(
            text: "", calls: [], usage: Usage(output: 2), finish: .stop, model: model)
        let session = session(
            after: path(to: .running) + [.modelFinished(callId: CallID("s.m1"), reply: first, cost: .zero)],
            config: config)
        var reply = ModelReply(
            text: "half", calls: [], usage: used.map { Usage(output: $0) }, finish: finish, model: model)
        #expect(brokenEnd(of: reply, cap: cap, room: AnswerRoom(), in: session) == end)
        reply.calls = [ToolCall(id: "a", name: "read", arguments: [:])]
        #expect(brokenEnd(of: reply, cap: cap, room: AnswerRoom(), in: session) == nil)
    }

    /// prompt and answer as counted (nil: nothing is), the window, what the call might write, whether it goes on.
    @Test(
        arguments: [
            (Usage(input: 700, output: 200), 1000, nil, true),
            (Usage(input: 700, output: 300), 1000, nil, true),
            // More than a fifth of the window was left: the vendor has another reason.
            (Usage(input: 700, output: 50), 1000, nil, false),
            (Usage(input: 700, output: 300), nil, nil, false),
            // What was estimated to be left is all that it might write.
            (Usage(input: 400, output: 300), 1000, 300, true), (nil, 1000, 300, true),
            (nil, 1000, nil, false),
            (Usage(input: 400, output: 300), nil, 300, false), (Usage(output: 900), 1000, nil, false),
        ] as [(Usage?, Int?, Int?, Bool)])
    func anAnswerThatTheWindowCutGoesOn(_ used: Usage?, _ window: Int?, _ allowed: Int?, _ goesOn: Bool) {
        let session = session(after: path(to: .running))
        let reply = ModelReply(
            text: "half", calls: [], usage: used, finish: .length,
            model: ModelReference(provider: "p", model: "m"))
        let room = AnswerRoom(window: window, allowed: allowed)
        let end = brokenEnd(of: reply, cap: OutputCap(tokens: 32_000), room: room, in: session)
        #expect((end == nil) == goesOn, "\(String(describing: end))")
        // A limit of the session's own goes before it.
        let own = brokenEnd(
            of: reply, cap: OutputCap(tokens: used?.written ?? 5, budget: .limit("cost")), room: room,
            in: session)
        #expect(own == .limit(.limit("cost")))
    }

    /// Half an answer is never the end: lifted, the model is asked to go on where it was cut.
    @Test func aLimitOfOutputTokensPausesAndIsLifted() throws {
        var config = SessionConfig(name: "n", goal: "g")
        config.limits.outputTokens = 5
        let reply = ModelReply(
            text: "half", calls: [], usage: Usage(output: 5), finish: .length,
            model: ModelReference(provider: "p", model: "m"))
        var session = session(
            after: path(to: .running) + [
                .modelFinished(callId: CallID("s.m1"), reply: reply, cost: .zero),
                .paused(reason: .limit("output_tokens")),
            ], config: config)
        #expect(throws: Fault.self) { try decide(.resume, in: session) }
        var higher = config.limits
        higher.outputTokens = 50
        for event in try decide(.setLimits(higher), in: session) { session.apply(event, at: noon) }
        #expect(session.state == .running && session.usage.output == 5)
        #expect(nextStep(for: session, now: noon) { _ in .read } == .checkpoint(cause: "turn"))
        session.apply(.checkpointTaken(checkpoint(1, messages: 2)), at: noon)
        #expect(nextStep(for: session, now: noon) { _ in .read } == .callModel)
        #expect(
            session.messages.last == .user("Your answer was cut at its output limit. Go on where it ended."))
    }

    /// Each limit, reached: the pause that names it, what yes to it sets, and that the session then goes on.
    @Test(arguments: ["cost", "time", "turns", "calls", "output_tokens"])
    func everyLimitIsLiftedByAsMuchAgain(_ name: String) throws {
        var config = SessionConfig(name: "n", goal: "g")
        config.limits = try limits(
            SessionLimits(),
            setting: "limits.\(name)=" + (name == "cost" ? "0.01" : name == "time" ? "2s" : "1"))
        let call = ToolCall(id: "a", name: "read", arguments: [:])
        let reply = ModelReply(
            text: "", calls: [call], usage: Usage(output: 1), finish: .tools,
            model: ModelReference(provider: "p", model: "m"))
        let intent = ToolIntent(
            callId: CallID("s.t1"), call: call, effect: .read, checkpointId: nil, layer: nil)
        var session = session(
            after: path(to: .running) + [
                .modelFinished(callId: CallID("s.m1"), reply: reply, cost: Money("0.01")),
                .toolStarted(intent),
                .toolFinished(callId: intent.callId, outcome: .done, result: ToolResult(text: "x")),
                .checkpointTaken(checkpoint(1, messages: 2)),
            ], config: config)
        let later = Timestamp(milliseconds: noon.milliseconds + 2000)
        let step = nextStep(for: session, now: later) { _ in .read }
        #expect(step == .record([.paused(reason: .limit(name))]))
        session.apply(.paused(reason: .limit(name)), at: later)
        let setting = try #require(lifted(name, of: session))
        let higher = try limits(session.config.limits, setting: setting)
        #expect(try decide(.setLimits(higher), in: session) == [.limitsSet(higher), .resumed])
        for event in [.limitsSet(higher), .resumed] as [SessionEvent] { session.apply(event, at: later) }
        #expect(nextStep(for: session, now: later) { _ in .read } == .callModel)
    }

    @Test func timeWithoutProgressIsALimitAndAPersonsWordIsEnough() throws {
        var config = SessionConfig(name: "n", goal: "g")
        config.limits.idle = 1000
        var session = session(in: .checkpoint, config: config)
        let later = Timestamp(milliseconds: noon.milliseconds + 1000)
        #expect(nextStep(for: session, now: noon) { _ in .read } == .callModel)
        #expect(
            nextStep(for: session, now: later) { _ in .read } == .record([.paused(reason: .limit("idle"))]))
        session.apply(.paused(reason: .limit("idle")), at: later)
        #expect(try decide(.resume, in: session) == [.resumed])
        session.apply(.resumed, at: later)
        #expect(nextStep(for: session, now: later) { _ in .read } == .callModel)
    }

    /// In which state of its way a session that is held stops, and as what.
    @Test func theBrakeStopsEveryStepButTheEndOfWhatRuns() {
        for state in SessionState.allCases {
            let session = session(in: state)
            let step = nextStep(for: session, now: noon, isHeld: true) { _ in .read }
            switch state {
            case .checkpoint, .gateCheck: #expect(step == .record([.paused(reason: .pauseAll)]), "\(state)")
            case .running: #expect(step == .recover(.model(CallID("s.m1"))))
            case .rollback: #expect(step == .restore(rollback))
            case .created, .queued, .complete, .failed, .paused, .rolledBack, .cancelled: #expect(step == nil)
            }
        }
        let asked = session(after: path(to: .checkpoint) + [.pauseAsked])
        #expect(
            nextStep(for: asked, now: noon, isHeld: true) { _ in .read }
                == .record([.paused(reason: .operatorAsked)]))
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
        #expect(session.messages.isEmpty && session.endedAt == noon)
        #expect(
            session.cost == Money(picodollars: 9) && session.usage.output == 6 && session.turns == 1
                && session.replies == 1)
        session.apply(.undone(checkpointId: CheckpointID("s.c0"), files: 1), at: noon)
        #expect(session.messages.count == 1 && session.state == .paused && session.endedAt == nil)
    }
}
