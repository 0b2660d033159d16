import AgentOSCore
import HTTPTransport
import TestSupport
import Testing

@testable import ModelRouter

/// Whether a provider may be asked, as a table of what happened to it.
@Suite struct ProviderHealthTests {
    private let start = Timestamp(milliseconds: 1_000_000)

    private func failure(
        _ kind: ModelFailure.Kind = .server, _ remedy: AttemptFailure.Remedy = .retry, told: Int? = nil,
        isOfKey: Bool = false
    ) -> AttemptFailure {
        var failure = AttemptFailure(
            kind, remedy, "cause", hint: "hint", retryAfter: told.map { .seconds($0) })
        failure.isOfKey = isOfKey
        return failure
    }

    private func seconds(_ health: ProviderHealth, now: Timestamp? = nil) -> Int64? {
        switch health.standing(now: now ?? start) {
        case .up: nil
        case .probing: -1
        case .cooling(let until, _), .disabled(let until, _): until.since(start) / 1000
        }
    }

    @Test("The deadline is the latest of the old, the new and what was told")
    func deadlines() {
        var health = ProviderHealth()
        var steps: [Int64?] = []
        for told in [nil, nil, 20, 3, nil, 30] as [Int?] {
            _ = health.failed(failure(told: told), isProbe: false, now: start)
            steps.append(seconds(health))
        }
        // The third in a row holds by itself for 5 s, the fourth for 10, the fifth for 20, the sixth for 40.
        #expect(steps == [nil, nil, 20, 20, 20, 40])
        #expect(!health.mayAsk(now: start.adding(milliseconds: 39_999)))
        #expect(health.mayAsk(now: start.adding(milliseconds: 40_000)))
    }

    @Test("After the time one request finds out, and the others wait for it")
    func probe() {
        var health = ProviderHealth()
        _ = health.failed(failure(told: 10), isProbe: false, now: start)
        let later = start.adding(milliseconds: 10_000)
        let isProbe = health.begin()
        #expect(isProbe)
        #expect(!health.mayAsk(now: later) && seconds(health, now: later) == -1)
        var bad = health
        _ = bad.failed(failure(told: 5), isProbe: true, now: later)
        #expect(seconds(bad) == 15 && !bad.mayAsk(now: later))
        var gone = health
        gone.forgetProbe()
        #expect(gone.mayAsk(now: later) && gone.isProbing == false)
        var good = health
        good.answered(isProbe: true)
        #expect(good == ProviderHealth())
        // A request from before the failure that is answered does not lift what was told since.
        var old = ProviderHealth()
        _ = old.failed(failure(told: 10), isProbe: false, now: start)
        old.answered(isProbe: false)
        #expect(seconds(old) == 10)
    }

    @Test("A key that was refused or has no money is told of once, and left alone")
    func keys() {
        var health = ProviderHealth()
        let refused = failure(.authentication, .nextModel, isOfKey: true)
        let told = [
            health.failed(refused, isProbe: false, now: start),
            health.failed(refused, isProbe: false, now: start),
        ]
        #expect(told == [true, false])
        guard case .disabled = health.standing(now: start) else {
            Issue.record("not disabled")
            return
        }
        #expect(seconds(health) == ProviderHealth.keyWait / 1000)
    }

    @Test("What is wrong with a request says nothing about the provider")
    func requests() {
        for kind in [ModelFailure.Kind.rejected, .context] {
            var health = ProviderHealth()
            for _ in 0..<9 { _ = health.failed(failure(kind, .none), isProbe: false, now: start) }
            #expect(health == ProviderHealth())
        }
        var starting = failure(.overloaded)
        starting.isStarting = true
        var health = ProviderHealth()
        for _ in 0..<9 { _ = health.failed(starting, isProbe: false, now: start) }
        #expect(health == ProviderHealth())
    }
}

/// Routes in which somebody is down.
@Suite struct RouteHealthTests {
    private let models = ["first/m", "second/m"].compactMap { ModelReference($0) }

    private func rig(_ first: ScriptedServer, _ second: ScriptedServer) -> RouterRig {
        RouterRig(
            [
                VendorWire.openai.provider("first", url: first.url),
                VendorWire.anthropic.provider("second", url: second.url),
            ], routes: ["r": RouteConfiguration(models: models)])
    }

