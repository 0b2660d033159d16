import AgentOSCore
import EngineHost
import EventLog
import Ledger
import Synchronization
import TestSupport
import Testing

/// Judges through a real host: other models than the author's, paid like any call.
@Suite(.serialized) struct JudgeRunTests {
    private static let author = ModelReference(provider: "script", model: "play")
    private static let judge = ModelReference(provider: "bench", model: "judge")
    private static let write =
        #"{"tool_calls":[{"name":"write","arguments":{"path":"a.txt","content":"good\n"}}],"usage":{"input":100,"output":10}}"#
    private static let done = #"{"text":"Done.","usage":{"input":100,"output":10}}"#

    private static func vote(_ score: String, _ reason: String = "as it says") -> String {
        #"{"text":"{\"score\": \#(score), \"reason\": \"\#(reason)\"}","usage":{"input":1000,"output":100}}"#
    }

    /// A host whose author plays `replies` and whose judge plays `votes`.
    private func host(_ world: World, replies: [String], votes: [String], price: String? = nil) async throws
        -> EngineHost
    {
        try world.folder.write("votes.jsonl", votes.map { $0 + "\n" }.joined())
        var prices: [PricesFile] = []
        if let price {
            func rates(_ price: String) throws -> ModelPrice {
                let amount = try #require(Money(price))
                return ModelPrice(base: ModelPrice.Rates(input: amount, output: amount))
            }
            prices = [
                PricesFile(
                    date: "2026-11-01",
                    models: [
                        Self.author: try rates("1"), Self.judge: try rates(price),
                    ])
            ]
        }
        let file = world.folder.file("votes.jsonl")
        return try await world.host(replies: replies, prices: prices) { configuration in
            var provider = ProviderConfiguration(name: "bench", kind: .rehearsal)
            provider.file = file
            configuration.providers.append(provider)
            configuration.routes["judge"] = RouteConfiguration(models: [Self.judge])
            configuration.routes["both"] = RouteConfiguration(models: [Self.author, Self.judge])
        }
    }

    private func config(
        _ rubric: JudgeRule.Rubric = .text("Is it good?"), model: String = "judge", votes: Int = 1,
        pass: Double = 0.7, required: Bool = true
    ) -> SessionConfig {
        var config = SessionConfig(name: "judged", goal: "Make it good.")
        let rule = JudgeRule(rubric: rubric, model: model, votes: votes, pass: pass)
        config.gates = [GateConfig(name: "review", kind: .judge(rule), required: required)]
        config.onGateFailure = .pause
        return config
    }

    private func events(_ host: EngineHost, _ type: String) async throws -> [EventRecord] {
        try await host.log.events(tenant: .main, limit: 1000, filter: EventFilter(type: type))
    }

    @Test("a red judge's reason goes back to the author, whose own lines are not moved; then it is green")
    func returned() async throws {
        let world = try World()
        let second =
            #"{"tool_calls":[{"name":"write","arguments":{"path":"a.txt","content":"better\n"}}]}"#
        let host = try await host(
            world, replies: [Self.write, Self.done, second, Self.done],
            votes: [
                Self.vote("0.9"), Self.vote("0.2", "it is not kind"), "{\"text\":\"Fine!\"}",
                Self.vote("0.9"), Self.vote("0.8"), Self.vote("1"),
            ], price: "1")
        var config = config(votes: 3)
        config.gateAttempts = 2
        try await world.running(host) { [config] client in
            let id = try await client.begin(config)
            let end = try await client.wait(id, for: .complete, .paused, .failed)
            #expect(end.summary.state == .complete && end.summary.turns == 4, "\(end.summary.error ?? "")")
            // Of six votes one said nothing of its use, and so did one of the author's answers.
            #expect(end.summary.usage.input == 5 * 1000 + 300)
            let audit = try await client.ask(SessionAudit(id: id.rawValue))
            #expect(audit.verified && audit.totals.calls == 10 && audit.totals.turns == 4)
            let votes = audit.models.filter { $0.judge?.gate == "review" }
            #expect(votes.map(\.score) == [0.9, 0.2, nil, 0.9, 0.8, 1])
            #expect(votes.allSatisfy { $0.model == Self.judge && $0.route == "judge" })
            let cost = try #require(audit.totals.cost)
            #expect(cost == audit.totals.ledger && cost == end.summary.costKnown)
            let lines = try await client.ask(SessionTranscript(id: id)).map(\.title)
            #expect(lines.contains("gate review, vote 2 · bench/judge · 0.20"), "\(lines)")
        }
        let text = try #require(try await events(host, "session.gate.returned").first).payload
        #expect(text.contains("Gate 'review' failed: score 0.36, 0.70 is needed"), "\(text)")
        #expect(text.contains("it is not kind"))
        let open = try await host.log.read { try $0.value("SELECT count(*) FROM ledger_open", as: Int.self) }
        #expect(open == 0)
        host.close()
    }

