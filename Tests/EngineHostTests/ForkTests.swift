import AgentOSCore
import EngineHost
import FoundationEssentials
import TestSupport
import Testing

@Suite(.serialized) struct ForkTests {
    static let replies = [
        #"{"text":"First.","tool_calls":[{"name":"write","arguments":{"path":"a.txt","content":"one\n"}}]}"#,
        #"{"text":"Second.","tool_calls":[{"name":"write","arguments":{"path":"b.txt","content":"two\n"}}]}"#,
        #"{"text":"Done."}"#,
        #"{"text":"More.","tool_calls":[{"name":"write","arguments":{"path":"c.txt","content":"three\n"}}]}"#,
        #"{"text":"Done again."}"#,
    ]

    private func made(_ reply: CommandReply) -> SessionID {
        SessionID(reply.value?["sessionId"]?.string ?? "")
    }

    /// It has the files and words of the checkpoint, goes on with the line that its parent read next, and what it
    /// results in is all that differs from where the parent began.
    @Test func aForkGoesOnFromACheckpoint() async throws {
        let world = try World()
        try world.folder.write("program/x.txt", "x\n")
        let host = try await world.host(replies: Self.replies)
        var config = SessionConfig(name: "add", goal: "Add files.")
        config.workspace = .copy(path: world.folder.file("program"), include: [])
        try await world.running(host) { [config] client in
            let parent = try await client.begin(config)
            let ended = try await client.wait(parent, for: .complete, .failed)
            let points = try await client.ask(SessionCheckpoints(id: parent))
            let after = try #require(points.first { $0.turn == 1 })
            let reply = try await client.order(
                "session.fork", parent, ["checkpoint": .string(after.checkpointId.rawValue)])
            let fork = made(reply)
            let created = try await client.ask(SessionShow(id: fork.rawValue))
            #expect(created.summary.state == .created && created.summary.name == "add-2")
            #expect(
                created.summary.forkOf
                    == .init(sessionId: parent, checkpointId: after.checkpointId, root: parent))
            try await client.order("session.start", fork)
            let detail = try await client.wait(fork, for: .complete, .failed, .paused)
            #expect(detail.summary.state == .complete, "\(detail.summary.error ?? "")")
            #expect(detail.summary.turns == 2)
            #expect(detail.summary.result.files == 2)
            #expect(detail.summary.workspace != ended.summary.workspace)
            let first = try #require(try await client.ask(SessionCheckpoints(id: fork)).first)
            #expect(first.tree == after.tree)
            let told = try await client.ask(SessionTranscript(id: fork))
            #expect(told.contains { $0.title.contains("goes on from") && $0.body.contains("First.") })
            try await client.order("session.apply", fork, ["here": true])
            #expect(try world.folder.read("program/a.txt") == "one\n")
            #expect(try world.folder.read("program/b.txt") == "two\n")
        }
        #expect(try await host.log.verify(tenant: .main).isWhole)
        host.close()
    }

    /// The same command again makes no second one.
    @Test func aForkIsMadeOnce() async throws {
        let world = try World()
        let host = try await world.host(replies: Self.replies)
        try await world.running(host) { client in
            let parent = try await client.begin(SessionConfig(name: "once", goal: "Add."))
            _ = try await client.wait(parent, for: .complete, .failed)
            let command = Command(
                id: "fork-once", name: "session.fork",
                arguments: [
                    "id": .string(parent.rawValue), "checkpoint": "c0", "name": "mine", "say": "hello",
                ])
            let first = made(try await client.perform(command))
            #expect(made(try await client.perform(command)) == first)
            #expect(try await client.ask(SessionList()).total == 2)
            let detail = try await client.ask(SessionShow(id: "mine"))
            #expect(detail.said.map(\.receipt) == [.queued])
            await #expect(throws: Fault.self) {
                try await client.order("session.fork", parent, ["checkpoint": "c99"])
            }
        }
        host.close()
    }

    /// What is said to one that has ended is the next message of a fork, in the same tree.
    @Test func sayingToAFinishedSessionGoesOn() async throws {
        let world = try World()
        let host = try await world.host(replies: Self.replies)
        try await world.running(host) { client in
            let parent = try await client.begin(SessionConfig(name: "talk", goal: "Add files."))
            _ = try await client.wait(parent, for: .complete, .failed)
            let reply = try await client.order("session.say", parent, ["text": "And c, please."])
            let fork = made(reply)
            #expect(fork != parent && reply.message.contains(fork.rawValue))
            let detail = try await client.wait(fork, for: .complete, .failed, .paused)
            #expect(detail.summary.state == .complete, "\(detail.summary.error ?? "")")
            #expect(detail.said.map(\.receipt) == [.seen])
            #expect(detail.summary.result.files == 3)
            #expect(try await client.ask(SessionShow(id: parent.rawValue)).summary.state == .complete)
            // One that was rolled back goes on from where it was put back to.
            try await client.order("session.rollback", parent, ["checkpoint": "c1"])
            let again = made(try await client.order("session.say", parent, ["text": "Other way."]))
            let shown = try await client.ask(SessionShow(id: again.rawValue))
            #expect(shown.summary.forkOf?.checkpointId == CheckpointID(session: parent, number: 1))
            _ = try await client.wait(again, for: .complete, .failed, .paused)
        }
        host.close()
    }

    /// The person's own folder is nobody else's: a fork of it works on a copy.
    @Test func aForkOfAFolderItselfIsACopy() async throws {
        let world = try World()
        try world.folder.write("program/x.txt", "x\n")
        let host = try await world.host(replies: Self.replies)
        var config = SessionConfig(name: "here", goal: "Add files.")
        config.workspace = .inplace(path: world.folder.file("program"))
        config.ask = .never
        try await world.running(host) { [config] client in
            let parent = try await client.begin(config)
            _ = try await client.wait(parent, for: .complete, .failed, .paused)
            #expect(try world.folder.read("program/b.txt") == "two\n")
            let fork = made(try await client.order("session.say", parent, ["text": "And c."]))
            let detail = try await client.wait(fork, for: .complete, .failed, .paused)
            #expect(detail.summary.state == .complete, "\(detail.summary.error ?? "")")
            #expect(!FileManager.default.fileExists(atPath: world.folder.file("program/c.txt")))
            try await client.order("session.apply", fork, ["here": true])
            #expect(try world.folder.read("program/c.txt") == "three\n")
        }
        host.close()
    }

    /// The call under way is settled as lost, and the next one hears what was said.
    @Test func sayingNowEndsTheCallUnderWay() async throws {
        let world = try World()
        let host = try await world.host(replies: [#"{"text":"Slow.","after_ms":600000}"#])
        try await world.running(host) { client in
            let id = try await client.begin(SessionConfig(name: "now", goal: "Wait."))
            for try await update in client.follow(FollowRequest(after: 0)) {
                if case .event(let event) = update, event.type == "session.model.started" { break }
            }
            try world.folder.write("replies.jsonl", #"{"text":"Quick."}"# + "\n")
            try await client.order("session.say", id, ["text": "Be quick.", "now": true])
            let detail = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(detail.summary.state == .complete, "\(detail.summary.error ?? "")")
            #expect(detail.said.map(\.receipt) == [.seen])
            #expect(try await client.ask(EventPage(type: "session.model.lost")).count == 1)
        }
        host.close()
    }

    /// A tool's call is ended too, and the other calls of its turn are not made.
    @Test func sayingNowEndsAToolsCall() async throws {
        let world = try World()
        let host = try await world.host(replies: [
            #"{"tool_calls":[{"name":"shell","arguments":{"command":"touch begun; sleep 600"}},{"name":"write","arguments":{"path":"never.txt","content":"x"}}]}"#,
            #"{"text":"Heard."}"#,
        ])
        try await world.running(host) { client in
            let id = try await client.begin(SessionConfig(name: "now", goal: "Wait."))
            for try await update in client.follow(FollowRequest(after: 0)) {
                if case .event(let event) = update, event.type == "session.tool.started" { break }
            }
            await #expect(throws: Fault.self) {
                try await client.order("session.say", id, ["text": "x", "now": true, "after-turn": true])
            }
            try await client.order("session.say", id, ["text": "Enough.", "now": true])
            let detail = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(detail.summary.state == .complete, "\(detail.summary.error ?? "")")
            #expect(detail.said.map(\.receipt) == [.seen])
            #expect(!FileManager.default.fileExists(atPath: detail.summary.workspace + "/never.txt"))
            let told = try await client.ask(SessionTranscript(id: id))
            #expect(told.contains { $0.title.hasPrefix("left out: Not run: the user said something") })
            let audit = try await client.ask(SessionAudit(id: id.rawValue))
            #expect(audit.verified && audit.tools.map(\.outcome) == ["cancelled", "cancelled"])
        }
        host.close()
    }
}
