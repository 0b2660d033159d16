import AgentOSCore
import Testing

@testable import Pulse

@Suite struct StateTableTests {
    /// Where each event leads from each state, in the order of `SessionState.allCases`; `.` stays.
    ///
    /// CREATED QUEUED RUNNING CHECKPOINT GATE_CHECK COMPLETE FAILED PAUSED ROLLBACK ROLLED_BACK CANCELLED
    static let table: [String: String] = [
        "queued": "Q Q Q Q Q Q Q Q Q Q Q", "queuedForLater": "Q Q Q Q Q Q Q Q Q Q Q",
        "started": "R R R R R R R R R R R",
        "modelStarted": "R R R R R R R R R R R",
        "toolStarted": "R R . R R R R R R R R", "checkpointTaken": ". . K . . . . . . . .",
        "voteStarted": "G G G G . G G G G G G",
        "gateStarted": "G G G G . G G G G G G", "gateReturned": "R R R R R R R R R R R",
        "paused": "P P P P P P P . P P P",
        "resumed": ". . . . . . . K . . .", "rollbackStarted": "B B B B B B B B B B B",
        "rolledBack": "X X X X X X X X X X X",
        "undone": ". . . . . . . . P P .", "completed": "C C C C C . C C C C C",
        "failed": "F F F F F F . F F F F",
        "cancelled": "Z Z Z Z Z Z Z Z Z Z .",
    ]
    static let letters: [String: SessionState] = [
        "Q": .queued, "R": .running, "K": .checkpoint, "G": .gateCheck, "P": .paused, "B": .rollback,
        "X": .rolledBack,
        "C": .complete, "F": .failed, "Z": .cancelled,
    ]

    @Test(arguments: everyEvent.map(\.name))
    func everyPairOfStateAndEvent(name: String) throws {
        let event = try #require(everyEvent.first { $0.name == name }).event
        let row = Self.table[name]?.split(separator: " ").map(String.init) ?? Array(repeating: ".", count: 11)
        for (state, letter) in zip(SessionState.allCases, row) {
            var session = session(in: state)
            #expect(session.state == state)
            session.apply(event, at: noon)
            #expect(session.state == Self.letters[letter] ?? state, "\(name) in \(state)")
        }
    }

    @Test(arguments: everyEvent.map(\.name))
    func everyEventIsStoredAndReadBack(name: String) throws {
        let event = try #require(everyEvent.first { $0.name == name }).event
        let stored = try event.encoded(for: SessionID("s"))
        #expect(try SessionEvent(type: stored.type, payload: stored.payload) == event)
        let fields = try JSONText.decode(JSONValue.self, from: stored.payload)
        #expect(fields["sessionId"] == "s")
        #expect(try JSONText.string(fields) == stored.payload, "the bytes are a function of the value")
    }

