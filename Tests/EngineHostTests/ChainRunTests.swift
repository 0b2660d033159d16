import AgentOSCore
import EngineHost
import FoundationEssentials
import TestSupport
import Testing

extension EngineClient {
    /// Makes and starts a chain; returns its id.
    func begin(_ config: ChainConfig) async throws -> ChainID {
        let made = try await perform(
            Command(
                id: "make-\(UInt64.random(in: 0 ... .max))", name: "chain.create",
                arguments: ["config": .string(try JSONText.string(config))]))
        let id = ChainID(made.value?["chainId"]?.string ?? "")
        try await order("chain.start", id)
        return id
    }

    /// Sends a command about a chain.
    @discardableResult
    func order(_ name: String, _ id: ChainID, _ more: [String: JSONValue] = [:]) async throws -> CommandReply
    {
        try await perform(
            Command(
                id: "c-\(UInt64.random(in: 0 ... .max))", name: name,
                arguments: more.merging(["id": .string(id.rawValue)]) { $1 }))
    }

    /// Waits until a chain is in one of these states; follows the log, so nothing is missed.
    func wait(_ id: ChainID, for states: ChainState...) async throws -> ChainSummary {
        for try await update in follow(FollowRequest(after: 0)) {
            guard case .event(let event) = update, event.stream == ChainEvent.stream(id) else { continue }
            let summary = try await ask(ChainShow(id: id.rawValue))
            if states.contains(summary.state), summary.version <= event.version { return summary }
        }
        throw Fault.failed("the host ended before \(id) was \(states)")
    }
}

@Suite("Chains on a host", .serialized)
struct ChainRunTests {
    private let done = #"{"text":"Done."}"#

    private func step(
        _ name: String, needs: [String] = [], from: [String] = [], gate: String? = nil,
        _ change: (inout ChainStep) -> Void = { _ in }
    ) -> ChainStep {
        var step = ChainStep(name: name, session: SessionConfig(name: name, goal: "do \(name)"))
        (step.needs, step.from) = (needs, from)
        step.session.onGateFailure = .fail
        if let gate {
            step.session.gates = [GateConfig(name: "g", kind: .run(command: gate, timeout: 600_000))]
        }
        change(&step)
        return step
    }

    private func writing(_ path: String, _ text: String) -> [String] {
        [
            #"{"text":"w","tool_calls":[{"name":"write","arguments":{"path":"\#(path)","content":"\#(text)"}}]}"#,
            done,
        ]
    }

    private func source(_ world: World) throws -> String {
        try world.folder.write("src/base.txt", "base\n")
        return world.folder.file("src")
    }

