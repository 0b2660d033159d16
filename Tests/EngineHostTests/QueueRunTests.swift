import AgentOSCore
import EngineHost
import EventLog
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// The queue of a real host.
@Suite(.serialized) struct QueueRunTests {
    private static let done = #"{"text":"Done."}"#
    /// Holds its place until the test lets it go.
    private static let held =
        #"{"tool_calls":[{"name":"shell","arguments":{"command":"while [ ! -e go ]; do sleep 0.02; done"}}]}"#

    private func queue(_ client: EngineClient, _ id: SessionID) async throws -> QueuePlace? {
        try await client.ask(SessionShow(id: id.rawValue)).summary.queue
    }

    private func letGo(_ client: EngineClient, _ id: SessionID) async throws {
        let folder = try await client.ask(SessionShow(id: id.rawValue)).summary.workspace
        // A session that runs has its workspace made first.
        while access(folder, W_OK) != 0 { _ = try await client.ask(SessionShow(id: id.rawValue)) }
        #expect(FileManager.default.createFile(atPath: folder + "/go", contents: nil))
    }

    private func started(_ host: EngineHost) async throws -> [String] {
        try await host.log.events(
            tenant: .main, after: 0, limit: 1000, filter: EventFilter(type: "session.started")
        )
        .map { String($0.stream.dropFirst(8)) }
    }

    @Test func priorityDecidesAndWhyOneWaitsIsShown() async throws {
        let world = try World()
        let host = try await world.host(replies: [Self.held, Self.done]) { $0.sessions.concurrent = 1 }
        try await world.running(host) { client in
            let first = try await client.begin(SessionConfig(name: "first", goal: "Hold."))
            _ = try await client.wait(first, for: .running, .checkpoint)
            var idle = SessionConfig(name: "idle", goal: "Last.")
            idle.priority = 9
            let last = try await client.begin(idle)
            var urgent = SessionConfig(name: "urgent", goal: "Next.")
            urgent.priority = 1
            let next = try await client.begin(urgent)
            let place = try #require(try await queue(client, last))
            #expect(place.position == 2 && place.reason == .home && place.text == "1 of 1 sessions run")
            #expect(try await queue(client, next)?.position == 1)
            let listed = try await client.ask(SessionList(states: [.queued])).sessions
            #expect(Set(listed.compactMap { $0.queue?.position }) == [1, 2])
            try await letGo(client, first)
            for id in [next, last] {
                _ = try await client.wait(id, for: .running, .checkpoint)
                try await letGo(client, id)
                _ = try await client.wait(id, for: .complete, .failed)
            }
            #expect(try await started(host) == [first, next, last].map(\.rawValue))
        }
        host.close()
    }

    @Test func aFullProviderHoldsUpOnlyItsOwn() async throws {
        let world = try World()
        let host = try await world.host(replies: [Self.held, Self.done]) { configuration in
            configuration.providers[0].concurrent = 1
            var other = configuration.providers[0]
            (other.name, other.concurrent) = ("free", nil)
            configuration.providers.append(other)
        }
        try await world.running(host) { client in
            let first = try await client.begin(SessionConfig(name: "first", goal: "Hold."))
            _ = try await client.wait(first, for: .running, .checkpoint)
            let second = try await client.begin(SessionConfig(name: "second", goal: "Wait."))
            let place = try #require(try await queue(client, second))
            #expect(place.reason == .model && place.text == "no provider is free: script has 1 of 1")
            var elsewhere = SessionConfig(name: "elsewhere", goal: "Go.")
            elsewhere.model = "free/play"
            let third = try await client.begin(elsewhere)
            _ = try await client.wait(third, for: .running, .checkpoint)
            for id in [first, third] { try await letGo(client, id) }
            _ = try await client.wait(second, for: .running, .checkpoint)
            try await letGo(client, second)
            _ = try await client.wait(second, for: .complete, .failed)
        }
        host.close()
    }

