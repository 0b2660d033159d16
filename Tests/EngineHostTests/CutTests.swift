import AgentOSCore
import EngineHost
import EventLog
import FoundationEssentials
import TestSupport
import Testing

/// What a host leaves half done, and what the next one makes of it.
@Suite(.serialized) struct CutTests {
    private static let held = "echo x >> runs; while [ ! -e go ]; do sleep 0.05; done"

    /// INV-4: in the person's own folder nothing is run twice without a word.
    @Test func aCutSetupOfTheFolderItselfIsAsked() async throws {
        let world = try World()
        try world.folder.write("program/a.txt", "one\n")
        var config = SessionConfig(name: "own", goal: "Go.")
        config.workspace = .inplace(path: world.folder.file("program"))
        config.setup = SetupConfig(run: Self.held)
        let id = try await cutSetup(config, world)
        #expect(FileManager.default.createFile(atPath: world.folder.file("program/go"), contents: nil))
        let second = try await world.host()
        try await world.running(second) { client in
            let paused = try await client.wait(id, for: .paused, .failed, .complete)
            #expect(paused.summary.reason == .setup)
            let item = try #require(try await client.ask(InboxList()).waiting.first)
            #expect(item.text.contains("setup was cut"))
            _ = try await client.perform(
                Command(
                    id: "again", name: "inbox.answer",
                    arguments: ["id": .string(item.itemId.rawValue), "answer": "yes"]))
            let done = try await client.wait(id, for: .complete, .failed)
            #expect(done.summary.state == .complete, "\(done.summary.error ?? "")")
            #expect(try world.folder.read("program/runs") == "x\nx\n")
        }
        second.close()
    }

    /// A workspace of the session's own is made anew, and its setup leaves no effect twice.
    @Test func aCutSetupOfACopyIsUndoneAndRunAgain() async throws {
        let world = try World()
        try world.folder.write("program/a.txt", "one\n")
        var config = SessionConfig(name: "copy", goal: "Go.")
        config.workspace = .copy(path: world.folder.file("program"), include: [])
        config.setup = SetupConfig(run: Self.held)
        let id = try await cutSetup(config, world)
        try world.folder.write("program/go", "")
        let second = try await world.host()
        try await world.running(second) { client in
            let done = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(done.summary.state == .complete, "\(done.summary.error ?? "")")
            let runs = FileManager.default.contents(atPath: done.summary.workspace + "/runs")
            #expect(runs.map { String(decoding: $0, as: UTF8.self) } == "x\n")
        }
        second.close()
    }

