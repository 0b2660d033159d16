import AgentOSCore
import TestSupport
import Testing

@testable import ModelRouter

@Suite struct RehearsalTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func rig(_ lines: String) throws -> RouterRig {
        RouterRig([.rehearsal(try folder.write("replies.jsonl", lines))])
    }

    @Test func `the contract's own line, word by word`() async throws {
        let rig = try rig(
            #"{"text":"I run it now.","tool_calls":[{"name":"shell","arguments":{"command":"make test"}}],"usage":{"input":120,"output":30},"after_ms":50,"chunk_ms":5}"#
        )
        let reply = try await rig.call(route: "rehearsed/any").get()
        #expect(reply.text == "I run it now.")
        #expect(reply.calls == [ToolCall(id: "call_1_1", name: "shell", arguments: ["command": "make test"])])
        #expect(reply.usage == Usage(input: 120, output: 30))
        #expect(reply.finish == .tools)
        #expect(rig.waits == [.milliseconds(50)] + Array(repeating: .milliseconds(5), count: 3))
        #expect(
            rig.events.dropFirst() == [
                .text("I "), .text("run "), .text("it "), .text("now."), .call(name: "shell"),
            ])
    }

    @Test func `each reply is a line, blank ones not counted, and an empty object is the end`() async throws {
        let rig = try rig("{\"text\":\"one\"}\r\n\n{}\n")
        #expect(try await rig.call(route: "rehearsed/m", replyIndex: 0).get().text == "one")
        let last = try await rig.call(route: "rehearsed/m", replyIndex: 1).get()
        #expect(last.text == "" && last.calls.isEmpty && last.finish == .stop && last.usage == Usage())
        let failure = try #require(await rig.call(route: "rehearsed/m", replyIndex: 2).failure)
        #expect(failure.kind == .rehearsal)
        #expect(
            failure.message
                == "rehearsed/m: the rehearsal is over: \(folder.path)/replies.jsonl holds 2 replies and reply 3 was asked for; add a line, or record a longer run"
        )
    }

    @Test(arguments: [
        ("overloaded", ModelFailure.Kind?.none, 2), ("refused", nil, 2), ("timeout", nil, 2),
        ("server", nil, 2),
        ("cut", nil, 2), ("auth", .authentication, 1), ("rejected", .rejected, 1),
    ])
    func `an error is a reply that is retried as the real one would be`(
        _ name: String, _ kind: ModelFailure.Kind?, _ attempts: Int
    ) async throws {
        let rig = try rig("{\"error\":\"\(name)\"}\n{\"text\":\"done\"}\n")
        switch await rig.call(route: "rehearsed/m") {
        case .success(let reply):
            #expect(kind == nil && reply.text == "done" && reply.attempts == attempts)
        case .failure(let failure):
            #expect(failure.kind == kind && failure.attempts == attempts)
        }
    }

    @Test func `a reply waits for its file in the rehearsal's folder`() async throws {
        let rig = try rig("{\"text\":\"one\",\"until_file\":\"mark\"}\n")
        async let reply = rig.call(route: "rehearsed/m")
        try folder.write("mark", "")
        #expect(try await reply.get().text == "one")
    }

    @Test func `an error after text is not retried and keeps its usage`() async throws {
        let rig = try rig(
            "{\"text\":\"half\",\"usage\":{\"input\":5,\"output\":1},\"error\":\"cut\"}\n{\"text\":\"done\"}\n"
        )
        let failure = try #require(await rig.call(route: "rehearsed/m").failure)
        #expect(failure.kind == .protocolError)
        #expect(failure.usage == Usage(input: 5, output: 1))
        #expect(rig.text == "half")
    }

    @Test(arguments: [
        ("not json", "not a JSON object"), ("[1]", "not a JSON object"),
        ("{\"text\":1}", "text has the wrong type"),
        (
            "{\"txt\":\"a\"}",
            "unknown field txt; known are after_ms, chunk_ms, compaction, error, finish, text, tool_calls, until_file, usage, window"
        ),
        (
            "{\"error\":\"oops\"}",
            "unknown error oops; known are auth, context, cut, overloaded, refused, rejected, server, timeout"
        ),
        ("{\"tool_calls\":[{\"arguments\":{}}]}", "tool_calls[0].name has the wrong type"),
        ("{\"usage\":{\"input\":\"many\"}}", "usage.input has the wrong type"),
    ])
    func `a bad line is named with file and line`(_ line: String, _ problem: String) async throws {
        let path = try folder.write("replies.jsonl", "{\"text\":\"ok\"}\n\n\(line)\n")
        let rig = RouterRig([.rehearsal(path)])
        _ = try await rig.call(route: "rehearsed/m", replyIndex: 0).get()
        let failure = try #require(await rig.call(route: "rehearsed/m", replyIndex: 1).failure)
        #expect(failure.kind == .rehearsal)
        #expect(failure.message == "rehearsed/m: \(path):3: \(problem); mend that line")
        #expect(throws: Fault.usage("\(path):3: \(problem)", hint: "mend that line")) {
            try RehearsalFile.check(path)
        }
    }

    @Test func `a file that is not there`() async throws {
        let rig = RouterRig([.rehearsal(folder.file("gone.jsonl"))])
        let failure = try #require(await rig.call(route: "rehearsed/m").failure)
        #expect(failure.message.contains("gone.jsonl cannot be read"))
    }

    @Test func `random bytes are a fault, never a trap`() throws {
        var random = SeededRandom(seed: 3)
        let seed = Array(
            "{\"text\":\"a\",\"tool_calls\":[{\"name\":\"x\",\"arguments\":{}}],\"usage\":{\"input\":1}}".utf8
        )
        for _ in 0..<400 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            _ = try? RehearsalLine.read(bytes)
        }
    }

    @Test func `what was recorded plays as it was`() async throws {
        let server = try ScriptedServer([
            .reply(500),
            .stream([
                Chat.text("Ich prüfe.\n"),
                Chat.call(#"{"id":"v1","function":{"name":"shell","arguments":"{\"command\":\"ls\"}"}}"#),
                Chat.call(#"{"id":"v2","function":{"name":"shell","arguments":"{bad"}}"#),
                Chat.finish("tool_calls"),
                Chat.usage(100, 7, cached: 50), Chat.done,
            ]),
            .stream([Chat.text("cut sho"), Chat.finish("length"), Chat.usage(10, 3), Chat.done]),
            .stream(Chat.hello), .json(400, [:], "{}"),
        ])
        let real = RouterRig([.custom("local", server.url)])
        let path = folder.file("out.jsonl")
        let recorder = try ReplyRecorder(path: path)
        var originals: [Result<ModelReply, ModelFailure>] = []
        for index in 0..<4 {
            let result = await real.call(.withShell, route: "local/m", replyIndex: index)
            originals.append(result)
            switch result {
            case .success(let reply): try recorder.record(reply)
            case .failure(let failure): try recorder.record(failure)
            }
        }
        #expect(try RehearsalFile.check(path) == 4)
        let played = RouterRig([.rehearsal(path)])
        for (index, original) in originals.enumerated() {
            let again = await played.call(.withShell, route: "rehearsed/m", replyIndex: index)
            #expect(again.failure?.kind == original.failure?.kind)
            guard case .success(let reply) = again, case .success(let first) = original else { continue }
            #expect(reply.text == first.text)
            #expect(reply.calls.map(\.name) == first.calls.map(\.name))
            #expect(reply.calls.map(\.arguments) == first.calls.map(\.arguments))
            #expect(reply.usage == first.usage)
            #expect(reply.finish == first.finish)
        }
        #expect(originals.last?.failure?.kind == .rejected)
        #expect(throws: Fault.refused("\(path) exists already", hint: "name another file for --record")) {
            try ReplyRecorder(path: path)
        }
        _ = try ReplyRecorder(path: try folder.write("empty.jsonl", ""))
        #expect(throws: Fault.self) { try ReplyRecorder(path: folder.file("no/such/folder.jsonl")) }
    }
}
