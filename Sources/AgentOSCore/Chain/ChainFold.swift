extension Chain {
    /// Applies one event; one of a newer program (nil) only counts.
    ///
    /// The only way a chain changes.
    public mutating func apply(_ event: ChainEvent?, at: Timestamp) {
        version += 1
        touchedAt = at
        switch event {
        case .created, nil: break
        case .queued: state = .queued
        case .started: (state, startedAt) = (.running, startedAt ?? at)
        case .stepStarted(let start): change(start.id) { $0.start(start) }
        case .stepPaused(let id, let reason): change(id) { $0.pause(reason) }
        case .stepResumed(let id): change(id) { $0.resume() }
        case .stepPassed(let id, let product): change(id) { $0.end(.complete, nil, product) }
        case .stepTimedOut(let id): change(id) { $0.isTimedOut = true }
        case .stepRetrying(let id, let error, let moment):
            change(id) { run in
                run.end(.queued, error, nil)
                run.retryAt = moment
            }
        case .stepFailed(let id, let error, let state, let product):
            change(id) { $0.end(state, error, product) }
        case .stepSkipped(let id, let reason): change(id) { $0.end(.skipped, reason, nil) }
        case .stepUnchanged(let id, let earlier): change(id) { $0.adopt(earlier) }
        case .stepRolledBack(let id): change(id) { $0.end(.rolledBack, $0.reason, nil) }
        case .paused(let reason, let detail, let step):
            pause(Pause(reason: reason, detail: detail, step: step))
        case .resumed(let prefer): resume(prefer)
        case .restarted: restart()
        case .budgetSet(let budget): set(budget)
        case .completed: end(.complete, nil, at: at)
        case .failed(let error): end(.failed, error, at: at)
        case .rolledBack(let error): end(.rolledBack, error, at: at)
        case .cancelled: cancel(at: at)
        case .discarded: isDiscarded = true
        }
    }

    private mutating func change(_ id: StepID, _ body: (inout Run) -> Void) {
        guard let index = runs.firstIndex(where: { $0.id == id }) else { return }
        body(&runs[index])
    }

    private mutating func pause(_ pause: Pause) {
        (state, self.pause) = (.paused, pause)
        guard pause.isOperators else { return }
        for index in runs.indices where runs[index].state == .running { runs[index].wish = .pause }
    }

    private mutating func resume(_ prefer: String?) {
        let wasOperators = pause?.isOperators ?? false
        (state, pause) = (.running, nil)
        if let prefer { self.prefer = prefer }
        for index in runs.indices {
            if runs[index].wish == .pause { runs[index].wish = .resume }
            if wasOperators, runs[index].state == .paused,
                runs[index].reason == PauseReason.operatorAsked.description
            {
                runs[index].wish = .resume
            }
        }
    }

    /// What failed, and what was not run because of it, waits again; what was rolled back as a whole does so too.
    private mutating func restart() {
        let isWhole = state == .rolledBack
        (state, error, endedAt, pause, isDiscarded) = (.running, nil, nil, nil, false)
        for index in runs.indices {
            let run = runs[index]
            let isGreen = run.result == .passed
            guard isWhole ? run.state != .created : !isGreen && run.state.isEnded else { continue }
            let tries = config.step(run.id.step)?.retry.times ?? 0
            runs[index].reset(lastAttempt: run.attempts + tries + 1)
        }
    }

    private mutating func set(_ budget: Money?) {
        config.budget = budget
        let own = PauseReason.budget("chain").description
        for index in runs.indices where runs[index].state == .paused && runs[index].reason == own {
            runs[index].wish = .resume
        }
    }

    private mutating func end(_ state: ChainState, _ error: String?, at: Timestamp) {
        (self.state, self.error, pause, endedAt) = (state, error, nil, at)
    }

    private mutating func cancel(at: Timestamp) {
        end(.cancelled, nil, at: at)
        for index in runs.indices where !runs[index].state.isEnded && !runs[index].isLive {
            runs[index].end(.cancelled, nil, nil)
        }
    }
}

extension Chain.Run {
    fileprivate mutating func start(_ start: StepStart) {
        (state, reason, sessionId, attempts) = (.running, nil, start.sessionId, start.attempt)
        sessions.append(start.sessionId)
        (retryAt, isTimedOut, wish, product, earlier) = (nil, false, nil, nil, nil)
        input = start.input
    }

    fileprivate mutating func pause(_ reason: String) {
        (state, self.reason) = (.paused, reason)
        if wish == .pause { wish = nil }
    }

    fileprivate mutating func resume() { (state, reason, wish) = (.running, nil, nil) }

    fileprivate mutating func end(_ state: ChainState, _ reason: String?, _ product: StepProduct?) {
        (self.state, self.reason, self.product) = (state, reason, product)
        wish = nil
    }

    fileprivate mutating func adopt(_ earlier: EarlierRun) {
        end(.skipped, "unchanged since \(earlier.chainId)", earlier.product)
        (sessionId, self.earlier) = (earlier.sessionId, earlier.chainId)
    }

    fileprivate mutating func reset(lastAttempt: Int) {
        end(.created, nil, nil)
        (sessionId, self.lastAttempt, retryAt, isTimedOut, earlier) = (nil, lastAttempt, nil, false, nil)
    }
}
