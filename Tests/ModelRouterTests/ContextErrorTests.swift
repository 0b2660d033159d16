import AgentOSCore
import TestSupport
import Testing

@testable import ModelRouter

/// A request that is longer than the model's window, as servers say it.
@Suite struct ContextErrorTests {
    private struct Said: Sendable, CustomTestStringConvertible {
        var who: String
        var status: Int
        var body: String
        var window: Int?
        var testDescription: String { who }
    }

    private static let said = [
        Said(
            who: "OpenAI", status: 400,
            body:
                #"{"error":{"message":"This model's maximum context length is 8192 tokens. However, your messages resulted in 9101 tokens. Please reduce the length of the messages.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#,
            window: 8192),
        Said(
            who: "OpenAI, the code alone", status: 400,
            body: #"{"error":{"message":"No.","code":"context_length_exceeded"}}"#),
        Said(
            who: "llama.cpp", status: 400,
            body:
                #"{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error","n_prompt_tokens":9101,"n_ctx":4096}}"#,
            window: 4096),
        Said(
            who: "llama.cpp, in words", status: 400,
            body:
                #"{"error":{"code":400,"message":"request (9101 tokens) exceeds the available context size (4096 tokens), try increasing it","type":"invalid_request_error"}}"#,
            window: 4096),
        Said(
            who: "llama.cpp, half way", status: 500,
            body: #"{"error":{"code":500,"message":"Context size has been exceeded.","type":"server_error"}}"#
        ),
        Said(
            who: "vLLM", status: 400,
            body:
                #"{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5200 tokens (1104 in the messages, 4096 in the completion).","type":"BadRequestError","param":null,"code":400}"#,
            window: 4096),
        Said(
            who: "vLLM, the prompt alone", status: 400,
            body:
                #"{"error":{"message":"The decoder prompt (length 5200) is longer than the maximum model length of 4096. Make sure it is no longer.","type":"BadRequestError","code":400}}"#,
            window: 4096),
        Said(
            who: "vLLM, under 200", status: 200,
            body:
                #"{"error":{"object":"error","message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","code":400}}"#,
            window: 4096),
        Said(
            who: "a gateway, under 200", status: 200,
            body: #"{"error":{"message":"Too long.","code":"context_length_exceeded"}}"#),
        Said(
            who: "TGI", status: 422,
            body:
                #"{"error":"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 and 500","error_type":"validation"}"#,
            window: 4096),
        Said(
            who: "Anthropic", status: 400,
            body:
                #"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 208310 tokens > 200000 maximum"}}"#,
            window: 200_000),
        Said(
            who: "Anthropic, with what may be written", status: 400,
            body:
                #"{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 197202 + 21333 > 200000, decrease input length or `max_tokens` and try again"}}"#,
            window: 200_000),
        Said(
            who: "Google", status: 400,
            body:
                #"{"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}"#,
            window: 1_048_576),
        Said(
            who: "LM Studio", status: 400,
            body:
                #"{"error":"Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens."}"#,
            window: 4096),
    ]

    @Test(arguments: said) private func isOneKindOfFailure(_ said: Said) async throws {
        let server = try ScriptedServer([.json(said.status, [:], said.body)])
        let failure = try await error(server)
        #expect(failure.kind == .context && failure.window == said.window && failure.attempts == 1)
        #expect(failure.isWorthAnother == false && failure.mayBeCharged == false)
        #expect(server.requests.count == 1, "it is as long the next time")
    }

    @Test func isFoundInAStream() async throws {
        let body =
            #"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_ctx":512}}"#
        let server = try ScriptedServer([.stream(["data: \(body)\n\n"])])
        let failure = try await error(server)
        #expect(failure.kind == .context && failure.window == 512)
    }

    @Test(arguments: [
        (429, "Request too large for model in tokens per minute: limit 6000", ModelFailure.Kind.overloaded),
        (401, "prompt is too long", .authentication), (400, "max_tokens is too large: 100", .rejected),
        (400, "no context", .rejected),
    ])
    func isNotTakenFor(_ status: Int, _ words: String, _ kind: ModelFailure.Kind) {
        let error = VendorError(status: status, code: nil, message: words)
        #expect(FailureTable.classify(error, provider: "p").kind == kind)
    }

    @Test(
        arguments: [
            ("tokens > 0 maximum", nil), ("maximum context length is 99999999999999999999999 tokens", nil),
            ("maximum context length", nil), ("maximum context length of 2,048 tokens", 2048),
            ("maximum model length of 7", nil),
        ] as [(String, Int?)])
    func theWindowIsANumberOrNothing(_ words: String, _ window: Int?) {
        #expect(ContextWords.window(in: words) == window)
    }

    @Test func anyWordsAreRead() {
        var random = Seeded(state: 3)
        let pieces = ["maximum context length", "tokens >", "4096", "é", "猫", "\u{0}", " ", "(", "-1", "٣"]
        for _ in 0..<2000 {
            let words = (0..<Int.random(in: 0...9, using: &random))
                .map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            #expect(ContextWords.window(in: words).map { $0 > 0 } ?? true)
        }
    }

    private func error(_ server: ScriptedServer) async throws -> ModelFailure {
        switch await RouterRig([.custom("local", server.url)]).call(route: "local/m") {
        case .success(let reply): throw Fault.failed("it answered \(reply.text)")
        case .failure(let failure): return failure
        }
    }

    @Test func aWindowIsTheSmallestOfTheRoute() {
        var one = ProviderConfiguration.custom("one", "http://127.0.0.1:1")
        (one.window, one.windows) = (8000, ["big": 32_000])
        let two = ProviderConfiguration.custom("two", "http://127.0.0.1:1")
        let models = ["one/big", "two/m", "one/small"].compactMap { ModelReference($0) }
        let rig = RouterRig([one, two], routes: ["r": RouteConfiguration(models: models)])
        #expect(rig.router.window(of: "r") == 8000 && rig.router.window(of: "one/big") == 32_000)
        #expect(rig.router.window(of: "two/m") == nil && rig.router.window(of: "none") == nil)
    }
}

private struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
