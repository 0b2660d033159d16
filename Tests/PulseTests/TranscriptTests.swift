import AgentOSCore
import Testing

@testable import Pulse

/// What a transcript says of calls that were cut: done again only where that is in the log.
@Suite struct TranscriptTests {
    private static let call = ToolCall(id: "m1", name: "shell", arguments: ["command": "make"])
    private static func started(_ id: String) -> SessionEvent {
        .toolStarted(
            ToolIntent(
                callId: CallID(id), call: call, effect: .confined, checkpointId: CheckpointID("s.c0"),
                layer: nil))
    }
    private static let undone = SessionEvent.toolUndone(
        callId: CallID("s.t1"), checkpointId: CheckpointID("s.c0"))
    private static let lost = SessionEvent.modelLost(callId: CallID("s.m1"), cost: nil)
    private static let modelStarted = SessionEvent.modelStarted(
        callId: CallID("s.m2"), route: "default", reserved: nil)

    @Test(
        arguments: [
            ([started("s.t1"), undone], ["undone to s.c0"]),
            ([started("s.t1"), undone, .cancelled], ["undone to s.c0", "CANCELLED"]),
            ([started("s.t1"), undone, started("s.t2")], ["undone to s.c0 and run again"]),
            ([lost, .cancelled], ["a model call was cut", "CANCELLED"]),
            ([lost, modelStarted], ["a model call was cut and made again"]),
            (
                [.setupCut(callId: CallID("s.setup"), undone: true), .cancelled],
                ["setup was cut", "CANCELLED"]
            ),
        ] as [([SessionEvent], [String])])
    func againIsSaidOnceItIsSo(events: [SessionEvent], notes: [String]) {
        var fold = TranscriptFold()
        for (index, event) in events.enumerated() {
            fold.add(event, seq: Int64(index + 1), at: Timestamp(milliseconds: 0))
        }
        #expect(fold.entries.filter { $0.kind == .note }.map(\.title) == notes)
    }

    /// Why this model: what was tried before it, why that failed and how long was waited, the same again counted.
    @Test func aModelThatWasNotTheFirstSaysWhy() throws {
        let (first, second) = (
            ModelReference(provider: "a", model: "m"), ModelReference(provider: "b", model: "m")
        )
        let tried = [
            TriedModel(model: first, reason: "overloaded (529)", waitedMilliseconds: 500),
            TriedModel(model: first, reason: "overloaded (529)", waitedMilliseconds: 1000),
            TriedModel(model: first, reason: "overloaded (529)"),
        ]
        let reply = ModelReply(
            text: "Hello", calls: [], usage: nil, finish: .stop, model: second, attempts: 4, tried: tried)
        let failure = ModelFailure(kind: .overloaded, message: "b/m: overloaded", attempts: 3, tried: tried)
        var fold = TranscriptFold()
        let events: [SessionEvent] = [
            .modelFinished(callId: CallID("s.m1"), reply: reply, cost: nil),
            .modelFailed(callId: CallID("s.m2"), failure: failure, cost: nil),
        ]
        for (index, event) in events.enumerated() {
            fold.add(event, seq: Int64(index + 1), at: Timestamp(milliseconds: 0))
        }
        let why = "a/m: overloaded (529) (3 times); waited 1.5s"
        #expect(
            fold.entries.filter { $0.kind == .note }.map(\.title) == [
                "answered by b/m after \(why)", "tried \(why)", "b/m: overloaded",
            ])
    }
}
