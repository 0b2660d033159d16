import AgentOSCore
import EngineHost
import EventLog
import FoundationEssentials
import TestSupport
import Testing

/// Every state with every command, through the door of a real host on a real log.
@Suite(.serialized) struct CommandTableTests {
    /// What a command comes to in each state, in the order of `SessionState.allCases`: `+` it is done and written
    /// down, `=` its goal holds already, `-` the state forbids it.
    ///
    /// CREATED QUEUED RUNNING CHECKPOINT GATE_CHECK COMPLETE FAILED PAUSED ROLLBACK ROLLED_BACK CANCELLED
    static let table: [(name: String, arguments: [String: JSONValue], row: String)] = [
        ("session.start", [:], "+ = = = = - - - = - -"),
        ("session.start", ["at": "2999-01-01T00:00:00Z"], "+ + = = = - - - = - -"),
        ("session.pause", [:], "- + + + + - - = - - -"),
        ("session.resume", [:], "- = = = = - - + - + -"),
        ("session.cancel", [:], "+ + + + + - - + + - ="),
        // One that has ended goes on as a fork.
        ("session.say", ["text": "hello"], "+ + + + + + + + - + +"),
        ("session.set", ["setting": "limits.turns=9"], "+ + + + + - - + + + -"),
        ("session.checkpoint", ["name": "here"], "- - + + + + + + - + +"),
        ("session.rollback", [:], "- - + + + + + + - - +"),
        ("session.undo", [:], "- - - - - - - - - + -"),
        ("session.fork", ["checkpoint": "c0"], "- - + + + + + + + + +"),
        ("gate.run", ["gate": "small"], "- - - - - + + + - + +"),
        ("session.apply", ["patch": "-"], "- - - - - + + + - + +"),
        ("session.unapply", [:], "- - - - - = - - - - -"),
        ("session.export", ["to": "EXPORT"], "- - - - - + + + - + +"),
        ("session.discard", [:], "- - - - - + + - - + +"),
        ("inbox.answer", ["answer": "yes"], "- - - - - - - - - - -"),
    ]

    @Test("docs/states.md has this very table")
    func theDocumentedTable() throws {
        let root = #filePath.dropLast("/Tests/EngineHostTests/CommandTableTests.swift".count)
        let page = try String(contentsOf: URL(filePath: root + "/docs/states.md"), encoding: .utf8)
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") && $0.count { $0 == "|" } == 13 }
        let wanted = Self.table.map { name, arguments, row in
            let word = arguments["at"] == nil ? name : "\(name) --at"
            return "| `\(word)` | " + row.split(separator: " ").joined(separator: " | ") + " |"
        }
        #expect(rows.map(String.init) == wanted)
        let head = "| Command | " + SessionState.allCases.map(\.rawValue).joined(separator: " | ") + " |"
        #expect(page.contains(head))
        // What makes a session has no state to be asked about.
        let known = Set(Self.table.map(\.name)).union(["session.create"])
        let all = CommandRegistry.all.map(\.name)
        #expect(Set(all.filter { $0.hasPrefix("session.") || $0 == "gate.run" }).isSubset(of: known))
    }

