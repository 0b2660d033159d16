import AgentOSCore

extension FakeEngine {
    private static let id = SessionID("abc")
    private static let at = Timestamp(milliseconds: 1_795_353_385_042)

    /// An answer to every query, with text that must survive the wire as it is.
    static func answer(_ query: any EngineQuery) throws -> any Sendable {
        switch query {
        case let list as SessionList:
            return SessionList.Page(
                sessions: Array(repeating: try summary(), count: min(3, list.limit)), total: 7)
        case is SessionShow:
            return SessionShow.Detail(
                summary: try summary(), config: config, layer: "bwrap",
                requests: [
                    PersonRequest(
                        itemId: ItemID("abc.a1"), kind: .approval,
                        call: ToolCall(id: "c1", name: "shell", arguments: #"{"command":"rm -rf /"}"#),
                        text: "may it?")
                ],
                said: [
                    try JSONText.decode(
                        Session.Said.self, from: #"{"messageId":"abc.s1","text":"hi","receipt":"seen"}"#)
                ],
                canUndo: true,
                ranMilliseconds: 99, delivery: nil)
        case is SessionTranscript:
            return [
                TranscriptEntry(
                    seq: 1, at: at, kind: .tool, title: "shell\u{0}\u{1B}[2J", body: "é漢\n\"", isError: true)
            ]
        case is SessionCheckpoints: return [checkpoint]
        case is SessionDiff: return diff
        case is SessionRollbackPreview:
            return RollbackPreview(
                sessionId: id, checkpoint: checkpoint, diff: diff, messages: 4, cannotUndo: ["a mail"])
        case is InboxList:
            let item = InboxItem(
                itemId: ItemID("abc.r"), kind: .result, sessionId: id, name: "fix", text: "+1", askedAt: at)
            return InboxList.Inbox(waiting: [item], ended: [])
        case let page as EventPage:
            return [
                EventRecord(
                    tenant: .main, seq: page.after + 1, stream: "session/abc", version: 1,
                    type: "session.started", at: at,
                    actor: Actor(kind: .user, name: "ana", uid: 7, peer: "::1"),
                    payload: #"{"b":1.50,"a":"é"}"#,
                    previous: "0", hash: "1")
            ]
        case is Overview:
            return Overview.Header(
                sessions: ["RUNNING": 1], waiting: 2, spentToday: Money(picodollars: 1), spentHour: .zero,
                hasUnpriced: true,
                host: "box", tenant: .main, zone: "Europe/Riga", zoneOffset: 120, home: "/h", layer: nil,
                isPausedAll: false,
                seq: 12, pid: 3, since: at, version: "1")
        case is ChainList: return ChainList.Page(chains: [try chain()], total: 1)
        case is ChainShow: return try chain()
        case is SessionAudit: return audit
        case is SessionSearch:
            return [
                SearchHit(
                    sessionId: id, name: "fix", state: .paused, seq: 9, at: at, turn: 2, kind: .text,
                    snippet: "…a \u{1B}[2J b…")
            ]
        case is HomeSize:
            return HomeSize.Reading(
                parts: [HomeSize.Part(part: "log", count: 3, bytes: 40)],
                unreachable: HomeSize.Part(part: "unreachable", count: 1, bytes: 2))
        case is ProviderList:
            var reading = ProviderReading(name: "claude", kind: .anthropic, state: .cooling)
            (reading.until, reading.reason) = (Timestamp(milliseconds: 5), "overloaded")
            (reading.spend, reading.p50Ms, reading.p95Ms) = (Money(picodollars: 7), 3, 9)
            return [reading]
        case let query as ModelEstimate:
            let one = ModelEstimate.Candidate(
                provider: "claude", model: "m", cost: Money(picodollars: 9), prices: "2026-11-01")
            return ModelEstimate.Reading(
                route: query.config.model, promptTokens: 7, maxOutputTokens: 8, candidates: [one], limit: nil)
        case let query as RouteShow:
            return RouteShow.Reading(
                route: query.route,
                candidates: [
                    CandidateReading(provider: "claude", model: "m", state: .disabled, reason: "key")
                ])
        case is CostReport:
            let line = CostLine(
                key: nil, calls: 2, usage: Usage(input: 1), costKnown: Money(picodollars: 1), unpriced: 1)
            return CostReport.Report(zone: "UTC", lines: [line], names: ["abc": "fix"])
        default: throw Fault.notFound("no such query")
        }
    }

    /// A query of each kind.
    static let queries: [any EngineQuery] = [
        SessionList(states: [.paused], filter: "x", since: at, offset: 1, limit: 2), SessionShow(id: "abc"),
        SessionTranscript(id: id), SessionCheckpoints(id: id), SessionDiff(id: id, from: "c1"),
        SessionRollbackPreview(id: id), InboxList(), EventPage(after: 41, type: "session.*"), Overview(),
        SessionAudit(id: "abc"), SessionSearch(text: "x", limit: 2),
        CostReport(from: "2026-01-01", by: .model), ChainList(states: [.paused], filter: "x"),
        ChainShow(id: "c"), HomeSize(), ProviderList(), RouteShow(route: "default"),
        ModelEstimate(config: SessionConfig(name: "n", goal: "g")),
    ]

    private static var audit: AuditDocument {
        var audit = AuditDocument(sessionId: id, tenantId: .main)
        audit.entries = [
            AuditEntry(
                seq: 3, at: at, type: "session.created", actor: .engine, hash: "h", tenantId: .main,
                stream: "session/abc", version: 1, previous: "p", streamPrevious: "s",
                stored: AuditEntry.Stored(actor: "{}", payload: #"{"b":1.50}"#))
        ]
        return audit
    }

    private static func chain() throws -> ChainSummary {
        var step = ChainStep(name: "a", session: config)
        step.each = [EachAxis("t", ["1", "2"])]
        let config = ChainConfig(name: "c", budget: Money(picodollars: 1), steps: [step])
        guard let chain = Chain(id: ChainID("c"), created: .created(config: config), at: at) else {
            throw Fault.failed("not the first event")
        }
        return ChainSummary(chain)
    }

    private static var config: SessionConfig {
        var config = SessionConfig(name: "fix", goal: "make it pass\n\u{1B}[2J")
        config.gates = [GateConfig(name: "tests", kind: .run(command: "true", timeout: 1000))]
        config.workspace = .copy(path: "/src", include: [".env"])
        return config
    }

    private static func summary() throws -> SessionSummary {
        guard let session = Session(id: id, created: .created(config: config), at: at) else {
            throw Fault.failed("not the first event")
        }
        return SessionSummary(session, workspace: "/w", isRehearsal: true, activity: "edits")
    }

    private static var diff: TreeDiff {
        TreeDiff(files: [
            TreeDiff.File(
                path: "a\tb", change: .modified, added: 1, removed: 0, isBinary: false, text: "@@\n+x\n")
        ])
    }

    private static var checkpoint: CheckpointReading {
        CheckpointReading(
            Checkpoint(
                checkpointId: CheckpointID(session: id, number: 0), number: 0, tree: TreeID("t"), files: 3,
                name: nil,
                cause: "start", auto: true, messages: 0, turn: 0), sessionId: id, seq: 4, at: at)
    }
}
