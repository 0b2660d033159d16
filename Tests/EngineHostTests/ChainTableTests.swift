import AgentOSCore
import EngineHost
import EventLog
import FoundationEssentials
import TestSupport
import Testing

/// Every state of a chain with every command about one, through the door of a real host on a real log.
@Suite(.serialized) struct ChainTableTests {
    static let states: [ChainState] = [
        .created, .queued, .running, .paused, .complete, .failed, .rolledBack, .cancelled,
    ]

    /// What a command comes to in each state: `+` it is done and written down, `=` its goal holds already, `-` the
    /// state forbids it.
    static let table: [(name: String, arguments: [String: JSONValue], row: String)] = [
        ("chain.start", [:], "+ = = - - - - -"),
        ("chain.pause", [:], "- + + = - - - -"),
        ("chain.resume", [:], "- = = + - + + -"),
        ("chain.cancel", [:], "+ + + + - - - ="),
        ("chain.set", ["setting": "budget=5.00"], "+ + + + - + + -"),
        ("chain.discard", [:], "- - - - + + + +"),
    ]

    private static func path(to state: ChainState) -> [ChainEvent] {
        switch state {
        case .created, .skipped: []
        case .queued: [.queued]
        case .running: [.queued, .started]
        case .paused: [.queued, .started, .paused(reason: "operator", detail: "", step: nil)]
        case .complete: [.queued, .started, .completed]
        case .failed: [.queued, .started, .failed(error: "no")]
        case .rolledBack: [.queued, .started, .rolledBack(error: "no")]
        case .cancelled: [.cancelled]
        }
    }

    private static func chain(in state: ChainState, _ log: EventLog) async throws -> ChainID {
        let id = ChainID("t" + String(UInt64.random(in: 1 << 40 ... .max), radix: 36).prefix(9))
        let step = ChainStep(name: "a", session: SessionConfig(name: "a", goal: "Go."))
        let events = [.created(config: ChainConfig(name: id.rawValue, steps: [step]))] + path(to: state)
        try await log.append(
            Append(
                tenant: .main, stream: ChainEvent.stream(id), expectedVersion: 0,
                events: try events.map { try $0.encoded(for: id) { _ in nil } }, actor: .engine,
                at: Timestamp(milliseconds: 1_795_353_385_042)))
        return id
    }

    @Test("docs/chains.md has this very table, and it has every command that a state decides on")
    func theDocumentedTable() throws {
        let root = #filePath.dropLast("/Tests/EngineHostTests/ChainTableTests.swift".count)
        let page = try String(contentsOf: URL(filePath: root + "/docs/chains.md"), encoding: .utf8)
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `chain.") }
        let wanted = Self.table.map { name, _, row in
            "| `\(name)` | " + row.split(separator: " ").joined(separator: " | ") + " |"
        }
        #expect(rows.map(String.init) == wanted)
        #expect(page.contains("| Command | " + Self.states.map(\.rawValue).joined(separator: " | ") + " |"))
        let known = Set(Self.table.map(\.name)).union(["chain.create", "chain.apply"])
        #expect(known == Set(CommandRegistry.all.map(\.name).filter { $0.hasPrefix("chain.") }))
    }

    @Test(.timeLimit(.minutes(15)))
    func everyPairIsAnsweredOnceHoweverOftenItIsSent() async throws {
        let world = try World()
        let host = try await world.host(replies: [#"{"text":"Done."}"#])
        let client = host.client(as: world.person)
        for (name, arguments, row) in Self.table {
            for (state, sign) in zip(Self.states, row.split(separator: " ")) {
                let id = try await Self.chain(in: state, host.log)
                var all = arguments
                all["id"] = .string(id.rawValue)
                let command = Command(id: "table/\(id)/\(name)", name: name, arguments: all)
                let before = host.log.head(tenant: .main)
                let what: Comment = "\(name) in \(state.rawValue)"
                do {
                    let reply = try await client.perform(command)
                    let after = host.log.head(tenant: .main)
                    #expect(sign == (after == before ? "=" : "+"), what)
                    #expect(try await client.perform(command) == reply, what)
                    #expect(host.log.head(tenant: .main) == after, "\(what), sent again")
                } catch let fault as Fault {
                    #expect(sign == "-", "\(what): \(fault)")
                    #expect(
                        fault.code == .refused && fault.message.contains(id.rawValue), "\(what): \(fault)")
                    #expect(fault.message.contains(state.rawValue), "\(what): \(fault)")
                    #expect(host.log.head(tenant: .main) == before, "\(what) wrote something")
                }
            }
        }
        // Nothing to take is told in every state, and writes nothing.
        for state in Self.states {
            let id = try await Self.chain(in: state, host.log)
            let before = host.log.head(tenant: .main)
            let fault = await #expect(throws: Fault.self) {
                try await client.order("chain.apply", id, ["patch": "-"])
            }
            #expect(fault?.code == .refused && host.log.head(tenant: .main) == before, "\(state.rawValue)")
        }
        #expect(try await host.log.verify(tenant: .main).isWhole)
        host.close()
    }
}
