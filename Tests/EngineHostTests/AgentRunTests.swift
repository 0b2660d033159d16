import AgentOSCore
import EngineHost
import EventLog
import FoundationEssentials
import TestSupport
import Testing

/// Command-line agents through real hosts: each is a real program behind the real sandbox.
@Suite(.serialized) struct AgentRunTests {
    /// What every scripted agent begins with.
    private static let words = """
        import json, os, sys, time
        goal = sys.argv[1]
        def out(**fields): print(json.dumps(fields), flush=True)
        def use(id, name, result, **arguments):
            out(type="assistant", message={"content": [{"type": "tool_use", "id": id, "name": name, "input": arguments}]})
            out(type="user", message={"content": [{"type": "tool_result", "tool_use_id": id, "content": result}]})
        def end(text, **more): out(type="result", subtype="success", is_error=False, result=text, **more)
        out(type="system", subtype="init", session_id="s", model="tiny-1")

        """

    private func config(
        _ world: World, _ script: String, talk: AgentConfig.Talk = .streamJSON, env: [String] = []
    ) throws -> SessionConfig {
        try world.folder.write("agent/run.py", (talk == .streamJSON ? Self.words : "") + script)
        var config = SessionConfig(name: "foreign", goal: "Write out.txt.")
        config.agent = AgentConfig(
            command: ["python3", world.folder.file("agent/run.py"), "{goal}"], talk: talk, env: env,
            readRoots: [world.folder.file("agent")])
        return config
    }

    private func events(_ host: EngineHost, _ type: String? = nil) async throws -> [EventRecord] {
        let filter = type.map { EventFilter(type: $0) } ?? EventFilter()
        return try await host.log.events(tenant: .main, after: 0, limit: 1000, filter: filter)
    }

