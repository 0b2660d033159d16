import AgentOSCore

/// Sessions, transcripts and logs that tests look at.
enum Sample {
    /// 2026-11-22T12:00:00Z.
    static let noon = Timestamp(milliseconds: 1_795_348_800_000)

    static func ago(_ seconds: Int64) -> Timestamp { noon.adding(milliseconds: -seconds * 1000) }

    static func header() -> Overview.Header {
        Overview.Header(
            sessions: [:], waiting: 0, spentToday: Money(picodollars: 1_230_000_000_000),
            spentHour: Money(picodollars: 400_000_000_000), hasUnpriced: false, host: "atlas", tenant: .main,
            zone: "Europe/Berlin", zoneOffset: 60, home: "/home/ana/.local/share/agentos",
            layer: "bubblewrap",
            isPausedAll: false, seq: 41, pid: 4242, since: ago(7200), version: "0.1.0")
    }

    static func detail(
        _ id: String, _ name: String, _ state: SessionState, goal: String = "Make the tests pass.",
        reason: PauseReason? = nil,
        change: (inout SessionSummary) -> Void = { _ in }
    ) -> SessionShow.Detail {
        var config = SessionConfig(name: name, goal: goal)
        config.gates = [GateConfig(name: "tests", kind: .run(command: "make test", timeout: 300_000))]
        config.network = .all
        guard let session = Session(id: SessionID(id), created: .created(config: config), at: ago(300)) else {
            preconditionFailure("a created event makes a session")
        }
        var summary = SessionSummary(session, workspace: "/w/\(id)", isRehearsal: false, activity: "turn 3")
        summary.state = state
        summary.reason = reason
        summary.turns = 3
        summary.startedAt = state == .created || state == .queued ? nil : ago(280)
        summary.touchedAt = ago(4)
        summary.endedAt = state.isEnded ? ago(60) : nil
        summary.costKnown = Money(picodollars: 120_000_000_000)
        summary.budget = Money("0.50")
        change(&summary)
        return SessionShow.Detail(
            summary: summary, config: config, layer: "bubblewrap", requests: [], said: [], canUndo: false,
            ranMilliseconds: 200_000, delivery: nil)
    }

    static func entry(
        _ seq: Int64, _ kind: TranscriptEntry.Kind, _ title: String, body: String = "", isError: Bool = false,
        isOpen: Bool = false, detail: String? = nil
    ) -> TranscriptEntry {
        TranscriptEntry(
            seq: seq, at: ago(280 - seq), kind: kind, title: title, body: body, isError: isError,
            isOpen: isOpen,
            detail: detail)
    }

    static func event(
        _ seq: Int64, _ type: String, _ stream: String = "session/7k2mqd", payload: String = "{}"
    ) -> EventRecord {
        EventRecord(
            tenant: .main, seq: seq, stream: stream, version: seq, type: type, at: ago(300 - seq),
            actor: .engine,
            payload: payload, previous: String(repeating: "0", count: 64),
            hash: String(repeating: "a", count: 64))
    }

    static func checkpoint(_ session: String, _ number: Int, _ cause: String) -> CheckpointReading {
        CheckpointReading(
            Checkpoint(
                checkpointId: CheckpointID(session: SessionID(session), number: number), number: number,
                tree: TreeID(String(repeating: "b", count: 64)), files: 14, name: nil, cause: cause,
                auto: true,
                messages: number * 2, turn: number),
            sessionId: SessionID(session), seq: Int64(number * 5 + 3), at: ago(Int64(250 - number * 30)))
    }

    static let diff = TreeDiff(files: [
        TreeDiff.File(
            path: "Sources/Clock.swift", change: .modified, added: 2, removed: 1, isBinary: false,
            text: """
                --- a/Sources/Clock.swift
                +++ b/Sources/Clock.swift
                @@ -1,4 +1,5 @@
                 struct Clock {
                -    var now = 0
                +    var now: Int64
                +    init(now: Int64) { self.now = now }
                 }

                """),
        TreeDiff.File(
            path: "notes/plan 漢字.md", change: .added, added: 1, removed: 0, isBinary: false,
            text: "--- /dev/null\n+++ b/notes/plan 漢字.md\n@@ -0,0 +1 @@\n+escape \u{1B}[31m stays text\n"),
    ])

