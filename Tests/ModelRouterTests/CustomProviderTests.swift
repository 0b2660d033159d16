import AgentOSCore
import TestSupport
import Testing

@testable import ModelRouter

@Suite struct CustomProviderTests {
    @Test func `a streamed answer: what is sent, what is shown, what is counted`() async throws {
        let server = try ScriptedServer([.stream(Chat.hello)])
        let rig = RouterRig([.custom("local", server.url, key: "k-123")])
        let reply = try await rig.call(route: "local/some/model").get()
        #expect(reply.text == "Hello")
        #expect(reply.finish == .stop)
        #expect(reply.usage == Usage(input: 10, output: 2))
        #expect(reply.model == ModelReference(provider: "local", model: "some/model"))
        #expect(reply.attempts == 1)
        #expect(rig.events == [.attempt(reply.model, number: 1), .text("Hel"), .text("lo")])
        let sent = try #require(server.requests.first)
        #expect(sent.target == "/v1/chat/completions")
        #expect(sent.headers["authorization"] == "Bearer k-123")
        #expect(
            try JSONText.decode(JSONValue.self, from: sent.body) == [
                "model": "some/model", "stream": true, "stream_options": ["include_usage": true],
                "messages": [
                    ["role": "system", "content": "Be short."], ["role": "user", "content": "Hello"],
                ],
            ])
    }

    @Test func `no key sends no header`() async throws {
        let server = try ScriptedServer([.stream(Chat.hello)])
        _ = try await RouterRig([.custom("local", server.url)]).call(route: "local/m").get()
        #expect(server.requests.first?.headers["authorization"] == nil)
    }

    @Test func `tool calls come together and the budget caps what may be written`() async throws {
        let server = try ScriptedServer([
            .stream([
                Chat.text("Let me see."),
                Chat.call(#"{"index":0,"id":"a","function":{"name":"shell","arguments":""}}"#),
                Chat.call(#"{"index":0,"function":{"name":"","arguments":"{\"command\":"}}"#),
                Chat.call(#"{"index":0,"function":{"arguments":"\"ls\"}"}}"#),
                Chat.call(#"{"index":1,"function":{"name":"shell","arguments":{"command":"pwd"}}}"#),
                Chat.finish("tool_calls"), Chat.usage(100, 20, cached: 64), Chat.done,
            ])
        ])
        let rig = RouterRig([.custom("local", server.url)])
        let reply = try await rig.call(.withShell, route: "local/m", replyIndex: 4, reserve: { _, _ in 77 })
            .get()
        #expect(
            reply.calls == [
                ToolCall(id: "a", name: "shell", arguments: ["command": "ls"]),
                ToolCall(id: "call_5_2", name: "shell", arguments: ["command": "pwd"]),
            ])
        #expect(reply.finish == .tools)
        #expect(reply.usage == Usage(input: 36, output: 20, cacheRead: 64))
        #expect(rig.events.suffix(3) == [.text("Let me see."), .call(name: "shell"), .call(name: "shell")])
        let body = try JSONText.decode(JSONValue.self, from: try #require(server.requests.first).body)
        #expect(body["max_tokens"] == 77)
        #expect(body["tool_choice"] == "auto")
        #expect(body["tools"]?.array?.first?["function"]?["name"] == "shell")
    }

    @Test func `a server that does not stream is understood`() async throws {
        let server = try ScriptedServer([
            .json(
                200, [:],
                #"{"choices":[{"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#
            )
        ])
        let reply = try await RouterRig([.custom("local", server.url)]).call(route: "local/m").get()
        #expect(reply.text == "Hi")
        #expect(reply.usage == Usage(input: 1, output: 1))
    }

    @Test func `the end of an answer keeps the connection`() async throws {
        let server = try ScriptedServer([.stream(Chat.hello)])
        let rig = RouterRig([.custom("local", server.url)])
        for _ in 0..<5 { _ = try await rig.call(route: "local/m").get() }
        #expect(server.connections == 1)
    }

    @Test func `a server that keeps the line after its last word does not hold the reply`() async throws {
        let server = try ScriptedServer([.stream(Chat.hello, then: [.stall])])
        let reply = try await RouterRig([.custom("local", server.url)]).call(route: "local/m").get()
        #expect(reply.text == "Hello")
    }

    @Test func `schema mode: the call or the answer out of a JSON text`() async throws {
        let server = try ScriptedServer([
            .stream([
                Chat.text(#"{"tool":"shell","#), Chat.text(#""with":{"command":"ls"}}"#),
                Chat.finish("stop"),
                Chat.usage(9, 9), Chat.done,
            ]),
            .stream([Chat.text(#"{"answer":"All \n done"}"#), Chat.finish("stop"), Chat.done]),
            .stream([Chat.text("plain words"), Chat.finish("stop"), Chat.done]),
            .stream([Chat.text(#"{"tool":"sh"#), Chat.finish("length"), Chat.done]),
        ])
        let rig = RouterRig([.custom("local", server.url, tools: .schema)])
        let call = try await rig.call(.withShell, route: "local/m", replyIndex: 0).get()
        #expect(call.calls == [ToolCall(id: "call_1_1", name: "shell", arguments: ["command": "ls"])])
        #expect(call.finish == .tools)
        #expect(call.text == "")
        #expect(rig.events.last == .call(name: "shell"))
        let answer = try await rig.call(.withShell, route: "local/m", replyIndex: 1).get()
        #expect(answer.text == "All \n done")
        #expect(answer.calls.isEmpty)
        #expect(rig.text == "All \n done")
        #expect(try await rig.call(.withShell, route: "local/m").get().text == "plain words")
        let cut = try await rig.call(.withShell, route: "local/m").get()
        #expect(cut.finish == .length)
        #expect(cut.text == #"{"tool":"sh"#)
        let body = try JSONText.decode(JSONValue.self, from: try #require(server.requests.first).body)
        #expect(body["tools"] == nil)
        let branches = body["response_format"]?["json_schema"]?["schema"]?["anyOf"]?.array
        #expect(branches?.count == 2)
        #expect(branches?.first?["properties"]?["tool"] == ["const": "shell"])
    }
}

@Suite struct ChatRequestTests {
    private let conversation: [Message] = [
        .user("Fix it"),
        .assistant(text: "", calls: [ToolCall(id: "1", name: "mcp.time", arguments: ["zone": "UTC"])]),
        .tool(callId: "1", text: "12:00", isError: false),
        .assistant(text: "Odd.", calls: [ToolCall(id: "2", name: "gone tool", arguments: "{bad")]),
        .tool(callId: "2", text: "no such tool", isError: true),
        .user("Go on"),
    ]

    private var request: ModelRequest {
        ModelRequest(
            system: "", messages: conversation,
            tools: ["mcp.time", "mcp_time", "shell"].map {
                ToolSpec(name: $0, description: "d", parameters: ["type": "object"])
            })
    }

    @Test func `the conversation on the wire, with names the wire allows`() {
        let chat = ChatRequest(request)
        let body = chat.body(model: "m")
        #expect(
            body["messages"] == [
                ["role": "user", "content": "Fix it"],
                [
                    "role": "assistant", "content": nil,
                    "tool_calls": [
                        [
                            "id": "1", "type": "function",
                            "function": ["name": "mcp_time", "arguments": "{\"zone\":\"UTC\"}"],
                        ]
                    ],
                ],
                ["role": "tool", "tool_call_id": "1", "content": "12:00"],
                [
                    "role": "assistant", "content": "Odd.",
                    "tool_calls": [
                        [
                            "id": "2", "type": "function",
                            "function": ["name": "gone_tool", "arguments": "{bad"],
                        ]
                    ],
                ],
                ["role": "tool", "tool_call_id": "2", "content": "Error: no such tool"],
                ["role": "user", "content": "Go on"],
            ])
        let names = body["tools"]?.array?.compactMap { $0["function"]?["name"]?.string }
        #expect(names == ["mcp_time", "mcp_time_2", "shell"])
        #expect(chat.toolName(onWire: "mcp_time") == "mcp.time")
        #expect(chat.toolName(onWire: "mcp_time_2") == "mcp_time")
        #expect(chat.toolName(onWire: "invented") == "invented")
    }

    @Test func `schema mode tells the conversation as plain text in turns`() {
        let messages = SchemaTools(request).body(model: "m")["messages"]?.array ?? []
        #expect(messages.first?["role"] == "system")
        #expect(messages.first?["content"]?.string?.contains("{\"tool\":\"mcp.time\",\"with\":{}} d") == true)
        #expect(
            messages.dropFirst() == [
                ["role": "user", "content": "Fix it"],
                ["role": "assistant", "content": "{\"tool\":\"mcp.time\",\"with\":{\"zone\":\"UTC\"}}"],
                ["role": "user", "content": "Result of mcp.time: 12:00"],
                [
                    "role": "assistant",
                    "content": "{\"answer\":\"Odd.\"}\n\n{\"tool\":\"gone tool\",\"with\":\"{bad\"}",
                ],
                ["role": "user", "content": "Error of gone tool: no such tool\n\nGo on"],
            ])
    }
}
