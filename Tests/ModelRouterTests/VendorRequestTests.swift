import AgentOSCore
import HTTPTransport
import TestSupport
import Testing

@testable import ModelRouter

/// What is sent over each wire: the conversation, tools, and the reasoning that a vendor wants back.
@Suite struct VendorRequestTests {
    private static let tools = [
        ToolSpec(name: "shell", description: "Runs.", parameters: ["type": "object"]),
        ToolSpec(name: "mcp.time", description: "Tells.", parameters: ["type": "object"]),
    ]

    private func request(_ carried: CarriedReasoning?, tools: [ToolSpec] = Self.tools) -> ModelRequest {
        ModelRequest(
            system: "Be short.",
            messages: [
                .user("Fix it"),
                .assistant(
                    text: "Let me see.",
                    calls: [
                        ToolCall(id: "a.1", name: "mcp.time", arguments: ["zone": "UTC"], carried: carried),
                        ToolCall(id: "b", name: "shell", arguments: "{bad"),
                    ]),
                .tool(callId: "a.1", text: "12:00", isError: false),
                .tool(callId: "b", text: "not JSON", isError: true),
                .user("Go on"),
            ], tools: tools, maxOutputTokens: 99)
    }

    private let thinking: JSONValue = [["type": "thinking", "thinking": "Hm.", "signature": "s1g"]]

