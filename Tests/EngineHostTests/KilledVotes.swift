import AgentOSCore
import EngineHost
import EventLog
import Testing

/// A session whose work two of three votes of a judge hold for good.
extension KilledHome {
    private var judged: SessionConfig {
        var config = SessionConfig(name: "judged", goal: "Make a file.")
        config.model = "step/play"
        config.limits.cost = Money("1.00")
        let rule = JudgeRule(rubric: .text("There is a file."), model: "judge/play", votes: 3, pass: 0.5)
        config.gates = [GateConfig(name: "review", kind: .judge(rule))]
        config.onGateFailure = .fail
        return config
    }

    func playVotes(_ client: EngineClient) async throws {
        let ended = try await client.finish(try await client.once(judged))
        guard ended.state == .complete else {
            throw Fault.failed("judged is \(ended.state): \(ended.error ?? "")")
        }
    }

    /// Each vote counts once, in its order, and none that was written down was asked for again.
    func checkVotes(_ host: EngineHost, _ point: Point) async throws {
        func events(_ type: String) async throws -> [EventRecord] {
            try await host.log.events(tenant: .main, limit: 10_000, filter: EventFilter(type: type))
        }
        let green = try #require(try await events("session.gate.passed").first)
        for line in [
            "vote 1 · judge/play · 0.90", "vote 2 · judge/play · no score", "vote 3 · judge/play · 0.80",
        ] {
            #expect(green.payload.contains(line), "\(point): \(green.payload)")
        }
        let answers = try await events("session.model.finished").filter { $0.payload.contains("judge") }
        #expect(answers.count == 3, "\(point)")
        let lost = try await events("session.model.lost").count
        #expect(lost <= 1, "\(point)")
        let id = try #require(SessionEvent.session(ofStream: green.stream))
        let audit = try await host.client(as: .engine).ask(SessionAudit(id: id.rawValue))
        let votes = audit.models.filter { $0.judge != nil && $0.outcome == .answered }
        #expect(votes.map(\.score) == [0.9, nil, 0.8] && votes.map(\.judge?.vote) == [1, 2, 3], "\(point)")
    }
}
