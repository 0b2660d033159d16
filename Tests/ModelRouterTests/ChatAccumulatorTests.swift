import AgentOSCore
import HTTPTransport
import Testing

@testable import ModelRouter

@Suite struct ChatAccumulatorTests {
    private func reply(_ data: [String], request: ModelRequest = .hello) throws -> ProviderReply? {
        var accumulator = ChatAccumulator(request, replyIndex: 0)
        for line in data { _ = try accumulator.take(line) }
        return accumulator.reply()
    }

    private func calls(_ deltas: [String]) throws -> [ToolCall] {
        let chunks = deltas.map { "{\"choices\":[{\"delta\":{\"tool_calls\":[\($0)]}}]}" }
        return try #require(try reply(chunks + ["[DONE]"])).calls
    }

    private func call(_ id: String, _ name: String, _ arguments: JSONValue = [:]) -> ToolCall {
        ToolCall(id: id, name: name, arguments: arguments)
    }

    @Test func `calls in every shape that servers send`() throws {
        let table: [([String], [ToolCall])] = [
            (
                [#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}"#],
                [call("a", "f", ["x": 1])]
            ),
            ([#"{"index":0,"id":"a","function":{"name":"f"}}"#], [call("a", "f")]),
            ([#"{"index":0,"id":"a","function":{"name":"f","arguments":null}}"#], [call("a", "f")]),
            ([#"{"index":0,"id":"a","function":{"name":"f","arguments":"null"}}"#], [call("a", "f")]),
            (
                [#"{"index":0,"id":"a","function":{"name":"f","arguments":{"x":[1]}}}"#],
                [call("a", "f", ["x": [1]])]
            ),
            (
                [#"{"index":0,"id":"a","function":{"name":"f","arguments":"\"{\\\"x\\\":1}\""}}"#],
                [call("a", "f", ["x": 1])]
            ),
            ([#"{"index":0,"id":"a","function":{"name":"f","arguments":"{bad"}}"#], [call("a", "f", "{bad")]),
            ([#"{"index":0,"id":"a","function":{"name":"f","arguments":"[1]"}}"#], [call("a", "f", "[1]")]),
            (
                [
                    #"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}"#,
                    #"{"index":0,"id":"a","function":{"name":"","arguments":":2}"}}"#,
                ], [call("a", "f", ["x": 2])]
            ),
            (
                [
                    #"{"id":"a","function":{"name":"f","arguments":"{}"}}"#,
                    #"{"id":"b","function":{"name":"g","arguments":"{\"y\""}}"#,
                    #"{"function":{"arguments":":1}"}}"#,
                ], [call("a", "f"), call("b", "g", ["y": 1])]
            ),
            (
                [
                    #"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"#,
                    #"{"index":0,"id":"b","function":{"name":"g","arguments":"{}"}}"#,
                ], [call("a", "f"), call("b", "g")]
            ),
            (
                [
                    #"{"index":1,"id":"b","function":{"name":"g","arguments":"{"}}"#,
                    #"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"#,
                    #"{"index":1,"function":{"arguments":"}"}}"#,
                ], [call("b", "g"), call("a", "f")]
            ),
            (
                [
                    #"{"index":0,"function":{"name":"f"}}"#,
                    #"{"index":1,"id":"null","function":{"name":"g"}}"#,
                ],
                [call("call_1_1", "f"), call("call_1_2", "g")]
            ),
            (
                [
                    #"{"index":0,"id":"a","function":{"name":"f"}}"#,
                    #"{"index":1,"id":"a","function":{"name":"g"}}"#,
                ],
                [call("a", "f"), call("call_1_2", "g")]
            ),
        ]
        for (deltas, expected) in table { #expect(try calls(deltas) == expected, "\(deltas)") }
    }

    @Test func `an id that the session has had is not used again`() throws {
        let request = ModelRequest(
            system: "",
            messages: [
                .assistant(text: "", calls: [call("a", "f"), call("call_1_1", "f")]),
                .tool(callId: "a", text: "", isError: false),
            ], tools: [])
        let reply = try reply(
            [
                #"{"choices":[{"delta":{"tool_calls":[{"id":"a","function":{"name":"f"}}]},"finish_reason":"tool_calls"}]}"#
            ],
            request: request)
        #expect(reply?.calls.map(\.id) == ["call_1_1_"])
    }

    @Test(arguments: [
        ("stop", FinishReason.stop), ("length", .length), ("content_filter", .filtered), ("eos", .stop),
        ("tool_calls", .stop),
    ])
    func `why it stopped`(_ reason: String, _ finish: FinishReason) throws {
        #expect(
            try reply(["{\"choices\":[{\"delta\":{},\"finish_reason\":\"\(reason)\"}]}"])?.finish == finish)
    }

    @Test(arguments: [
        (#"{"prompt_tokens":10,"completion_tokens":4}"#, Usage(input: 10, output: 4)),
        (
            #"{"prompt_tokens":100,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":60,"cache_write_tokens":30}}"#,
            Usage(input: 10, output: 4, cacheRead: 60, cacheWrite: 30)
        ),
        (#"{"prompt_tokens":100,"num_cached_tokens":60}"#, Usage(input: 40, cacheRead: 60)),
        (#"{"prompt_tokens":10,"prompt_tokens_details":{"cached_tokens":60}}"#, Usage(cacheRead: 10)),
        (#"{"prompt_tokens":7,"prompt_tokens_details":null,"unknown":{"a":1}}"#, Usage(input: 7)),
    ])
    func `usage in buckets that add up to the prompt`(_ json: String, _ usage: Usage) throws {
        let counted = "{\"choices\":[],\"usage\":\(json)}"
        #expect(try reply([#"{"choices":[{"delta":{"content":"x"}}]}"#, counted, "[DONE]"])?.usage == usage)
    }

    @Test(arguments: [
        #"{"prompt_tokens":99999999999999999999999999,"completion_tokens":4}"#,
        #"{"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807}"#,
        #"{"prompt_tokens":1e300}"#, #"{"prompt_tokens":"many"}"#, #"{"completion_tokens":-1}"#,
        #"{"prompt_tokens":1,"prompt_tokens_details":[]}"#, "5", #""none""#, "[1]",
    ])
    func `an answer is kept whose usage cannot be`(_ json: String) throws {
        let reply = try reply([
            #"{"choices":[{"delta":{"content":"whole"},"finish_reason":"stop"}]}"#,
            "{\"choices\":[],\"usage\":\(json)}", "[DONE]",
        ])
        #expect(reply == ProviderReply(text: "whole", calls: [], usage: nil, finish: .stop))
    }

    @Test func `half a stream is no reply, and neither is the end alone`() throws {
        #expect(try reply([]) == nil)
        #expect(try reply([#"{"choices":[{"delta":{"content":"x"}}]}"#]) == nil)
        #expect(try reply(["[DONE]"]) == nil)
        #expect(try reply(["{}", #"{"object":"ping"}"#, #"{"choices":[{}]}"#, "[DONE]", "not json"]) == nil)
        #expect(
            try reply([#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#, "[DONE]"])
                == ProviderReply(text: "", calls: [], usage: nil, finish: .stop))
    }

    @Test func `content in parts, with nulls and fields nobody knows`() throws {
        let reply = try reply([
            #"{"id":"x","choices":[{"delta":{"role":"assistant","content":null,"refusal":null}}],"usage":null}"#,
            #"{"choices":[{"delta":{"content":[{"type":"text","text":"a"},{"type":"other"}],"reasoning_content":"hm"}}]}"#,
            #"{"choices":[{"delta":{"content":"b"},"finish_reason":"stop","logprobs":null}],"timings":{"x":1.5}}"#,
        ])
        #expect(reply?.text == "ab")
    }

    @Test func `random streams, cut and garbled anywhere, never trap and never invent`() throws {
        let pieces = [
            Chat.text("Grüße 🚀 "),
            Chat.call(#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}"#),
            Chat.call(#"{"index":0,"function":{"arguments":"1}"}}"#), Chat.usage(10, 5, cached: 3),
            ": ping\n\n",
            Chat.finish("tool_calls"), Chat.done,
        ]
        var random = SeededRandom(seed: 5)
        for _ in 0..<600 {
            var bytes = Array(pieces.joined().utf8)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count + 50, using: &random)))
            #expect(outcome(bytes, pieceSize: 1) == outcome(bytes, pieceSize: bytes.count + 1))
        }
    }

    /// What a stream comes to: shown text and calls, and the reply or the failure.
    private func outcome(_ bytes: [UInt8], pieceSize: Int) -> [String] {
        var decoder = SSEDecoder()
        var accumulator = ChatAccumulator(.hello, replyIndex: 0)
        var shown: [ModelStreamEvent] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            var events: [SSEEvent] = []
            guard (try? decoder.feed(Array(rest.prefix(pieceSize)), into: &events)) != nil else { break }
            rest = rest.dropFirst(pieceSize)
            for event in events {
                guard let more = try? accumulator.take(event.data) else { return ["\(shown)", "failed"] }
                shown += more
            }
        }
        return [
            "\(shown)", "\(String(describing: accumulator.reply()))",
            "\(String(describing: accumulator.usage))",
        ]
    }
}
