import AgentOSCore
import EngineHost
import FoundationEssentials
import TestSupport
import Testing

@Suite(.serialized) struct SessionRunTests {
    @Test func aSessionEditsPassesItsGateAndCompletes() async throws {
        let world = try World()
        try world.folder.write("program/a.txt", "one\n")
        let host = try await world.host(replies: [
            #"{"text":"Looking.","tool_calls":[{"name":"read","arguments":{"path":"a.txt"}}],"usage":{"input":10,"output":5}}"#,
            #"{"tool_calls":[{"name":"edit","arguments":{"path":"a.txt","old":"one","new":"three"}}]}"#,
            #"{"text":"Done."}"#,
            #"{"tool_calls":[{"name":"shell","arguments":{"command":"sed -i s/three/two/ a.txt && cat a.txt"}}]}"#,
            #"{"text":"Now it is two.","usage":{"input":20,"output":7}}"#,
        ])
        var config = SessionConfig(name: "count", goal: "Make it two.")
        config.workspace = .copy(path: world.folder.file("program"), include: [])
        config.gates = [GateConfig(name: "two", kind: .run(command: "grep -qx two a.txt", timeout: 600_000))]
        config.gateAttempts = 2
        try await world.running(host) { [config] client in
            let id = try await client.begin(config)
            let detail = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(detail.summary.state == .complete, "\(detail.summary.error ?? "")")
            #expect(detail.summary.turns == 5)
            #expect(detail.summary.usage == Usage(input: 30, output: 12))
            #expect(detail.summary.result == .init(state: .pending, files: 1, added: 1, removed: 1))
            let diff = try await client.ask(SessionDiff(id: id))
            #expect(diff.text.contains("-one\n+two"))
            let inbox = try await client.ask(InboxList())
            #expect(inbox.waiting.map(\.text) == ["+1 −1 in 1 file · gates 1/1"])
            let transcript = try await client.ask(SessionTranscript(id: id))
            #expect(transcript.contains { $0.kind == .gate && $0.isError })
            try await client.order("session.apply", id, ["here": true])
            #expect(try world.folder.read("program/a.txt") == "two\n")
            try await client.order("session.unapply", id)
            #expect(try world.folder.read("program/a.txt") == "one\n")
        }
        #expect(try await host.log.verify(tenant: .main).isWhole)
        host.close()
    }

    @Test func rollingBackAndUndoingGoThereAndBack() async throws {
        let world = try World()
        try world.folder.write("program/a.txt", "one\n")
        let host = try await world.host(replies: [
            #"{"tool_calls":[{"name":"write","arguments":{"path":"b.txt","content":"new"}}]}"#,
            #"{"text":"Done."}"#,
        ])
        var config = SessionConfig(name: "add", goal: "Add b.")
        config.workspace = .copy(path: world.folder.file("program"), include: [])
        try await world.running(host) { [config] client in
            let id = try await client.begin(config)
            let detail = try await client.wait(id, for: .complete, .failed)
            let added = detail.summary.workspace + "/b.txt"
            #expect(FileManager.default.fileExists(atPath: added))
            let preview = try await client.ask(SessionRollbackPreview(id: id))
            #expect(preview.diff.files.map(\.path) == ["b.txt"])
            try await client.order("session.rollback", id)
            #expect(!FileManager.default.fileExists(atPath: added))
            #expect(try await client.ask(SessionShow(id: id.rawValue)).summary.state == .rolledBack)
            try await client.order("session.undo", id)
            #expect(FileManager.default.fileExists(atPath: added))
            #expect(try await client.ask(SessionShow(id: id.rawValue)).summary.state == .complete)
        }
        host.close()
    }