    @Test("Who asked to be left alone is passed over until then, and then asked by one")
    func cooling() async throws {
        let first = try VendorWire.openai.server([.status(nil, .rate, ["retry-after": "300"]), .hello])
        let second = try VendorWire.anthropic.server([.hello])
        let rig = rig(first, second)
        for _ in 0..<3 { #expect(try await rig.call(route: "r").get().model == models[1]) }
        #expect(first.requests.count == 1 && second.requests.count == 3)
        #expect(rig.router.readings().map(\.state) == [.cooling, .up])
        let candidates = try rig.router.reading(of: "r")
        #expect(candidates.map { "\($0.provider)/\($0.model)" } == ["first/m", "second/m"])
        #expect(candidates.map(\.state) == [.cooling, .up])
        #expect(candidates.first?.until == Timestamp(milliseconds: 1_300_000))
        let why = try await rig.call(route: "r").get().tried
        #expect(why?.count == 1 && why?.first?.reason.contains("left alone until") == true)
        rig.pass(.seconds(300))
        let back = try await rig.call(route: "r").get()
        #expect(back.model == models[0] && back.tried == nil)
        #expect(rig.router.readings().map(\.state) == [.up, .up])
    }

    @Test("When all are down the call waits as long as it has patience, else it says when to try")
    func allDown() async throws {
        let first = try VendorWire.openai.server([.status(nil, .rate, ["retry-after": "90"]), .hello])
        let second = try VendorWire.anthropic.server([
            .status(nil, .overloaded, ["retry-after": "70"]), .hello,
        ])
        let rig = rig(first, second)
        let asked = try #require(await rig.call(route: "r").failure)
        #expect(asked.message.contains("try again in 1m10s"))
        let failure = try #require(await rig.call(route: "r").failure)
        #expect(failure.kind == .overloaded && failure.attempts == 0 && failure.mayBeCharged == false)
        #expect(failure.message.contains("try again in 1m10s"))
        #expect(failure.message.contains("first is left alone until 1970-01-01T00:18:10"))
        #expect(failure.message.contains("second is left alone until 1970-01-01T00:17:50"))
        #expect(first.requests.count == 1 && second.requests.count == 1)
        rig.pass(.seconds(30))
        // The second is the first that may be asked, 40 s from now.
        #expect(try await rig.call(route: "r").get().model == models[1])
        #expect(rig.waits == [.seconds(40)])
    }

    @Test("Keys without money are asked with once, and the operator hears of it once")
    func money() async throws {
        let first = try VendorWire.openai.server([.status(nil, .money)])
        let second = try VendorWire.anthropic.server([.status(nil, .money)])
        let rig = rig(first, second)
        for _ in 0..<3 {
            let failure = try #require(await rig.call(route: "r").failure)
            #expect(failure.isWorthAnother == false && failure.mayBeCharged == false)
        }
        #expect(first.requests.count == 1 && second.requests.count == 1)
        #expect(rig.told.map { $0.description.contains("out of credit") } == [true, true])
        rig.pass(.seconds(15 * 60))
        _ = await rig.call(route: "r")
        #expect(first.requests.count == 2 && rig.told.count == 2)
        // A person who has added money need not wait.
        rig.router.askAgain("r")
        _ = await rig.call(route: "r")
        #expect(first.requests.count == 3)
    }

    @Test("A request that is too long goes to a larger window, and to no other")
    func windows() async throws {
        for (window, isAsked) in [(100_000, false), (1_000_000, true)] {
            let first = try VendorWire.openai.server([.status(nil, .context)])
            let second = try VendorWire.anthropic.server([.hello])
            var large = VendorWire.anthropic.provider("second", url: second.url)
            large.window = window
            let rig = RouterRig(
                [VendorWire.openai.provider("first", url: first.url), large],
                routes: ["r": RouteConfiguration(models: models)])
            let result = await rig.call(route: "r")
            #expect(result.failure?.kind == (isAsked ? nil : .context))
            #expect(second.requests.count == (isAsked ? 1 : 0))
        }
    }

    @Test("While one finds out, those without another model wait for it")
    func waitingForTheProbe() async throws {
        let gate = ScriptedGate()
        let slow = try ScriptedServer([
            VendorWire.openai.answer(.status(nil, .rate, ["retry-after": "100"])),
            ScriptedAnswer([.wait(gate)] + VendorWire.openai.answer(.hello).steps),
        ])
        let rig = RouterRig([VendorWire.openai.provider("first", url: slow.url)])
        _ = await rig.call(route: "first/m").failure
        rig.pass(.seconds(100))
        try await withThrowingTaskGroup(of: ModelReply.self) { group in
            for _ in 0..<8 { group.addTask { try await rig.call(route: "first/m").get() } }
            while slow.requests.count < 2 { await Task.yield() }
            #expect(slow.requests.count == 2)
            gate.open()
            for try await reply in group { #expect(reply.text == "Hello") }
        }
        #expect(slow.requests.count == 9)
    }
}

/// Limits that are kept before the vendor says no.
@Suite struct RateShapingTests {
    @Test("Tokens in a time: estimated before, corrected by what was counted, never one request for all")
    func window() {
        var window = RateWindow(RateLimit(count: 100, milliseconds: 60_000))
        let now = Timestamp(milliseconds: 0)
        func wait(_ amount: Int, at milliseconds: Int64) -> Int64? {
            window.wait(for: amount, now: Timestamp(milliseconds: milliseconds))
        }
        #expect(wait(101, at: 0) == nil)
        #expect(wait(60, at: 0) == 0)
        window.take(60, id: 1, now: now)
        #expect(wait(60, at: 1000) == 59_000)
        window.correct(1, to: 30)
        #expect(wait(60, at: 1000) == 0)
        window.take(70, id: 2, now: now.adding(milliseconds: 1000))
        #expect(wait(40, at: 2000) == 59_000)
        // A clock that was set back.
        #expect(wait(100, at: -500) == 60_000)
    }

    @Test("What a vendor says is left is kept to")
    func room() async throws {
        let now = Timestamp(milliseconds: 1_000_000)
        let anthropic = RateRoom(
            HTTPResponseHead(
                status: 200,
                headers: [
                    HTTPHeader("anthropic-ratelimit-requests-remaining", "0"),
                    HTTPHeader("anthropic-ratelimit-requests-reset", "1970-01-01T00:17:00Z"),
                    HTTPHeader("anthropic-ratelimit-tokens-remaining", "500"),
                    HTTPHeader("anthropic-ratelimit-tokens-reset", "1970-01-01T00:16:50Z"),
                ]), now: now)
        #expect(anthropic?.opens(for: 10) == Timestamp(milliseconds: 1_020_000))
        let openai = RateRoom(
            HTTPResponseHead(
                status: 200,
                headers: [
                    HTTPHeader("x-ratelimit-remaining-requests", "9"),
                    HTTPHeader("x-ratelimit-reset-requests", "6m0s"),
                    HTTPHeader("x-ratelimit-remaining-tokens", "100"),
                    HTTPHeader("x-ratelimit-reset-tokens", "1.5s"),
                ]), now: now)
        #expect(openai?.opens(for: 100) == nil)
        #expect(openai?.opens(for: 101) == Timestamp(milliseconds: 1_001_500))
        #expect(RateRoom(HTTPResponseHead(status: 200, headers: []), now: now) == nil)
    }

    @Test("A vendor that says that nothing is left is waited for, a minute at most")
    func nothingLeft() async throws {
        let wire = VendorWire.openai
        let body = (wire.opening + wire.text(["Hello"]) + wire.ending(.stop)).joined()
        let server = try ScriptedServer([
            .reply(
                200,
                [
                    "content-type": "text/event-stream", "x-ratelimit-remaining-requests": "0",
                    "x-ratelimit-reset-requests": "6m0s",
                ], body),
            .reply(
                200,
                [
                    "content-type": "text/event-stream", "x-ratelimit-remaining-requests": "1",
                    "x-ratelimit-reset-requests": "20ms",
                ], body),
        ])
        let rig = RouterRig([wire.provider("gpt", url: server.url)])
        for _ in 0..<3 { _ = try await rig.call(route: "gpt/m").get() }
        #expect(rig.waits == [.seconds(60)])
    }

    @Test("A provider's tokens a minute are kept by waiting; what never fits is refused before it is sent")
    func tokens() async throws {
        let server = try VendorWire.google.server([.hello])
        var provider = VendorWire.google.provider("g", url: server.url)
        provider.tokens = RateLimit(count: 32, milliseconds: 60_000)
        let rig = RouterRig([provider])
        for _ in 0..<4 { _ = try await rig.call(route: "g/m").get() }
        #expect(rig.waits == [.seconds(60)])
        let long = ModelRequest(
            system: "", messages: [.user(String(repeating: "word ", count: 100))], tools: [])
        let failure = try #require(await rig.call(long, route: "g/m").failure)
        #expect(failure.kind == .rejected && failure.message.contains("limits.tokens"))
        #expect(server.requests.count == 4)
    }

    @Test(
        arguments: [
            ("34.4s", 34_400), ("6m0s", 360_000), ("1h2m3.5s", 3_723_500), ("20ms", 20), ("0s", 0), ("", nil),
            ("5", nil), ("s", nil), ("1x", nil), ("1..2s", nil),
        ] as [(String, Int64?)])
    func `lengths of time as vendors write them`(_ text: String, _ milliseconds: Int64?) {
        #expect(RetryPolicy.duration(text) == milliseconds)
    }
}