    @Test func whatHasNoValueIsNullOrLeftOut() throws {
        let cases: [(SessionEvent, String)] = [
            (.progress(step: "a", pct: nil), #"{"pct":null,"sessionId":"s","step":"a"}"#),
            (.progress(step: "a", pct: 1), #"{"pct":1,"sessionId":"s","step":"a"}"#),
            (.checkpointAsked(name: nil), #"{"sessionId":"s"}"#),
            (.modelLost(callId: CallID("s.m1"), cost: nil), #"{"callId":"s.m1","sessionId":"s"}"#),
            (.applying(record: .null), #"{"record":null,"sessionId":"s"}"#),
        ]
        for (event, payload) in cases {
            let stored = try event.encoded(for: SessionID("s"))
            #expect(stored.payload == payload)
            #expect(try SessionEvent(type: stored.type, payload: payload) == event)
        }
    }

    @Test func anEventOfANewerProgramIsIgnored() throws {
        #expect(try SessionEvent(type: "session.danced", payload: "{}") == nil)
    }

    /// What each command does in each state: `+` events, `=` the goal holds already, `-` refused.
    static let commands: [(String, SessionCommand, String)] = [
        ("start", .start(), "+ = = = = - - - = - -"), ("pause", .pause, "- + + + + - - = - - -"),
        ("resume", .resume, "- = = = = - - + - + -"), ("cancel", .cancel, "+ + + + + - - + + - ="),
        ("say", .say("hi"), "+ + + + + - - + - - -"),
        (
            "set",
            .setLimits(
                {
                    var limits = SessionLimits(); limits.turns = 3; return limits
                }()), "+ + + + + - - + + + -"
        ),
        ("answer", .answer(ItemID("s.a1"), .yes), "- - - - - - - - - - -"),
    ]

    @Test(arguments: commands.map(\.0))
    func everyPairOfStateAndCommand(name: String) throws {
        let (_, command, row) = try #require(Self.commands.first { $0.0 == name })
        for (state, sign) in zip(SessionState.allCases, row.split(separator: " ")) {
            let session = session(in: state)
            switch Result(catching: { () throws(Fault) in try decide(command, in: session) }) {
            case .success(let events): #expect(sign == (events.isEmpty ? "=" : "+"), "\(name) in \(state)")
            case .failure(let fault):
                #expect(sign == "-", "\(name) in \(state)")
                #expect(fault.code == .refused)
                #expect(!fault.description.isEmpty && !fault.description.contains("\n"))
            }
        }
    }

    /// The arrows of the design; any live state may be CANCELLED beside them.
    static let arrows: [SessionState: Set<SessionState>] = [
        .created: [.queued], .queued: [.running, .failed],
        .running: [.checkpoint, .paused, .failed, .rollback, .gateCheck, .complete],
        .checkpoint: [.running, .gateCheck, .paused, .failed, .rollback, .complete],
        .gateCheck: [.complete, .running, .paused, .failed, .rollback],
        .paused: [.running, .checkpoint, .gateCheck, .queued, .failed, .rollback], .complete: [.rollback],
        .failed: [.rollback],
        .cancelled: [.rollback], .rollback: [.rolledBack, .failed], .rolledBack: [.queued],
    ]

    /// Whatever is commanded in whatever order, only the arrows of the design are taken.
    @Test func randomCommandsTakeOnlyTheArrows() {
        let arrows = Self.arrows
        var random = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            var config = SessionConfig(name: "n", goal: "g")
            config.gates = [GateConfig(name: "tests", kind: .run(command: "true", timeout: 1))]
            config.gateAttempts = Int.random(in: 1...2, using: &random)
            var session = session(after: [], config: config)
            for step in 0..<40 {
                let before = session.state
                for event in events(for: step, session, &random) {
                    let from = session.state
                    session.apply(event, at: noon)
                    let to = session.state
                    #expect(
                        from == to || to == .cancelled || arrows[from]?.contains(to) == true,
                        "\(from) → \(to) by \(event) after \(before)")
                }
            }
        }
    }

    /// What a command, or the engine's next step with a made-up result, leads to.
    private func events(for step: Int, _ session: Session, _ random: inout SeededGenerator) -> [SessionEvent]
    {
        if Int.random(in: 0..<4, using: &random) == 0 {
            let commands: [SessionCommand] = [.start(), .pause, .resume, .cancel, .say("x")]
            let command = commands[Int.random(in: 0..<(step < 30 ? 3 : 5), using: &random)]
            return (try? decide(command, in: session)) ?? []
        }
        if session.state == .created { return [.queued(attempt: 1)] }
        if session.state == .queued { return [.started(layer: "l")] }
        guard let effect = nextStep(for: session, now: noon, effectOf: { _ in .confined }) else { return [] }
        let call = ToolCall(id: "c\(step)", name: "write", arguments: [:])
        switch effect {
        case .record(let events): return events
        case .makeWorkspace:
            return [.workspaceMade(WorkspaceBase(spec: .empty, source: nil, git: nil, tree: someTree))]
        case .setUp, .callJudge: return []
        case .checkpoint:
            return [.checkpointTaken(checkpoint(session.checkpoints.count, messages: session.messages.count))]
        case .callModel:
            let calls = Bool.random(using: &random) ? [call] : []
            let reply = ModelReply(
                text: "", calls: calls, usage: nil, finish: .stop,
                model: ModelReference(provider: "p", model: "m"))
            return [
                .modelStarted(callId: session.nextModelCallID, route: "r", reserved: nil),
                .modelFinished(callId: session.nextModelCallID, reply: reply, cost: .zero),
            ]
        case .runTool(let call, let effect):
            let intent = ToolIntent(
                callId: session.nextToolCallID, call: call, effect: effect, checkpointId: nil, layer: nil)
            return [
                .toolStarted(intent),
                .toolFinished(callId: intent.callId, outcome: .done, result: ToolResult(text: "")),
            ]
        case .runGate(let gate):
            let passed = Bool.random(using: &random)
            let outcome = GateOutcome(
                gate: gate.name, passed: passed, required: true, tree: someTree, gateHash: gateHash(gate),
                reason: nil, output: "",
                attempt: session.gateAttempt, milliseconds: 0)
            return [
                .gateStarted(gate: gate.name, tree: someTree, attempt: session.gateAttempt),
                passed ? .gatePassed(outcome) : .gateFailed(outcome),
            ]
        case .finish:
            return [.completed(SessionOutcome(text: "", tree: someTree, files: 0, added: 0, removed: 0))]
        case .restore(let rollback): return [.rolledBack(checkpointId: rollback.checkpointId, files: 0)]
        case .recover: return [.modelLost(callId: session.nextModelCallID, cost: nil)]
        }
    }
}

/// A generator whose numbers are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
