import AgentOSCore
import EngineHost
import TestSupport
import Testing

/// Judges that are asked over HTTP, as real ones are.
@Suite(.serialized) struct JudgeWireTests {
    private static let key = "key-canary-5feceb66ffc8"

    /// An answer of an OpenAI-compatible server.
    private static func said(_ text: String, finish: String = "stop", more: String = "") -> ScriptedAnswer {
        let content = (try? JSONText.string(JSONValue.string(text))) ?? "\"\""
        return .json(
            200, [:],
            #"{"choices":[{"message":{"content":\#(content)\#(more)},"finish_reason":"\#(finish)"}],"#
                + #""usage":{"prompt_tokens":900,"completion_tokens":20}}"#)
    }

    private static let good = said(#"{"score": 0.9, "reason": "as it says"}"#)

    private func host(_ world: World, _ server: ScriptedServer) async throws -> EngineHost {
        try await world.host(replies: [
            #"{"tool_calls":[{"name":"write","arguments":{"path":"a.txt","content":"good\n"}}]}"#,
            #"{"text":"Done."}"#,
        ]) { configuration in
            var provider = ProviderConfiguration(name: "panel", kind: .custom)
            (provider.url, provider.key) = (server.url + "/v1", Self.key)
            configuration.providers.append(provider)
            configuration.routes["judge"] = RouteConfiguration(models: [
                ModelReference(provider: "panel", model: "m")
            ])
        }
    }

    private func config(votes: Int) -> SessionConfig {
        var config = SessionConfig(name: "judged", goal: "Make it good.")
        let rule = JudgeRule(rubric: .text("Is it kind?"), model: "judge", votes: votes, pass: 0.7)
        config.gates = [GateConfig(name: "review", kind: .judge(rule))]
        config.onGateFailure = .pause
        return config
    }

    @Test(
        "three votes are three requests, with the rubric and the changes, without tools, bounded; the key is nowhere"
    )
    func green() async throws {
        let world = try World()
        let server = try ScriptedServer([Self.good])
        let host = try await host(world, server)
        try await world.running(host) { client in
            let id = try await client.begin(config(votes: 3))
            let end = try await client.wait(id, for: .complete, .paused, .failed)
            #expect(end.summary.state == .complete, "\(end.summary.error ?? "")")
            #expect(end.summary.usage.input == 2700 && end.summary.usage.output == 60)
            let audit = try await client.ask(SessionAudit(id: id.rawValue))
            #expect(audit.verified && audit.models.count { $0.route == "judge" } == 3)
            let events = try await client.ask(EventPage(limit: 1000))
            #expect(!events.contains { $0.payload.contains(Self.key) })
        }
        #expect(server.requests.count == 3)
        for request in server.requests {
            #expect(request.headers["authorization"]?.contains(Self.key) == true)
            let body = try JSONText.decode(JSONValue.self, from: request.body)
            #expect(body["tools"] == nil && body["max_tokens"]?.int == 2048, "\(body)")
            #expect(request.text.contains("Is it kind?") && request.text.contains("a.txt"))
        }
        host.close()
    }

    /// What the server does, and what the gate's output says of it.
    private static let bad: [(ScriptedAnswer, String)] = [
        (.json(400, [:], #"{"error":{"message":"no such model"}}"#), "no such model"),
        (.json(401, [:], #"{"error":{"message":"bad key"}}"#), "no score"),
        (said("It is fine, I would say 0.9."), "no score"),
        (said(#"{"score": 0.9, "rea"#, finish: "length"), "no score"),
        (said(#"{"score": 0.9, "reason": "x"}"#, finish: "content_filter"), "no score"),
        (said(#"{"score": null, "reason": "cannot tell"}"#), "cannot tell"),
        (
            said(
                "", finish: "tool_calls",
                more: #","tool_calls":[{"index":0,"id":"c","function":{"name":"shell","arguments":"{}"}}]"#),
            "no score"
        ),
        (.json(200, [:], "nonsense"), "no score"), (.garbage(), "no score"),
    ]

    @Test("whatever is no vote counts against the work, and the session waits", arguments: bad.indices)
    func red(_ index: Int) async throws {
        let (answer, word) = Self.bad[index]
        let world = try World()
        let server = try ScriptedServer([answer])
        let host = try await host(world, server)
        try await world.running(host) { client in
            let id = try await client.begin(config(votes: 1))
            let end = try await client.wait(id, for: .complete, .paused, .failed)
            #expect(end.summary.state == .paused && end.summary.reason == .gate, "\(end.summary)")
            let gate = try #require(end.summary.gates.first)
            let why = try #require(gate.reason)
            #expect(
                gate.passed == false && why.contains("1 of 1 votes give no score") && why.contains(word),
                "\(why)")
        }
        #expect(!server.requests.isEmpty)
        host.close()
    }
}
