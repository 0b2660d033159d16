import AgentOSCore
import HTTPTransport
import Synchronization
import TestSupport

@testable import ModelRouter

/// A router in a world where waiting takes no time and is written down.
final class RouterRig: Sendable {
    struct Seen: Sendable {
        var events: [ModelStreamEvent] = []
        var waits: [Duration] = []
        var now = Timestamp(milliseconds: 1_000_000)
        var told: [Fault] = []
    }

    let router: ModelRouter
    private let box: SeenBox

    init(
        _ providers: [ProviderConfiguration], routes: [String: RouteConfiguration] = [:],
        retry: RetryPolicy = RetryPolicy()
    ) {
        let seen = SeenBox()
        box = seen
        router = ModelRouter(
            providers: providers, routes: routes, transport: HTTPTransport(),
            environment: RouterEnvironment(
                clock: WallClock { seen.state.withLock { $0.now } },
                sleep: { duration in
                    try Task.checkCancellation()
                    seen.state.withLock { state in
                        state.waits.append(duration)
                        state.now = state.now.adding(milliseconds: duration.milliseconds)
                    }
                },
                random: { 0 }, tell: { fault in seen.state.withLock { $0.told.append(fault) } }),
            retry: retry)
    }

    private final class SeenBox: Sendable {
        let state = Mutex(Seen())
    }

    var events: [ModelStreamEvent] { box.state.withLock { $0.events } }
    var waits: [Duration] { box.state.withLock { $0.waits } }
    /// What the operator was told.
    var told: [Fault] { box.state.withLock { $0.told } }

    /// Lets time pass.
    func pass(_ duration: Duration) {
        box.state.withLock { $0.now = $0.now.adding(milliseconds: duration.milliseconds) }
    }

    /// What was passed on as text.
    var text: String {
        events.reduce(into: "") { all, event in
            if case .text(let more) = event { all += more }
        }
    }

    func call(
        _ request: ModelRequest = .hello, route: String, replyIndex: Int = 0, paysOnce: Bool = false,
        reserve: ModelRouter.Reserve = { $1 }
    ) async -> Result<ModelReply, ModelFailure> {
        do throws(ModelFailure) {
            return .success(
                try await router.call(
                    request, route: route, replyIndex: replyIndex, paysOnce: paysOnce, reserve: reserve
                ) {
                    event in
                    self.box.state.withLock { $0.events.append(event) }
                })
        } catch {
            return .failure(error)
        }
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}

extension ModelRequest {
    static let hello = ModelRequest(system: "Be short.", messages: [.user("Hello")], tools: [])

    /// A request with one tool, `shell`.
    static let withShell = ModelRequest(
        system: "Be short.", messages: [.user("Hello")],
        tools: [
            ToolSpec(
                name: "shell", description: "Runs a command.",
                parameters: [
                    "type": "object", "properties": ["command": ["type": "string"]], "required": ["command"],
                ])
        ])
}

extension ProviderConfiguration {
    static func custom(
        _ name: String, _ url: String, key: String? = nil, tools: ToolMode = .native,
        firstByte: Int64 = 60_000,
        idle: Int64 = 60_000
    ) -> ProviderConfiguration {
        var provider = ProviderConfiguration(name: name, kind: .custom)
        provider.url = url + "/v1"
        provider.key = key
        provider.tools = tools
        provider.firstByteTimeout = firstByte
        provider.idleTimeout = idle
        return provider
    }

    static func rehearsal(_ file: String) -> ProviderConfiguration {
        var provider = ProviderConfiguration(name: "rehearsed", kind: .rehearsal)
        provider.file = file
        return provider
    }
}

/// Pieces of a streamed completion.
enum Chat {
    static func data(_ json: String) -> String { "data: \(json)\n\n" }
    static func text(_ text: String) -> String {
        let content = (try? JSONText.string(text)) ?? "\"\""
        return data("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\(content)},\"finish_reason\":null}]}")
    }
    static func call(_ delta: String) -> String {
        data("{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[\(delta)]},\"finish_reason\":null}]}")
    }
    static func finish(_ reason: String) -> String {
        data("{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"\(reason)\"}]}")
    }
    static func usage(_ prompt: Int, _ completion: Int, cached: Int = 0) -> String {
        data(
            "{\"choices\":[],\"usage\":{\"prompt_tokens\":\(prompt),\"completion_tokens\":\(completion),"
                + "\"prompt_tokens_details\":{\"cached_tokens\":\(cached)}}}")
    }
    static let done = data("[DONE]")
    static let hello = [text("Hel"), text("lo"), finish("stop"), usage(10, 2), done]
}

/// The same numbers for the same seed (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
