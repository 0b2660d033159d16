import AgentOSCore
import HTTPTransport
import TestSupport
import Testing

@testable import ModelRouter

/// One list of what servers do, good and bad, that every wire passes: retried, failed over or surfaced, and what of
/// it is charged.
@Suite struct VendorScenarioTests {
    enum Outcome: Hashable {
        /// The first answer is taken.
        case answered
        /// The first answer wants `shell{"command":"ls"}`.
        case called
        /// The same model is asked again, and answers.
        case retried
        /// The next model of the route answers.
        case failedOver
        /// The session is told.
        case surfaced(ModelFailure.Kind)
    }

    enum Charge: Hashable {
        /// The vendor takes nothing for the bad answer.
        case nothing
        /// It may, from its first event on; where it has counted by then, that is counted.
        case opening
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let acts: [VendorAct]
        let outcome: Outcome
        var charge = Charge.nothing
        /// Whether the key is not asked with again.
        var disables = false
        /// Whether the server's silence is part of it: its clocks are short.
        var isSilent = false
        var wait: Duration?
        var testDescription: String { name }
    }

    private static let arguments = #"{"command":"ls"}"#

    static let good: [Row] = [
        Row(name: "hello", acts: [.hello], outcome: .answered),
        Row(name: "a call", acts: [.call("shell", arguments)], outcome: .called),
        Row(name: "arguments as an object", acts: [.call("shell", arguments, .object)], outcome: .called),
        Row(name: "arguments as one text", acts: [.call("shell", arguments, .text)], outcome: .called),
        Row(name: "a call after a thought", acts: [.call("shell", arguments, .thoughtful)], outcome: .called),
        Row(name: "a stream called text", acts: [.mislabelled("text/plain")], outcome: .answered),
        Row(name: "a stream called nothing", acts: [.mislabelled("")], outcome: .answered),
        Row(name: "an empty later name", acts: [.call("shell", arguments, .emptyName)], outcome: .called),
        Row(name: "the opening twice", acts: [.openingTwice], outcome: .answered),
        Row(name: "empty pieces", acts: [.emptyPieces], outcome: .answered),
        Row(name: "unknown pieces", acts: [.unknownPieces], outcome: .answered),
    ]

    static let refused: [Row] =
        [
            Row(name: "no key", acts: [.status(nil, .key)], outcome: .failedOver, disables: true),
            Row(name: "403", acts: [.status(403, .key)], outcome: .failedOver, disables: true),
            Row(name: "no money", acts: [.status(nil, .money)], outcome: .failedOver, disables: true),
            Row(name: "402", acts: [.status(402, .money)], outcome: .failedOver, disables: true),
            Row(
                name: "no money, told to try again",
                acts: [.status(nil, .money, ["x-should-retry": "true", "retry-after": "1"])],
                outcome: .failedOver, disables: true),
            Row(name: "no such model", acts: [.status(nil, .absent)], outcome: .failedOver),
            Row(name: "too long", acts: [.status(nil, .context)], outcome: .surfaced(.context)),
            Row(
                name: "429 for an hour", acts: [.status(nil, .rate, ["retry-after": "3600"])],
                outcome: .failedOver),
            Row(
                name: "429 for two seconds", acts: [.status(nil, .rate, ["retry-after": "2"]), .hello],
                outcome: .retried, wait: .seconds(2)),
            Row(
                name: "told not to retry", acts: [.status(500, .server, ["x-should-retry": "false"])],
                outcome: .failedOver),
        ]
        + [400, 413, 422].map { (status: Int) in
            Row(name: "\(status)", acts: [.status(status, .request)], outcome: .surfaced(.rejected))
        }
        + [408, 409, 500, 502, 503, 504, 529].map { (status: Int) in
            Row(name: "\(status)", acts: [.status(status, .server), .hello], outcome: .retried)
        }

