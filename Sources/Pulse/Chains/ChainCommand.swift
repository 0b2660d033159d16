import AgentOSCore

/// What can be wanted of a chain, checked and resolved.
enum ChainCommand: Hashable, Sendable {
    /// To be queued.
    case start
    /// To stand still, and its sessions at their next safe point.
    case pause
    /// To go on, from what failed where it has ended; `prefer` is the step that wins where files conflict.
    case resume(prefer: String?)
    /// To end, and every session of it.
    case cancel
    /// To cost at most this from now on.
    case setBudget(Money?)
    /// To be let be, whatever it came to.
    case discard
}

/// Decides what a command does to a chain; refuses what the state forbids, with the reason.
///
/// An empty list means that the goal already holds.
func decide(_ command: ChainCommand, in chain: Chain) throws(Fault) -> [ChainEvent] {
    switch command {
    case .start: try decideStart(chain)
    case .pause: try decidePause(chain)
    case .resume(let prefer): try decideResume(chain, prefer)
    case .cancel: try decideCancel(chain)
    case .setBudget(let budget): try decideBudget(budget, chain)
    case .discard: try decideDiscard(chain)
    }
}

private func cannot(_ verb: String, _ chain: Chain, hint: String? = nil) -> Fault {
    Fault.refused("cannot \(verb) \(chain.id): the chain is \(chain.state.rawValue)", hint: hint)
}

private func decideStart(_ chain: Chain) throws(Fault) -> [ChainEvent] {
    switch chain.state {
    case .created: return [.queued]
    case .queued, .running: return []
    case .paused, .failed, .rolledBack:
        throw cannot("start", chain, hint: "let it go on: agentos chain resume \(chain.id)")
    case .complete, .cancelled, .skipped:
        throw cannot("start", chain, hint: "make a new one; what has not changed is not run again")
    }
}

private func decidePause(_ chain: Chain) throws(Fault) -> [ChainEvent] {
    switch chain.state {
    case .queued, .running: return [.paused(reason: operatorsPause, detail: "", step: nil)]
    // What waits for a session would go on by itself.
    case .paused:
        return chain.pause?.step == nil ? [] : [.paused(reason: operatorsPause, detail: "", step: nil)]
    case .created, .complete, .failed, .rolledBack, .cancelled, .skipped: throw cannot("pause", chain)
    }
}

private let operatorsPause = PauseReason.operatorAsked.description

private func decideResume(_ chain: Chain, _ prefer: String?) throws(Fault) -> [ChainEvent] {
    if let prefer, chain.config.step(prefer) == nil {
        throw Fault.usage(
            "\(chain.id) has no step '\(SafeText(prefer))'",
            hint: "its steps are \(chain.config.steps.map(\.name).joined(separator: ", "))")
    }
    switch chain.state {
    case .queued, .running: return []
    case .failed, .rolledBack: return [.restarted]
    case .created: throw cannot("resume", chain, hint: "start it: agentos chain start \(chain.id)")
    case .complete, .cancelled, .skipped:
        throw cannot("resume", chain, hint: "make a new one; what has not changed is not run again")
    case .paused: break
    }
    switch chain.pause?.reason {
    case conflictReason where prefer == nil:
        throw Fault.refused(
            "cannot resume \(chain.id): \(chain.pause?.detail ?? "files conflict")",
            hint: "say whose files win: agentos chain resume \(chain.id) --prefer STEP")
    case costReason:
        throw Fault.refused(
            "cannot resume \(chain.id): its budget of \(chain.config.budget?.description ?? "0") USD is used up",
            hint: "raise it: agentos chain set \(chain.id) budget=VALUE")
    default: return [.resumed(prefer: prefer)]
    }
}

private func decideCancel(_ chain: Chain) throws(Fault) -> [ChainEvent] {
    switch chain.state {
    case .created, .queued, .running, .paused: return [.cancelled]
    case .cancelled: return []
    case .complete, .failed, .rolledBack, .skipped: throw cannot("cancel", chain)
    }
}

private func decideDiscard(_ chain: Chain) throws(Fault) -> [ChainEvent] {
    switch chain.state {
    case .complete, .failed, .rolledBack, .cancelled, .skipped: return chain.isDiscarded ? [] : [.discarded]
    case .created, .queued, .running, .paused:
        throw cannot("discard", chain, hint: "end it first: agentos chain cancel \(chain.id)")
    }
}

private func decideBudget(_ budget: Money?, _ chain: Chain) throws(Fault) -> [ChainEvent] {
    switch chain.state {
    case .complete, .cancelled, .skipped: throw cannot("change the budget of", chain)
    case .created, .queued, .running, .paused, .failed, .rolledBack: break
    }
    guard budget != chain.config.budget else { return [] }
    let waits = chain.state == .paused && chain.pause?.reason == costReason
    return waits ? [.budgetSet(budget), .resumed(prefer: nil)] : [.budgetSet(budget)]
}

/// Why a chain stands still whose budget is used up.
let costReason = PauseReason.limit("cost").description
/// Why a chain stands still whose steps changed the same lines.
let conflictReason = "conflict"
