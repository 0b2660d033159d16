import AgentOSCore
import EngineHost
import FoundationEssentials
import TestSupport
import Testing

/// What of chains waits in the inbox of a host, and how it is answered.
@Suite("Chains in the inbox", .serialized)
struct ChainInboxTests {
    private let done = #"{"text":"Done."}"#

    private func step(_ name: String, needs: [String] = [], gate: String? = nil) -> ChainStep {
        var step = ChainStep(name: name, session: SessionConfig(name: name, goal: "do \(name)"))
        step.needs = needs
        step.session.onGateFailure = .fail
        if let gate {
            step.session.gates = [GateConfig(name: "g", kind: .run(command: gate, timeout: 600_000))]
        }
        return step
    }

    /// What waits and is the chain's.
    private func waiting(_ client: EngineClient, _ id: ChainID) async throws -> [InboxItem] {
        let inbox = try await client.ask(InboxList())
        #expect(try await client.ask(Overview()).waiting == inbox.waiting.count)
        return inbox.waiting.filter { $0.chainId == id }
    }

    private func answer(_ client: EngineClient, _ item: String, _ text: String) async throws -> CommandReply {
        try await client.perform(
            Command(
                id: "a-\(UInt64.random(in: 0 ... .max))", name: "inbox.answer",
                arguments: ["id": .string(item), "answer": .string(text)]))
    }

