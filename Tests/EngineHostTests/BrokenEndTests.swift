import AgentOSCore
import EngineHost
import TestSupport
import Testing

@Suite(.serialized) struct BrokenEndTests {
    @Test(arguments: [
        (
            #"{"text":"I sh","finish":"length","usage":{"input":10,"output":5}}"#,
            "the answer was cut at 5 output tokens; if its window was full, name that (window of its provider in "
                + "config.yaml), else use another model"
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

    /// The router has tried what may be tried: without money held anew there is nothing to wait for.
    @Test func whereNothingIsHeldTheRouterAloneRepeats() async throws {
        let world = try World()
        let host = try await world.host(replies: Array(repeating: #"{"error":"cut"}"#, count: 12))
        try await world.running(host) { client in
            let id = try await client.begin(SessionConfig(name: "cut", goal: "Say it."))
            let detail = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(detail.summary.state == .failed)
            let failed = try await client.ask(EventPage(type: "session.model.failed"))
            #expect(failed.count == 1, "\(failed.map(\.payload))")
        }
        host.close()
    }

    /// A limit of the session's own is no failure: it pauses, one yes in the inbox lifts it, and nothing is lost.
    @Test func aLimitOfOutputTokensIsLiftedInTheInbox() async throws {
        let world = try World()
        let host = try await world.host(replies: [
            #"{"text":"I sh","finish":"length","usage":{"input":10,"output":5}}"#,
            #"{"text":"all.","usage":{"input":10,"output":2}}"#,
        ])
        var config = SessionConfig(name: "cut", goal: "Say it.")
        config.limits.outputTokens = 5
        try await world.running(host) { [config] client in
            let id = try await client.begin(config)
            let paused = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(paused.summary.reason == .limit("output_tokens") && paused.summary.usage.output == 5)
            _ = try await client.perform(
                Command(
                    id: "lift", name: "inbox.answer", arguments: ["id": .string("\(id).l"), "answer": "yes"]))
            let done = try await client.wait(id, for: .complete, .failed)
            #expect(done.summary.state == .complete && done.summary.usage.output == 7)
            #expect(done.config.limits.outputTokens == 10)
        }
        host.close()
    }

    @Test(arguments: ["nobody", "nobody/model"])
    func anUnknownModelMakesNoSession(_ model: String) async throws {
        let world = try World()
        let host = try await world.host(replies: [#"{"text":"Hi."}"#])
        try await world.running(host) { client in
            var config = SessionConfig(name: "m", goal: "g")
            config.model = model
            let text = try JSONText.string(config)
            let command = Command(id: "make", name: "session.create", arguments: ["config": .string(text)])
            var refusal: Fault?
            do { _ = try await client.perform(command) } catch let fault as Fault { refusal = fault }
            let fault = try #require(refusal)
            #expect(fault.message.contains("nobody") && fault.hint != nil, "\(fault)")
            let page = try await client.ask(SessionList())
            #expect(page.total == 0)
        }
        host.close()
    }
}
