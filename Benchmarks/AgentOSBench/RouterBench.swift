import AgentOSCore
import ArgumentParser
import FoundationEssentials
import HTTPTransport
import ModelRouter
import Synchronization

/// Measured times, from any task.
private final class Times: Sendable {
    private let values = Mutex<[Double]>([])

    func add(_ value: Double) { values.withLock { $0.append(value) } }

    var sorted: [Double] { values.withLock { $0.sorted() } }
}

/// What the router adds to a request and to each event of a stream over libcurl alone, in turn, to the same server.
///
/// The server is `Benchmarks/mockmodel.py`: it answers at once, and its model's name says what.
struct RouterBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "router", abstract: "Requests and streams through the router beside libcurl alone.")

    @Option(help: "Where the server listens, without a path.") var url: String
    @Option(help: "How many requests one after the other.") var requests = 2000
    @Option(help: "How many requests a second in the paced measurement.") var rate = 500
    @Option(help: "How long the paced measurement lasts, in seconds.") var seconds = 10
    @Option(help: "How many events a measured stream has.") var events = 4000
    @Option(help: "How many streams are open at once for the memory.") var streams = 200

    private func router() -> ModelRouter {
        var provider = ProviderConfiguration(name: "bench", kind: .custom)
        provider.url = "\(url)/v1"
        return ModelRouter(
            providers: [provider], routes: [:], transport: HTTPTransport(),
            environment: .system(
                clock: WallClock { Timestamp(milliseconds: Int64(Date.now.timeIntervalSince1970 * 1000)) }))
    }

    private var request: ModelRequest {
        ModelRequest(system: "Be brief.", messages: [.user("hi")], tools: [], maxOutputTokens: 100)
    }

    private func bare(_ model: String) throws -> BareRequest {
        let body = """
            {"model":"\(model)","stream":true,"stream_options":{"include_usage":true},"max_tokens":100,\
            "messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"hi"}]}
            """
        return try BareRequest(url: "\(url)/v1/chat/completions", body: Array(body.utf8))
    }

    func run() async throws {
        let router = router()
        try await inTurn(router)
        try await paced(router)
        try await relayed(router)
        try await held(router)
    }

    @discardableResult
    private func call(
        _ router: ModelRouter, _ model: String,
        onEvent: @escaping @Sendable (ModelStreamEvent) -> Void = { _ in }
    ) async throws -> ModelReply {
        try await router.call(
            request, route: "bench/\(model)", replyIndex: 0, reserve: { _, most in most }, onEvent: onEvent)
    }

    private func milliseconds(of body: () async throws -> Void) async rethrows -> Double {
        let clock = ContinuousClock()
        let began = clock.now
        try await body()
        return (clock.now - began).seconds * 1000
    }

    private func show(_ name: String, _ sorted: [Double]) throws {
        for share in [50, 99] {
            try Figure(name: "\(name) p\(share)", value: percentile(sorted, share), unit: "ms").show()
        }
    }

    private func percentile(_ sorted: [Double], _ share: Int) -> Double {
        sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, sorted.count * share / 100)]
    }

    /// One request after the other, one of each kind in turn, so that what slows the machine slows both.
    private func inTurn(_ router: ModelRouter) async throws {
        let bare = try bare("m")
        for _ in 0..<50 {
            try bare.send()
            try await call(router, "m")
        }
        var alone: [Double] = []
        var through: [Double] = []
        for _ in 0..<requests {
            alone.append(try await milliseconds { try bare.send() })
            through.append(try await milliseconds { try await call(router, "m") })
        }
        alone.sort()
        through.sort()
        try show("bare", alone)
        try show("router", through)
    }

    /// So many requests a second, each sent when it is due whether or not earlier ones have been answered.
    private func paced(_ router: ModelRouter) async throws {
        let clock = ContinuousClock()
        let gap = Duration.seconds(1) / rate
        var began = clock.now
        let times = Times()
        try await withThrowingDiscardingTaskGroup { group in
            for number in 0..<rate * seconds {
                try await clock.sleep(until: began.advanced(by: gap * number), tolerance: .zero)
                group.addTask {
                    let time = try await milliseconds { try await call(router, "m") }
                    times.add(time)
                }
            }
        }
        let bare = try bare("m")
        var alone: [Double] = []
        began = clock.now
        for number in 0..<rate * seconds {
            try await clock.sleep(until: began.advanced(by: gap * number), tolerance: .zero)
            alone.append(try await milliseconds { try bare.send() })
        }
        try show("paced bare", alone.sorted())
        try show("paced router", times.sorted)
    }

    /// Long streams: what an event costs.
    private func relayed(_ router: ModelRouter) async throws {
        let model = "events-\(events)"
        let bare = try bare(model)
        var alone: [Double] = []
        var through: [Double] = []
        for round in 0..<12 {
            let count = Mutex(0)
            let bareTime = try await milliseconds { try bare.send() }
            let routerTime = try await milliseconds {
                try await call(router, model) { event in
                    if case .text = event { count.withLock { $0 += 1 } }
                }
            }
            guard count.withLock({ $0 }) == events else {
                throw Fault.failed(
                    "of \(events) events \(count.withLock { $0 }) came", hint: "look at the server")
            }
            guard round > 1 else { continue }
            alone.append(bareTime)
            through.append(routerTime)
        }
        try Figure(name: "event bare", value: median(alone) * 1000 / Double(events), unit: "µs").show()
        try Figure(name: "event router", value: median(through) * 1000 / Double(events), unit: "µs").show()
    }

    /// Streams that have begun and do not end, until each has given its first text.
    private func held(_ router: ModelRouter) async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<streams {
                group.addTask {
                    _ = try? await call(router, "held") { event in
                        if case .text = event { begin.yield() }
                    }
                }
            }
            var count = 0
            for await _ in begun {
                count += 1
                if count == streams { break }
            }
            try? Figure(name: "memory of \(streams) streams", value: Self.memory(), unit: "MB").show()
            group.cancelAll()
        }
    }

    /// The resident memory of this process in MB, from `/proc/self/status`.
    private static func memory() -> Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(separator: " ").dropFirst().first).flatMap { Double($0) }.map { $0 / 1024 } ?? 0
    }
}
