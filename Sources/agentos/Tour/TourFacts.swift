import AgentOSCore

/// What the tour has read in the log so far.
struct TourFacts: Sendable {
    /// An event, read.
    struct Entry: Sendable {
        let record: EventRecord
        let event: SessionEvent?
    }

    /// Oldest first.
    private(set) var entries: [Entry] = []

    /// The last place that was read.
    var seq: Int64 { entries.last?.record.seq ?? 0 }

    mutating func add(_ record: EventRecord) {
        guard record.seq > seq else { return }
        entries.append(
            Entry(record: record, event: try? SessionEvent(type: record.type, payload: record.payload)))
    }

    /// The session that plays a part; nil before it was made.
    func id(_ part: TourPart) -> SessionID? {
        for entry in entries {
            if case .created(let config) = entry.event, config.name == part.rawValue {
                return SessionEvent.session(ofStream: entry.record.stream)
            }
        }
        return nil
    }

    /// The first event of a session after a place that is what is looked for.
    func find<Value>(
        _ part: TourPart, after seq: Int64 = 0, _ pick: (SessionEvent, EventRecord) -> Value?
    ) -> Value? {
        guard let stream = id(part).map(SessionEvent.stream) else { return nil }
        for entry in entries where entry.record.seq > seq && entry.record.stream == stream {
            if let event = entry.event, let value = pick(event, entry.record) { return value }
        }
        return nil
    }

    // MARK: What the steps look for

    /// The approval that the first session asks for.
    var request: PersonRequest? {
        find(.mend) { event, _ in if case .asked(let request) = event { request } else { nil } }
    }

    /// The answer to it.
    var answer: (Answer, EventRecord)? {
        guard let item = request?.itemId else { return nil }
        return find(.mend) { event, record in
            if case .answered(item, let answer) = event { (answer, record) } else { nil }
        }
    }

    /// The first red run of the tests' gate in a session.
    func red(_ part: TourPart) -> GateOutcome? {
        find(part) { event, _ in
            if case .gateFailed(let outcome) = event, outcome.gate == "tests" { outcome } else { nil }
        }
    }

    /// The first green one.
    var green: (GateOutcome, Int64)? {
        find(.mend) { event, record in
            if case .gatePassed(let outcome) = event, outcome.gate == "tests" {
                (outcome, record.seq)
            } else {
                nil
            }
        }
    }

    /// Where the session was sent back to work after it: its other gate was still red.
    var backFromGreen: Int64? {
        guard let (_, seq) = green else { return nil }
        return find(.mend, after: seq) { event, record in
            if case .gateFailed = event { record.seq } else { nil }
        }
    }

    /// Where a person's pause took effect.
    var paused: Int64? {
        find(.mend) { event, record in
            if case .paused(.operatorAsked) = event { record.seq } else { nil }
        }
    }

    /// What the person said.
    var said: (id: MessageID, text: String, seq: Int64)? {
        find(.mend) { event, record in
            if case .said(let id, let text, _) = event { (id, text, record.seq) } else { nil }
        }
    }

    /// Where the pause ended.
    var resumed: Int64? {
        guard let paused else { return nil }
        return find(.mend, after: paused) { event, record in
            if case .resumed = event { record.seq } else { nil }
        }
    }

    /// Where the model had answered with it in its conversation.
    var seen: Int64? {
        guard let said else { return nil }
        return find(.mend) { event, record in
            if case .seen(let ids) = event, ids.contains(said.id) { record.seq } else { nil }
        }
    }

    /// The first time that the slow call was begun.
    var slowCall: (intent: ToolIntent, seq: Int64)? { slowCall(after: 0) }

    /// The slow call as it was begun after a place.
    func slowCall(after seq: Int64) -> (intent: ToolIntent, seq: Int64)? {
        find(.mend, after: seq) { event, record in
            guard case .toolStarted(let intent) = event,
                intent.call.arguments["command"]?.string.map(TourFiles.slow.contains) == true
            else { return nil }
            return (intent, record.seq)
        }
    }

    /// The slow call as it was begun last.
    var lastSlowCall: (intent: ToolIntent, seq: Int64)? {
        var last = slowCall
        while let seq = last?.seq, let next = slowCall(after: seq) { last = next }
        return last
    }

    /// Where a new host took the first session over, and how many calls it undid.
    var takeovers: [(seq: Int64, undone: Int)] {
        guard let stream = id(.mend).map(SessionEvent.stream) else { return [] }
        return entries.compactMap { entry in
            guard entry.record.stream == stream, case .recovered(let undone, _) = entry.event else {
                return nil
            }
            return (entry.record.seq, undone)
        }
    }

    /// Where a new host took the session over and undid a call.
    var recovered: Int64? { takeovers.first { $0.undone > 0 }?.seq }

    /// How many calls were undone.
    var undoneCalls: Int {
        guard let stream = id(.mend).map(SessionEvent.stream) else { return 0 }
        return entries.filter {
            if case .toolUndone = $0.event { $0.record.stream == stream } else { false }
        }.count
    }

    /// The slow call's result, once it has run to its end after the takeover.
    var slowResult: (result: ToolResult, seq: Int64)? {
        guard let recovered, let again = slowCall(after: recovered) else { return nil }
        return find(.mend, after: again.seq) { event, record in
            if case .toolFinished(again.intent.callId, .done, let result) = event {
                (result, record.seq)
            } else {
                nil
            }
        }
    }

    /// How often the slow call has run to its end: four lines each.
    var slowEnds: Int {
        guard let stream = id(.mend).map(SessionEvent.stream) else { return 0 }
        var calls: Set<CallID> = []
        var ends = 0
        for entry in entries where entry.record.stream == stream {
            if case .toolStarted(let intent) = entry.event,
                intent.call.arguments["command"]?.string.map(TourFiles.slow.contains) == true
            {
                calls.insert(intent.callId)
            } else if case .toolFinished(let id, .done, _) = entry.event, calls.contains(id) {
                ends += 1
            }
        }
        return ends
    }

    /// Where the second session stood still for its red gate.
    var gatePause: Int64? {
        find(.shorten) { event, record in if case .paused(.gate) = event { record.seq } else { nil } }
    }

    /// The second session's rollback.
    var rolledBack: (checkpoint: CheckpointID, files: Int)? {
        find(.shorten) { event, _ in
            if case .rolledBack(let id, let files) = event { (id, files) } else { nil }
        }
    }

    /// The undoing of it.
    var undone: (checkpoint: CheckpointID, files: Int)? {
        find(.shorten) { event, _ in
            if case .undone(let id, let files) = event { (id, files) } else { nil }
        }
    }

    /// How the first session ended.
    var outcome: SessionOutcome? {
        find(.mend) { event, _ in if case .completed(let outcome) = event { outcome } else { nil } }
    }

    /// The branch and the commit that took its result.
    var applied: (branch: String, commit: String)? {
        find(.mend) { event, _ in
            if case .applied(_, let branch?, let commit?, _, _, _) = event { (branch, commit) } else { nil }
        }
    }

    /// Why a session cannot go on, where that is so.
    var failure: String? {
        for part in TourPart.allCases {
            let text: String? = find(part) { event, _ in
                switch event {
                case .failed(let error): return "session \(part.rawValue) failed: \(error)"
                case .cancelled: return "session \(part.rawValue) was cancelled"
                default: return nil
                }
            }
            if let text { return text }
        }
        return nil
    }
}