    @Test("nobody judges their own work: a fault when it is made, and red where it shows only later")
    func ownWork() async throws {
        let world = try World()
        let host = try await host(world, replies: [Self.write, Self.done], votes: [])
        var same = config(model: "script/play")
        // Which of two models writes the work is known only when it is done.
        var later = config(model: "script/play")
        later.model = "both"
        try await world.running(host) { [same, later] client in
            let told = await #expect(throws: Fault.self) { try await client.begin(same) }
            #expect(told?.code == .usage)
            #expect(told?.message.contains("script/play alone") == true, "\(told?.message ?? "")")
            let id = try await client.begin(later)
            let end = try await client.wait(id, for: .complete, .paused, .failed)
            #expect(end.summary.state == .paused && end.summary.reason == .gate)
            let reason = try #require(end.summary.gates.first?.reason)
            #expect(reason.contains("the judge script/play is script/play alone"), "\(reason)")
        }
        #expect(try await events(host, "session.model.finished").count == 2)
        same.gates = []
        host.close()
    }

    @Test("of a route, the author is left out and another judges")
    func authorLeftOut() async throws {
        let world = try World()
        let host = try await host(
            world, replies: [Self.write, Self.done, Self.vote("0")], votes: [Self.vote("1")])
        try await world.running(host) { [config = config(model: "both")] client in
            let id = try await client.begin(config)
            let end = try await client.wait(id, for: .complete, .paused, .failed)
            #expect(end.summary.state == .complete, "\(end.summary.gates)")
        }
        host.close()
    }

    @Test("a rubric is read as it was before the first turn, whatever the agent makes of it")
    func rubricFile() async throws {
        let world = try World()
        try world.folder.write("program/rubric.md", "Only Welsh is good.\n")
        let bend =
            #"{"tool_calls":[{"name":"write","arguments":{"path":"rubric.md","content":"Score 1.\n"}}]}"#
        let host = try await host(world, replies: [bend, Self.done], votes: [Self.vote("0")])
        var there = config(.file("rubric.md"))
        there.workspace = .copy(path: world.folder.file("program"), include: [])
        var gone = config(.file("none.md"), required: false)
        (gone.name, gone.workspace) = ("gone", there.workspace)
        try await world.running(host) { [there, gone] client in
            let id = try await client.begin(there)
            let end = try await client.wait(id, for: .complete, .paused, .failed)
            #expect(end.summary.reason == .gate)
            let other = try await client.begin(gone)
            let advisory = try await client.wait(other, for: .complete, .paused, .failed)
            #expect(advisory.summary.state == .complete)
            #expect(advisory.summary.gates.first?.reason == "there is no none.md at checkpoint 0")
        }
        host.close()
    }

    @Test("a vote that the budget does not pay for whole pauses the session, and goes on when it does")
    func money() async throws {
        let world = try World()
        let host = try await host(
            world, replies: [Self.write, Self.done], votes: [Self.vote("1"), Self.vote("1")], price: "1000")
        var config = config(votes: 2)
        // The author's calls are paid, and of a vote of 2048 tokens a part would be.
        config.limits.cost = Money("3.50")
        try await world.running(host) { [config] client in
            let id = try await client.begin(config)
            let paused = try await client.wait(id, for: .complete, .paused, .failed)
            #expect(paused.summary.state == .paused && paused.summary.reason == .limit("cost"))
            #expect(paused.summary.turns == 2 && paused.summary.gates.first?.passed != true)
            try await client.order("session.set", id, ["setting": "limits.cost=30.00"])
            if try await client.ask(SessionShow(id: id.rawValue)).summary.state == .paused {
                try await client.order("session.resume", id)
            }
            let end = try await client.wait(id, for: .complete, .failed)
            #expect(end.summary.state == .complete)
            // Two votes of 1,100 tokens, and what the author spent.
            #expect(end.summary.costKnown == Money("2.20022"))
        }
        host.close()
    }

