import AgentOSCore

/// What the engine must now do for a chain.
enum ChainEffect: Hashable, Sendable {
    /// Write these down: the rules alone decided.
    case record([ChainEvent])
    /// Make and start the session of a place of a step.
    case begin(StepID)
    /// Have a session do something: `session.pause`, `session.resume`, `session.cancel`.
    case order(String, SessionID, StepID)
    /// Roll a session back and note it.
    case rollBack(SessionID?, StepID)
    /// Look again at this moment.
    case wake(Timestamp)
}

/// What the engine must now do for a chain; nothing when it is somebody else's turn.
///
/// A function of the state alone, so normal running and the restart after a crash are the same. A `record` is
/// always alone: after it the rules look again. `ran` is the running time of the sessions that run.
func effects(
    for chain: Chain, now: Timestamp, ran: [SessionID: Int64] = [:], startsNothing: Bool = false
) -> [ChainEffect] {
    switch chain.state {
    case .created, .complete, .failed, .rolledBack, .skipped: return []
    case .cancelled: return chain.runs.filter(\.isLive).flatMap { cancel($0) }
    case .queued: return startsNothing ? [] : [.record([.started])]
    case .running, .paused:
        return ChainRules(chain: chain, now: now, ran: ran, startsNothing: startsNothing).effects
    }
}

private func cancel(_ run: Chain.Run) -> [ChainEffect] {
    run.sessionId.map { [.order("session.cancel", $0, run.id)] } ?? []
}

/// The rules of a chain that runs or stands still.
private struct ChainRules {
    let chain: Chain
    let now: Timestamp
    let ran: [SessionID: Int64]
    let startsNothing: Bool

    var effects: [ChainEffect] {
        let (late, orders) = timeouts
        if !late.isEmpty { return [.record(late)] }
        // A chain that stands still for a reason of its own starts nothing.
        if chain.state == .paused, chain.pause?.step == nil { return orders + wishes }
        if let failure = chain.failure, failure.policy == .rollback { return rollBack(failure.run) + wakes }
        if let pause = budgetPause { return [.record([pause])] }
        let skips = chain.config.steps.flatMap(skipped)
        if !skips.isEmpty { return [.record(skips)] }
        let begins = startsNothing ? [] : chain.config.steps.flatMap(ready)
        if let change = standing(hasWork: !begins.isEmpty) { return [.record([change])] }
        return orders + wishes + begins.map { .begin($0) } + wakes
    }

    // MARK: Sessions that are live

    private var wishes: [ChainEffect] {
        chain.runs.compactMap { run in
            guard run.isLive, let session = run.sessionId else { return nil }
            switch run.wish {
            case .pause: return run.state == .running ? .order("session.pause", session, run.id) : nil
            case .resume: return .order("session.resume", session, run.id)
            case nil: return nil
            }
        }
    }

    private var timeouts: (late: [ChainEvent], orders: [ChainEffect]) {
        let live = chain.runs.filter(\.isLive)
        let late = live.filter { run in left(run).map { $0 <= 0 } ?? false }
        return (late.map { .stepTimedOut($0.id) }, live.filter(\.isTimedOut).flatMap(cancel))
    }

    /// How long a try may still run; nil while it does not run or has no time limit.
    private func left(_ run: Chain.Run) -> Int64? {
        guard run.state == .running, !run.isTimedOut, let ran = run.sessionId.flatMap({ ran[$0] }) else {
            return nil
        }
        return chain.config.step(run.id.step)?.timeout.map { $0 - ran }
    }

    private var wakes: [ChainEffect] {
        let moments = chain.runs.compactMap { run -> Timestamp? in
            if run.state == .queued { return run.retryAt.flatMap { $0 > now ? $0 : nil } }
            return left(run).map { now.adding(milliseconds: $0) }
        }
        return moments.min().map { [.wake($0)] } ?? []
    }

    /// The budget has refused a call: nothing more is started.
    private var budgetPause: ChainEvent? {
        let own = PauseReason.budget("chain").description
        guard chain.state == .running,
            let run = chain.runs.first(where: { $0.state == .paused && $0.reason == own && $0.wish == nil })
        else { return nil }
        let budget = chain.config.budget?.description ?? "0"
        return .paused(
            reason: costReason,
            detail: "the budget of \(budget) USD does not pay for the next call of \(run.id.step)",
            step: nil)
    }

    private func rollBack(_ failed: Chain.Run) -> [ChainEffect] {
        let live = chain.runs.filter(\.isLive)
        if !live.isEmpty { return live.flatMap(cancel) }
        let open = chain.runs.filter { !$0.state.isEnded }
        if !open.isEmpty {
            return [.record(open.map { .stepSkipped($0.id, reason: "\(failed.id.step) failed") })]
        }
        let standing = chain.runs.filter {
            $0.earlier == nil && $0.sessionId != nil && $0.state != .rolledBack
        }
        if !standing.isEmpty { return standing.map { .rollBack($0.sessionId, $0.id) } }
        return [.record([.rolledBack(error: failureText(failed))])]
    }

    // MARK: Steps that wait

    /// What of a step will not be run.
    private func skipped(_ step: ChainStep) -> [ChainEvent] {
        var events: [ChainEvent] = []
        let runs = chain.runs(of: step.name)
        if chain.failure != nil {
            // A try that waits is given up with the chain.
            events += runs.filter { $0.state == .queued }.map {
                .stepFailed($0.id, error: $0.reason ?? "given up", state: .failed, product: nil)
            }
        }
        guard let reason = verdict(step).reason else { return events }
        return events + runs.filter { $0.state == .created }.map { .stepSkipped($0.id, reason: reason) }
    }