    @Test(.timeLimit(.minutes(15)))
    func everyPairIsAnsweredOnceHoweverOftenItIsSent() async throws {
        let stage = try await Stage()
        var told: [(command: Command, head: Int64)] = []
        let host = try await stage.world.host()
        let client = host.client(as: stage.world.person)
        for (name, arguments, row) in Self.table {
            for (state, sign) in zip(SessionState.allCases, row.split(separator: " ")) {
                let id = try await stage.session(in: state, host.log)
                let command = stage.command(name, arguments, id)
                let before = host.log.head(tenant: .main)
                let what: Comment = "\(name) \(arguments) in \(state.rawValue)"
                do {
                    let reply = try await client.perform(command)
                    let after = host.log.head(tenant: .main)
                    #expect(sign == (after == before ? "=" : "+"), what)
                    #expect(try await client.perform(command) == reply, what)
                    #expect(host.log.head(tenant: .main) == after, "\(what), sent again")
                    if sign == "+" { told.append((command, after)) }
                } catch let fault as Fault {
                    #expect(sign == "-", "\(what): \(fault)")
                    #expect(fault.code == .refused, "\(what): \(fault)")
                    #expect(!fault.description.contains("\n") && fault.message.contains(id.rawValue), what)
                    // The reason is the state, but for what asks for something else than a state.
                    #expect(
                        ["inbox.answer", "session.unapply"].contains(name)
                            || fault.message.contains(state.rawValue), "\(what): \(fault)")
                    #expect(host.log.head(tenant: .main) == before, "\(what) wrote something")
                }
            }
        }
        #expect(try await host.log.verify(tenant: .main).isWhole)
        host.close()
        try await expectNothingTwice(told.map(\.command), stage)
    }

    /// Another host is sent all of it again, in another order: the log knows what was done.
    private func expectNothingTwice(_ commands: [Command], _ stage: Stage) async throws {
        let host = try await stage.world.host()
        let client = host.client(as: stage.world.person)
        let head = host.log.head(tenant: .main)
        for command in commands.reversed() {
            let reply = try await client.perform(command)
            #expect(reply.code == .done && host.log.head(tenant: .main) == head, "\(command) was done again")
        }
        host.close()
    }

    /// An id that was used for something else is refused: nothing was done, and nothing is said to be.
    @Test func anIdBelongsToOneCommand() async throws {
        let stage = try await Stage()
        let host = try await stage.world.host()
        let client = host.client(as: stage.world.person)
        let id = try await stage.session(in: .queued, host.log)
        _ = try await client.perform(
            Command(id: "one", name: "session.pause", arguments: ["id": .string(id.rawValue)]))
        let head = host.log.head(tenant: .main)
        await #expect(throws: Fault.self) {
            try await client.perform(
                Command(id: "one", name: "session.cancel", arguments: ["id": .string(id.rawValue)]))
        }
        #expect(host.log.head(tenant: .main) == head)
        host.close()
    }

    /// The same command by eight senders at once is done once, and each gets its receipt.
    @Test func aCommandSentByManyAtOnceIsDoneOnce() async throws {
        let stage = try await Stage()
        let host = try await stage.world.host()
        let client = host.client(as: stage.world.person)
        let commands: [(String, [String: JSONValue])] = [
            ("session.say", ["text": "hello"]), ("session.rollback", [:]), ("session.checkpoint", [:]),
            ("session.fork", ["checkpoint": "c0"]),
        ]
        for (name, arguments) in commands {
            let id = try await stage.session(in: .paused, host.log)
            let command = stage.command(name, arguments, id)
            let replies = try await withThrowingTaskGroup(of: CommandReply.self) { group in
                for _ in 0..<8 { group.addTask { try await client.perform(command) } }
                return try await group.reduce(into: Set<CommandReply>()) { $0.insert($1) }
            }
            #expect(replies.count == 1, "\(name)")
        }
        let events = try await host.log.events(tenant: .main, limit: 10_000)
        #expect(events.count { $0.type == "session.said" } == 1)
        #expect(events.count { $0.type == "session.rolledback" } == 1)
        #expect(events.count { $0.type == "session.forked" } == 1)
        host.close()
    }

    /// Two hundred sequences of orders on a real log, beside the model; and once more as a new host finds them.
    @Test(.timeLimit(.minutes(15))) func randomOrdersGoAsTheModelGoes() async throws {
        let stage = try await Stage()
        let host = try await stage.world.host()
        let client = host.client(as: stage.world.person)
        var random = SeededNumbers(seed: 42)
        var ends: [SessionID: String] = [:]
        for number in 0..<200 {
            let start = SessionState.allCases[number % SessionState.allCases.count]
            let id = try await stage.session(in: start, host.log)
            var model = SessionModel(state: start.rawValue, left: "CHECKPOINT")
            var trail = start.rawValue
            var version = try await host.log.streamVersion(tenant: .main, stream: SessionEvent.stream(id))
            for _ in 0..<8 {
                let orders = SessionModel.Order.allCases
                let order = orders[Int.random(in: 0..<orders.count, using: &random)]
                trail += ", \(order)"
                // One that has ended goes on as a fork.
                if order == .say, ["COMPLETE", "FAILED", "CANCELLED", "ROLLED_BACK"].contains(model.state) {
                    continue
                }
                let reply = try await stage.give(order, to: id, version, client)
                let after = reply?.value?["version"]?.int.map { Int64($0) } ?? version
                let answer: SessionModel.Answer =
                    reply == nil ? .refused : after == version ? .nothing : .done
                version = after
                #expect(answer == model.take(order), "\(trail)")
                #expect(reply.map { $0.value?["state"]?.string == model.state } ?? true, "\(trail)")
            }
            let now = try await host.log.streamVersion(tenant: .main, stream: SessionEvent.stream(id))
            #expect(now == version, "what was refused wrote nothing: \(trail)")
            ends[id] = model.state
        }
        host.close()
        let second = try await stage.world.host()
        for (id, state) in ends {
            let shown = try await second.client(as: .engine).ask(SessionShow(id: id.rawValue)).summary.state
            #expect(shown.rawValue == state)
        }
        second.close()
    }
}

/// Sessions in every state, made of what a real one left.
private final class Stage: Sendable {
    let world: World
    private let base: WorkspaceBase
    private let trees: [Checkpoint]
    private let files: String