    /// One whose time has not come waits over the end of its host, and a host that waits for its end waits for it.
    @Test func aTimeOutlivesItsHost() async throws {
        let world = try World()
        let host = try await world.host(replies: [Self.done])
        let ids = AsyncStream.makeStream(of: SessionID.self)
        try await world.running(host) { client in
            let made = try await client.perform(
                Command(
                    id: "make", name: "session.create",
                    arguments: ["config": .string(try JSONText.string(SessionConfig(name: "l", goal: "g")))]))
            let id = SessionID(made.value?["sessionId"]?.string ?? "")
            let reply = try await client.order("session.start", id, ["in": "1d"])
            #expect(reply.message.contains("not before"))
            let place = try #require(try await queue(client, id))
            #expect(place.reason == .delay && place.notBefore != nil)
            let isIdle = try await host.isIdle()
            #expect(!isIdle)
            await #expect(throws: Fault.self) { try await client.order("session.start", id, ["in": "soon"]) }
            ids.continuation.yield(id)
        }
        host.close()
        let id = try #require(await ids.stream.first { _ in true })
        let second = try await world.host()
        try await world.running(second) { client in
            #expect(try await queue(client, id)?.reason == .delay)
            try await client.order("session.start", id, ["in": "30ms"])
            try await second.waitUntilIdle()
            #expect(try await client.ask(SessionShow(id: id.rawValue)).summary.state == .complete)
        }
        second.close()
    }

    /// Two that make a session with one key at the same time get one session.
    @Test func aKeyMakesOneSession() async throws {
        let world = try World()
        let host = try await world.host(replies: [Self.done])
        try await world.running(host) { client in
            @Sendable func make(_ name: String) async throws -> CommandReply {
                let text = try JSONText.string(SessionConfig(name: name, goal: "g"))
                return try await client.perform(
                    Command(
                        id: "make-\(name)", name: "session.create",
                        arguments: ["config": .string(text), "dedup": "nightly"]))
            }
            let replies = try await withThrowingTaskGroup(of: CommandReply.self) { group in
                for number in 0..<8 { group.addTask { try await make("n\(number)") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let made = Set(replies.compactMap { $0.value?["sessionId"]?.string })
            #expect(made.count == 1)
            #expect(replies.count { $0.value?["existing"] == true } == 7)
            let id = SessionID(try #require(made.first))
            try await client.order("session.start", id)
            _ = try await client.wait(id, for: .complete, .failed)
            let next = try await make("again")
            #expect(next.value?["existing"] == nil && next.value?["sessionId"]?.string != id.rawValue)
        }
        host.close()
    }

    /// The brake is told to who follows a tenant, and waits in the inbox until it is taken off.
    @Test func theBrakeIsToldAndWaitsInTheInbox() async throws {
        let world = try World()
        let host = try await world.host(replies: [Self.done])
        try await world.running(host) { client in
            let updates = client.follow(FollowRequest(after: nil, signals: true))
            async let told = updates.first { if case .host = $0 { true } else { false } }
            _ = try await client.perform(
                Command(id: "on", name: "host.pause-all", arguments: ["state": "on"]))
            guard case .host(let record)? = try await told else { throw Fault.failed("nothing was told") }
            #expect(record.type == "host.paused" && record.tenant == .host)
            let item = try #require(try await client.ask(InboxList()).waiting.first)
            #expect(item.itemId.rawValue == "host.brake" && item.detail.contains("user:ana"))
            #expect(try await client.ask(Overview()).waiting == 1)
            let id = try await client.begin(SessionConfig(name: "held", goal: "Wait."))
            #expect(try await queue(client, id)?.reason == .paused)
            _ = try await client.perform(
                Command(id: "off", name: "inbox.answer", arguments: ["id": "host.brake", "answer": "yes"]))
            _ = try await client.wait(id, for: .complete, .failed)
            let left = try await client.ask(InboxList()).waiting
            #expect(left.isEmpty)
        }
        host.close()
    }
}
