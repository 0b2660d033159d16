import AgentOSCore

extension PulseEngine {
    /// Holds the queue and asks every working session to pause; returns those that were asked.
    public func pauseAll(by actor: Actor) async throws -> [SessionID] {
        setPausedAll(true)
        var asked: [SessionID] = []
        for id in try await ids(in: [.running, .checkpoint, .gateCheck]) {
            let runner = try await runner(for: id)
            guard await !runner.session.pauseAsked else { continue }
            do {
                _ = try await runner.perform(.pause, by: actor, commandId: nil)
                asked.append(id)
            } catch is Fault { continue }  // It ended or paused by itself meanwhile.
        }
        return asked
    }

    /// Lets the queue and these sessions go on, those of them that still stand still for a person; returns those.
    public func resumeAll(_ paused: [SessionID], by actor: Actor) async throws -> [SessionID] {
        setPausedAll(false)
        var resumed: [SessionID] = []
        for id in paused {
            let runner = try await runner(for: id)
            let session = await runner.session
            guard session.pauseAsked || (session.state == .paused && session.reason == .operatorAsked) else {
                continue
            }
            await follow(runner, try await runner.perform(.resume, by: actor, commandId: nil))
            resumed.append(id)
        }
        try await startQueued()
        return resumed
    }

    /// Takes up that an earlier host held everything.
    public func recallPauseAll() { setPausedAll(true) }

    private func ids(in states: [SessionState]) async throws -> [SessionID] {
        var found: [SessionID] = []
        while true {
            let page = try await list(SessionList(states: states, offset: found.count, limit: 500))
            found += page.sessions.map(\.sessionId)
            if page.sessions.isEmpty { return found }
        }
    }
}
