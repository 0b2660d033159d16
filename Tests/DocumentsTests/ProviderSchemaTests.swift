import AgentOSCore
import Documents
import Testing

@Suite struct ProviderSchemaTests {
    private func read(_ text: String) throws -> LocatedConfiguration {
        try ConfigurationDocument.parse(
            Array(text.utf8), path: "config.yaml", environment: ["KEY": "k-12345678", "TITLE": "hush-hush"])
    }

    @Test func `a vendor in a line, with what goes along`() throws {
        let values = try read(
            """
            providers:
              claude:
                kind: anthropic
                key: "${KEY}"
                headers: {anthropic-beta: "x", X-Auth-Token: "${TITLE}"}
                body: {thinking: {type: enabled, budget_tokens: 2048}, stop: [a, "1"], top: 0.5, on: true, no: null}
                limits: {requests: 60/1m, tokens: 200000/1m, concurrent: 2}
            models:
              default: {use: [claude/m], on_refusal: next}

            """
        ).values
        let provider = try #require(values.providers.first)
        #expect(provider.key == "k-12345678" && provider.url == nil)
        #expect(provider.headers == ["anthropic-beta": "x", "X-Auth-Token": "hush-hush"])
        #expect(
            provider.body == [
                "thinking": ["type": "enabled", "budget_tokens": 2048], "stop": ["a", "1"],
                "top": .double(0.5),
                "on": true, "no": nil,
            ])
        #expect(provider.tokens == RateLimit(count: 200_000, milliseconds: 60_000))
        #expect(values.routes["default"]?.onRefusal == .next)
        // INV-7: a header that holds a secret is taken out of texts like a key.
        let redact = Redactor(providers: values.providers, environment: [:])
        #expect(redact("k-12345678 hush-hush") == "[key of claude] [X-Auth-Token of claude]")
    }

    @Test func `servers with a usual address need none`() throws {
        let table = [
            "ollama": "http://127.0.0.1:11434/v1", "llamacpp": "http://127.0.0.1:8080/v1",
            "vllm": "http://127.0.0.1:8000/v1", "lmstudio": "http://127.0.0.1:1234/v1",
            "openrouter": "https://openrouter.ai/api/v1",
        ]
        for (preset, url) in table {
            let provider = try read("providers: {p: {kind: custom, preset: \(preset)}}\n").values.providers
                .first
            #expect(provider?.url == url && provider?.keyHeader == nil)
        }
        let azure = try read(
            "providers: {p: {kind: custom, preset: azure, url: \"https://a.openai.azure.com/openai/v1\", key: \"${KEY}\"}}\n"
        ).values.providers.first
        #expect(azure?.keyHeader == "api-key")
    }

    @Test(arguments: [
        ("{kind: custom, preset: azure}", "url: missing; write url: https://NAME.openai.azure.com/openai/v1"),
        ("{kind: openai, key: \"${KEY}\", headers: {\"a b\": c}}", "not the name of a header"),
        ("{kind: openai, key: \"${KEY}\", headers: {a: \"x\\ny\"}}", "characters that no header has"),
        ("{kind: custom, url: \"http://127.0.0.1/v1\", path: chat}", "expected a path"),
        ("{kind: openai, key: \"${KEY}\", body: 3}", "expected a mapping"),
        ("{kind: google}", "key: missing; write key:"),
    ])
    func `what is wrong is told`(_ provider: String, _ says: String) {
        #expect {
            _ = try read("providers: {p: \(provider)}\n")
        } throws: { error in
            "\(error)".contains(says)
        }
    }

    @Test func `a header's value that is written out is hidden where the configuration is shown`() throws {
        let settings = try read(
            "providers:\n  p: {kind: custom, preset: ollama, headers: {X-A: plain-secret, X-B: \"${TITLE}\"}}\n"
        ).settings
        #expect(settings.first { $0.key == "providers.p.headers.X-A" }?.written == "(hidden)")
        #expect(settings.first { $0.key == "providers.p.headers.X-B" }?.written == "${TITLE}")
    }
}
