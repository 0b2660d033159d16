import AgentOSCore
import TestSupport
import Testing

@testable import ModelRouter

@Suite struct RouteOrderTests {
    /// Models in words: a name and its cost in cents, `?` for none.
    @Test(
        arguments: [
            ("a3 b1 c2", .cheapest, "b c a"), ("a3 b1 c2", .ordered, "a b c"),
            // Who has no price comes last, equals stay as written.
            ("a? b1 c? d0", .cheapest, "d b a c"), ("a2 b2 c1 d2", .cheapest, "c a b d"),
            ("a? b?", .cheapest, "a b"), ("a1", .cheapest, "a"), ("", .cheapest, ""),
            ("a3 b1", .fastest, "a b"), ("a3 b1", .roundRobin, "a b"),
        ] as [(String, RouteConfiguration.Strategy, String)])
    func order(_ models: String, _ strategy: RouteConfiguration.Strategy, _ wanted: String) {
        let parts = models.split(separator: " ").map(String.init)
        let costs = Dictionary(
            parts.map { ($0.prefix(1), Int64($0.dropFirst()).map { Money(picodollars: $0) }) }
        ) { $1 }
        let found = inOrder(
            parts.map { ModelReference(provider: "p", model: String($0.prefix(1))) }, by: strategy
        ) { costs[Substring($0.model)] ?? nil }
        #expect(found.map(\.model).joined(separator: " ") == wanted)
    }

    /// The cheapest is asked, and the next where it fails.
    @Test func `a route asks the cheapest first`() async throws {
        let server = try ScriptedServer(answering: { request in
            request.text.contains("broken") ? .reply(500) : .stream(Chat.hello)
        })
        let models = ["dear", "cheap", "broken", "free"].map { ModelReference(provider: "local", model: $0) }
        let rig = RouterRig(
            [.custom("local", server.url)],
            routes: ["r": RouteConfiguration(models: models, strategy: .cheapest)])
        let costs = ["dear": 9, "cheap": 2, "broken": 1] as [String: Int64]
        let reply = try await rig.router.call(
            .hello, route: "r", replyIndex: 0,
            worstCase: { costs[$0.model].map { Money(picodollars: $0) } }, reserve: { $1 })
        #expect(reply.model.model == "cheap")
    }
}
