import AgentOSCore
import EngineHost
import EventLog
import FoundationEssentials
import Synchronization
import TestSupport
import Testing

/// Sessions whose conversation grows beyond the model's window.
@Suite(.serialized) struct ContextRunTests {
    /// A model with a window that nobody told: it refuses what is longer, and answers the rest.
    private final class SmallModel: Sendable {
        struct Asked: Sendable {
            var summaries = 0
            var refused = 0
            var bodies: [JSONValue] = []
        }
        let asked = Mutex(Asked())
        let window: Int
        let summary: String
        /// The turns that call a tool before the last word.
        let turns: Int
        /// The turn whose answer the window cuts.
        let cut: Int?

        init(window: Int, summary: String = "Numbers were printed.", turns: Int = 9, cut: Int? = nil) {
            (self.window, self.summary, self.turns, self.cut) = (window, summary, turns, cut)
        }

        /// Refuses as llama.cpp does, a token for three bytes.
        func answer(_ request: ScriptedRequest) -> ScriptedAnswer {
            guard let body = try? JSONText.decode(JSONValue.self, from: request.body) else {
                return .json(400, [:], #"{"error":{"message":"not JSON"}}"#)
            }
            let tokens = request.body.count / 3
            let isSummary = body["tools"] == nil
            let turn = asked.withLock { asked in
                if isSummary { asked.summaries += 1 }
                if tokens > window { asked.refused += 1 }
                asked.bodies.append(body)
                return asked.bodies.count - asked.summaries - asked.refused
            }
            if tokens > window {
                return .json(
                    400, [:],
                    #"{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error","n_prompt_tokens":\#(tokens),"n_ctx":\#(window)}}"#
                )
            }
            if turn == cut, !isSummary {
                return .json(
                    200, [:],
                    #"{"choices":[{"message":{"content":"Half of "},"finish_reason":"length"}],"usage":{"prompt_tokens":\#(tokens),"completion_tokens":\#(window - tokens)}}"#
                )
            }
            let usage = #""usage":{"prompt_tokens":\#(tokens),"completion_tokens":20}"#
            if isSummary || turn > turns {
                let text = isSummary ? summary : "Done."
                return .json(
                    200, [:],
                    #"{"choices":[{"message":{"content":"\#(text)"},"finish_reason":"stop"}],\#(usage)}"#)
            }
            return .json(
                200, [:],
                #"{"choices":[{"message":{"tool_calls":[{"index":0,"id":"c\#(turn)","function":{"name":"shell","arguments":"{\"command\":\"echo turn \#(turn); seq 1 900\"}"}}]},"finish_reason":"tool_calls"}],\#(usage)}"#
            )
        }

        var counts: (summaries: Int, refused: Int, bodies: [JSONValue]) {
            asked.withLock { ($0.summaries, $0.refused, $0.bodies) }
        }
    }

    private func host(_ world: World, _ server: ScriptedServer, window: Int?) async throws -> EngineHost {
        try await world.host(replies: []) { configuration in
            var provider = ProviderConfiguration(name: "local", kind: .custom)
            (provider.url, provider.window) = (server.url + "/v1", window)
            configuration.providers.append(provider)
        }
    }

    private var config: SessionConfig {
        var config = SessionConfig(name: "long", goal: "Print numbers.")
        config.model = "local/small"
        config.breaker = false
        return config
    }

    private func events(_ host: EngineHost, _ id: SessionID, _ type: String) async throws -> [JSONValue] {
        try await host.log.events(
            tenant: .main, limit: 10_000,
            filter: EventFilter(stream: "session/\(id)", type: type)
        ).map { try JSONText.decode(JSONValue.self, from: $0.payload) }
    }

    @Test(arguments: [nil, 8000])
    func goesOnBeyondTheWindow(_ window: Int?) async throws {
        let (world, model) = (try World(), SmallModel(window: 8000))
        let server = try ScriptedServer(answering: model.answer)
        let host = try await host(world, server, window: window)
        try await world.running(host) { client in
            let id = try await client.begin(config)
            try await client.order("session.say", id, ["text": "Mind the third number."])
            let done = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(done.summary.state == .complete, "\(done.summary.error ?? "")")
            #expect(done.summary.turns == 10, "a summary is no turn")
            let (summaries, refused, bodies) = model.counts
            #expect(summaries >= 1 && refused == (window == nil ? 1 : 0))
            let made = try await events(host, id, "session.compacted")
            #expect(made.count == summaries && made.allSatisfy { $0["summary"]?.string == model.summary })
            for one in made {
                let (before, after) = (one["tokensBefore"]?.int ?? 0, one["tokensAfter"]?.int ?? 0)
                #expect(after > 0 && after <= before * 3 / 4)
            }
            // What the person said is there word for word, and every result stands after its call.
            for body in bodies where body["tools"] != nil { expectWhole(body) }
            let last = try #require(bodies.last.flatMap { try? JSONText.string($0) })
            #expect(last.contains("Mind the third number.") && last.contains(model.summary))
            #expect(
                !last.contains("turn 1\\\\n") && !last.contains("turn 1\\n"), "the first result is summarised"
            )
            // The log holds all of it, and the summary can be opened.
            let transcript = try await client.ask(SessionTranscript(id: id))
            #expect(transcript.filter { $0.kind == .tool }.count == 9)
            let note = try #require(transcript.first { $0.title.hasPrefix("context compacted") })
            #expect(note.body == model.summary)
            #expect(!transcript.contains { $0.kind == .text && $0.title == model.summary })
            let hits = try await client.ask(SessionSearch(text: "\"Numbers were printed\""))
            #expect(hits.count == summaries, "a summary is found once")
            let audit = try await client.ask(SessionAudit(id: id.rawValue))
            #expect(audit.verified && audit.models.count == bodies.count)
        }
        host.close()
    }