    static let broken: [Row] =
        [
            Row(name: "hangs up", acts: [.hangUp, .hello], outcome: .retried),
            Row(name: "a page", acts: [.page, .hello], outcome: .retried),
            Row(
                name: "a stream called JSON", acts: [.mislabelled("application/json"), .hello],
                outcome: .retried),
            Row(name: "a huge frame", acts: [.hugeFrame, .hello], outcome: .retried),
            Row(name: "compressed without end", acts: [.compressed, .hello], outcome: .retried),
            Row(
                name: "overloaded in the stream", acts: [.trouble(.overloaded), .hello], outcome: .retried,
                charge: .opening),
            Row(
                name: "failing in the stream", acts: [.trouble(.server), .hello], outcome: .retried,
                charge: .opening),
            Row(
                name: "overloaded in a body of 200", acts: [.troubleInBody(.overloaded), .hello],
                outcome: .retried),
            Row(
                name: "no money in the stream", acts: [.trouble(.money)], outcome: .failedOver,
                charge: .opening, disables: true),
            Row(
                name: "overloaded after a word", acts: [.trouble(.overloaded, afterWords: 1), .hello],
                outcome: .surfaced(.overloaded), charge: .opening),
            Row(
                name: "failing after a word", acts: [.trouble(.server, afterWords: 1), .hello],
                outcome: .surfaced(.server), charge: .opening),
            Row(
                name: "stalls", acts: [.stall(), .hello], outcome: .retried, charge: .opening, isSilent: true),
            Row(
                name: "stalls after a word", acts: [.stall(afterWords: 1), .hello],
                outcome: .surfaced(.timeout), charge: .opening, isSilent: true),
        ]
        + [
            ("JSON", VendorAct.Cut.json), ("a character", .character), ("a line's end", .lineEnd),
        ].flatMap { name, cut in
            [
                Row(
                    name: "cut within \(name)", acts: [.cut(cut), .hello], outcome: .retried,
                    charge: .opening),
                Row(
                    name: "cut within \(name) after a word", acts: [.cut(cut, afterWords: 1), .hello],
                    outcome: .surfaced(.protocolError), charge: .opening),
            ]
        }

