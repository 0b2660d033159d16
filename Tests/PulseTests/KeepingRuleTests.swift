import AgentOSCore
import Testing

@testable import Pulse

@Suite struct KeepingRuleTests {
    static let day: Int64 = 86_400_000

    /// State, days since the end, what became of the result; whether the workspace and the checkpoints go.
    @Test(arguments: [
        (SessionState.complete, 8.0, Session.ResultState.applied, true, false),
        (.complete, 6, .applied, false, false), (.complete, 91, .applied, true, true),
        (.complete, 500, .pending, false, false), (.complete, 8, .none, true, false),
        (.failed, 8, .none, true, false), (.cancelled, 91, .none, true, true),
        (.rolledBack, 91, .discarded, true, true), (.rolledBack, 500, .pending, false, false),
        (.paused, 500, .none, false, false), (.created, 500, .none, false, false),
        (.running, 500, .none, false, false),
    ])
    func whatHasHadItsTime(
        state: SessionState, days: Double, result: Session.ResultState, workspace: Bool, checkpoints: Bool
    ) {
        var keep = KeepConfiguration()
        (keep.sessions, keep.workspaces) = (90 * Self.day, 7 * Self.day)
        let rules = KeepingRules(keep: keep, now: noon)
        let ended = noon.adding(milliseconds: -Int64(days * Double(Self.day)))
        let session = KeptSession(
            id: SessionID("s"), state: state, endedAt: state.isEnded ? ended : nil, result: result,
            workspace: 5)
        #expect(rules.losesWorkspace(session) == workspace)
        #expect(rules.isPast(session) == checkpoints)
        let forEver = KeepingRules(keep: KeepConfiguration(), now: noon)
        #expect(!forEver.losesWorkspace(session) && !forEver.isPast(session))
    }

    @Test(arguments: [
        ("", 0), ("\"\(String(repeating: "a", count: 64))\"", 1), (String(repeating: "0", count: 65), 0),
        (String(repeating: "0", count: 64) + " " + String(repeating: "f", count: 64), 2),
        (String(repeating: "A", count: 64), 0), ("é" + String(repeating: "9", count: 64) + "g", 1),
    ])
    func addressesAreRunsOf64Digits(text: String, count: Int) {
        var found = 0
        addresses(in: text) { _ in found += 1 }
        #expect(found == count)
    }

    /// A conversation that a rollback has left is what its checkpoints still stand for.
    @Test func aCheckpointKeepsItsConversationThroughRollbacks() {
        var session = session(after: path(to: .checkpoint))
        func say(_ text: String) {
            let reply = ModelReply(
                text: text, calls: [], usage: nil, finish: .length,
                model: ModelReference(provider: "p", model: "m"))
            session.apply(
                .modelStarted(callId: session.nextModelCallID, route: "r", reserved: nil), at: noon)
            session.apply(.modelFinished(callId: CallID("s.m"), reply: reply, cost: nil), at: noon)
            session.apply(
                .checkpointTaken(checkpoint(session.checkpoints.count, messages: session.messages.count)),
                at: noon)
        }
        func goBack(to number: Int) {
            let id = CheckpointID(session: SessionID("s"), number: number)
            let rollback = Rollback(
                checkpointId: id, safety: id, files: true, context: true, from: .paused)
            session.apply(.rollbackStarted(rollback), at: noon)
            session.apply(.rolledBack(checkpointId: id, files: 0), at: noon)
        }
        say("one")
        say("two")
        let first = session.messages
        goBack(to: 1)
        say("three")
        say("four")
        let second = session.messages
        goBack(to: 2)
        #expect(session.messages == first)
        goBack(to: 4)
        #expect(session.messages == second)
        #expect(session.conversation(at: session.checkpoints[3]) == Array(second.prefix(4)))
    }
}