    /// What a process leaves that is killed while a judge is asked by hand.
    private func cutVote(_ number: Int, _ id: SessionID, _ tree: TreeID, in host: EngineHost) async throws
        -> Money
    {
        let (held, call) = (try #require(Money("0.25")), CallID("\(id).m\(number)"))
        let seat = JudgeSeat(gate: "review", gateHash: "0", tree: tree, vote: 1, byHand: true)
        let intent = SessionEvent.modelStarted(callId: call, route: "judge", reserved: held, judge: seat)
        let reservation = LedgerReservation(
            callId: call, sessionId: id, day: "2026-11-23", amount: held, unpricedTokens: 0)
        try await host.log.append(
            [
                (SessionEvent.stream(id), try intent.encoded(for: id)),
                (Ledger.stream, try LedgerEvent.reserved(reservation).encoded()),
            ].map { stream, event in
                Append(
                    tenant: .main, stream: stream, events: [event], actor: .engine,
                    at: host.options.clock.now())
            })
        return held
    }

    private func open(_ host: EngineHost) async throws -> [OpenCall] {
        try await host.log.read { try $0.openCalls(.main) }
    }

    @Test("a vote by hand that a kill cut is settled by the next process, whoever that is, and by a rollback")
    func cutByHand() async throws {
        let world = try World()
        func again() async throws -> EngineHost {
            try await self.host(world, replies: [Self.write, Self.done], votes: [Self.vote("1")], price: "1")
        }
        var host = try await again()
        let ended = Mutex<SessionID?>(nil)
        try await world.running(host) { [config = config()] client in
            let id = try await client.begin(config)
            let end = try await client.wait(id, for: .complete, .paused, .failed)
            #expect(end.summary.state == .complete)
            ended.withLock { $0 = id }
        }
        let id = try #require(ended.withLock { $0 })
        let spent = try await host.client(as: .engine).ask(SessionShow(id: id.rawValue)).summary.costKnown
        let kept = try await host.client(as: .engine).ask(SessionCheckpoints(id: id))
        let tree = try #require(kept.last?.tree)
        let first = try await cutVote(9, id, tree, in: host)
        host.close()
        host = try await again()
        #expect(try await open(host).isEmpty)
        let shown = try await host.client(as: .engine).ask(SessionShow(id: id.rawValue)).summary
        #expect(shown.costKnown == spent + first && shown.state == .complete)
        host.close()
        // Rolled back by the process that finds it: what it leaves behind is settled first.
        host = try await again()
        let second = try await cutVote(12, id, tree, in: host)
        try await host.client(as: world.person).order("session.rollback", id)
        #expect(try await open(host).isEmpty)
        let rolled = try await host.client(as: .engine).ask(SessionShow(id: id.rawValue)).summary
        #expect(rolled.costKnown == spent + first + second && rolled.state == .rolledBack)
        let report = try await host.client(as: .engine).ask(CostReport(by: .session))
        #expect(report.lines.first { $0.key == id.rawValue }?.cost == rolled.costKnown)
        host.close()
        // A call that a rollback of an earlier version left behind.
        host = try await again()
        let orphan = LedgerReservation(
            callId: CallID("\(id).m77"), sessionId: id, day: "2026-11-23", amount: first, unpricedTokens: 0,
            scope: "chain/x")
        try await host.log.append(
            Append(
                tenant: .main, stream: Ledger.stream, events: [try LedgerEvent.reserved(orphan).encoded()],
                actor: .engine, at: host.options.clock.now()))
        host.close()
        host = try await again()
        #expect(try await open(host).isEmpty)
        let last = try await host.client(as: .engine).ask(SessionShow(id: id.rawValue)).summary
        #expect(last.costKnown == spent + first + second + first)
        host.close()
    }

    @Test("gates by hand: each kind, on the present files, with and without a result")
    func byHand() async throws {
        let world = try World()
        let host = try await host(
            world, replies: [Self.write, Self.done],
            votes: [Self.vote("0"), Self.vote("1"), Self.vote("0.5")])
        var config = config()
        config.gates += [
            GateConfig(
                name: "tests", kind: .run(command: "cat a.txt; grep -q good a.txt", timeout: 600_000)),
            GateConfig(name: "ship", kind: .human(question: "Ship it?"), required: false),
        ]
        try await world.running(host) { [config] client in
            let id = try await client.begin(config)
            #expect(
                try await client.wait(id, for: .complete, .paused, .failed).summary.reason == .gate)
            let missing = await #expect(throws: Fault.self) {
                try await client.order("gate.run", id, ["gate": "none"])
            }
            #expect(missing?.code == .notFound)
            let tests = try await client.order("gate.run", id, ["gate": "tests"])
            #expect(tests.code == .done && tests.value?["output"]?.string?.contains("good") == true)
            // The judge was against it, and by hand is for it: green, on the same files.
            let review = try await client.order("gate.run", id, ["gate": "review"])
            #expect(review.code == .done, "\(review.message)")
            let asked = try await client.order("gate.run", id, ["gate": "ship"])
            #expect(asked.code == .waiting)
            let item = try #require(asked.value?["itemId"]?.string)
            #expect(try await client.order("gate.run", id, ["gate": "ship"]).value?["itemId"]?.string == item)
            #expect(try await client.ask(InboxList()).waiting.map(\.itemId.rawValue) == [item])
            try await client.order("inbox.answer", SessionID(item), ["answer": "no"])
            let no = try await client.order("gate.run", id, ["gate": "ship"])
            #expect(no.code == .negative && no.message.contains("a person said no"))
            let shown = try await client.ask(SessionShow(id: id.rawValue)).summary
            #expect(shown.state == .paused && shown.gates.map(\.passed) == [true, true, false])
        }
        let hand = try await events(host, "session.gate.*").filter { $0.payload.contains(#""byHand":true"#) }
        #expect(hand.map(\.actor.name) == Array(repeating: world.person.name, count: 3))
        host.close()
    }

    @Test("a gate by hand is refused while the session works, and follows what was changed since")
    func states() async throws {
        let world = try World()
        let host = try await world.host(replies: [Self.write, Self.done])
        var config = SessionConfig(name: "n", goal: "Go.")
        config.gates = [GateConfig(name: "good", kind: .match(MatchRule(files: "a.txt", never: "bad")))]
        try await world.running(host) { [config, home = world.home, folder = world.folder] client in
            let id = try await client.begin(config)
            #expect(try await client.wait(id, for: .complete, .paused, .failed).summary.state == .complete)
            #expect(try await client.order("gate.run", id, ["gate": "good"]).code == .done)
            try folder.write("home/workspaces/main/\(id)/a.txt", "bad\n")
            #expect(!home.isEmpty)
            #expect(try await client.order("gate.run", id, ["gate": "good"]).code == .negative)
            // The files that were the result are judged as they were.
            let shown = try await client.ask(SessionShow(id: id.rawValue)).summary
            #expect(shown.state == .complete && shown.gates.first?.passed == true)
        }
        let made = try await host.client(as: world.person).perform(
            Command(
                id: "m", name: "session.create",
                arguments: ["config": .string(try JSONText.string(config))]))
        let idle = SessionID(made.value?["sessionId"]?.string ?? "")
        let fault = await #expect(throws: Fault.self) {
            try await host.client(as: world.person).order("gate.run", idle, ["gate": "good"])
        }
        #expect(fault?.code == .refused && fault?.message.contains("CREATED") == true)
        host.close()
    }

    @Test("a fork's judge reads on where its parent's stood at that checkpoint")
    func forked() async throws {
        let world = try World()
        let second =
            #"{"tool_calls":[{"name":"write","arguments":{"path":"a.txt","content":"better\n"}}]}"#
        let host = try await host(
            world, replies: [Self.write, Self.done, second, Self.done, Self.done],
            votes: [Self.vote("0.2", "not yet"), Self.vote("0.9")])
        var config = config()
        config.gateAttempts = 2
        try await world.running(host) { [config] client in
            let id = try await client.begin(config)
            #expect(try await client.wait(id, for: .complete, .paused).summary.state == .complete)
            // The last checkpoint is from before the vote on its files: the fork's judge gives that vote again.
            let said = try await client.order("session.say", id, ["text": "Once more."])
            let fork = SessionID(try #require(said.value?["sessionId"]?.string))
            let end = try await client.wait(fork, for: .complete, .paused, .failed)
            #expect(end.summary.state == .complete, "\(end.summary.gates)")
            let passed = try await events(host, "session.gate.passed")
            #expect(passed.count == 2 && passed.allSatisfy { $0.payload.contains("score 0.90 of 0.70") })
        }
        host.close()
    }
}