    private func expectWhole(_ body: JSONValue) {
        var open: Set<String> = []
        for message in body["messages"]?.array ?? [] {
            for call in message["tool_calls"]?.array ?? [] { open.insert(call["id"]?.string ?? "") }
            if let id = message["tool_call_id"]?.string {
                #expect(open.remove(id) != nil, "a result without its call")
            }
        }
        #expect(open.isEmpty, "a call without its result")
    }

    /// The request for the summary is refused as well: the session waits with the reason; no resume makes it a loop.
    @Test func aRefusedSummaryIsAPause() async throws {
        let world = try World()
        let model = SmallModel(window: 8000)
        let server = try ScriptedServer { request in
            let isSummary = !request.text.contains(#""tools""#)
            return isSummary
                ? .json(400, [:], #"{"error":{"message":"No.","code":"context_length_exceeded"}}"#)
                : model.answer(request)
        }
        let host = try await host(world, server, window: nil)
        try await world.running(host) { client in
            let id = try await client.begin(config)
            var asked = 0
            for round in 1...2 {
                let paused = try await client.wait(id, for: .complete, .failed, .paused)
                #expect(paused.summary.reason == .context)
                let full = try await events(host, id, "session.context")
                #expect(full.count == round && full.last?["cause"]?.string == "compaction_overflow")
                let item = try #require(try await client.ask(InboxList()).waiting.first)
                #expect(item.text.contains("refused even the request for a summary"))
                #expect(item.detail.contains("config.yaml"))
                #expect(server.requests.count - asked <= (round == 1 ? 8 : 2), "round \(round)")
                asked = server.requests.count
                if round == 1 { try await client.order("session.resume", id) }
            }
            // Back to where there was room: the summary is asked for no more.
            try await client.order("session.rollback", id, ["checkpoint": .string("\(id).c1")])
            let back = try await client.wait(id, for: .rolledBack)
            #expect(back.summary.state == .rolledBack)
        }
        host.close()
    }

    @Test func aSummaryThatSavesTooLittleIsAPause() async throws {
        let world = try World()
        let model = SmallModel(window: 8000, summary: String(repeating: "long ", count: 6000))
        let server = try ScriptedServer(answering: model.answer)
        let host = try await host(world, server, window: 8000)
        try await world.running(host) { client in
            let id = try await client.begin(config)
            let paused = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(paused.summary.reason == .context && model.counts.summaries == 1)
            let full = try await events(host, id, "session.context")
            #expect(full.map { $0["cause"]?.string } == ["not_smaller"])
        }
        host.close()
    }

    /// What was recorded with compactions plays again as it was, without a window and with that of the recorded run.
    @Test(arguments: [(8000, nil), (8000, 8000), (nil, nil)] as [(Int?, Int?)])
    func aRecordedRunPlaysAgain(_ recorded: Int?, _ replayed: Int?) async throws {
        let (world, model) = (try World(), SmallModel(window: 8000))
        let server = try ScriptedServer(answering: model.answer)
        let tape = world.folder.file("tape.jsonl")
        let first = try await host(world, server, window: recorded)
        let runs = Mutex<[[JSONValue]]>([])
        try await world.running(first) { client in
            var config = config
            config.record = tape
            let id = try await client.begin(config)
            let done = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(done.summary.state == .complete)
            let made = try await events(first, id, "session.compacted")
            runs.withLock { $0.append(made) }
        }
        first.close()
        let second = try await world.host { configuration in
            configuration.providers[0].file = tape
            configuration.providers[0].window = replayed
        }
        try await world.running(second) { client in
            var config = config
            (config.name, config.model) = ("again", "script/play")
            let id = try await client.begin(config)
            let done = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(done.summary.state == .complete && done.summary.turns == 10, "\(done.summary)")
            let made = try await events(second, id, "session.compacted")
            runs.withLock { $0.append(made) }
        }
        second.close()
        let places = runs.withLock { $0.map { $0.map { [$0["from"], $0["to"], $0["summary"]] } } }
        #expect(places[0] == places[1] && !places[0].isEmpty)
    }

    /// A server that stops at its own window in the middle of an answer: room is made, and the answer goes on.
    @Test func anAnswerThatTheWindowCutGoesOn() async throws {
        let world = try World()
        let model = SmallModel(window: 8000, turns: 4, cut: 4)
        let server = try ScriptedServer(answering: model.answer)
        let host = try await host(world, server, window: 8000)
        try await world.running(host) { client in
            let id = try await client.begin(config)
            let done = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(done.summary.state == .complete, "\(done.summary.error ?? "")")
            #expect(done.summary.turns == 5)
            #expect(try await events(host, id, "session.compacted").count == 1)
            let last = try #require(model.counts.bodies.last.flatMap { try? JSONText.string($0) })
            #expect(last.contains("Go on where it ended.") && last.contains(model.summary))
        }
        host.close()
    }
}
