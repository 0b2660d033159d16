import AgentOSCore
import HTTPTransport
import TestSupport
import Testing

@testable import ModelRouter

/// Money that is held for one answer pays for one.
@Suite struct PaysOnceTests {
    @Test(
        "What may be charged is not asked for again; what cannot be is",
        arguments: [
            ("broken JSON", ScriptedAnswer.reply(200, ["content-type": "application/json"], "{"), 1, true),
            ("half a stream", .stream([#"data: {"id":"x"}"# + "\n\n"]), 1, true),
            ("busy", .reply(429, ["retry-after": "1"]), 3, false),
            ("failing", .reply(500), 3, false),
            ("refused", .reply(401), 1, false),
            ("redirected", .reply(302, ["location": "http://127.0.0.1:1/"], ""), 1, false),
        ])
    func held(name: String, answer: ScriptedAnswer, attempts: Int, mayBeCharged: Bool) async throws {
        let server = try ScriptedServer(Array(repeating: answer, count: 4))
        let rig = RouterRig([.custom("local", server.url)])
        let failure = try #require(await rig.call(route: "local/m", paysOnce: true).failure)
        #expect(server.requests.count == attempts)
        #expect(failure.attempts == attempts)
        #expect(failure.mayBeCharged == mayBeCharged)
        #expect(failure.isWorthAnother == (name != "refused" && name != "redirected"))
    }

    @Test("The next model of a route is not asked on money that may be spent")
    func route() async throws {
        let first = try ScriptedServer([.reply(200, ["content-type": "application/json"], "{")])
        let second = try ScriptedServer([.reply(500)])
        let rig = RouterRig(
            [.custom("a", first.url), .custom("b", second.url)],
            routes: ["r": RouteConfiguration(models: ["a/m", "b/m"].compactMap { ModelReference($0) })])
        let failure = try #require(await rig.call(route: "r", paysOnce: true).failure)
        #expect(failure.mayBeCharged == true && failure.isWorthAnother == true)
        #expect(second.requests.isEmpty)
    }

    @Test("Counts below zero tell nothing of what was used")
    func negative() async throws {
        let body =
            #"{"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"#
            + #""usage":{"prompt_tokens":-5,"completion_tokens":-1}}"#
        let server = try ScriptedServer([.json(200, [:], body)])
        let reply = try await RouterRig([.custom("local", server.url)]).call(route: "local/m").get()
        #expect(reply.usage == nil)
    }
}
