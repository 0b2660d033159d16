import AgentOSCore
import TestSupport
import Testing

@testable import Pulse

/// The rules and the fold beside a model of the state machine that was written apart from them.
@Suite struct StateModelTests {
    private static let sequences = 10_000
    private static let workers = 4

    /// Ten thousand sequences of orders, happenings and cuts: at every step both come to the same.
    @Test(.timeLimit(.minutes(15))) func randomSequencesGoAsTheModelGoes() async throws {
        let reached = await withTaskGroup(of: Set<String>.self) { group in
            for worker in 0..<Self.workers {
                group.addTask {
                    var states: Set<String> = []
                    for seed in stride(from: worker, to: Self.sequences, by: Self.workers) {
                        var course = Course(seed: UInt64(seed))
                        guard course.run(steps: 32) else { break }
                        states.formUnion(course.states)
                    }
                    return states
                }
            }
            return await group.reduce(into: Set<String>()) { $0.formUnion($1) }
        }
        // A model that never got anywhere would agree with everything.
        #expect(reached.union(["CREATED"]) == Set(SessionState.allCases.map(\.rawValue)))
    }
}

/// One sequence: the engine's session and the model, side by side.
private struct Course {
    private(set) var states: Set<String> = []
    private let seed: UInt64
    private var random: SeededGenerator
    private var session: Session
    private var model = SessionModel()
    private var trail: [String] = []

    init(seed: UInt64) {
        self.seed = seed
        random = SeededGenerator(seed: seed &+ 1)
        for _ in 0..<4 { _ = random.next() }
        var config = SessionConfig(name: "n", goal: "g")
        config.breaker = false
        model.gateTries = Int.random(in: 0...2, using: &random)
        model.policy = SessionModel.Policy.allCases[Int.random(in: 0..<3, using: &random)]
        model.turnLimit = Bool.random(using: &random) ? Int.random(in: 1...4, using: &random) : nil
        if model.gateTries > 0 {
            config.gates = [GateConfig(name: "tests", kind: .run(command: "true", timeout: 1))]
            config.gateAttempts = model.gateTries
        }
        config.limits.turns = model.turnLimit
        switch model.policy {
        case .rollBack: config.onGateFailure = .rollback
        case .fail: config.onGateFailure = .fail
        case .pause: config.onGateFailure = .pause
        }
        session = PulseTests.session(after: [], config: config)
    }

    /// Does so many steps; false at the first where the two are not the same.
    mutating func run(steps: Int) -> Bool {
        for step in 0..<steps {
            let isOrdered = step == 0 || Int.random(in: 0..<5, using: &random) == 0
            guard isOrdered ? order(step) : work(step) else { return false }
            states.insert(model.state)
            let isSame =
                session.state.rawValue == model.state && session.turns == model.turns
                && session.checkpoints.count == model.checkpoints
            if !isSame { return fail("the engine is \(session.state.rawValue), the model \(model.state)") }
        }
        return true
    }

    private func fail(_ text: String) -> Bool {
        Issue.record("seed \(seed) after \(trail.joined(separator: ", ")): \(text)")
        return false
    }

    private mutating func apply(_ events: [SessionEvent]) {
        for event in events { session.apply(event, at: noon) }
    }

    // MARK: People

    private mutating func order(_ step: Int) -> Bool {
        // Endings come late, or there is nothing left to look at.
        let all = SessionModel.Order.allCases.filter { $0 != .cancel || step > 20 }
        let order = step == 0 ? .start : all[Int.random(in: 0..<all.count, using: &random)]
        trail.append(order.rawValue)
        let command: SessionCommand =
            switch order {
            case .start: .start()
            case .pause: .pause
            case .resume: .resume
            case .cancel: .cancel
            case .say: .say("word")
            case .set: .setLimits(raised)
            }
        let expected = model.take(order)
        do throws(Fault) {
            let events = try decide(command, in: session)
            apply(events)
            let answer: SessionModel.Answer = events.isEmpty ? .nothing : .done
            return answer == expected || fail("\(order) came to \(answer), not \(expected)")
        } catch {
            guard expected == .refused, error.code == .refused else {
                return fail("\(order) was refused, not \(expected): \(error)")
            }
            return true
        }
    }

    private var raised: SessionLimits {
        var limits = session.config.limits
        limits.turns = (limits.turns ?? 50) + 5
        return limits
    }

    // MARK: The engine

    private mutating func work(_ step: Int) -> Bool {
        if session.state == .queued {
            trail.append("started")
            apply([.started(layer: "l")])
            model.started()
            return true
        }
        let effect = nextStep(for: session, now: noon, effectOf: { _ in .confined })
        let (found, wanted) = (duty(effect), model.duty)
        trail.append("\(found)")
        guard found == wanted else { return fail("the engine does \(found), the model \(wanted)") }
        if let effect { carryOut(effect, step) }
        return true
    }

