import AgentOSCore
import Testing

@Suite struct UsageTests {
    private let full = Usage(
        input: 1, output: 2, cacheRead: 3, cacheWrite: 4, cacheWriteHour: 5, reasoning: 6, audioInput: 7,
        audioOutput: 8, toolPrompt: 9, serverCalls: 10)

    @Test func `the buckets do not overlap, and calls are no tokens`() {
        #expect(full.prompt == 1 + 3 + 4 + 5 + 7 + 9)
        #expect(full.written == 2 + 6 + 8)
        #expect(full.total == 45)
        #expect((full + full).total == 90 && (full + full).serverCalls == 20)
    }

    @Test func `a line of an older log is read, and a plain one is written as before`() throws {
        let old = #"{"cacheRead":3,"cacheWrite":4,"input":1,"output":2}"#
        let usage = try JSONText.decode(Usage.self, from: old)
        #expect(usage == Usage(input: 1, output: 2, cacheRead: 3, cacheWrite: 4))
        #expect(try JSONText.string(usage) == old)
        #expect(try JSONText.decode(Usage.self, from: JSONText.string(full)) == full)
    }

    @Test func `a call of an older log is read, and what a vendor wants back stays`() throws {
        let old = #"{"arguments":{},"id":"a","name":"shell"}"#
        let call = try JSONText.decode(ToolCall.self, from: old)
        #expect(call.carried == nil)
        #expect(try JSONText.string(call) == old)
        let carried = ToolCall(
            id: "a", name: "shell", arguments: [:],
            carried: CarriedReasoning(wire: "google", model: "m", content: ["thoughtSignature": "x"]))
        #expect(try JSONText.decode(ToolCall.self, from: JSONText.string(carried)) == carried)
    }
}