    @Test("A result waits until it is taken or thrown away, and again once it is put back")
    func result() async throws {
        let world = try World()
        try world.folder.write("src/base.txt", "base\n")
        let path = world.folder.file("src")
        let host = try await world.host(replies: [done])
        var one = step("a")
        one.session.workspace = .copy(path: path, include: [])
        one.session.setup = SetupConfig(run: "echo made > made.txt")
        var plain = step("a")
        plain.session.workspace = .copy(path: path, include: [])
        try await world.running(host) { [one, plain] client in
            let id = try await client.begin(ChainConfig(name: "c", steps: [one]))
            #expect(try await client.wait(id, for: .complete, .failed).state == .complete)
            let item = try #require(try await waiting(client, id).first)
            #expect(item.kind == .result && item.itemId.rawValue == "\(id).r" && item.sessionId == nil)
            #expect(item.text == "chain is done, 1 of 1 step green; its files: a")
            #expect(item.detail.contains("agentos chain apply \(id)"))
            await #expect(throws: Fault.self) { try await answer(client, "\(id).r", "yes") }
            try await client.order("chain.apply", id, ["here": true])
            #expect(try await waiting(client, id).isEmpty)
            let ended = try await client.ask(InboxList()).ended
            #expect(ended.contains { $0.chainId == id && $0.text == "COMPLETE chain, 1 of 1 step" })
            await #expect(throws: Fault.self) { try await client.order("chain.discard", id) }
            let carrier = try #require(
                try await client.ask(ChainShow(id: id.rawValue)).steps.first?.sessionId)
            try await client.order("session.unapply", carrier)
            #expect(try await waiting(client, id).map(\.kind) == [.result])
            _ = try await answer(client, "\(id).r", "no")
            #expect(try await waiting(client, id).isEmpty)
            #expect(
                try await client.ask(SessionShow(id: carrier.rawValue)).summary.result.state == .discarded)
            #expect(try await client.order("chain.discard", id).message.contains("nothing to do"))
            // A chain that changed nothing has nothing to be taken.
            let empty = try await client.begin(ChainConfig(name: "d", steps: [plain]))
            #expect(try await client.wait(empty, for: .complete, .failed).state == .complete)
            #expect(try await waiting(client, empty).isEmpty)
        }
        host.close()
    }

    @Test("A chain that failed waits: yes goes on from what failed, no lets it be")
    func failed() async throws {
        let world = try World()
        let host = try await world.host(replies: [done])
        let config = ChainConfig(
            name: "c", steps: [step("a", gate: "test ${step.attempt} -ge 9"), step("b", needs: ["a"])])
        try await world.running(host) { client in
            let id = try await client.begin(config)
            #expect(try await client.wait(id, for: .complete, .failed).state == .failed)
            let item = try #require(try await waiting(client, id).first)
            #expect(item.kind == .stuck && item.text.hasPrefix("chain failed: step a: gate g is red"))
            #expect(item.detail.contains("agentos chain resume \(id)"))
            await #expect(throws: Fault.self) { try await answer(client, "\(id).f", "maybe") }
            let before = try await client.ask(ChainShow(id: id.rawValue)).steps.first?.attempts
            _ = try await answer(client, "\(id).f", "yes")
            #expect(try await client.wait(id, for: .failed).steps.first?.attempts == (before ?? 0) + 1)
            _ = try await answer(client, "\(id.rawValue.prefix(4)).f", "no")
            #expect(try await waiting(client, id).isEmpty)
            await #expect(throws: Fault.self) { try await answer(client, "\(id).f", "yes") }
            // Whoever wants it after all resumes it.
            try await client.order("chain.resume", id)
            #expect(try await client.wait(id, for: .failed).state == .failed)
            #expect(try await waiting(client, id).count == 1)
        }
        host.close()
    }

    @Test("A budget that is used up waits once, with what is spent and needed, and is raised by an answer")
    func budget() async throws {
        let world = try World()
        let reply = done.dropLast() + #","usage":{"input":10,"output":600}}"#
        let price = ModelPrice(base: ModelPrice.Rates(input: .zero, output: Money("1000.00") ?? .zero))
        let table = PricesFile(
            date: "2026-11-01", models: [ModelReference(provider: "script", model: "play"): price])
        let host = try await world.host(replies: [String(reply)], prices: [table])
        let config = ChainConfig(
            name: "c", budget: Money("0.64"), steps: [step("a"), step("b", needs: ["a"])])
        try await world.running(host) { client in
            let id = try await client.begin(config)
            #expect(try await client.wait(id, for: .paused, .complete, .failed).state == .paused)
            let all = try await client.ask(InboxList()).waiting
            let item = try #require(all.first)
            #expect(all.count == 1 && item.kind == .limit && item.chainId == id, "\(all)")
            #expect(
                item.text.hasSuffix(
                    "0.60 of 0.64 USD spent or held back, the next call may need 0.0640"), "\(item.text)")
            #expect(item.detail.contains("agentos chain set \(id) budget=VALUE; yes is budget=1.28"))
            await #expect(throws: Fault.self) { try await answer(client, "\(id).l", "no") }
            _ = try await answer(client, "\(id).l", "5")
            #expect(try await client.wait(id, for: .complete, .failed).state == .complete)
        }
        host.close()
    }

    @Test("Files that conflict wait for the step whose files win")
    func conflict() async throws {
        let world = try World()
        try world.folder.write("src/base.txt", "base\n")
        let path = world.folder.file("src")
        let host = try await world.host(replies: [done])
        var last = step("c", gate: "grep -q b base.txt")
        last.from = ["a", "b"]
        let config = ChainConfig(
            name: "c",
            steps: ["a", "b"].map { name in
                var one = step(name)
                one.session.workspace = .copy(path: path, include: [])
                one.session.setup = SetupConfig(run: "echo \(name) > base.txt")
                return one
            } + [last])
        try await world.running(host) { client in
            let id = try await client.begin(config)
            #expect(try await client.wait(id, for: .paused, .complete, .failed).state == .paused)
            let item = try #require(try await waiting(client, id).first)
            #expect(item.kind == .stuck && item.detail.contains("--prefer STEP"))
            await #expect(throws: Fault.self) { try await answer(client, "\(id).k", "yes") }
            _ = try await answer(client, "\(id).k", "b")
            #expect(try await client.wait(id, for: .complete, .failed).state == .complete)
        }
        host.close()
    }

    @Test("A step that asks a person waits as its session's request, under the chain's name")
    func asks() async throws {
        let world = try World()
        let ask = #"{"tool_calls":[{"name":"ask","arguments":{"question":"Which?"}}]}"#
        let host = try await world.host(replies: [ask, done])
        try await world.running(host) { client in
            let id = try await client.begin(ChainConfig(name: "c", steps: [step("a")]))
            #expect(try await client.wait(id, for: .paused, .complete, .failed).state == .paused)
            let all = try await client.ask(InboxList()).waiting
            let item = try #require(all.first)
            #expect(all.count == 1 && item.kind == .question && item.name == "c-a" && item.text == "Which?")
            _ = try await answer(client, item.itemId.rawValue, "This.")
            #expect(try await client.wait(id, for: .complete, .failed).state == .complete)
        }
        host.close()
    }
}