    @Test func anUndoInPlaceTakesNothingAwayThatWasWrittenSince() async throws {
        let world = try World()
        try world.folder.write("program/a.txt", "one\n")
        let host = try await world.host(replies: [
            #"{"tool_calls":[{"name":"write","arguments":{"path":"a.txt","content":"two\n"}}]}"#,
            #"{"text":"Done."}"#,
        ])
        var config = SessionConfig(name: "own", goal: "Two.")
        config.workspace = .inplace(path: world.folder.file("program"))
        config.ask = .never
        try await world.running(host) { [config] client in
            let id = try await client.begin(config)
            let detail = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(detail.summary.state == .complete, "\(detail.summary.error ?? "")")
            try await client.order("session.rollback", id)
            #expect(try world.folder.read("program/a.txt") == "one\n")
            try world.folder.write("program/a.txt", "mine\n")
            try world.folder.write("program/new.txt", "mine too\n")
            let fault = await #expect(throws: Fault.self) { try await client.order("session.undo", id) }
            #expect(fault?.code == .refused && fault?.message.contains("a.txt changed since") == true)
            #expect(try world.folder.read("program/a.txt") == "mine\n")
            try world.folder.write("program/a.txt", "one\n")
            try await client.order("session.undo", id)
            #expect(try world.folder.read("program/a.txt") == "two\n")
            #expect(try world.folder.read("program/new.txt") == "mine too\n")
        }
        host.close()
    }

    /// Asked for while a call runs: it is in the log at once, and taken when no process lives.
    @Test func aNamedCheckpointIsTakenAtTheNextSafePoint() async throws {
        let world = try World()
        let host = try await world.host(replies: [
            #"{"tool_calls":[{"name":"shell","arguments":{"command":"touch begun; while [ ! -e go ]; do sleep 0.05; done; echo x > x"}}]}"#,
            #"{"text":"Done."}"#,
        ])
        try await world.running(host) { client in
            let id = try await client.begin(SessionConfig(name: "named", goal: "Wait."))
            let workspace = try await client.ask(SessionShow(id: id.rawValue)).summary.workspace
            for try await update in client.follow(FollowRequest(after: 0)) {
                if case .event(let event) = update, event.type == "session.tool.started" { break }
            }
            let reply = try await client.order("session.checkpoint", id, ["name": "mine"])
            #expect(reply.message.contains("next safe point"))
            let asked = try await client.ask(EventPage(type: "session.checkpoint.asked"))
            #expect(asked.count == 1 && asked.first?.actor.name == "ana")
            #expect(FileManager.default.createFile(atPath: workspace + "/go", contents: nil))
            _ = try await client.wait(id, for: .complete, .failed)
            let mine = try await client.ask(SessionCheckpoints(id: id)).filter { $0.name == "mine" }
            #expect(mine.count == 1 && mine.first?.auto == false)
        }
        host.close()
    }

    @Test func pauseAllHoldsEverythingUntilItIsSaidAgain() async throws {
        let world = try World()
        let host = try await world.host(replies: [
            #"{"tool_calls":[{"name":"shell","arguments":{"command":"while [ ! -e go ]; do sleep 0.05; done"}}]}"#,
            #"{"text":"Done."}"#,
        ])
        try await world.running(host) { client in
            let id = try await client.begin(SessionConfig(name: "held", goal: "Wait."))
            let workspace = try await client.ask(SessionShow(id: id.rawValue)).summary.workspace
            for try await update in client.follow(FollowRequest(after: 0)) {
                if case .event(let event) = update, event.type == "session.tool.started" { break }
            }
            _ = try await client.perform(Command(id: "hold-everything-1", name: "host.pause-all"))
            #expect(try await client.ask(Overview()).isPausedAll)
            #expect(FileManager.default.createFile(atPath: workspace + "/go", contents: nil))
            #expect(try await client.wait(id, for: .paused, .complete).summary.state == .paused)
            let second = try await client.begin(SessionConfig(name: "later", goal: "Wait too."))
            #expect(try await client.ask(SessionShow(id: second.rawValue)).summary.state == .queued)
            _ = try await client.perform(Command(id: "hold-everything-2", name: "host.pause-all"))
            #expect(try await client.wait(id, for: .complete, .failed).summary.state == .complete)
            _ = try await client.wait(second, for: .running, .checkpoint, .complete, .failed)
            try await client.order("session.cancel", second)
        }
        host.close()
    }

