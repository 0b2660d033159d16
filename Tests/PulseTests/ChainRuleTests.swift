import AgentOSCore
import Testing

@testable import Pulse

private func step(_ name: String, needs: [String] = [], _ change: (inout ChainStep) -> Void = { _ in })
    -> ChainStep
{
    var step = ChainStep(name: name, session: SessionConfig(name: name, goal: "do \(name)"))
    step.needs = needs
    change(&step)
    return step
}

private let product = StepProduct(
    tree: someTree, start: someTree, base: WorkspaceBase(spec: .empty, source: nil, git: nil, tree: someTree))

/// A chain that runs, after these events.
private func chain(_ steps: [ChainStep], _ events: [ChainEvent] = []) -> Chain {
    var chain = Chain(
        id: ChainID("c"), created: .created(config: ChainConfig(name: "c", budget: Money("1"), steps: steps)),
        at: noon)
    for event in [.queued, .started] + events { chain?.apply(event, at: noon) }
    guard let chain else { preconditionFailure("`created` makes a chain") }
    return chain
}

private func started(_ name: String, _ index: Int = 0, attempt: Int = 1) -> ChainEvent {
    .stepStarted(
        StepStart(
            step: name, index: index, each: nil, attempt: attempt, sessionId: SessionID("s-\(name)-\(index)"),
            input: nil))
}

private func passed(_ name: String, _ index: Int = 0) -> [ChainEvent] {
    [started(name, index), .stepPassed(StepID(name, index), product)]
}

private func failed(_ name: String, _ index: Int = 0) -> [ChainEvent] {
    [started(name, index), .stepFailed(StepID(name, index), error: "no", state: .failed, product: nil)]
}

private func next(_ chain: Chain, _ at: Timestamp = noon, ran: [SessionID: Int64] = [:]) -> [ChainEffect] {
    effects(for: chain, now: at, ran: ran)
}

@Suite("Rules of chains")
struct ChainRuleTests {
    @Test("Steps begin once what they need is green, and the chain ends with the last")
    func order() {
        let steps = [step("a"), step("b", needs: ["a"])]
        #expect(next(chain(steps)) == [.begin(StepID("a"))])
        #expect(next(chain(steps, [started("a")])) == [])
        #expect(next(chain(steps, passed("a"))) == [.begin(StepID("b"))])
        #expect(next(chain(steps, passed("a") + passed("b"))) == [.record([.completed])])
    }

    @Test("No more sessions of a step run at once than it says")
    func parallel() {
        let steps = [
            step("t") {
                $0.each = [EachAxis("x", ["1", "2", "3"])]
                $0.parallel = 2
            }
        ]
        #expect(next(chain(steps)) == [.begin(StepID("t", 0)), .begin(StepID("t", 1))])
        #expect(next(chain(steps, [started("t", 0), started("t", 1)])) == [])
        #expect(next(chain(steps, passed("t", 0) + [started("t", 1)])) == [.begin(StepID("t", 2))])
    }

