import AgentOSCore
import Testing

@testable import Console
@testable import Pulse

/// What the screens are judged by is what the engine says.
@Suite struct SampleTests {
    @Test func theSampleRequestIsTheEnginesOwn() throws {
        let detail = Sample.detail("7k2mqd", "fix-flaky", .paused)
        let id = detail.summary.sessionId
        let tree = TreeID(String(repeating: "b", count: 64))
        let call = ToolCall(
            id: "call", name: "shell",
            arguments: ["command": .string(String(Sample.request.dropFirst(6))), "timeout": 30])
        let reply = ModelReply(
            text: "", calls: [call], usage: Usage(input: 1), finish: .tools,
            model: ModelReference(provider: "p", model: "m"))
        let checkpoint = Checkpoint(
            checkpointId: CheckpointID(session: id, number: 0), number: 0, tree: tree, files: 14, name: nil,
            cause: "start", auto: true, messages: 0, turn: 0)
        var events: [SessionEvent] = [
            .queued(attempt: 1), .started(layer: "bubblewrap"),
            .workspaceMade(WorkspaceBase(spec: .empty, source: nil, git: nil, tree: tree)),
            .checkpointTaken(checkpoint),
            .modelStarted(callId: CallID("7k2mqd.m1"), route: "default", reserved: nil),
            .modelFinished(callId: CallID("7k2mqd.m1"), reply: reply, cost: .zero),
        ]
        var session = try #require(
            Session(id: id, created: .created(config: detail.config), at: Sample.ago(300)))
        for event in events { session.apply(event, at: Sample.ago(120)) }
        let step = nextStep(for: session, now: Sample.ago(120)) { _ in .outside }
        guard case .record(let asked) = step else {
            Issue.record("the engine does not ask: \(String(describing: step))")
            return
        }
        events += asked
        for event in asked { session.apply(event, at: Sample.ago(120)) }
        let world = Sample.world()
        #expect(inboxItems(of: session) == world.with { $0.inbox.waiting.filter { $0.kind == .approval } })
        #expect(activity(of: session) == world.with { $0.sessions[0].summary.activity })
        var fold = TranscriptFold()
        for (seq, event) in events.enumerated() { fold.add(event, seq: Int64(seq), at: Sample.noon) }
        let shown = try #require(world.with { $0.transcripts[id] }).suffix(2)
        #expect(fold.entries.suffix(2).map(Words.init) == shown.map(Words.init))
    }

    /// What of an entry is read.
    private struct Words: Equatable {
        var kind: TranscriptEntry.Kind
        var title: String
        var body: String
        var isOpen: Bool

        init(_ entry: TranscriptEntry) {
            (kind, title, body, isOpen) = (entry.kind, entry.title, entry.body, entry.isOpen)
        }
    }
}
