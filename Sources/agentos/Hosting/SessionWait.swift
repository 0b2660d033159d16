import AgentOSCore

/// Waits for a session, and shows what it does meanwhile.
struct SessionWait: Sendable {
    let client: EngineClient
    let id: SessionID
    let output: Output

    /// Returns when the session has ended, or waits for what only a person can do.
    func end() async throws -> SessionSummary {
        let start = try await client.ask(Overview()).seq
        let follow = client.follow(FollowRequest(after: start))
        var transcript = TranscriptCursor(client: client, id: id)
        if let summary = try await standing(&transcript) { return summary }
        for try await update in follow {
            guard case .event(let record) = update, record.stream == "session/\(id)" else { continue }
            if let summary = try await standing(&transcript) { return summary }
        }
        try Task.checkCancellation()
        throw Fault(
            .noHost, "the host went while session \(id) was waited for",
            hint: "see how it stands: agentos session show \(id)")
    }

    /// Shows what is new; the session when there is nothing more to wait for.
    private func standing(_ transcript: inout TranscriptCursor) async throws -> SessionSummary? {
        let summary = try await client.ask(SessionShow(id: id.rawValue)).summary
        if !output.isJSON, !output.isQuiet {
            for entry in try await transcript.next() {
                SessionText.lines(entry).forEach { output.line(SafeText($0)) }
            }
        }
        return summary.state.isEnded || Self.needsPerson(summary) ? summary : nil
    }

    /// Whether the session stands still for a reason that only a person lifts.
    static func needsPerson(_ summary: SessionSummary) -> Bool {
        guard summary.state == .paused, let reason = summary.reason else { return false }
        switch reason {
        case .operatorAsked, .approval, .question, .gate, .limit, .recovery, .price, .disk, .files, .setup,
            .loop,
            .context, .pauseAll:
            return true
        case .budget: return false
        }
    }

    /// How the program ends after it.
    static func code(_ summary: SessionSummary) -> ExitCode {
        switch summary.state {
        case .complete: .done
        case .failed, .rolledBack, .cancelled: .negative
        case .paused: .waiting
        case .created, .queued, .running, .checkpoint, .gateCheck, .rollback: .done
        }
    }
}

/// Reads on in a transcript, each entry once it is whole.
struct TranscriptCursor: Sendable {
    let client: EngineClient
    let id: SessionID
    private var place: Int64 = 0
    private var shown: Set<Int64> = []

    init(client: EngineClient, id: SessionID) {
        self.client = client
        self.id = id
    }

    /// The entries that became whole since the last call.
    mutating func next() async throws -> [TranscriptEntry] {
        let entries = try await client.ask(SessionTranscript(id: id, after: place))
        let ready = entries.filter { !$0.isOpen && !shown.contains($0.seq) }
        shown.formUnion(ready.map(\.seq))
        if let open = entries.filter(\.isOpen).map(\.seq).min() {
            place = open - 1
        } else if let last = entries.map(\.seq).max() {
            place = last
        }
        shown = shown.filter { $0 > place }
        return ready
    }
}