    private func duty(_ effect: SessionEffect?) -> SessionModel.Duty {
        switch effect {
        case nil: .nothing
        case .makeWorkspace: .makeWorkspace
        case .setUp: .nothing
        case .checkpoint: .checkpoint
        case .callModel: .callModel
        case .runTool: .runTool
        case .runGate, .callJudge: .runGate
        case .finish: .finish
        case .restore: .restore
        case .recover: .takeUp
        case .record(let events): events.first.map(duty) ?? .nothing
        }
    }

    /// What the rules alone decide, by the first event that they write.
    private func duty(_ event: SessionEvent) -> SessionModel.Duty {
        if case .paused = event { return .pause }
        if case .delivered = event { return .deliver }
        if case .toolFinished(_, .cancelled, _) = event { return .leaveOut }
        if case .gateReturned = event { return .returnGates }
        if case .failed = event { return .fail }
        if case .rollbackStarted = event { return .rollBack }
        return .nothing
    }

    private mutating func carryOut(_ effect: SessionEffect, _ step: Int) {
        switch effect {
        case .setUp, .callJudge: break
        case .record(let events): record(events)
        case .makeWorkspace:
            apply([.workspaceMade(WorkspaceBase(spec: .empty, source: nil, git: nil, tree: someTree))])
            model.workspaceMade()
        case .checkpoint:
            var taken = checkpoint(session.checkpoints.count, messages: session.messages.count)
            taken.tree = TreeID(String(session.checkpoints.count))
            apply([.checkpointTaken(taken)])
            model.checkpointTaken()
        case .callModel:
            apply([.modelStarted(callId: session.nextModelCallID, route: "r", reserved: nil)])
            model.began(.model)
            if isNotCut { answer(step) }
        case .runTool(let call, let effect):
            let intent = ToolIntent(
                callId: session.nextToolCallID, call: call, effect: effect, checkpointId: nil, layer: nil)
            apply([.toolStarted(intent)])
            model.began(.tool)
            if isNotCut { endTool(intent.callId) }
        case .runGate(let gate):
            let tree = session.checkpoints.last?.tree ?? someTree
            apply([.gateStarted(gate: gate.name, tree: tree, attempt: session.gateAttempt)])
            model.began(.gate)
            if isNotCut { endGate(gate) }
        case .finish:
            let outcome = SessionOutcome(text: "", tree: someTree, files: 0, added: 0, removed: 0)
            apply([.completed(outcome)])
            model.end("COMPLETE")
        case .restore(let rollback):
            apply([.rolledBack(checkpointId: rollback.checkpointId, files: 0)])
            model.rolledBack()
        case .recover(let inflight): takeUp(inflight)
        }
    }

    /// Now and then the plug is pulled between a call's intent and its result.
    private var isNotCut: Bool { mutating get { Int.random(in: 0..<6, using: &random) > 0 } }

    private mutating func record(_ events: [SessionEvent]) {
        switch duty(.record(events)) {
        case .pause: model.paused()
        case .deliver: model.delivered()
        case .leaveOut: model.leftOut()
        case .returnGates: model.returned()
        case .fail: model.end("FAILED")
        case .rollBack: model.rollsBack()
        case .nothing, .makeWorkspace, .checkpoint, .callModel, .runTool, .runGate, .takeUp, .restore,
            .finish:
            break
        }
        apply(events)
    }

    private mutating func answer(_ step: Int) {
        let count = Int.random(in: 0...2, using: &random)
        let calls = (0..<count).map { ToolCall(id: "\(step).\($0)", name: "write", arguments: [:]) }
        let reply = ModelReply(
            text: "", calls: calls, usage: nil, finish: count == 0 ? .stop : .tools,
            model: ModelReference(provider: "p", model: "m"))
        apply([.modelFinished(callId: CallID("s.m\(session.modelCalls)"), reply: reply, cost: .zero)])
        model.answered(wanting: count)
    }

    private mutating func endTool(_ id: CallID) {
        apply([.toolFinished(callId: id, outcome: .done, result: ToolResult(text: "\(session.calls)"))])
        model.toolEnded()
    }

    private mutating func endGate(_ gate: GateConfig) {
        let passed = Bool.random(using: &random)
        let outcome = GateOutcome(
            gate: gate.name, passed: passed, required: true, tree: session.checkpoints.last?.tree ?? someTree,
            gateHash: gateHash(gate), reason: nil, output: "", attempt: session.gateAttempt, milliseconds: 0)
        apply([passed ? .gatePassed(outcome) : .gateFailed(outcome)])
        model.gateEnded(passed)
    }

    private mutating func takeUp(_ inflight: Session.Inflight) {
        switch inflight {
        case .model(let id):
            apply([.modelLost(callId: id, cost: nil)])
            model.undone()
        case .tool(let intent):
            if Bool.random(using: &random) {
                apply([.toolUndone(callId: intent.callId, checkpointId: nil)])
                model.undone()
            } else {
                endTool(intent.callId)
            }
        case .gate: session.config.gates.first.map { endGate($0) }
        case .setup: break
        }
    }
}