    @Test("Anthropic: roles alternate, reasoning stands first, the stable prefix is marked")
    func anthropic() throws {
        let carried = CarriedReasoning(wire: "anthropic", model: "claude-x", content: thinking)
        let body = AnthropicRequest(request(carried), model: "claude-x").body
        let mark: JSONValue = ["type": "ephemeral"]
        #expect(body["max_tokens"] == 99 && body["stream"] == true && body["model"] == "claude-x")
        #expect(body["system"] == [["type": "text", "text": "Be short.", "cache_control": mark]])
        #expect(body["tools"]?.array?.map { $0["cache_control"] } == [nil, mark])
        #expect(body["tools"]?.array?.map { $0["name"] } == ["shell", "mcp_time"])
        #expect(
            body["messages"] == [
                ["role": "user", "content": [["type": "text", "text": "Fix it", "cache_control": mark]]],
                [
                    "role": "assistant",
                    "content": [
                        ["type": "thinking", "thinking": "Hm.", "signature": "s1g"],
                        ["type": "text", "text": "Let me see."],
                        ["type": "tool_use", "id": "a_1", "name": "mcp_time", "input": ["zone": "UTC"]],
                        ["type": "tool_use", "id": "b", "name": "shell", "input": ["unreadable": "{bad"]],
                    ],
                ],
                [
                    "role": "user",
                    "content": [
                        ["type": "tool_result", "tool_use_id": "a_1", "content": "12:00"],
                        ["type": "tool_result", "tool_use_id": "b", "content": "not JSON", "is_error": true],
                        ["type": "text", "text": "Go on", "cache_control": mark],
                    ],
                ],
            ])
        let text = try JSONText.string(AnthropicRequest(request(carried), model: "claude-y").body)
        #expect(!text.contains("s1g"))
        #expect(AnthropicRequest(.hello, model: "claude-3-5-haiku").body["max_tokens"] == 8192)
        // Asked once, and so not written to the cache.
        #expect(
            AnthropicRequest(.hello, model: "m").body["messages"] == [
                ["role": "user", "content": [["type": "text", "text": "Hello"]]]
            ])
    }

    @Test("Anthropic: thinking waits until the tools of another model's answer have reported")
    func thinkingAfterAnother() async throws {
        let server = try VendorWire.anthropic.server([.hello])
        var provider = VendorWire.anthropic.provider("p", url: server.url)
        provider.body = ["thinking": ["type": "enabled", "budget_tokens": 1024]]
        let rig = RouterRig([provider])
        for (model, isAsked) in [("claude-x", true), ("claude-y", false)] {
            let carried = CarriedReasoning(wire: "anthropic", model: model, content: thinking)
            var asked = request(carried)
            asked.messages.removeLast()
            _ = try await rig.call(asked, route: "p/claude-x").get()
            let body = try JSONText.decode(JSONValue.self, from: try #require(server.requests.last).body)
            #expect((body["thinking"] != nil) == isAsked)
            _ = try await rig.call(request(carried), route: "p/claude-x").get()
            let next = try JSONText.decode(JSONValue.self, from: try #require(server.requests.last).body)
            #expect(next["thinking"]?["budget_tokens"] == 1024)
        }
    }

    @Test("Anthropic: at most four marks, and the prefix of a turn is that of the turn before")
    func marks() throws {
        var messages: [Message] = []
        var last = ""
        for turn in 0..<6 {
            messages.append(.user("Turn \(turn)"))
            let request = ModelRequest(system: "S", messages: messages, tools: Self.tools)
            let text = try JSONText.string(AnthropicRequest(request, model: "m").body)
            #expect(text.split(separator: "cache_control").count - 1 <= 4)
            let bare = text.replacing(#""cache_control":{"type":"ephemeral"},"#, with: "")
            if let end = last.firstRange(of: "]}],\"model\"") {
                #expect(bare.hasPrefix(last[..<end.lowerBound]))
            }
            last = bare
            messages += [.assistant(text: "Answer \(turn)", calls: [])]
        }
    }

    @Test(
        "Google: signatures go back with the call that they came with; another's call is marked as unsigned")
    func google() throws {
        let own: JSONValue = ["thoughtSignature": "c2ln", "id": "f1"]
        let carried = CarriedReasoning(wire: "google", model: "gemini-3-pro", content: own)
        let body = GeminiRequest(request(carried), model: "gemini-3-pro").body
        #expect(body["systemInstruction"] == ["parts": [["text": "Be short."]]])
        #expect(body["generationConfig"] == ["maxOutputTokens": 99])
        let declared = body["tools"]?.array?.first?["functionDeclarations"]?.array
        #expect(declared?.map { $0["name"] } == ["shell", "mcp_time"])
        #expect(
            body["contents"] == [
                ["role": "user", "parts": [["text": "Fix it"]]],
                [
                    "role": "model",
                    "parts": [
                        ["text": "Let me see."],
                        [
                            "functionCall": ["name": "mcp_time", "args": ["zone": "UTC"], "id": "f1"],
                            "thoughtSignature": "c2ln",
                        ],
                        ["functionCall": ["name": "shell", "args": ["unreadable": "{bad"]]],
                    ],
                ],
                [
                    "role": "user",
                    "parts": [
                        [
                            "functionResponse": [
                                "name": "mcp_time", "response": ["output": "12:00"], "id": "f1",
                            ]
                        ],
                        ["functionResponse": ["name": "shell", "response": ["error": "not JSON"]]],
                        ["text": "Go on"],
                    ],
                ],
            ])
        for (model, isMarked) in [("gemini-2.5-flash", false), ("gemini-3-flash", true), ("gemini-10", true)]
        {
            let text = try JSONText.string(GeminiRequest(request(carried), model: model).body)
            #expect(!text.contains("c2ln"))
            #expect(text.contains("skip_thought_signature_validator") == isMarked)
        }
    }

    @Test(
        "Mistral: ids of nine letters and digits that pair, results that name their tool, no field too many")
    func mistral() async throws {
        let server = try VendorWire.mistral.server([.hello])
        _ = try await RouterRig([VendorWire.mistral.provider("le", url: server.url)]).call(
            request(nil), route: "le/m"
        ).get()
        let sent = try #require(server.requests.first)
        let body = try JSONText.decode(JSONValue.self, from: sent.body)
        #expect(body["stream_options"] == nil && body["max_tokens"] == 99)
        let messages = try #require(body["messages"]?.array)
        let calls = messages.compactMap { $0["tool_calls"]?.array }.flatMap { $0 }.compactMap {
            $0["id"]?.string
        }
        let results = messages.filter { $0["role"] == "tool" }
        #expect(
            messages.compactMap { $0["role"]?.string } == [
                "system", "user", "assistant", "tool", "tool", "assistant", "user",
            ])
        #expect(calls.count == 2 && calls == results.compactMap { $0["tool_call_id"]?.string })
        for id in calls {
            #expect(id.utf8.count == 9 && id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
        }
        #expect(results.compactMap { $0["name"]?.string } == ["mcp_time", "shell"])
        #expect(MistralProvider.callID("abcDEF123") == "abcDEF123")
    }

    @Test("OpenAI: the limit's own name, usage asked for")
    func openai() async throws {
        let server = try VendorWire.openai.server([.hello])
        _ = try await RouterRig([VendorWire.openai.provider("gpt", url: server.url)]).call(
            request(nil), route: "gpt/m"
        ).get()
        let body = try JSONText.decode(JSONValue.self, from: try #require(server.requests.first).body)
        #expect(body["max_completion_tokens"] == 99 && body["max_tokens"] == nil)
        #expect(body["stream_options"] == ["include_usage": true])
    }

    @Test("A user's headers, path and members of the body; what the request says wins")
    func extras() async throws {
        let server = try VendorWire.custom.server([.hello])
        var provider = VendorWire.custom.provider("p", url: server.url)
        provider.keyHeader = "api-key"
        provider.headers = ["X-Title": "AgentOS", "X-Token": "t"]
        provider.path = "/chat/completions?api-version=1"
        provider.body = ["temperature": 0, "model": "other", "stream_options": ["more": true]]
        _ = try await RouterRig([provider]).call(route: "p/m").get()
        let sent = try #require(server.requests.first)
        #expect(sent.target == "/v1/chat/completions?api-version=1")
        #expect(sent.headers["api-key"] == "key-of-a-test-1" && sent.headers["authorization"] == nil)
        #expect(sent.headers["x-title"] == "AgentOS" && sent.headers["x-token"] == "t")
        let body = try JSONText.decode(JSONValue.self, from: sent.body)
        #expect(body["temperature"] == 0 && body["model"] == "m")
        #expect(body["stream_options"] == ["include_usage": true, "more": true])
    }

    @Test("Where each vendor is asked, and with what", arguments: VendorWire.allCases)
    func addresses(_ wire: VendorWire) async throws {
        let server = try wire.server([.hello])
        _ = try await RouterRig([wire.provider("p", url: server.url)]).call(route: "p/a b/..?c").get()
        let sent = try #require(server.requests.first)
        switch wire {
        case .anthropic:
            #expect(sent.target == "/v1/messages" && sent.headers["anthropic-version"] == "2023-06-01")
        case .google:
            #expect(sent.target == "/v1beta/models/a%20b%2F..%3Fc:streamGenerateContent?alt=sse")
        case .openai, .mistral, .custom: #expect(sent.target == "/v1/chat/completions")
        }
    }
}
