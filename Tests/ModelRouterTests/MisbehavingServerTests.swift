import AgentOSCore
import HTTPTransport
import TestSupport
import Testing

@testable import ModelRouter

/// The bad model servers of the first session: retried, or failed with the cause in one line.
@Suite struct MisbehavingServerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let answers: [ScriptedAnswer]
        /// nil where a reply comes of it in the end.
        let kind: ModelFailure.Kind?
        let attempts: Int
        var says = ""
        var usage: Usage?
        /// Milliseconds; short only in rows about this clock.
        var firstByte: Int64 = 60_000
        var idle: Int64 = 60_000
        var testDescription: String { name }
    }

    private static let errorJSON =
        #"{"error":{"message":"Bad thing \u001b[31m happened","type":"x","code":null}}"#

    static let cases: [Case] = [
        Case(
            name: "401", answers: [.json(401, [:], errorJSON)], kind: .authentication, attempts: 1,
            says: "key was refused (401): Bad thing \\e[31m"),
        Case(
            name: "403", answers: [.json(403, [:], errorJSON)], kind: .authentication, attempts: 1,
            says: "(403)"),
        Case(
            name: "400", answers: [.json(400, [:], errorJSON)], kind: .rejected, attempts: 1,
            says: "request was refused (400)"),
        Case(
            name: "404", answers: [.json(404, [:], #"{"error":"model 'm' not found"}"#)], kind: .rejected,
            attempts: 1, says: "no such model or address (404): model 'm' not found"),
        Case(
            name: "302", answers: [.reply(302, ["location": "http://127.0.0.1:1/"], "")], kind: .rejected,
            attempts: 1, says: "(302)"),
        Case(
            name: "422 detail", answers: [.json(422, [:], #"{"detail":[{"msg":"no"}]}"#)], kind: .rejected,
            attempts: 1, says: "the request was refused (422): no"),
        Case(
            name: "an error within an error",
            answers: [
                .json(400, [:], #"{"error":{"message":"{\"error\":{\"message\":\"deep\",\"x\":[1]}}"}}"#)
            ],
            kind: .rejected, attempts: 1, says: "refused (400): deep"),
        Case(
            name: "JSON without a sentence", answers: [.json(400, [:], #"{"ok":false,"trace":["a","b"]}"#)],
            kind: .rejected, attempts: 1, says: "the request was refused (400)"),
        Case(
            name: "out of money",
            answers: [.json(429, [:], #"{"error":{"message":"quota","code":"insufficient_quota"}}"#)],
            kind: .rejected, attempts: 1, says: "out of credit (429): quota"),
        Case(
            name: "500 for ever", answers: [.json(500, [:], errorJSON)], kind: .server, attempts: 3,
            says: "the vendor failed (500)"),
        Case(name: "503 for ever", answers: [.reply(503)], kind: .overloaded, attempts: 3),
        Case(
            name: "429 for ever", answers: [.reply(429, ["retry-after": "1"])], kind: .overloaded, attempts: 3
        ),
        Case(
            name: "429 for too long", answers: [.reply(429, ["retry-after": "3600"])], kind: .overloaded,
            attempts: 1),
        Case(
            name: "500 told not to retry", answers: [.reply(500, ["x-should-retry": "false"])], kind: .server,
            attempts: 1),
        Case(name: "500 then good", answers: [.reply(500), .stream(Chat.hello)], kind: nil, attempts: 2),
        Case(
            name: "busy, failing, good", answers: [.reply(429), .reply(502), .stream(Chat.hello)], kind: nil,
            attempts: 3),
        Case(
            name: "reset, then good", answers: [ScriptedAnswer([.reset]), .stream(Chat.hello)], kind: nil,
            attempts: 2),
        Case(
            name: "hangs up", answers: [.hangUp], kind: .protocolError, attempts: 3,
            says: "ended before the answer was complete"),
        Case(
            name: "never a byte", answers: [.silence], kind: .timeout, attempts: 3,
            says: "no answer within the time allowed", firstByte: 120),
        Case(
            name: "silent after the head", answers: [.stream([], then: [.stall])], kind: .timeout,
            attempts: 3, firstByte: 120),
        Case(
            name: "stops before content", answers: [.stream([": ping\n\n"], then: [.stall])], kind: .timeout,
            attempts: 3, says: "stopped half way", idle: 120),
        Case(
            name: "half before content",
            answers: [.stream([Chat.usage(9, 0)], then: [.close]), .stream(Chat.hello)], kind: nil,
            attempts: 2, usage: Usage(input: 19, output: 2)),
        Case(
            name: "half after content",
            answers: [.stream([Chat.text("Hel"), Chat.usage(9, 1)], then: [.close]), .stream(Chat.hello)],
            kind: .protocolError, attempts: 1, says: "ended before", usage: Usage(input: 9, output: 1)),
        Case(
            name: "ends without an end", answers: [.stream([Chat.text("Hel")])], kind: .protocolError,
            attempts: 1),
        Case(
            name: "only the end", answers: [.stream([Chat.done])], kind: .protocolError, attempts: 3,
            says: "the answer ended without any text or tool call"),
        Case(
            name: "only usage and the end, then good",
            answers: [.stream([Chat.usage(9, 0), Chat.done]), .stream(Chat.hello)], kind: nil, attempts: 2,
            usage: Usage(input: 19, output: 2)),
        Case(
            name: "stalls after content",
            answers: [.stream([Chat.text("Hel"), Chat.usage(9, 1)], then: [.stall])], kind: .timeout,
            attempts: 1, usage: Usage(input: 9, output: 1), idle: 3000),
        Case(
            name: "invalid JSON", answers: [.stream(["data: {\"cho\n\n"]), .stream(Chat.hello)], kind: nil,
            attempts: 2),
        Case(
            name: "invalid JSON for ever", answers: [.stream(["data: <html>\n\n"])], kind: .protocolError,
            attempts: 3, says: "not JSON"),
        Case(
            name: "invalid JSON after content", answers: [.stream([Chat.text("Hel"), "data: {\n\n"])],
            kind: .protocolError, attempts: 1),
        Case(
            name: "10 MB line", answers: [.hugeLine(10 << 20)], kind: .protocolError, attempts: 3,
            says: "larger than 1048576 bytes"),
        Case(name: "not HTTP", answers: [.garbage()], kind: .protocolError, attempts: 3, says: "not HTTP"),
        Case(
            name: "HTML", answers: [.reply(200, ["content-type": "text/html"], "<html>hello</html>")],
            kind: .protocolError, attempts: 3),
        Case(
            name: "JSON of another kind", answers: [.json(200, [:], #"{"hello":1}"#)], kind: .protocolError,
            attempts: 3),
        Case(
            name: "a character cut in two",
            answers: [
                .chunks([
                    Array("data: {\"choices\":[{\"delta\":{\"content\":\"\u{e4}".utf8.dropLast()),
                    [0xA4] + Array("\"}}]}\n\n".utf8), Array((Chat.finish("stop") + Chat.done).utf8),
                ])
            ], kind: nil, attempts: 1),
        Case(
            name: "bytes that are not UTF-8",
            answers: [
                .chunks([
                    Array("data: {\"choices\":[{\"delta\":{\"content\":\"".utf8) + [0xFF, 0xC3]
                        + Array("\"},\"finish_reason\":\"stop\"}]}\n\n".utf8)
                ])
            ], kind: nil, attempts: 1),
        Case(
            name: "overloaded in the stream",
            answers: [
                .stream([Chat.data(#"{"error":{"message":"busy","type":"overloaded_error"}}"#)]),
                .stream(Chat.hello),
            ], kind: nil, attempts: 2),
        Case(
            name: "status in the stream",
            answers: [.stream([Chat.data(#"{"error":{"code":401,"message":"no"}}"#)])], kind: .authentication,
            attempts: 1),
        Case(
            name: "error after content",
            answers: [.stream([Chat.text("Hel"), Chat.data(#"{"error":{"code":500,"message":"boom"}}"#)])],
            kind: .server, attempts: 1, says: "boom"),
    ]

    @Test(arguments: cases)
    func `a bad server`(_ row: Case) async throws {
        let server = try ScriptedServer(row.answers)
        let rig = RouterRig([
            .custom("local", server.url, key: "k-secret", firstByte: row.firstByte, idle: row.idle)
        ])
        switch await rig.call(route: "local/m") {
        case .success(let reply):
            #expect(row.kind == nil)
            #expect(reply.attempts == row.attempts)
            #expect(reply.text == rig.text)
            if let usage = row.usage { #expect(reply.usage == usage) }
        case .failure(let failure):
            #expect(failure.kind == row.kind)
            #expect(failure.attempts == row.attempts)
            #expect(failure.message.contains(row.says))
            #expect(failure.message.hasPrefix("local/m: "))
            #expect(failure.message.split(whereSeparator: { $0.isNewline }).count == 1)
            #expect(!failure.message.contains("secret"))
            if let usage = row.usage { #expect(failure.usage == usage) }
        }
        #expect(server.requests.count == row.attempts)
        #expect(rig.waits.count == row.attempts - 1)
    }

    @Test func `nobody listens: tried three times, and the next step named`() async throws {
        let closed = try RefusingPort()
        let rig = RouterRig([.custom("local", "http://127.0.0.1:\(closed.port)")])
        var failure = await rig.call(route: "local/m").failure
        #expect(failure?.tried?.map(\.waitedMilliseconds) == [500, 1000, nil])
        failure?.tried = nil
        #expect(
            failure
                == ModelFailure(
                    kind: .unreachable,
                    message: "local/m: 127.0.0.1:\(closed.port) refused the connection (after 3 requests); "
                        + "start the server, or check the url of provider local", attempts: 3,
                    mayBeCharged: false, isWorthAnother: true))
        #expect(rig.waits == [.milliseconds(500), .seconds(1)])
    }

    @Test func `the wait that a server asks for is a floor`() async throws {
        let server = try ScriptedServer([
            .reply(429, ["retry-after": "7"]), .reply(429, ["retry-after-ms": "20"]), .stream(Chat.hello),
        ])
        let rig = RouterRig([.custom("local", server.url)])
        _ = try await rig.call(route: "local/m").get()
        #expect(rig.waits == [.seconds(7), .seconds(1)])
        #expect(
            rig.events.contains(
                .retrying(reason: "local/m: overloaded (429)", afterMilliseconds: 7000)))
    }

    @Test func `INV-7: a key that the vendor repeats is not repeated by us`() async throws {
        let server = try ScriptedServer([
            .json(
                401, [:],
                #"{"error":{"message":"Incorrect API key provided: sk-abc****xyz, (hunter2-key) or \"sk-live-1\"."}}"#
            )
        ])
        let failure = await RouterRig([.custom("local", server.url, key: "hunter2-key")]).call(
            route: "local/m"
        ).failure
        let message = try #require(failure?.message)
        for secret in ["hunter2", "sk-abc", "xyz", "sk-live"] { #expect(!message.contains(secret)) }
        #expect(message.contains("Incorrect API key provided"))
    }

    @Test func `cancelling ends the call at once`() async throws {
        let server = try ScriptedServer([.silence])
        let rig = RouterRig([.custom("local", server.url)])
        let calling = Task { await rig.call(route: "local/m").failure }
        while server.requests.isEmpty { await Task.yield() }
        calling.cancel()
        #expect(await calling.value?.kind == .cancelled)
        for await _ in server.hangUps { break }
    }
}

extension Result {
    var failure: Failure? {
        guard case .failure(let failure) = self else { return nil }
        return failure
    }
}
