import AgentOSCore
import Glibc
import HostWire
import Testing

@Suite(.serialized) struct LineHostTests {
    /// The far ends of the two pipes that stand for the standard streams.
    private struct Streams: Sendable {
        let toInput: Int32
        let input: Int32
        let output: Int32
        let fromOutput: Int32

        init() throws {
            signal(SIGPIPE, SIG_IGN)
            var first: [Int32] = [-1, -1]
            var second: [Int32] = [-1, -1]
            guard pipe(&first) == 0, pipe(&second) == 0 else {
                throw Fault.failed("no pipe")
            }
            (input, toInput, fromOutput, output) = (first[0], first[1], second[0], second[1])
        }

        func send(_ text: String) {
            _ = Array(text.utf8).withUnsafeBytes { write(toInput, $0.baseAddress, $0.count) }
        }

        func lines(_ count: Int) -> [JSONValue] {
            rawLines(count).map { (try? JSONText.decode(JSONValue.self, from: $0)) ?? .null }
        }

        func rawLines(_ count: Int) -> [String] {
            var lines: [String] = []
            var pending: [UInt8] = []
            var byte: UInt8 = 0
            while lines.count < count, read(fromOutput, &byte, 1) == 1 {
                if byte != 0x0A {
                    pending.append(byte)
                    continue
                }
                lines.append(String(decoding: pending, as: UTF8.self))
                pending = []
            }
            return lines
        }
    }

    private func with(_ after: Int64?, _ body: @Sendable (FakeEngine, Streams) async throws -> Void)
        async throws
    {
        let (engine, streams) = (FakeEngine(), try Streams())
        let host = try LineHost(client: engine.client(), input: streams.input, output: streams.output)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await host.run(eventsAfter: after) }
            try await body(engine, streams)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test func eventsGoOutAndCommandsComeIn() async throws {
        try await with(0) { engine, streams in
            engine.append()
            let first = try await onThread { streams.lines(1) }
            #expect(first.first?["seq"] == 1)
            streams.send(#"{"id":"1","do":"session.pause","args":{"id":"abc"}}"# + "\n{}\n")
            let replies = try await onThread { streams.lines(2) }
            #expect(
                replies.contains([
                    "reply": "1", "ok": true, "message": "done session.pause", "value": ["id": "abc"],
                ]))
            #expect(replies.contains { $0["ok"] == false && $0["reply"] == .null })
            close(streams.toInput)
            engine.append()
            let last = try await onThread { streams.lines(1) }
            #expect(last.first?["seq"] == 2)
        }
    }

    /// INV-8: what comes back to whoever asked is printed so that a terminal obeys nothing.
    @Test func noLineHoldsWhatATerminalObeys() async throws {
        try await with(0) { engine, streams in
            engine.append(step: "a\u{9B}2J\u{202E}")
            streams.send(#"{"id":"1\#u{9B}","do":"x\#u{9B}"}"# + "\n")
            let lines = try await onThread { streams.rawLines(2) }
            #expect(lines.contains { $0.contains(#"a\u009b2J\u202e"#) }, "\(lines)")
            #expect(lines.contains { $0.contains(#""reply":"1\u009b""#) }, "\(lines)")
            #expect(!lines.joined().unicodeScalars.contains(where: SafeText.isUnsafe))
        }
    }

    @Test func withoutEventsOnlyRepliesGoOut() async throws {
        try await with(nil) { engine, streams in
            engine.append()
            streams.send(#"{"id":"1","do":"x"}"# + "\n")
            let lines = try await onThread { streams.lines(1) }
            #expect(lines.first?["reply"] == "1")
        }
    }

    @Test func aReaderThatStallsHoldsBackTheEventsAndOneThatLeavesEndsThem() async throws {
        try await with(0) { engine, streams in
            for _ in 0..<100 { engine.append(bytes: 20_000) }
            let first = try await onThread { streams.lines(1) }
            #expect(first.first?["seq"] == 1)
            #expect(engine.pulled < 100)
            close(streams.fromOutput)
            streams.send(#"{"id":"1","do":"x"}"# + "\n")
            while engine.commands.isEmpty { await Task.yield() }
        }
    }
}