    private func cutSetup(_ config: SessionConfig, _ world: World) async throws -> SessionID {
        let first = try await world.host(replies: [#"{"text":"Done."}"#])
        let ids = AsyncStream.makeStream(of: SessionID.self)
        try await world.running(first) { client in
            let id = try await client.begin(config)
            for try await update in client.follow(FollowRequest(after: 0)) {
                if case .event(let event) = update, event.type == "session.setup.started" { break }
            }
            // Its first line stands in the workspace: it runs.
            let folder = try await client.ask(SessionShow(id: id.rawValue)).summary.workspace
            while !FileManager.default.fileExists(atPath: folder + "/runs") {
                let session = try await client.ask(SessionShow(id: id.rawValue)).summary
                try #require(session.state == .running, "\(session.error ?? "")")
            }
            await first.stop(grace: .zero)
            ids.continuation.yield(id)
        }
        first.close()
        return try #require(await ids.stream.first { _ in true })
    }

    /// A delivery of two files whose host died after the first: it is put back before anything else is delivered.
    @Test func aHalfDeliveryIsPutBack() async throws {
        let world = try World()
        try world.folder.write("program/a.txt", "one\n")
        try world.folder.write("program/b.txt", "one\n")
        let host = try await world.host(replies: [
            #"{"tool_calls":[{"name":"write","arguments":{"path":"a.txt","content":"two\n"}},{"name":"write","arguments":{"path":"b.txt","content":"two\n"}}]}"#,
            #"{"text":"Done."}"#,
        ])
        var config = SessionConfig(name: "half", goal: "Two.")
        config.workspace = .copy(path: world.folder.file("program"), include: [])
        try await world.running(host) { [config] client in
            let id = try await client.begin(config)
            _ = try await client.wait(id, for: .complete, .failed)
            try await client.order("session.apply", id, ["here": true])
            try await client.order("session.unapply", id)
        }
        let intent = try #require(
            try await host.log.events(tenant: .main, after: 0, limit: 1000).first {
                $0.type == "session.applying"
            })
        try await host.log.append(
            Append(
                tenant: .main, stream: intent.stream,
                events: [NewEvent(type: intent.type, payload: intent.payload)], actor: .engine, at: intent.at)
        )
        host.close()
        try world.folder.write("program/a.txt", "two\n")

        // A host that starts puts it back by itself.
        let next = try await world.host()
        try await world.running(next) { _ in }
        next.close()
        #expect(try world.folder.read("program/a.txt") == "one\n")

        let second = try await world.host()
        try await world.running(second) { client in
            let id = SessionID(String(intent.stream.dropFirst(8)))
            try await client.order("session.apply", id, ["here": true])
            #expect(try world.folder.read("program/a.txt") == "two\n")
            #expect(try world.folder.read("program/b.txt") == "two\n")
        }
        #expect(try await second.log.verify(tenant: .main).isWhole)
        second.close()
    }

    private func refusal(_ body: () async throws -> CommandReply) async -> Fault? {
        do { _ = try await body() } catch { return error as? Fault }
        return nil
    }

    /// An undo whose host died half way: going on is refused until it is finished.
    @Test func aCutUndoIsFinishedFirst() async throws {
        let world = try World()
        let host = try await world.host(replies: [
            #"{"tool_calls":[{"name":"write","arguments":{"path":"a.txt","content":"two\n"}}]}"#,
            #"{"text":"Done."}"#,
        ])
        try await world.running(host) { client in
            let id = try await client.begin(SessionConfig(name: "undo", goal: "Two."))
            let workspace = try await client.wait(id, for: .complete, .failed).summary.workspace
            try await client.order("session.rollback", id)
            let safety = try await client.ask(SessionCheckpoints(id: id)).last?.checkpointId
            let event = try SessionEvent.undoStarted(checkpointId: try #require(safety)).encoded(for: id)
            let stream = SessionEvent.stream(id)
            try await host.log.append(
                Append(
                    tenant: .main, stream: stream, events: [event], actor: .engine,
                    at: Timestamp(milliseconds: 0)))
            #expect(!FileManager.default.fileExists(atPath: workspace + "/a.txt"))
        }
        host.close()
        let second = try await world.host()
        try await world.running(second) { client in
            let listed = try await client.ask(SessionList()).sessions.first
            let session = try #require(listed)
            let fault = await refusal { try await client.order("session.resume", session.sessionId) }
            #expect(fault?.hint?.contains("session undo") == true)
            try await client.order("session.undo", session.sessionId)
            #expect(FileManager.default.fileExists(atPath: session.workspace + "/a.txt"))
            let after = try await client.ask(SessionShow(id: session.sessionId.rawValue))
            #expect(after.summary.state == .complete)
        }
        second.close()
    }

    /// The brake is a state: it outlives its host, and one command said twice is one.
    @Test func theBrakeOutlivesItsHost() async throws {
        let world = try World()
        let host = try await world.host(replies: [#"{"text":"Done."}"#])
        try await world.running(host) { client in
            for _ in 0..<2 { _ = try await client.perform(Command(id: "hold", name: "host.pause-all")) }
            let on = try await client.ask(Overview()).isPausedAll
            #expect(on)
            _ = try await client.begin(SessionConfig(name: "held", goal: "Wait."))
        }
        host.close()
        let second = try await world.host()
        try await world.running(second) { client in
            let on = try await client.ask(Overview()).isPausedAll
            let session = try #require(try await client.ask(SessionList()).sessions.first)
            #expect(on && session.state == .queued)
            for _ in 0..<2 {
                _ = try await client.perform(
                    Command(
                        id: "go-\(UInt64.random(in: 0 ... .max))", name: "host.pause-all",
                        arguments: ["state": "off"]))
            }
            let done = try await client.wait(session.sessionId, for: .complete, .failed, .paused)
            #expect(done.summary.state == .complete)
            let others = try await client.ask(EventPage(type: "host.*"))
            #expect(others.isEmpty)
        }
        let events = try await second.log.events(tenant: .host, after: 0, limit: 10)
        #expect(events.map(\.type) == ["host.paused", "host.resumed"])
        second.close()
    }

    /// A route with one model that has no price: the policy, the cost limit, and what becomes of the session.
    @Test(
        arguments: [
            (nil, nil, .complete), (nil, "1", .paused), (.refuse, nil, .paused), (.allow, "1", .complete),
        ] as [(UnknownPricePolicy?, String?, SessionState)])
    func aModelWithoutAPriceInARoute(
        _ policy: UnknownPricePolicy?, _ cost: String?, _ state: SessionState
    ) async throws {
        let world = try World()
        let host = try await world.host(replies: [#"{"text":"Done."}"#]) { configuration in
            var other = ProviderConfiguration(name: "other", kind: .custom)
            other.url = "http://127.0.0.1:9/v1"
            configuration.providers.append(other)
            configuration.routes["default"]?.models.append(ModelReference(provider: "other", model: "m"))
        }
        var config = SessionConfig(name: "price", goal: "Say it.")
        config.onUnknownPrice = policy
        config.limits.cost = cost.flatMap { Money($0) }
        try await world.running(host) { [config] client in
            let id = try await client.begin(config)
            let detail = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(detail.summary.state == state, "\(detail.summary.error ?? "")")
            if state == .paused { #expect(detail.summary.reason == .price) }
        }
        host.close()
    }
}
