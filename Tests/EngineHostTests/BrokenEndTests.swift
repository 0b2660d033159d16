import AgentOSCore
import EngineHost
import TestSupport
import Testing

@Suite(.serialized) struct BrokenEndTests {
    @Test(arguments: [
        (
            #"{"text":"I sh","finish":"length","usage":{"input":10,"output":5}}"#,
            "the answer was cut at 5 output tokens; raise limits.output_tokens or use another model"
        ),
        (#"{"finish":"filtered"}"#, "the model's answer was filtered by its vendor"),
    ])
    func aCutOrFilteredAnswerFailsTheSession(_ line: String, _ error: String) async throws {
        let world = try World()
        let host = try await world.host(replies: [line])
        try await world.running(host) { client in
            let id = try await client.begin(SessionConfig(name: "cut", goal: "Say it."))
            let detail = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(detail.summary.state == .failed)
            #expect(detail.summary.error == error)
            #expect(detail.summary.turns == 1)
        }
        host.close()
    }
}