    @Test func aStreamOfTurnsIsASessionWithGatesCostAndCheckpoints() async throws {
        let world = try World()
        var config = try config(
            world,
            """
            print("this is no JSON", flush=True)
            print("{" * 5000, flush=True)
            word = os.environ["AGENT_WORD"]
            out(type="assistant", message={"content": [{"type": "text", "text": "I use " + word}]})
            good = "Gate 'right' failed" in goal
            open("out.txt", "w").write("right" if good else "wrong")
            use("c1", "Write", "written " + word, file_path="out.txt")
            try:
                open(os.path.join(os.path.dirname(sys.argv[0]), "escaped"), "w")
                end("escaped")
            except OSError:
                end("kept in", total_cost_usd=0.0125, usage={"input_tokens": 10, "output_tokens": 5})
            """, env: ["AGENT_WORD"])
        config.gates = [
            GateConfig(name: "right", kind: .run(command: "grep -q right out.txt", timeout: 600_000))
        ]
        config.gateAttempts = 2
        let host = try await world.host(replies: [])
        try await world.running(host) { [config] client in
            let id = try await client.begin(config)
            let done = try await client.wait(id, for: .complete, .failed, .paused, .rolledBack)
            #expect(done.summary.state == .complete, "\(done.summary)")
            #expect(done.summary.costKnown == Money("0.025") && done.summary.turns == 4)
            #expect(done.summary.model == "python3")
        }
        let all = try await events(host)
        #expect(all.allSatisfy { !$0.payload.contains("hush-hush-word") })
        #expect(all.contains { $0.payload.contains("written [AGENT_WORD]") })
        #expect(all.contains { $0.payload.contains("kept in\\n[2 lines of the agent were not understood]") })
        let types = all.map(\.type)
        #expect(types.filter { $0 == "session.tool.finished" }.count == 2)
        #expect(types.filter { $0 == "session.gate.returned" }.count == 1)
        #expect(types.filter { $0 == "session.checkpoint" }.count >= 3)
        #expect(
            all.contains {
                $0.payload.contains("agent/python3 tiny-1") || $0.payload.contains("python3 tiny-1")
            })
        #expect(try await host.log.verify(tenant: .main).isWhole)
        host.close()
    }

    @Test func textIsTheAnswerAndItsCostIsUnknown() async throws {
        let world = try World()
        let host = try await world.host(replies: [])
        var config = try config(world, "print('All is well: ' + __import__('sys').argv[1])", talk: .text)
        try await world.running(host) { [config] client in
            let id = try await client.begin(config)
            let done = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(done.summary.state == .complete && done.summary.hasUnpriced, "\(done.summary)")
        }
        #expect(
            try await events(host, "session.completed").last?.payload.contains("All is well: Write out.txt.")
                == true)
        config.limits.cost = Money("1.00")
        host.close()
        let next = try await world.host()
        try await world.running(next) { [config] client in
            let id = try await client.begin(config)
            let paused = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(paused.summary.reason == .price)
        }
        next.close()
    }

    @Test(arguments: [
        ("import sys; sys.exit('no such key')", "exit code 1: no such key"),
        (#"out(type="result", subtype="error_max_turns", is_error=True)"#, "failed: error_max_turns"),
    ])
    func whatFailsSaysWhy(_ script: String, _ reason: String) async throws {
        let world = try World()
        let host = try await world.host(replies: [])
        let config = try config(world, script)
        try await world.running(host) { client in
            let id = try await client.begin(config)
            let failed = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(failed.summary.state == .failed)
        }
        #expect(try await events(host, "session.failed").last?.payload.contains(reason) == true)
        host.close()
    }

    /// It works turn after turn until it is ended; once it is told that it was, it is done at once.
    private static let endless = """
        if "An earlier run" in goal: end("done now")
        else:
            for turn in range(10_000):
                open("out.txt", "w").write(str(turn))
                use("c%d" % turn, "Write", "turn %d" % turn, n=turn)
                time.sleep(0.05)
        """

    @Test func aPauseEndsTheRunBetweenTurnsAndAResumeBeginsAnother() async throws {
        let world = try World()
        let host = try await world.host(replies: [])
        let config = try config(world, Self.endless)
        try await world.running(host) { client in
            let id = try await client.begin(config)
            for try await update in client.follow(FollowRequest(after: 0)) {
                if case .event(let event) = update, event.type == "session.tool.finished" { break }
            }
            try await client.order("session.pause", id)
            let paused = try await client.wait(id, for: .paused, .complete, .failed)
            #expect(paused.summary.reason == .operatorAsked && paused.summary.hasUnpriced)
            try await client.order("session.resume", id)
            let done = try await client.wait(id, for: .complete, .failed)
            #expect(done.summary.state == .complete)
        }
        #expect(try await events(host, "session.completed").last?.payload.contains("done now") == true)
        host.close()
    }

    /// Reports that nobody hears any more are dropped, and the host goes on.
    @Test func aFloodThatIsCancelledHarmsNobodyElse() async throws {
        let world = try World()
        let flood = """
            n = 0
            while True:
                n += 1
                out(type="assistant", message={"content": [{"type": "text", "text": "x"}] * 300
                    + [{"type": "tool_use", "id": "c%d" % n, "name": "Bash", "input": {"n": n}}]})
                out(type="user", message={"content": [{"type": "tool_result", "tool_use_id": "c%d" % n, "content": str(n)}]})
            """
        let host = try await world.host(replies: [])
        var config = try config(world, flood)
        config.breaker = false
        try await world.running(host) { [config] client in
            for _ in 0..<3 {
                let id = try await client.begin(config)
                for try await update in client.follow(FollowRequest(after: 0)) {
                    guard case .event(let event) = update, event.stream == "session/\(id)" else { continue }
                    if event.type == "session.tool.finished" { break }
                }
                try await client.order("session.cancel", id)
                let ended = try await client.wait(id, for: .cancelled, .complete, .failed)
                #expect(ended.summary.state == .cancelled)
            }
        }
        host.close()
    }

    @Test func anAgentWithoutLimitsIsBoundedAllTheSame() async throws {
        let world = try World()
        let host = try await world.host(replies: []) { $0.sessions.limits.calls = 77 }
        let made = try await host.client(as: world.person).perform(
            Command(
                id: "make", name: "session.create",
                arguments: ["config": .string(try JSONText.string(try config(world, Self.endless)))]))
        let id = try #require(made.value?["sessionId"]?.string)
        let limits = try await host.client(as: world.person).ask(SessionShow(id: id)).config.limits
        #expect(limits.turns == 1000 && limits.calls == 77)
        host.close()
    }

    @Test func limitsEndARun() async throws {
        let world = try World()
        var turns = try config(world, Self.endless)
        turns.limits.turns = 3
        var idle = try config(world, Self.endless)
        idle.agent?.command = ["sleep", "60", "{goal}"]
        idle.agent?.command = ["sh", "-c", "sleep 60", "{goal}"]
        idle.limits.idle = 100
        var time = idle
        (time.limits.idle, time.limits.time) = (nil, 200)
        let host = try await world.host(replies: [])
        try await world.running(host) { [turns, idle, time] client in
            for (config, reason) in [
                (turns, PauseReason.limit("turns")), (idle, .limit("idle")), (time, .limit("time")),
            ] {
                let id = try await client.begin(config)
                let paused = try await client.wait(id, for: .paused, .complete, .failed)
                #expect(paused.summary.reason == reason, "\(paused.summary)")
            }
        }
        host.close()
    }

    /// What could only change the workspace is undone and run again; what could reach further waits for a person.
    @Test(arguments: [NetworkPolicy.none, .all])
    func aRunThatItsHostCutsIsUndoneOrAskedAbout(_ network: NetworkPolicy) async throws {
        let world = try World()
        var config = try config(
            world,
            """
            if os.path.exists(os.path.join(os.path.dirname(sys.argv[0]), "go")):
                end("found " + ",".join(sorted(os.listdir("."))))
            else:
                open("half.txt", "w").write("half")
                use("c1", "Write", "written")
                time.sleep(600)
            """)
        config.agent?.network = network
        let first = try await world.host(replies: [])
        try await world.running(first) { [config] client in
            _ = try await client.begin(config)
            for try await update in client.follow(FollowRequest(after: 0)) {
                if case .event(let event) = update, event.type == "session.tool.finished" { break }
            }
            await first.stop(grace: .zero)
        }
        let made = try #require(try await events(first, "session.created").first)
        let id = try #require(SessionEvent.session(ofStream: made.stream))
        first.close()
        try world.folder.write("agent/go", "")
        let second = try await world.host()
        try await world.running(second) { client in
            if network == .none {
                let done = try await client.wait(id, for: .complete, .failed, .paused)
                #expect(done.summary.state == .complete, "\(done.summary)")
            } else {
                let paused = try await client.wait(id, for: .complete, .failed, .paused)
                #expect(paused.summary.reason == .recovery)
                let item = try #require(try await client.ask(InboxList()).waiting.first)
                #expect(item.text == "a run of its agent was cut and may have acted outside")
            }
        }
        if network == .none {
            let end = try #require(try await events(second, "session.completed").last)
            #expect(end.payload.contains("found \"") && !end.payload.contains("half"), "\(end.payload)")
        }
        second.close()
    }
}
