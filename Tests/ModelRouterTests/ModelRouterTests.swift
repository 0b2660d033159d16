import AgentOSCore
import Glibc
import HTTPTransport
import Synchronization
import TestSupport
import Testing

@testable import ModelRouter

@Suite struct ModelRouterTests {
    private func route(_ models: String...) -> [String: RouteConfiguration] {
        ["default": RouteConfiguration(models: models.compactMap { ModelReference($0) })]
    }

    @Test func `the next model of a route is asked before content, never after it`() async throws {
        let good = try ScriptedServer([.stream(Chat.hello)])
        for (answer, fails) in [
            (ScriptedAnswer.reply(500), false), (.reply(401), false), (.reply(404), false),
            (.reply(400), true),
            (.stream([Chat.text("Hel")], then: [.close]), true),
        ] {
            let bad = try ScriptedServer([answer])
            let rig = RouterRig(
                [.custom("a", bad.url), .custom("b", good.url)], routes: route("a/m", "b/m"),
                retry: RetryPolicy(maxAttempts: 2))
            let result = await rig.call(route: "default")
            #expect((result.failure != nil) == fails)
            if case .success(let reply) = result { #expect(reply.model.provider == "b") }
        }
    }

    @Test func `a server that loads its model is waited for, unless the route has another`() async throws {
        let loading = ScriptedAnswer.json(
            503, [:], #"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#)
        let slow = try ScriptedServer(Array(repeating: loading, count: 12) + [.stream(Chat.hello)])
        let alone = RouterRig([.custom("a", slow.url)])
        guard case .success(let reply) = await alone.call(route: "a/m") else {
            Issue.record("the server was given up")
            return
        }
        #expect(reply.attempts == 13)
        #expect(alone.waits.reduce(.zero, +) > .seconds(60))
        let stuck = try ScriptedServer([loading])
        let never = try #require(await RouterRig([.custom("a", stuck.url)]).call(route: "a/m").failure)
        #expect(never.kind == .overloaded && never.message.contains("Loading model"))
        #expect(never.attempts == 24)
        let good = try ScriptedServer([.stream(Chat.hello)])
        let rig = RouterRig(
            [.custom("a", stuck.url), .custom("b", good.url)], routes: route("a/m", "b/m"))
        guard case .success(let other) = await rig.call(route: "default") else {
            Issue.record("the next model was not asked")
            return
        }
        #expect(other.model.provider == "b" && other.attempts == 4)
    }

    @Test func `when every model fails the last cause is told`() async throws {
        let first = try ScriptedServer([.reply(500)])
        let second = try ScriptedServer([.json(401, [:], #"{"message":"who are you"}"#)])
        let rig = RouterRig([.custom("a", first.url), .custom("b", second.url)], routes: route("a/m", "b/m"))
        let failure = try #require(await rig.call(route: "default").failure)
        #expect(failure.kind == .authentication)
        #expect(failure.attempts == 4)
        #expect(
            failure.message.hasPrefix(
                "b/m: the key was refused (401): who are you (after 4 requests); check the key"))
    }

    @Test func `INV-5: a reserve is asked once a model and its refusal ends the call before any request`()
        async throws
    {
        let server = try ScriptedServer([.reply(500), .reply(500), .stream(Chat.hello)])
        let rig = RouterRig([.custom("a", server.url)])
        let asked = Mutex<[String]>([])
        _ = await rig.call(
            route: "a/m",
            reserve: { model, limit in
                asked.withLock { $0.append("\(model)") }
                return limit
            })
        #expect(asked.withLock { $0 } == ["a/m"])
        let failure = await rig.call(
            route: "a/m",
            reserve: { _, _ throws(Fault) in throw .refused("the day's budget is used up", hint: "raise it") }
        ).failure
        #expect(
            failure
                == ModelFailure(kind: .budget, message: "the day's budget is used up; raise it", attempts: 0))
        #expect(server.requests.count == 3)
    }

    @Test func `what a route stands for, and what is wrong with one`() throws {
        let vendor = ProviderConfiguration(name: "claude", kind: .anthropic)
        let rig = RouterRig(
            [vendor, .custom("local", "http://127.0.0.1:1"), .custom("far", "http://example.com")],
            routes: [
                "mixed": RouteConfiguration(
                    models: ["claude/x", "local/a/b"].compactMap { ModelReference($0) }),
                "none": RouteConfiguration(models: []),
                "cheap": RouteConfiguration(
                    models: ["local/a", "local/b"].compactMap { ModelReference($0) }, strategy: .cheapest),
                "quick": RouteConfiguration(
                    models: ["local/a", "local/b"].compactMap { ModelReference($0) }, strategy: .fastest),
                "typo": RouteConfiguration(models: [ModelReference(provider: "locl", model: "m")]),
            ])
        #expect(try rig.router.candidates(for: "mixed").map(\.description) == ["local/a/b"])
        #expect(try rig.router.candidates(for: "local/x").map(\.description) == ["local/x"])
        for (name, text) in [
            ("claude/x", "provider claude: kind anthropic needs a key; write key:"),
            (
                "far/x",
                "provider far: url: the address is not allowed: http to example.com:80 would send keys"
            ),
            ("typo", "model typo: no provider locl; use claude, far, local"),
            ("nope", "no route nope; use cheap, mixed, none, quick, typo or provider/model"),
            ("none", "route none names no model"),
        ] {
            #expect { try rig.router.candidates(for: name) } throws: { "\($0)".hasPrefix(text) }
        }
        #expect(
            rig.router.faults().map { String($0.message.prefix(34)) } == [
                "provider claude: kind anthropic ne", "provider far: url: the address is ",
                "route typo: no provider locl", "route quick: strategy fastest is n",
            ])
    }

    @Test func `a call on a route that is not there is a failure of one line`() async {
        let failure = await RouterRig([]).call(route: "nope").failure
        #expect(
            failure
                == ModelFailure(
                    kind: .rejected,
                    message: "no route nope; write a config.yaml: agentos init",
                    attempts: 0))
    }

    @Test func `a provider's limit on calls at once is kept`() async throws {
        let running = Mutex((now: 0, most: 0))
        let server = try ScriptedServer(answering: { _ in
            running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            sched_yield()
            running.withLock { $0.now -= 1 }
            return .stream(Chat.hello)
        })
        var provider = ProviderConfiguration.custom("a", server.url)
        provider.concurrent = 2
        let rig = RouterRig([provider])
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<24 { group.addTask { await rig.call(route: "a/m").failure == nil } }
            for await isGood in group { #expect(isGood) }
        }
        #expect(running.withLock { $0.most } <= 2)
    }

    @Test func `a provider's rate is kept by waiting`() async throws {
        let server = try ScriptedServer([.stream(Chat.hello)])
        var provider = ProviderConfiguration.custom("a", server.url)
        provider.requests = RateLimit(count: 2, milliseconds: 60_000)
        let rig = RouterRig([provider])
        for _ in 0..<5 { _ = try await rig.call(route: "a/m").get() }
        #expect(rig.waits == [.seconds(60), .seconds(60)])
    }

    @Test func `a place that is waited for in vain is given back`() async throws {
        var provider = ProviderConfiguration(name: "a", kind: .custom)
        provider.concurrent = 1
        let gate = ProviderGate(provider)
        let environment = RouterEnvironment(
            clock: WallClock { Timestamp(milliseconds: 0) }, sleep: { _ in }, random: { 0 })
        let pass = try await gate.enter(environment)
        let waiting = Task { () -> Bool in
            do throws(AttemptFailure) {
                _ = try await gate.enter(environment)
                return true
            } catch {
                return false
            }
        }
        waiting.cancel()
        #expect(await waiting.value == false)
        gate.leave(pass, failure: nil, now: Timestamp(milliseconds: 0))
        let next = try await gate.enter(environment)
        gate.leave(next, failure: nil, now: Timestamp(milliseconds: 0))
    }
}