    @Test(
        "What a server does, and what is made of it", arguments: VendorWire.allCases, good + refused + broken)
    func scenario(_ wire: VendorWire, _ row: Row) async throws {
        let server = try wire.server(row.acts)
        let second = try VendorWire.custom.server([.end(.stop)])
        var provider = wire.provider("first", url: server.url)
        if row.isSilent { (provider.idleTimeout, provider.firstByteTimeout) = (3000, 3000) }
        let rig = RouterRig(
            [provider, VendorWire.custom.provider("second", url: second.url)],
            routes: [
                "r": RouteConfiguration(models: ["first/m", "second/m"].compactMap { ModelReference($0) })
            ])
        let result = await rig.call(.withShell, route: "r")
        check(result, row, wire, rig)
        #expect(server.requests.count == (row.outcome == .retried ? 2 : 1))
        #expect(second.requests.count == (row.outcome == .failedOver ? 1 : 0))
        if let wait = row.wait { #expect(rig.waits == [wait]) }
        #expect(rig.told.count == (row.disables ? 1 : 0))
        #expect((rig.router.readings().first?.state == .disabled) == row.disables)
        let seen = "\(result) \(rig.events) \(rig.told) \(rig.router.readings())"
        #expect(!seen.contains("key-of-a-test"))
    }

    private func check(
        _ result: Result<ModelReply, ModelFailure>, _ row: Row, _ wire: VendorWire, _ rig: RouterRig
    ) {
        let opened = wire == .anthropic && row.charge == .opening
        let extra = opened ? Usage(input: 10, output: 1, cacheRead: 4) : Usage()
        switch (row.outcome, result) {
        case (.answered, .success(let reply)), (.retried, .success(let reply)):
            #expect(reply.text == "Hello" && rig.text == "Hello")
            #expect(reply.usage == VendorWire.usage + extra)
            #expect(reply.usage?.total == 16 + extra.total)
            #expect(reply.finish == .stop && reply.model.provider == "first")
            #expect((reply.tried == nil) == (row.outcome == .answered))
        case (.called, .success(let reply)):
            #expect(reply.calls.map(\.name) == ["shell"])
            #expect(reply.calls.first?.arguments == ["command": "ls"])
            #expect(reply.finish == .tools && reply.usage == VendorWire.usage)
        case (.failedOver, .success(let reply)):
            #expect(reply.text == "Hel" && reply.model.provider == "second")
            #expect(reply.usage == VendorWire.usage + extra)
            #expect(reply.tried?.first?.model.provider == "first")
        case (.surfaced(let kind), .failure(let failure)):
            #expect(failure.kind == kind)
            #expect(failure.mayBeCharged == (row.charge == .opening))
            #expect(failure.usage == (opened ? extra : nil))
            #expect(!failure.message.contains("\n"))
        case (.answered, .failure), (.called, .failure), (.retried, .failure), (.failedOver, .failure),
            (.surfaced, .success):
            Issue.record("\(wire), \(row.name): \(result)")
        }
    }

    @Test("The key goes to the vendor, and to nobody to whom it sends us", arguments: VendorWire.allCases)
    func redirects(_ wire: VendorWire) async throws {
        let elsewhere = try ScriptedServer([.reply(200)])
        let server = try wire.server([.redirect(elsewhere.url + "/steal")])
        let rig = RouterRig([wire.provider("first", url: server.url)])
        let failure = try #require(await rig.call(route: "first/m").failure)
        #expect(failure.kind == .rejected && failure.mayBeCharged == false)
        #expect(server.requests.first?.headers[wire.keyHeader]?.contains("key-of-a-test-1") == true)
        #expect(elsewhere.connections == 0)
    }

    @Test(
        "A certificate that has expired: the key is not sent, and the next model answers",
        .enabled(if: SecureServer.isAvailable, "openssl is not installed"), arguments: VendorWire.allCases)
    func expired(_ wire: VendorWire) async throws {
        let server = try await SecureServer.start(days: -1)
        let second = try VendorWire.custom.server([.hello])
        var provider = wire.provider("first", url: "https://localhost:\(server.port)")
        provider.authorities = server.certificate
        let rig = RouterRig(
            [provider, VendorWire.custom.provider("second", url: second.url)],
            routes: [
                "r": RouteConfiguration(models: ["first/m", "second/m"].compactMap { ModelReference($0) })
            ])
        let reply = try await rig.call(route: "r").get()
        #expect(reply.model.provider == "second" && reply.usage == VendorWire.usage)
        #expect(reply.tried?.count == 3)
        #expect(reply.tried?.allSatisfy { $0.reason.contains("expired") } == true)
    }

    @Test("INV-7: a key that a vendor repeats is not repeated by us", arguments: VendorWire.allCases)
    func echoes(_ wire: VendorWire) async throws {
        let key = "canary-4e07408562be"
        for trouble in VendorTrouble.allCases {
            let said = wire.error(trouble).replacing(
                "\"message\":\"", with: "\"message\":\"key \(key), header Bearer:\(key) ")
            let server = try ScriptedServer([
                .json(wire.status(trouble), [:], said), .stream(["data: {\"error\":\(said)}\n\n"]),
                .stream(["data: \(said)\n\n"]),
            ])
            let rig = RouterRig([wire.provider("first", url: server.url, key: key)])
            for _ in 0..<2 {
                let failure = await rig.call(route: "first/m").failure
                let seen = "\(String(describing: failure)) \(rig.events) \(rig.told) \(rig.router.readings())"
                #expect(!seen.contains("canary") && !seen.contains("4e0740"))
                rig.pass(.seconds(3600))
            }
        }
    }

    @Test("A vendor's refusal stands, unless the route says otherwise", arguments: VendorWire.allCases)
    func refusals(_ wire: VendorWire) async throws {
        let models = ["first/m", "second/m"].compactMap { ModelReference($0) }
        for policy in RouteConfiguration.OnRefusal.allCases {
            let server = try wire.server([.end(.refusal)])
            let second = try VendorWire.custom.server([.hello])
            let rig = RouterRig(
                [
                    wire.provider("first", url: server.url),
                    VendorWire.custom.provider("second", url: second.url),
                ], routes: ["r": RouteConfiguration(models: models, onRefusal: policy)])
            let reply = try await rig.call(route: "r").get()
            #expect(reply.finish == (policy == .stop ? .filtered : .stop))
            #expect(reply.usage?.total == (policy == .stop ? 16 : 32))
            // Money that is held for one answer pays for no second one.
            let held = try await rig.call(route: "r", paysOnce: true).get()
            #expect(held.finish == .filtered)
        }
    }

    @Test("What a model thought goes back to it, and to no other", arguments: VendorWire.allCases)
    func thoughts(_ wire: VendorWire) async throws {
        let server = try wire.server([.call("shell", Self.arguments, .thoughtful), .hello])
        let rig = RouterRig([wire.provider("first", url: server.url)])
        let reply = try await rig.call(.withShell, route: "first/m").get()
        #expect((reply.calls.first?.carried != nil) == (wire.thought != nil))
        var request = ModelRequest.withShell
        request.messages += [
            .assistant(text: reply.text, calls: reply.calls),
            .tool(callId: reply.calls[0].id, text: "a.txt", isError: false),
        ]
        _ = try await rig.call(request, route: "first/m").get()
        _ = try await rig.call(request, route: "first/other").get()
        let sent = server.requests.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(sent.count == 3 && sent[1].contains(wire.thought ?? "shell"))
        for secret in ["c2lnbmVk", "must look"] { #expect(!sent[2].contains(secret)) }
    }

    @Test("An answer that its limit cut", arguments: VendorWire.allCases)
    func length(_ wire: VendorWire) async throws {
        let server = try wire.server([.end(.length)])
        let reply = try await RouterRig([wire.provider("first", url: server.url)]).call(route: "first/m")
            .get()
        #expect(reply.finish == .length && reply.text == "Hel")
    }
}