    /// What of a step may begin now, within what runs at once.
    private func ready(_ step: ChainStep) -> [StepID] {
        let runs = chain.runs(of: step.name)
        let isOpen = verdict(step) == .run
        let waiting = runs.filter { run in
            run.state == .created ? isOpen : run.state == .queued && isDue(run, step)
        }
        let room = (step.parallel ?? runs.count) - runs.count(where: \.isLive)
        return waiting.prefix(max(0, room)).map(\.id)
    }

    /// Whether a try that waits may begin; where its time is further away than it ever was, the clock was set back.
    private func isDue(_ run: Chain.Run, _ step: ChainStep) -> Bool {
        guard let left = run.retryAt?.since(now) else { return true }
        return left <= 0 || left > step.retry.wait(after: run.attempts)
    }

    private enum Verdict: Hashable {
        case wait, run
        case skip(String)

        var reason: String? { if case .skip(let reason) = self { reason } else { nil } }
    }

    private func verdict(_ step: ChainStep) -> Verdict {
        let before = ChainGraph(chain.config).before(step)
        let results = before.map { chain.result(of: $0) }
        let allEnded = !results.contains(nil)
        let handlesFailure = step.when?.atoms.contains { $0.result == .failed } ?? false
        if let failure = chain.failure, !handlesFailure { return .skip("\(failure.run.id.step) failed") }
        let isDue = allEnded || step.wait == .any && before.contains { hasGreen($0) }
        guard isDue else { return .wait }
        if let when = step.when {
            if when.holds({ chain.result(of: $0) }) { return .run }
            return allEnded ? .skip("not so: \(when)") : .wait
        }
        switch step.wait {
        case .any:
            return before.isEmpty || before.contains { hasGreen($0) }
                ? .run : .skip("nothing before it passed")
        case .all:
            guard let other = zip(before, results).first(where: { name, result in !isGood(name, result) })
            else {
                return .run
            }
            return .skip("\(other.0) \(other.1 == .failed ? "failed" : "was skipped")")
        }
    }

    private func isGood(_ name: String, _ result: StepResult?) -> Bool {
        result == .passed || result == .failed && chain.config.step(name)?.onFailure == .continue
    }

    /// Whether one session's worth of a step is green.
    private func hasGreen(_ name: String) -> Bool {
        chain.runs(of: name).contains { isGood(name, $0.result) }
    }

    // MARK: The chain itself

    /// How the chain comes to stand still, goes on again, or ends.
    private func standing(hasWork: Bool) -> ChainEvent? {
        let moves = chain.runs.contains { run in
            run.state == .running || run.state == .queued || run.state == .paused && run.wish == .resume
        }
        if hasWork || moves { return chain.state == .paused ? .resumed(prefer: nil) : nil }
        if let run = chain.runs.first(where: { $0.state == .paused }) {
            guard chain.state == .running else { return nil }
            return .paused(
                reason: run.reason ?? "",
                detail: "step \(run.id.step) waits, session \(run.sessionId?.rawValue ?? "")",
                step: run.id)
        }
        guard chain.runs.allSatisfy(\.state.isEnded) else { return nil }
        if let failure = chain.failure { return .failed(error: failureText(failure.run)) }
        return .completed
    }

    private func failureText(_ run: Chain.Run) -> String {
        "step \(run.id.step): \(run.reason ?? run.state.rawValue)"
    }
}

/// What a session's state means for the place of the step that it works for; nothing while that is known already.
///
/// `product` is what it left, nil where it has no files; `fault` is why its output cannot be used.
func mirror(
    _ session: Session, onto run: Chain.Run, in chain: Chain, product: StepProduct?, fault: String?,
    now: Timestamp
) -> [ChainEvent] {
    switch session.state {
    case .created: return []
    case .queued, .running, .checkpoint, .gateCheck, .rollback:
        return run.state == .paused ? [.stepResumed(run.id)] : []
    case .paused:
        let reason = session.reason?.description ?? ""
        return run.state == .paused && run.reason == reason ? [] : [.stepPaused(run.id, reason: reason)]
    case .complete:
        if let product, fault == nil { return [.stepPassed(run.id, product)] }
        return failed(run, in: chain, fault ?? "it left no files", .failed, product, now)
    case .failed: return failed(run, in: chain, session.error ?? "no reason given", .failed, product, now)
    case .rolledBack:
        let red = session.beforeRollback?.redGates ?? []
        let reason =
            red.isEmpty ? "it was rolled back" : "gate \(red.joined(separator: ", ")) is red; rolled back"
        return failed(run, in: chain, reason, .rolledBack, product, now)
    case .cancelled:
        guard run.isTimedOut, let timeout = chain.config.step(run.id.step)?.timeout else {
            return [.stepFailed(run.id, error: "cancelled", state: .cancelled, product: product)]
        }
        return failed(
            run, in: chain, "took longer than \(DurationText.short(timeout))", .failed, product, now)
    }
}

/// Another try, or the end of it.
func failed(
    _ run: Chain.Run, in chain: Chain, _ error: String, _ state: ChainState, _ product: StepProduct?,
    _ now: Timestamp
) -> [ChainEvent] {
    let isOver = chain.state == .cancelled || chain.failure != nil
    guard run.attempts < run.lastAttempt, !isOver, let step = chain.config.step(run.id.step) else {
        return [.stepFailed(run.id, error: error, state: state, product: product)]
    }
    let wait = step.retry.wait(after: run.attempts)
    return [.stepRetrying(run.id, error: error, at: now.adding(milliseconds: wait))]
}