    @Test(
        "Files go from step to step, two sessions fan out, fan in merged, and the result is applied; a second run is unchanged"
    )
    func whole() async throws {
        let world = try World()
        let path = try source(world)
        let host = try await world.host(replies: writing("made.txt", "made"))
        let config = ChainConfig(
            name: "c",
            steps: [
                step("a") { $0.session.workspace = .copy(path: path, include: []) },
                step("b", from: ["a"], gate: "test -s made.txt && test -s ${each.t}.txt") {
                    $0.each = [EachAxis("t", ["x", "y"])]
                    $0.session.setup = SetupConfig(run: "echo ${each.t} > ${each.t}.txt")
                },
                step("c", from: ["b"], gate: "test -s x.txt && test -s y.txt && test -s base.txt"),
            ])
        try await world.running(host) { client in
            let first = try await client.wait(
                try await client.begin(config), for: .complete, .failed, .paused)
            #expect(first.state == .complete, "\(first)")
            #expect(first.steps.map(\.title) == ["a", "b[x]", "b[y]", "c"])
            #expect(first.steps.allSatisfy { $0.state == .complete && $0.attempts == 1 })
            let again = try await client.wait(
                try await client.begin(config), for: .complete, .failed, .paused)
            #expect(again.state == .complete)
            #expect(
                again.steps.allSatisfy {
                    $0.state == .skipped && $0.reason == "unchanged since \(first.chainId)"
                })
            let reply = try await client.order("chain.apply", first.chainId, ["here": true])
            #expect(reply.value?["files"] == 3, "\(reply)")
            #expect(FileManager.default.fileExists(atPath: path + "/x.txt"))
            #expect(FileManager.default.fileExists(atPath: path + "/y.txt"))
        }
        host.close()
    }

    @Test("A failed step is tried again, and the chain resumes from it")
    func retry() async throws {
        let world = try World()
        let host = try await world.host(replies: [done])
        let gate = "test ${step.attempt} -ge 3"
        let config = ChainConfig(
            name: "c",
            steps: [
                step("a"), step("b", from: ["a"], gate: gate) { $0.retry = StepRetry(times: 1, backoff: 1) },
                step("c", needs: ["b"]),
            ])
        try await world.running(host) { client in
            let id = try await client.begin(config)
            let failed = try await client.wait(id, for: .complete, .failed)
            #expect(failed.state == .failed)
            #expect(failed.steps.map(\.state) == [.complete, .failed, .skipped])
            #expect(failed.steps[1].attempts == 2)
            try await client.order("chain.resume", id)
            let whole = try await client.wait(id, for: .complete)
            #expect(whole.steps.map(\.state) == [.complete, .complete, .complete])
            #expect(whole.steps.map(\.attempts) == [1, 3, 1])
        }
        host.close()
    }

    @Test("Outputs are checked and handed on")
    func outputs() async throws {
        let world = try World()
        let host = try await world.host(replies: writing("out.json", #"{\"v\": [\"one\", 2]}"#))
        let schema: JSONValue = ["type": "object", "required": ["v"]]
        let config = ChainConfig(
            name: "c",
            steps: [
                step("a") { $0.outputs = StepOutputs(file: "out.json", schema: schema) },
                step("b", needs: ["a"], gate: "test ${a.output.v.0}-${a.output.v.1} = one-2"),
                step("bad") {
                    $0.outputs = StepOutputs(file: "out.json", schema: ["type": "array"])
                    $0.onFailure = .continue
                },
            ])
        try await world.running(host) { client in
            let summary = try await client.wait(try await client.begin(config), for: .complete, .failed)
            #expect(summary.state == .complete)
            let bad = summary.steps.first { $0.step == "bad" }
            #expect(bad?.state == .failed && bad?.reason?.contains("out.json") == true)
        }
        host.close()
    }

    @Test("Steps that changed the same lines pause the chain, and a person says whose win")
    func conflict() async throws {
        let world = try World()
        let path = try source(world)
        let host = try await world.host(replies: [done])
        let config = ChainConfig(
            name: "c",
            steps: ["a", "b"].map { name in
                step(name) {
                    $0.session.workspace = .copy(path: path, include: [])
                    $0.session.setup = SetupConfig(run: "echo \(name) > base.txt")
                }
            } + [step("c", from: ["a", "b"], gate: "grep -q b base.txt")])
        try await world.running(host) { client in
            let id = try await client.begin(config)
            let paused = try await client.wait(id, for: .paused, .complete, .failed)
            #expect(paused.state == .paused && paused.reason == "conflict")
            #expect(paused.detail?.contains("base.txt") == true)
            await #expect(throws: Fault.self) { try await client.order("chain.resume", id) }
            try await client.order("chain.resume", id, ["prefer": "b"])
            #expect(try await client.wait(id, for: .complete, .failed).state == .complete)
        }
        host.close()
    }

    @Test("The budget of a chain stops its sessions, and a larger one lets them go on")
    func budget() async throws {
        let world = try World()
        try world.folder.write(
            "replies.jsonl", done.dropLast() + #","usage":{"input":10,"output":600}}"# + "\n")
        let price = ModelPrice(base: ModelPrice.Rates(input: .zero, output: Money("1000.00") ?? .zero))
        let table = PricesFile(
            date: "2026-11-01", models: [ModelReference(provider: "script", model: "play"): price])
        let host = try await world.host(prices: [table])
        let config = ChainConfig(
            name: "c", budget: Money("0.64"), steps: [step("a"), step("b", needs: ["a"])])
        try await world.running(host) { client in
            let id = try await client.begin(config)
            let held = try await client.wait(id, for: .paused, .complete, .failed)
            #expect(held.state == .paused && held.reason == "limit.cost", "\(held)")
            #expect(held.costKnown <= Money("0.64") ?? .zero)
            try await client.order("chain.set", id, ["setting": "budget=5"])
            #expect(try await client.wait(id, for: .complete, .failed).state == .complete)
        }
        host.close()
    }

    @Test("What is no chain is refused, and nothing is made")
    func refusals() async throws {
        let world = try World()
        let host = try await world.host(replies: [done])
        try await world.running(host) { client in
            let config = ChainConfig(name: "c", steps: [step("a", needs: ["b"])])
            await #expect(
                throws: Fault.usage(
                    "step a, needs[0]: there is no step \"b\"", hint: "there is no other step")
            ) {
                _ = try await client.begin(config)
            }
            let page = try await client.ask(ChainList())
            #expect(page.total == 0)
            await #expect(throws: Fault.notFound("there is no chain 'zz'", hint: "see: agentos chain list")) {
                _ = try await client.ask(ChainShow(id: "zz"))
            }
        }
        host.close()
    }

    @Test("A try that runs too long is cancelled and failed, and the next has all its time")
    func timeout() async throws {
        let world = try World()
        let held =
            #"{"tool_calls":[{"name":"shell","arguments":{"command":"while [ ! -e go ]; do sleep 0.02; done"}}]}"#
        let host = try await world.host(replies: [held, done])
        let config = ChainConfig(
            name: "late",
            steps: [
                step("a") {
                    ($0.timeout, $0.retry) = (400, StepRetry(times: 1, backoff: 10))
                    $0.onFailure = .fail
                }
            ])
        try await world.running(host) { client in
            let end = try await client.wait(
                try await client.begin(config), for: .complete, .failed, .paused)
            #expect(end.state == .failed && end.steps[0].attempts == 2)
            #expect(end.steps[0].reason?.contains("took longer than") == true, "\(end.steps)")
            let sessions = try await client.ask(SessionList()).sessions
            #expect(sessions.count == 2 && sessions.allSatisfy { $0.state == .cancelled })
        }
        host.close()
    }

    @Test("A failure that rolls back puts back what was green, and the chain is ROLLED_BACK for its reason")
    func rolledBack() async throws {
        let world = try World()
        let host = try await world.host(replies: writing("made.txt", "made"))
        let config = ChainConfig(
            name: "c",
            steps: [step("a"), step("b", from: ["a"], gate: "false") { $0.onFailure = .rollback }])
        try await world.running(host) { client in
            let end = try await client.wait(
                try await client.begin(config), for: .complete, .failed, .rolledBack)
            #expect(end.state == .rolledBack && end.steps.allSatisfy { $0.state == .rolledBack })
            #expect(end.error?.hasPrefix("step b: gate g is red") == true, "\(end.error ?? "")")
            let sessions = try await client.ask(SessionList()).sessions
            #expect(sessions.count == 2 && sessions.allSatisfy { $0.state == .rolledBack })
        }
        host.close()
    }
}
