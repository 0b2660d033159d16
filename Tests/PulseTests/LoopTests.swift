import AgentOSCore
import Testing

@testable import Pulse

@Suite struct LoopTests {
    /// A conversation in letters: a call and its result each.
    ///
    /// `a` to `c` are calls with their own same result, `e` fails the same way each time, `n` has a result of its own
    /// each time, `p` polls, `w` is a turn of words alone, `s` one with a call and a long text.
    private func session(_ letters: String) -> Session {
        var session = begun()
        for (number, letter) in letters.enumerated() {
            let id = "call\(number)"
            let isWords = letter == "w"
            let arguments: JSONValue =
                letter == "p" ? ["command": "sleep 5; cat state"] : ["path": .string(String(letter))]
            let call = ToolCall(
                id: id, name: letter == "p" ? "shell" : "read",
                arguments: letter == "s" ? ["path": .string("f\(number)")] : arguments)
            let long =
                "Let me look at the file once more, since I am not yet sure whether the fix is there, try \(number)."
            let reply = ModelReply(
                text: letter == "s" ? long : isWords ? "So, number \(number)." : "",
                calls: isWords ? [] : [call],
                usage: nil, finish: .stop, model: ModelReference(provider: "p", model: "m"))
            session.apply(.modelFinished(callId: CallID("s.m\(number)"), reply: reply, cost: .zero), at: noon)
            guard !isWords else { continue }
            let intent = ToolIntent(
                callId: CallID("s.t\(number)"), call: call, effect: .read, checkpointId: nil, layer: nil)
            session.apply(.toolStarted(intent), at: noon)
            let text = letter == "n" || letter == "s" ? "result \(number)" : "same \(letter)"
            session.apply(
                .toolFinished(
                    callId: intent.callId, outcome: .done,
                    result: ToolResult(text: text, isError: letter == "e")),
                at: noon)
        }
        session.apply(.checkpointTaken(checkpoint(1, messages: session.messages.count)), at: noon)
        return session
    }

    private func begun() -> Session {
        PulseTests.session(after: path(to: .running), config: SessionConfig(name: "n", goal: "g"))
    }

    @Test(
        arguments: [
            ("aaa", nil), ("aaaa", .sameCall), ("naaaa", .sameCall), ("aaana", nil), ("nnnn", nil),
            ("ee", nil), ("eee", .sameError), ("eaee", nil), ("pppppppp", nil), ("apapapa", .sameCall),
            ("ababa", nil), ("ababab", .alternating), ("abcabcabc", nil), ("ab" + "nb" + "ab", nil),
            ("ww", nil), ("www", .monologue), ("wwaw", nil), ("ss", nil), ("sss", .monologue),
        ] as [(String, LoopEvidence.Pattern?)])
    func whatGoesInCircles(_ letters: String, _ pattern: LoopEvidence.Pattern?) {
        #expect(loop(in: session(letters))?.pattern == pattern, "\(letters)")
    }

    @Test func theBreakerPausesWithTheEvidenceAndAPersonsWordStartsAnew() throws {
        var session = session("aaaa")
        let evidence = LoopEvidence(pattern: .sameCall, times: 4, lines: ["read a → same a"])
        let step = nextStep(for: session, now: noon) { _ in .read }
        #expect(step == .record([.loopFound(evidence), .paused(reason: .loop)]))
        session.apply(.loopFound(evidence), at: noon)
        session.apply(.paused(reason: .loop), at: noon)
        let item = try #require(inboxItems(of: session).first)
        #expect(item.kind == .stuck && item.detail.contains("read a → same a"))
        for event in try decide(.resume, in: session) { session.apply(event, at: noon) }
        #expect(nextStep(for: session, now: noon) { _ in .read } == .callModel)
    }

    @Test func aSessionCanDoWithoutTheBreaker() {
        var config = SessionConfig(name: "n", goal: "g")
        config.breaker = false
        var quiet = PulseTests.session(in: .checkpoint, config: config)
        for message in session("www").messages {
            guard case .assistant(let text, _) = message else { continue }
            let reply = ModelReply(
                text: text, calls: [], usage: nil, finish: .length,
                model: ModelReference(provider: "p", model: "m"))
            quiet.apply(.modelFinished(callId: CallID("s.m"), reply: reply, cost: .zero), at: noon)
        }
        quiet.apply(.checkpointTaken(checkpoint(1)), at: noon)
        #expect(loop(in: quiet) != nil)
        #expect(nextStep(for: quiet, now: noon) { _ in .read } == .callModel)
    }
}