    init() async throws {
        let world = try World()
        try world.folder.write("program/a.txt", "a\n")
        let host = try await world.host(replies: [
            #"{"tool_calls":[{"name":"write","arguments":{"path":"b.txt","content":"b\n"}}]}"#,
            #"{"text":"Done."}"#,
        ])
        var config = SessionConfig(name: "first", goal: "Write b.")
        config.workspace = .copy(path: world.folder.file("program"), include: [])
        try await world.running(host) { [config] client in
            let id = try await client.begin(config)
            let end = try await client.wait(id, for: .complete, .failed).summary
            #expect(end.state == .complete, "\(end.error ?? "")")
        }
        var (base, trees, files): (WorkspaceBase?, [Checkpoint], String) = (nil, [], "")
        for record in try await host.log.events(tenant: .main, limit: 1000) {
            let event = try SessionEvent(type: record.type, payload: record.payload)
            if case .workspaceMade(let made)? = event {
                base = made
                files = "\(world.home)/workspaces/main/\(record.stream.dropFirst(8))"
            }
            if case .checkpointTaken(let taken)? = event { trees.append(taken) }
        }
        host.close()
        (self.world, self.base, self.trees, self.files) = (world, try #require(base), trees, files)
        #expect(trees.count > 1)
    }

    func session(in state: SessionState, _ log: EventLog) async throws -> SessionID {
        let id = SessionID("t" + String(UInt64.random(in: 1 << 40 ... .max), radix: 36).prefix(9))
        var config = SessionConfig(name: id.rawValue, goal: "Go.")
        config.workspace = .copy(path: world.folder.file("program"), include: [])
        config.gates = [
            GateConfig(name: "small", kind: .diff(DiffLimits(maxFiles: 5)), required: false)
        ]
        let events = [.created(config: config)] + path(to: state, id)
        try await log.append(
            Append(
                tenant: .main, stream: SessionEvent.stream(id), expectedVersion: 0,
                events: try events.map { try $0.encoded(for: id) }, actor: .engine,
                at: Timestamp(milliseconds: 1_795_353_385_042)))
        if events.count > 2 {
            try FileManager.default.copyItem(atPath: files, toPath: "\(world.home)/workspaces/main/\(id)")
        }
        return id
    }

    private func path(to state: SessionState, _ id: SessionID) -> [SessionEvent] {
        func taken(_ number: Int) -> SessionEvent {
            var checkpoint = trees[min(number, trees.count - 1)]
            (checkpoint.checkpointId, checkpoint.number) = (
                CheckpointID(session: id, number: number), number
            )
            (checkpoint.messages, checkpoint.turn) = (0, 0)
            return .checkpointTaken(checkpoint)
        }
        let begun: [SessionEvent] = [
            .queued(attempt: 1), .started(layer: "bubblewrap"), .workspaceMade(base), taken(0),
        ]
        switch state {
        case .created: return []
        case .queued: return [.queued(attempt: 1)]
        case .running:
            return begun + [.modelStarted(callId: CallID("\(id).m1"), route: "default", reserved: nil)]
        case .checkpoint: return begun
        case .gateCheck:
            return begun + [.gateStarted(gate: "tests", tree: trees[0].tree, attempt: 1)]
        case .paused: return begun + [.paused(reason: .operatorAsked)]
        case .complete:
            let outcome = SessionOutcome(text: "", tree: trees[0].tree, files: 1, added: 1, removed: 0)
            return begun + [.completed(outcome)]
        case .failed: return begun + [.failed(error: "no")]
        case .cancelled: return begun + [.cancelled]
        case .rollback: return path(to: .paused, id) + [taken(1), .rollbackStarted(rollback(id))]
        case .rolledBack:
            return path(to: .rollback, id)
                + [.rolledBack(checkpointId: CheckpointID(session: id, number: 0), files: 1)]
        }
    }

    private func rollback(_ id: SessionID) -> Rollback {
        Rollback(
            checkpointId: CheckpointID(session: id, number: 0),
            safety: CheckpointID(session: id, number: 1), files: true, context: true, from: .paused)
    }

    func command(_ name: String, _ arguments: [String: JSONValue], _ id: SessionID) -> Command {
        var arguments = arguments
        let isAnswer = name == "inbox.answer"
        arguments["id"] = .string(isAnswer ? "\(id).a1" : id.rawValue)
        if arguments["to"] != nil { arguments["to"] = .string(world.folder.file("export-\(id)")) }
        return Command(
            id: "table/\(name)/\(UInt64.random(in: 0 ... .max))", name: name, arguments: arguments)
    }

    /// Gives an order as a command; nil where it is refused.
    func give(
        _ order: SessionModel.Order, to id: SessionID, _ version: Int64, _ client: EngineClient
    ) async throws -> CommandReply? {
        var arguments: [String: JSONValue] = [:]
        switch order {
        case .start, .pause, .resume, .cancel: break
        case .say: arguments["text"] = "word"
        case .set: arguments["setting"] = .string("limits.turns=\(60 + version)")
        }
        do {
            return try await client.perform(command("session.\(order)", arguments, id))
        } catch let fault as Fault {
            guard fault.code == .refused else { throw fault }
            return nil
        }
    }
}

/// A generator of the same numbers in every run (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
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
