import AgentOSCore
import Synchronization

/// An engine made of a script: what it holds is what a test put in, what it did is what it was asked to do.
final class FakeWorld: Sendable {
    struct State {
        var sessions: [SessionShow.Detail] = []
        var transcripts: [SessionID: [TranscriptEntry]] = [:]
        var checkpoints: [SessionID: [CheckpointReading]] = [:]
        var diffs: [SessionID: TreeDiff] = [:]
        var previews: [CheckpointID: RollbackPreview] = [:]
        var inbox = InboxList.Inbox(waiting: [], ended: [])
        var events: [EventRecord] = []
        var chains: [ChainSummary] = []
        var header = Sample.header()
        var performed: [Command] = []
        var refusals: [String: Fault] = [:]
        var branchFault: Fault?
        var diffFault: Fault?
        var dryRun = CommandReply(
            "c4t5bb would write 2 files to branch agentos/rename-module-c4t5bb",
            value: ["paths": ["Sources/Clock.swift", "Tests/ClockTests.swift"]])
        var asked: [String] = []
        var largestPage = 0
        var followers: [AsyncThrowingStream<EngineUpdate, any Error>.Continuation] = []
    }

    private let state: Mutex<State>

    init(_ fill: (inout State) -> Void = { _ in }) {
        var state = State()
        fill(&state)
        self.state = Mutex(state)
    }

    func with<Result: Sendable>(_ body: (inout sending State) -> sending Result) -> Result {
        state.withLock(body)
    }

    /// Tells every follower.
    func tell(_ update: EngineUpdate) {
        for follower in state.withLock({ $0.followers }) { follower.yield(update) }
    }

    /// Ends every follower's stream, as a host that dies does.
    func hangUp() {
        let followers = state.withLock { state in
            defer { state.followers = [] }
            return state.followers
        }
        for follower in followers { follower.finish() }
    }

    var client: EngineClient {
        EngineClient(
            perform: { [self] command in try state.withLock { try $0.perform(command) } },
            answer: { [self] query in try state.withLock { try $0.answer(query) } },
            follow: { [self] _ in
                AsyncThrowingStream { continuation in state.withLock { $0.followers.append(continuation) } }
            })
    }
}

extension FakeWorld.State {
    mutating func perform(_ command: Command) throws -> CommandReply {
        performed.append(command)
        if let refusal = refusals[command.name] { throw refusal }
        let id = command.arguments["id"]?.string ?? ""
        switch command.name {
        case "session.create":
            let config = try JSONText.decode(
                SessionConfig.self, from: command.arguments["config"]?.string ?? "")
            let made = Sample.detail("n3wone", config.name, .created, goal: config.goal)
            sessions.insert(made, at: 0)
            return CommandReply("made n3wone \(config.name)", value: ["sessionId": "n3wone"])
        case "session.start": setState(id, .queued)
        case "session.pause": setState(id, .paused, .operatorAsked)
        case "session.resume": setState(id, .running)
        case "session.cancel": setState(id, .cancelled)
        case "session.rollback": setState(id, .rolledBack)
        case "inbox.answer": inbox.waiting.removeAll { $0.itemId.rawValue == id }
        case "session.say":
            let seq = Int64(900 + performed.count)
            transcripts[SessionID(id), default: []].append(
                TranscriptEntry(
                    seq: seq, at: Sample.noon, kind: .said, title: command.arguments["text"]?.string ?? "",
                    detail: "queued"))
        case "session.apply" where command.arguments["dry-run"] != nil:
            if command.arguments["branch"] != nil, let fault = branchFault { throw fault }
            return dryRun
        default: break
        }
        return CommandReply("\(command.name) \(id) done")
    }

    private mutating func setState(_ id: String, _ state: SessionState, _ reason: PauseReason? = nil) {
        guard let index = sessions.firstIndex(where: { $0.summary.sessionId.rawValue == id }) else { return }
        sessions[index].summary.state = state
        sessions[index].summary.reason = reason
        sessions[index].canUndo = state == .rolledBack
    }

    mutating func answer(_ query: any EngineQuery) throws -> any Sendable {
        asked.append(type(of: query).name)
        switch query {
        case let query as SessionList:
            largestPage = max(largestPage, query.limit)
            let matching = sessions.map(\.summary).filter { summary in
                query.filter.isEmpty || summary.name.contains(query.filter)
                    || summary.sessionId.rawValue.contains(query.filter)
            }
            return SessionList.Page(
                sessions: Array(matching.dropFirst(query.offset).prefix(query.limit)), total: matching.count)
        case let query as SessionShow:
            guard
                let found = sessions.first(where: {
                    $0.summary.sessionId.rawValue.hasPrefix(query.id) || $0.summary.name == query.id
                })
            else { throw Fault.notFound("no session \(query.id)", hint: "agentos session list shows them") }
            return found
        case let query as SessionTranscript:
            return (transcripts[query.id] ?? []).filter { $0.seq > query.after }
        case let query as SessionCheckpoints: return checkpoints[query.id] ?? []
        case let query as SessionDiff:
            if let diffFault { throw diffFault }
            return diffs[query.id] ?? TreeDiff(files: [])
        case let query as SessionRollbackPreview:
            guard let preview = previews[CheckpointID(query.checkpoint ?? "")] else {
                throw Fault.notFound("no checkpoint \(query.checkpoint ?? "")")
            }
            return preview
        case let query as ChainList:
            let matching = chains.filter { query.filter.isEmpty || $0.name.contains(query.filter) }
            return ChainList.Page(chains: matching, total: matching.count)
        case let query as ChainShow:
            guard let found = chains.first(where: { $0.chainId.rawValue == query.id }) else {
                throw Fault.notFound("there is no chain '\(query.id)'", hint: "see: agentos chain list")
            }
            return found
        case let query as SessionSearch:
            return [
                SearchHit(
                    sessionId: SessionID("7k2mqd"), name: "fix-flaky", state: .running, seq: 3,
                    at: Timestamp(milliseconds: 0), turn: 1, kind: .text,
                    snippet: "… \(query.text) \u{1B}[2J …")
            ]
        case is InboxList: return inbox
        case let query as EventPage:
            let matching = events.filter { event in
                guard event.seq > query.after else { return false }
                guard let type = query.type else { return true }
                return event.type.contains(type.filter { $0 != "*" })
            }
            return query.newest ? Array(matching.suffix(query.limit)) : Array(matching.prefix(query.limit))
        case is Overview:
            header.waiting = inbox.waiting.count
            header.sessions = Dictionary(sessions.map { ($0.summary.state.rawValue, 1) }, uniquingKeysWith: +)
            return header
        default: throw Fault.notFound("no such query")
        }
    }
}
