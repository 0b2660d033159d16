import AgentOSCore

/// The kill of step 4.
extension TourStage {
    /// Kills the engine in the middle of the slow call, and starts another.
    ///
    /// On a machine that was too busy, or slept, the call may have ended before: then the model asks for it again,
    /// so that there is something to see.
    func cutPower() async throws {
        for number in 1...3 {
            try await waitForFirstLine()
            if try await isCutByKill() { return }
            guard let last = await log.facts.lastSlowCall else { return }
            try home.writeReplies(slowCalls: number + 1)
            // Whatever waits for the model has read the old replies.
            _ = try await isCutByKill()
            _ = try await log.first(within: .seconds(20)) { facts -> Bool? in
                facts.lastSlowCall.flatMap { $0.seq > last.seq ? true : nil }
            }
        }
    }

    /// Kills the engine and starts another; whether a call was under way, which is undone.
    ///
    /// A session that a person had paused is let go on: nothing takes it over.
    private func isCutByKill() async throws -> Bool {
        let before = await log.facts.takeovers.count
        _ = try await engine.kill()
        try await engine.start()
        guard let id = await log.facts.id(.mend) else { return false }
        let summary = try await client.ask(SessionShow(id: id.rawValue)).summary
        if summary.state == .paused, summary.reason == .operatorAsked {
            try await perform("session.resume", .mend)
            return false
        }
        let undone = try await log.first(within: .seconds(20)) { facts in
            facts.takeovers.count > before ? facts.takeovers.last?.undone : nil
        }
        return (undone ?? 0) > 0
    }

    /// Waits until the slow call has said its first line or has ended, at most three seconds.
    private func waitForFirstLine() async throws {
        guard let call = await log.facts.lastSlowCall?.intent.callId else { return }
        let updates = client.follow(FollowRequest(after: await log.facts.seq, signals: true))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for try await update in updates {
                    switch update {
                    case .live(let live): if live.callId == call, live.text.contains("\n") { return }
                    case .event(let record):
                        if case .toolFinished(call, _, _) = try? SessionEvent(
                            type: record.type, payload: record.payload)
                        {
                            return
                        }
                    case .host: continue
                    }
                }
            }
            group.addTask { try await Task.sleep(for: .seconds(3)) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
