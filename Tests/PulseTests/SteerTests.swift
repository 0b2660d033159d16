import AgentOSCore
import Testing

@testable import Pulse

/// What a person says while a turn's calls are made.
@Suite struct SteerTests {
    private static let calls = ["a", "b", "c"].map {
        ToolCall(id: $0, name: "read", arguments: ["path": "x"])
    }

    private func turn() -> [SessionEvent] {
        let reply = ModelReply(
            text: "", calls: Self.calls, usage: nil, finish: .tools,
            model: ModelReference(provider: "p", model: "m"))
        return path(to: .running) + [.modelFinished(callId: CallID("s.m1"), reply: reply, cost: .zero)]
    }

    private func said(afterTurn: Bool = false) -> SessionEvent {
        .said(messageId: MessageID("s.s1"), text: "Stop that.", afterTurn: afterTurn)
    }

    private func ran(_ index: Int) -> [SessionEvent] {
        let id = CallID("s.t\(index + 1)")
        return [
            .toolStarted(
                ToolIntent(
                    callId: id, call: Self.calls[index], effect: .read, checkpointId: nil, layer: nil)),
            .toolFinished(callId: id, outcome: .done, result: ToolResult(text: "\(index)")),
        ]
    }

    private func next(_ events: [SessionEvent]) -> SessionEffect? {
        nextStep(for: session(after: events), now: noon) { _ in .read }
    }

    @Test func theRestOfTheTurnIsLeftOutAtTheNextBoundary() throws {
        let first = ran(0)
        let events = turn() + [first[0], said(), first[1]]
        guard case .record(let left)? = next(events) else {
            Issue.record("the turn goes on")
            return
        }
        #expect(left.count == 2)
        var session = session(after: events + left)
        #expect(session.waitingCalls.isEmpty && session.calls == 1)
        let results = session.messages.compactMap {
            if case .tool(let id, _, let isError) = $0 { "\(id) \(isError)" } else { nil }
        }
        #expect(results == ["a false", "b true", "c true"], "each call has its result")
        session.apply(.checkpointTaken(checkpoint(1, messages: session.messages.count)), at: noon)
        #expect(
            nextStep(for: session, now: noon) { _ in .read }
                == .record([.delivered(messageIds: [MessageID("s.s1")])]))
    }

    /// What was said before a call began is heard after it: a call that was just approved is made.
    @Test func aBoundaryIsTheEndOfACall() {
        #expect(next(turn() + [said()]) == .runTool(Self.calls[0], .read))
        #expect(next(turn() + ran(0) + [said()]) == .runTool(Self.calls[1], .read))
    }

    @Test func afterTheTurnAllItsCallsComeFirst() {
        let events = turn() + [said(afterTurn: true)] + ran(0)
        #expect(next(events) == .runTool(Self.calls[1], .read))
        guard case .checkpoint? = next(events + ran(1) + ran(2)) else {
            Issue.record("the turn does not end")
            return
        }
    }

    /// Calls that were left out are no error that comes back.
    @Test func theBreakerCountsAnewAfterAWord() {
        let texts = Array(repeating: "Not run", count: 5)
        var events = turn()
        events += ran(0)
        events.insert(said(), at: events.count - 1)
        events += texts.map {
            .toolFinished(
                callId: CallID("s.t2"), outcome: .cancelled, result: ToolResult(text: $0, isError: true))
        }
        events.append(.checkpointTaken(checkpoint(1, messages: 9)))
        #expect(next(events) == .record([.delivered(messageIds: [MessageID("s.s1")])]))
    }
}