    @Test("A failure skips what follows and fails the chain; `continue` goes on; `rollback` puts back")
    func failure() {
        func steps(_ policy: StepFailurePolicy) -> [ChainStep] {
            [step("a"), step("b") { $0.onFailure = policy }, step("c", needs: ["b"])]
        }
        let skipped = chain(steps(.fail), passed("a") + failed("b"))
        #expect(next(skipped) == [.record([.stepSkipped(StepID("c"), reason: "b failed")])])
        let over = chain(steps(.fail), passed("a") + failed("b") + [.stepSkipped(StepID("c"), reason: "")])
        #expect(next(over) == [.record([.failed(error: "step b: no")])])
        #expect(next(chain(steps(.continue), passed("a") + failed("b"))) == [.begin(StepID("c"))])
        let back = chain(
            steps(.rollback), passed("a") + failed("b") + [.stepSkipped(StepID("c"), reason: "")])
        #expect(
            next(back) == [
                .rollBack(SessionID("s-a-0"), StepID("a")), .rollBack(SessionID("s-b-0"), StepID("b")),
            ])
        let gone = [StepID("a"), StepID("b")].map { ChainEvent.stepRolledBack($0) }
        let whole = chain(
            steps(.rollback),
            passed("a") + failed("b") + [.stepSkipped(StepID("c"), reason: "")] + gone)
        #expect(next(whole) == [.record([.rolledBack(error: "step b: no")])])
        let live = chain(steps(.rollback), [started("a")] + failed("b"))
        #expect(next(live) == [.order("session.cancel", SessionID("s-a-0"), StepID("a"))])
    }

    @Test("A step that waits for a failure runs although the chain is failing")
    func handler() {
        let steps = [
            step("a"),
            step("mend", needs: ["a"]) { $0.when = .result("a", .failed) },
            step("go", needs: ["a"]),
        ]
        let first = chain(steps, failed("a"))
        #expect(next(first) == [.record([.stepSkipped(StepID("go"), reason: "a failed")])])
        #expect(
            next(chain(steps, failed("a") + [.stepSkipped(StepID("go"), reason: "")])) == [
                .begin(StepID("mend"))
            ])
        #expect(
            next(chain(steps, passed("a")))
                == [.record([.stepSkipped(StepID("mend"), reason: "not so: a.failed")])])
    }

    @Test("`wait: any` begins with the first green one")
    func any() {
        let steps = [step("a"), step("b"), step("c", needs: ["a", "b"]) { $0.wait = .any }]
        #expect(next(chain(steps, passed("a") + [started("b")])) == [.begin(StepID("c"))])
        #expect(next(chain(steps, [started("a"), started("b")])) == [])
    }

    @Test("A retry waits for its moment")
    func retry() {
        let later = noon.adding(milliseconds: 5000)
        let steps = [step("a") { $0.retry = StepRetry(times: 2, backoff: 5000) }]
        let waits = chain(steps, [started("a"), .stepRetrying(StepID("a"), error: "no", at: later)])
        #expect(next(waits) == [.wake(later)])
        #expect(next(waits, later) == [.begin(StepID("a"))])
        #expect((1...3).map { StepRetry(times: 3, backoff: 5000).wait(after: $0) } == [5000, 10_000, 20_000])
    }

    @Test("A try that has run too long is cancelled; what does not run has all its time")
    func timeout() {
        let steps = [step("a") { $0.timeout = 1000 }]
        let running = chain(steps, [started("a")])
        let id = SessionID("s-a-0")
        let later = noon.adding(milliseconds: 3_600_000)
        #expect(next(running, later).isEmpty, "it waits in the queue, or for a host")
        #expect(next(running, later, ran: [id: 400]) == [.wake(later.adding(milliseconds: 600))])
        #expect(next(running, ran: [id: 1000]) == [.record([.stepTimedOut(StepID("a"))])])
        let paused = chain(steps, [started("a"), .stepPaused(StepID("a"), reason: "approval")])
        #expect(!next(paused, ran: [id: 5000]).contains(.record([.stepTimedOut(StepID("a"))])))
        let late = chain(steps, [started("a"), .stepTimedOut(StepID("a"))])
        #expect(next(late) == [.order("session.cancel", SessionID("s-a-0"), StepID("a"))])
    }

    @Test("A session that waits holds the chain only when nothing else moves")
    func waits() {
        let steps = [step("a"), step("b")]
        let paused: ChainEvent = .stepPaused(StepID("a"), reason: "approval")
        #expect(next(chain(steps, [started("a"), started("b"), paused])) == [])
        let alone = chain(steps, [started("a"), paused] + passed("b"))
        guard case .record(let events)? = next(alone).first,
            case .paused("approval", _, StepID("a"))? = events.first
        else {
            Issue.record("the chain does not wait")
            return
        }
        var waiting = alone
        for event in events { waiting.apply(event, at: noon) }
        #expect(next(waiting) == [])
        waiting.apply(.stepResumed(StepID("a")), at: noon)
        #expect(next(waiting) == [.record([.resumed(prefer: nil)])])
    }

    @Test("A refused call of the budget pauses the chain, and a new budget lets it go on")
    func budget() throws {
        let paused: ChainEvent = .stepPaused(StepID("a"), reason: "budget.chain")
        var held = chain([step("a"), step("b")], [started("a"), paused])
        guard case .record(let events)? = next(held).first, case .paused("limit.cost", _, nil)? = events.first
        else {
            Issue.record("the chain goes on")
            return
        }
        for event in events { held.apply(event, at: noon) }
        #expect(next(held) == [])
        #expect(throws: Fault.self) { try decide(.resume(prefer: nil), in: held) }
        for event in try decide(.setBudget(Money("5")), in: held) { held.apply(event, at: noon) }
        #expect(
            next(held) == [.order("session.resume", SessionID("s-a-0"), StepID("a")), .begin(StepID("b"))])
    }

    @Test("Pausing reaches every session, and going on too")
    func pause() throws {
        var paused = chain([step("a"), step("b")], [started("a")])
        for event in try decide(.pause, in: paused) { paused.apply(event, at: noon) }
        #expect(next(paused) == [.order("session.pause", SessionID("s-a-0"), StepID("a"))])
        paused.apply(.stepPaused(StepID("a"), reason: "operator"), at: noon)
        #expect(next(paused) == [])
        for event in try decide(.resume(prefer: nil), in: paused) { paused.apply(event, at: noon) }
        #expect(
            next(paused) == [.order("session.resume", SessionID("s-a-0"), StepID("a")), .begin(StepID("b"))])
    }

    @Test("Cancelling ends every session")
    func cancel() throws {
        var ended = chain([step("a"), step("b", needs: ["a"])], [started("a")])
        for event in try decide(.cancel, in: ended) { ended.apply(event, at: noon) }
        #expect(ended.state == .cancelled && ended.isLive)
        #expect(next(ended) == [.order("session.cancel", SessionID("s-a-0"), StepID("a"))])
    }

    @Test("Every command is answered in every state: done, nothing to do, or refused with the reason")
    func table() {
        let commands: [(String, ChainCommand)] = [
            ("start", .start), ("pause", .pause), ("resume", .resume(prefer: nil)), ("cancel", .cancel),
            ("discard", .discard),
        ]
        let allowed: [ChainState: Set<String>] = [
            .created: ["start", "cancel"], .queued: ["start", "pause", "resume", "cancel"],
            .running: ["start", "pause", "resume", "cancel"], .paused: ["pause", "resume", "cancel"],
            .complete: ["discard"], .failed: ["resume", "discard"], .rolledBack: ["resume", "discard"],
            .cancelled: ["cancel", "discard"],
        ]
        let paths: [ChainState: [ChainEvent]] = [
            .created: [], .queued: [.queued], .running: [.queued, .started],
            .paused: [.queued, .started, .paused(reason: "operator", detail: "", step: nil)],
            .complete: [.queued, .started, .completed], .failed: [.queued, .started, .failed(error: "")],
            .rolledBack: [.queued, .started, .rolledBack(error: "")], .cancelled: [.cancelled],
        ]
        for (state, events) in paths {
            var chain = Chain(
                id: ChainID("c"), created: .created(config: ChainConfig(name: "c", steps: [step("a")])),
                at: noon)
            for event in events { chain?.apply(event, at: noon) }
            guard let chain else { continue }
            #expect(chain.state == state)
            for (name, command) in commands {
                do throws(Fault) {
                    _ = try decide(command, in: chain)
                    #expect(allowed[state]?.contains(name) == true, "\(name) in \(state.rawValue)")
                } catch {
                    #expect(error.code == .refused && error.message.contains(state.rawValue))
                    #expect(allowed[state]?.contains(name) == false, "\(name) in \(state.rawValue)")
                }
            }
        }
    }
}