    /// What the first session asks, as the engine writes it; the address would colour the screen.
    static let request = "shell curl https://example.com/\u{1B}[31mred"

    /// A home in which something of everything goes on.
    static func world() -> FakeWorld {
        FakeWorld { state in
            state.sessions = [
                detail("7k2mqd", "fix-flaky", .paused, reason: .approval) {
                    $0.activity = "asks: \(request)"
                    $0.waiting = 1
                },
                detail("9fx3aa", "docs", .running) { $0.isRehearsal = true },
                detail("c4t5bb", "rename-module", .complete) {
                    $0.activity = "done"
                    $0.result = SessionSummary.ResultReading(
                        state: .pending, files: 6, added: 120, removed: 14)
                    $0.gates[0].passed = true
                    $0.waiting = 1
                },
                detail("d0g7cc", "port-parser", .failed) {
                    $0.error = "the model server refused: 401"
                    $0.hasUnpriced = true
                    $0.costKnown = .zero
                    $0.gates[0].passed = false
                },
            ]
            state.inbox = InboxList.Inbox(
                waiting: [
                    InboxItem(
                        itemId: ItemID("c4t5bb.r"), kind: .result, sessionId: SessionID("c4t5bb"),
                        name: "rename-module",
                        text: "+120 −14 in 6 files · gates 1/1", askedAt: ago(3600),
                        detail: "Renamed the module."),
                    InboxItem(
                        itemId: ItemID("7k2mqd.a1"), kind: .approval, sessionId: SessionID("7k2mqd"),
                        name: "fix-flaky",
                        text: request, askedAt: ago(120),
                        detail:
                            #"{"command":"curl https://example.com/\u001b[31mred","timeout":30}"#,
                        why: "it can reach the network (network: all)"),
                ],
                ended: [
                    InboxItem(
                        itemId: ItemID("d0g7cc.e"), kind: .ended, sessionId: SessionID("d0g7cc"),
                        name: "port-parser",
                        text: "FAILED the model server refused: 401", askedAt: ago(90_000))
                ])
            history(&state)
        }
    }

    /// What the session that waits has been through.
    private static func history(_ state: inout FakeWorld.State) {
        state.transcripts[SessionID("7k2mqd")] = [
            entry(1, .goal, "Make the tests pass."), entry(2, .note, "running, sandbox: bubblewrap"),
            entry(3, .checkpoint, "checkpoint c0 · start · 14 files"),
            entry(4, .text, "I look at the failing test first."),
            entry(
                5, .tool, "shell make test", body: "command: make test\n2 tests failed", isError: true,
                detail: "exit 2 · 1.2s · bubblewrap"),
            entry(6, .tool, "edit Sources/Clock.swift", body: "path: Sources/Clock.swift", detail: "8ms"),
            entry(
                7, .gate, "gate tests red: exit 2", body: "1 test failed", isError: true,
                detail: "attempt 1 · 1.1s"),
            entry(8, .request, request, body: "command: \(request.dropFirst(6))\ntimeout: 30", isOpen: true),
            entry(9, .note, "paused: approval"),
        ]
        let checkpoints = [
            checkpoint("7k2mqd", 0, "start"), checkpoint("7k2mqd", 1, "turn"),
            checkpoint("7k2mqd", 2, "turn"),
        ]
        state.checkpoints[SessionID("7k2mqd")] = checkpoints
        for (at, checkpoint) in checkpoints.enumerated() {
            state.previews[checkpoint.checkpointId] = RollbackPreview(
                sessionId: SessionID("7k2mqd"), checkpoint: checkpoint, diff: diff, messages: 6 - at * 2,
                cannotUndo: at == 0 ? ["shell curl https://example.com reached the network"] : [])
        }
        state.diffs[SessionID("7k2mqd")] = diff
        state.diffs[SessionID("c4t5bb")] = diff
        state.events = (1...41).map {
            event(
                $0, $0 == 1 ? "session.created" : "session.progress", payload: #"{"step":"turn \#($0)"}"#)
        }
    }
}
