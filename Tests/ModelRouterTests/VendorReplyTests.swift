import AgentOSCore
import HTTPTransport
import TestSupport
import Testing

@testable import ModelRouter

/// What comes over each wire: reasoning kept, usage in buckets that add up, whatever else arrives.
@Suite struct VendorReplyTests {
    private func attempt(_ request: ModelRequest = .withShell, model: String = "m") -> ModelAttempt {
        ModelAttempt(request: request, model: model, replyIndex: 0, onEvent: { _ in })
    }

    private func anthropic(_ events: [String]) throws -> ProviderReply? {
        var accumulator = AnthropicAccumulator(attempt())
        for event in events { _ = try accumulator.take(event) }
        return accumulator.reply()
    }

    private func google(_ events: [String]) throws -> ProviderReply? {
        var accumulator = GeminiAccumulator(attempt())
        for event in events { _ = try accumulator.take(event) }
        return accumulator.reply()
    }

    @Test("Anthropic: thinking is kept with the call that it led to, and not shown")
    func thinking() throws {
        let reply = try #require(
            try anthropic([
                #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
                #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm"}}"#,
                #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"."}}"#,
                #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s1g"}}"#,
                #"{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"x0"}}"#,
                #"{"type":"content_block_start","index":2,"content_block":{"type":"text","text":"I look."}}"#,
                #"{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"t1","name":"shell","input":{}}}"#,
                #"{"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"t1","name":"shell","input":{}}}"#,
                #"{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"command\":\"ls\"}"}}"#,
                #"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":5}}"#,
                #"{"type":"message_stop"}"#,
            ]))
        #expect(reply.text == "I look.")
        #expect(reply.calls.map(\.id) == ["t1", "call_1_2"])
        #expect(reply.calls.map(\.arguments) == [["command": "ls"], [:]])
        #expect(
            reply.calls.map(\.carried) == [
                CarriedReasoning(
                    wire: "anthropic", model: "m",
                    content: [
                        ["type": "thinking", "thinking": "Hm.", "signature": "s1g"],
                        ["type": "redacted_thinking", "data": "x0"],
                    ]), nil,
            ])
        #expect(reply.finish == .tools)
    }

    @Test("Anthropic: counts are revised, not added, and cached tokens stand beside the input")
    func anthropicUsage() throws {
        let reply = try #require(
            try anthropic([
                #"{"type":"message_start","message":{"usage":{"input_tokens":43,"cache_creation_input_tokens":30,"cache_read_input_tokens":7,"cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":10},"output_tokens":1}}}"#,
                #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Hi"}}"#,
                #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":61,"output_tokens":50,"output_tokens_details":{"thinking_tokens":40},"server_tool_use":{"web_search_requests":2,"web_fetch_requests":1}}}"#,
                #"{"type":"message_stop"}"#,
            ]))
        #expect(
            reply.usage
                == Usage(
                    input: 61, output: 10, cacheRead: 7, cacheWrite: 20, cacheWriteHour: 10, reasoning: 40,
                    serverCalls: 3))
        #expect(reply.usage?.total == 61 + 30 + 7 + 50)
    }

    @Test("Google: thoughts are billed, not shown; the last count stands for all")
    func googleUsage() throws {
        let reply = try #require(
            try google([
                #"{"candidates":[{"content":{"parts":[{"text":"I wonder","thought":true}]}}],"usageMetadata":{"promptTokenCount":29,"thoughtsTokenCount":100,"totalTokenCount":129}}"#,
                #"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"shell","args":{"command":"ls"}},"thoughtSignature":"c2ln"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":29,"candidatesTokenCount":15,"thoughtsTokenCount":804,"totalTokenCount":848}}"#,
            ]))
        #expect(reply.text.isEmpty && reply.finish == .tools)
        #expect(reply.usage == Usage(input: 29, output: 15, reasoning: 804))
        #expect(reply.usage?.total == 848 && reply.usage?.written == 819)
        #expect(reply.calls.first?.carried?.content == ["thoughtSignature": "c2ln"])
        #expect(reply.calls.first?.id == "call_1_1")
    }

    @Test("Google: sound, cached and tool prompts")
    func googleBuckets() throws {
        let usage = try JSONText.decode(
            GeminiUsage.self,
            from:
                #"{"promptTokenCount":100,"cachedContentTokenCount":40,"candidatesTokenCount":30,"thoughtsTokenCount":5,"toolUsePromptTokenCount":11,"totalTokenCount":146,"promptTokensDetails":[{"modality":"TEXT","tokenCount":80},{"modality":"AUDIO","tokenCount":20}],"candidatesTokensDetails":[{"modality":"AUDIO","tokenCount":10}]}"#
        ).buckets
        #expect(
            usage
                == Usage(
                    input: 40, output: 20, cacheRead: 40, reasoning: 5, audioInput: 20, audioOutput: 10,
                    toolPrompt: 11))
        #expect(usage?.total == 146)
    }

    @Test("Google: a blocked prompt is a refusal, a broken call is asked for again")
    func googleEnds() throws {
        #expect(try google([#"{"promptFeedback":{"blockReason":"SAFETY"}}"#])?.finish == .filtered)
        #expect(try google([#"{"candidates":[{"finishReason":"OTHER"}]}"#])?.finish == .filtered)
        #expect(throws: WireError.self) {
            try google([#"{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}]}"#])
        }
    }

    @Test(
        "Chat: cached, reasoning and sound are parts; the buckets sum to the total",
        arguments: [
            (
                #"{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_tokens_details":{"cached_tokens":64,"audio_tokens":6},"completion_tokens_details":{"reasoning_tokens":30,"audio_tokens":5}}"#,
                Usage(input: 30, output: 15, cacheRead: 64, reasoning: 30, audioInput: 6, audioOutput: 5)
            ),
            // Reasoning beside the answer, as some servers count it: the total tells.
            (
                #"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":45,"completion_tokens_details":{"reasoning_tokens":30}}"#,
                Usage(input: 10, output: 5, reasoning: 30)
            ),
            (
                #"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"num_cached_tokens":9}"#,
                Usage(input: 1, output: 5, cacheRead: 9)
            ),
            (
                #"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":99}}"#,
                Usage(output: 5, cacheRead: 10)
            ),
        ])
    func chatUsage(_ json: String, _ usage: Usage) throws {
        let buckets = try JSONText.decode(ChatUsage.self, from: json).buckets
        #expect(buckets == usage)
        #expect(
            buckets?.total == (try JSONText.decode(JSONValue.self, from: json))["total_tokens"]?.int)
    }

    @Test("Unknown things are counted and skipped", arguments: VendorWire.allCases)
    func unknown(_ wire: VendorWire) async throws {
        let server = try wire.server([.unknownPieces])
        let provider = try ProviderKinds.make(
            wire.provider("p", url: server.url), transport: HTTPTransport(),
            environment: .system(clock: WallClock { Timestamp(milliseconds: 0) })
        ).get()
        let reply = try await provider.reply(to: attempt())
        #expect(reply.text == "Hello" && reply.skipped >= 2)
    }

    @Test("INV-2: what a wire throws at us never ends the process, and counts stay counts")
    func fuzz() {
        var random = SeededRandom(seed: 4)
        for wire in VendorWire.allCases {
            let pieces =
                wire.opening + wire.text(["Hel", "lo"]) + wire.call("shell", #"{"command":"ls"}"#)
                + wire.ending(.tools)
            let lines = pieces.map { Array($0.dropFirst(6).dropLast(2).utf8) }
            for _ in 0..<600 {
                var accumulator: any ReplyAccumulator =
                    switch wire {
                    case .anthropic: AnthropicAccumulator(attempt())
                    case .google: GeminiAccumulator(attempt())
                    case .openai, .mistral, .custom: ChatAccumulator(.withShell, replyIndex: 0)
                    }
                for line in lines {
                    var line = line
                    for _ in 0..<Int.random(in: 0...2, using: &random) where !line.isEmpty {
                        line[Int.random(in: line.indices, using: &random)] = UInt8.random(
                            in: 0x20...0x7E, using: &random)
                    }
                    guard (try? accumulator.take(String(decoding: line, as: UTF8.self))) != nil else { break }
                }
                let reply = accumulator.reply()
                #expect((accumulator.usage?.total ?? 0) >= 0)
                #expect(Set(reply?.calls.map(\.id) ?? []).count == reply?.calls.count ?? 0)
            }
        }
    }
}
