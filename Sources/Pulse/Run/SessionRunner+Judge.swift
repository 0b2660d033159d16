import AgentOSCore
import Ledger

/// The votes of judges: model calls like any other, asked one after the other and each written down.
extension SessionRunner {
    /// Writes the intent of a gate's next vote; false when the rules must look again instead.
    func intendVote(_ gate: GateConfig, _ tree: TreeID, byHand: Bool, _ batch: inout Batch) async throws
        -> Bool
    {
        guard let rule = gate.judge else { return false }
        let session = batch.session
        let seat = gate.seat(on: tree, in: session, byHand: byHand)
        do {
            let request = try await calls.ballot(gate, rule, tree, session)
            let plan = try await calls.planVote(request, rule, session)
            if seat.vote == 1, !byHand {
                batch.add([.gateStarted(gate: gate.name, tree: tree, attempt: session.gateAttempt)])
            }
            batch.add([
                .modelStarted(
                    callId: session.nextModelCallID, route: rule.model, reserved: plan.reserved, judge: seat)
            ])
            batch.appends += plan.appends
            ballot = request
            return true
        } catch let refusal as JudgeRefusal {
            batch.add([.gateFailed(outcome(of: refusal, gate, tree, in: session, byHand: byHand))])
            return false
        } catch let pause as PauseRequired where !byHand {
            batch.add((pause.refusal.map { [.callRefused($0)] } ?? []) + [.paused(reason: pause.reason)])
            return false
        } catch let fault as Fault where !byHand {
            batch.add([
                .gateFailed(outcome(of: JudgeRefusal(reason: fault.message), gate, tree, in: session))
            ])
            return false
        }
    }

    /// Takes one vote; a failure is a vote that came to nothing, as the fold counts it.
    func callJudge(_ session: Session) async throws -> Results {
        guard case .model(let callId) = session.inflight, let taken = session.seat, let request = ballot
        else { return Results() }
        live.begin(session.id, callId, source: "judge of \(taken.seat.gate)")
        defer { live.end(session.id) }
        do {
            let reply = try await inTime(session) { [calls] in
                try await calls.model(request, session) { _ in }
            }
            let end = reply.usage.map { CallEnd.used(reply.model, $0) } ?? .lost
            let settled = try await calls.settle(callId, session, end)
            return Results(
                [.modelFinished(callId: callId, reply: reply, cost: settled.cost)], appends: settled.appends)
        } catch let failure as ModelFailure {
            if failure.kind == .cancelled || Task.isCancelled { return try await lost(callId, session) }
            let settled = try await calls.settle(callId, session, end(of: failure))
            return Results(
                [.modelFailed(callId: callId, failure: failure, cost: settled.cost)],
                appends: settled.appends)
        } catch is TimeIsUp {
            let lost = try await lost(callId, session)
            return Results(lost.events + [.paused(reason: .limit("time"))], appends: lost.appends)
        }
    }
}