    /// What a checkpoint cannot hold is told where the person looks.
    @Test func aPipeThatIsLeftOutIsTold() async throws {
        let world = try World()
        let host = try await world.host(replies: [
            #"{"tool_calls":[{"name":"shell","arguments":{"command":"mkfifo pipe; echo x > x"}}]}"#,
            #"{"text":"Done."}"#,
        ])
        try await world.running(host) { client in
            let id = try await client.begin(SessionConfig(name: "pipe", goal: "Make a pipe."))
            _ = try await client.wait(id, for: .complete, .failed)
            let transcript = try await client.ask(SessionTranscript(id: id))
            #expect(
                transcript.contains { $0.isError && $0.title.contains("pipe") }, "\(transcript.map(\.title))")
        }
        host.close()
    }

    /// What lies deeper than a checkpoint goes ends nothing, and a rollback takes the files back all the same.
    @Test func foldersThatAreTooDeepAreToldAndHoldNothingBack() async throws {
        let world = try World()
        let host = try await world.host(replies: [
            #"{"tool_calls":[{"name":"shell","arguments":{"command":"mkdir -p $(printf 'd/%.0s' $(seq 300)); echo x > x"}}]}"#,
            #"{"text":"Done."}"#,
        ])
        try await world.running(host) { client in
            let id = try await client.begin(SessionConfig(name: "deep", goal: "Go deep."))
            let done = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(done.summary.state == .complete, "\(done.summary.reason?.description ?? "")")
            let transcript = try await client.ask(SessionTranscript(id: id))
            #expect(transcript.contains { $0.title.contains("too deep") }, "\(transcript.map(\.title))")
            // What no checkpoint holds stays where it is, and both replies say so.
            for (name, state) in [("session.rollback", SessionState.rolledBack), ("session.undo", .complete)]
            {
                let reply = try await client.perform(
                    Command(id: name, name: name, arguments: ["id": .string(id.rawValue)]))
                #expect(reply.message.contains("too deep is left out"), "\(reply.message)")
                #expect(try await client.wait(id, for: state).summary.state == state)
            }
            #expect(try await client.wait(id, for: .complete).summary.result.files == 1)
        }
        host.close()
    }

    @Test func anApprovalPausesAndItsAnswerGoesOn() async throws {
        let world = try World()
        let host = try await world.host(replies: [
            #"{"tool_calls":[{"name":"shell","arguments":{"command":"printf 'a\\033[31m' > x"}}]}"#,
            #"{"text":"Done."}"#,
        ])
        var config = SessionConfig(name: "ask", goal: "Write x.")
        config.ask = .always
        try await world.running(host) { [config] client in
            let id = try await client.begin(config)
            let detail = try await client.wait(id, for: .paused, .failed)
            #expect(detail.summary.reason == .approval)
            let item = try #require(try await client.ask(InboxList()).waiting.first)
            #expect(item.kind == .approval)
            await #expect(throws: Fault.self) { try await client.order("session.resume", id) }
            _ = try await client.perform(
                Command(
                    id: "yes", name: "inbox.answer",
                    arguments: ["id": .string(item.itemId.rawValue), "answer": "yes"]))
            let done = try await client.wait(id, for: .complete, .failed)
            #expect(done.summary.state == .complete)
            #expect(done.summary.result.files == 1)
        }
        host.close()
    }
}

@Suite(.serialized) struct SecretTests {
    /// A key that a tool prints is in no sink: not the log, not the transcript, not what the model is given.
    @Test func aKeyThatIsPrintedIsNowhere() async throws {
        let world = try World()
        let canary = "sk-canary-5d41402abc4b"
        let host = try await world.host(replies: [
            #"{"tool_calls":[{"name":"shell","arguments":{"command":"echo sk-canary-5d41402abc4b"}}]}"#,
            #"{"text":"It is sk-canary-5d41402abc4b."}"#,
        ]) { configuration in
            var other = ProviderConfiguration(name: "claude", kind: .custom)
            other.url = "http://127.0.0.1:9/v1"
            other.key = canary
            configuration.providers.append(other)
        }
        try await world.running(host) { client in
            let id = try await client.begin(SessionConfig(name: "leak", goal: "Print it."))
            let detail = try await client.wait(id, for: .complete, .failed)
            #expect(detail.summary.state == .complete)
            let events = try await client.ask(EventPage(limit: 1000))
            #expect(!events.contains { $0.payload.contains(canary) })
            #expect(events.contains { $0.payload.contains("[key of claude]") })
            let transcript = try await client.ask(SessionTranscript(id: id))
            #expect(!transcript.contains { ($0.title + $0.body).contains(canary) })
        }
        #expect(try await host.log.verify(tenant: .main).isWhole)
        host.close()
    }
}
