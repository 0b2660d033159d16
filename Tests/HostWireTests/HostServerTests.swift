import AgentOSCore
import FoundationEssentials
import Glibc
import HostWire
import TestSupport
import Testing

/// A served home, its engine, and clients of it.
struct Served: Sendable {
    let folder: TemporaryFolder
    let home: String
    let engine = FakeEngine()
    let server: HostServer

    init(deep: Bool = false, grace: Duration = .seconds(2)) async throws {
        folder = try TemporaryFolder()
        home = deep ? folder.file(String(repeating: "long-name/", count: 30) + "home") : folder.path
        if deep { try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true) }
        let engine = engine
        server = try await HostServer(
            home: home, hello: HostHello(version: "1.2", pid: 42, tenant: .main), grace: grace
        ) { actor, tenant throws(Fault) in
            guard tenant == nil || tenant == .main else {
                throw .notFound("no tenant \(tenant?.rawValue ?? "")")
            }
            return engine.client(actor)
        }
    }

    func client(
        _ identity: ClientHello = ClientHello(), patience: Duration = .seconds(120), isHeld: Bool = true
    ) -> HostClient {
        HostClient(HostClient.Options(home: home, identity: identity, patience: patience) { isHeld })
    }

    /// Runs the server around a body, and ends it.
    static func with(
        deep: Bool = false, grace: Duration = .seconds(2), _ body: @Sendable (Served) async throws -> Void
    ) async throws {
        let served = try await Served(deep: deep, grace: grace)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await served.server.run() }
            do { try await body(served) } catch {
                served.engine.release()
                await served.server.stop()
                throw error
            }
            served.engine.release()
            await served.server.stop()
            try await group.waitForAll()
        }
    }
}

@Suite(.serialized) struct HostServerTests {
    private func same<Query: EngineQuery>(_ query: Query, _ left: EngineClient, _ right: EngineClient)
        async throws
    {
        let here = try JSONText.string(try await left.ask(query))
        let there = try JSONText.string(try await right.ask(query))
        #expect(here == there, "\(Query.name)")
    }

    @Test func everyQueryIsAnsweredTheSameInTheProcessAndOverTheSocket() async throws {
        #expect(FakeEngine.queries.count == QueryRegistry.all.count)
        try await Served.with { served in
            let (here, there) = (served.engine.client(), served.client().client)
            for query in FakeEngine.queries { try await same(query, here, there) }
        }
    }

    @Test func commandsAreDoneOnceAndAnswered() async throws {
        try await Served.with { served in
            let client = served.client().client
            let reply = try await client.perform(
                Command(id: "say-0123456789ab", name: "session.say", arguments: ["id": "abc", "text": "é\n"]))
            #expect(reply == CommandReply("done session.say", value: ["id": "abc", "text": "é\n"]))
            #expect(try await client.perform(Command(id: "2", name: "wait")).code == .waiting)
            let fault = await #expect(throws: Fault.self) {
                try await client.perform(Command(id: "3", name: "refuse"))
            }
            #expect(fault == .refused("abc is COMPLETE", hint: "make another"))
            // A long id is its sender's for ever; a short one counts only on its connection.
            let ids = served.engine.commands.map(\.id)
            #expect(ids.first == "say-0123456789ab")
            #expect(ids.dropFirst().map { $0.split(separator: "/").last } == ["2", "3"])
            #expect(ids.dropFirst().allSatisfy { $0.utf8.count > 8 })
        }
    }

    @Test func theActorIsTheUserOfTheSocketWithTheNameAndPeerOfTheHello() async throws {
        try await Served.with { served in
            let identity = ClientHello(tenant: .main, name: "ana", ssh: "10.0.0.7 1 10.0.0.1 22")
            _ = try await served.client(identity).client.ask(Overview())
            _ = try await served.client().client.ask(Overview())
            #expect(
                served.engine.actors == [
                    Actor(kind: .user, name: "ana", uid: getuid(), peer: "10.0.0.7"),
                    Actor(kind: .user, name: UserName.of(getuid()), uid: getuid()),
                ])
            let fault = await #expect(throws: Fault.self) {
                try await served.client(ClientHello(tenant: TenantID("other"))).client.ask(Overview())
            }
            #expect(fault == .notFound("no tenant other"))
        }
    }

    @Test func aHomeWithAPathTooLongForASocketIsServed() async throws {
        try await Served.with(deep: true) { served in
            #expect(served.home.utf8.count > 300)
            let hello = try await served.client().hello()
            #expect(hello.pid == 42)
            var status = stat()
            #expect(stat(served.home + "/host.sock", &status) == 0 || errno == ENAMETOOLONG)
            #expect(status.st_mode & 0o777 == 0o600)
        }
    }

    @Test func aStaleSocketIsReplacedAndTheNameGoesWithTheServer() async throws {
        let first = try await Served()
        let second = try await HostServer(
            home: first.home, hello: HostHello(version: "2", pid: 7, tenant: .main)
        ) { _, _ in
            first.engine.client()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await second.run() }
            #expect(try await first.client().hello().version == "2")
            await second.stop()
            try await group.waitForAll()
        }
        #expect(access(first.home + "/host.sock", F_OK) != 0)
        await first.server.stop()
    }

    @Test func twoClientsFollowTheSameLog() async throws {
        try await Served.with { served in
            served.engine.append()
            let follows = (0..<2).map { _ in served.client().client.follow(FollowRequest(after: 0)) }
            for _ in 0..<9 { served.engine.append() }
            for follow in follows {
                var seen: [Int64] = []
                for try await case .event(let record) in follow {
                    seen.append(record.seq)
                    if seen.count == 10 { break }
                }
                #expect(seen == Array(1...10))
            }
        }
    }

    @Test func aFollowerThatDoesNotReadHoldsBackItsOwnFollowOnly() async throws {
        try await Served.with { served in
            let client = served.client()
            var slow: AsyncThrowingStream<EngineUpdate, any Error>? = client.client.follow(
                FollowRequest(after: 0))
            for _ in 0..<2000 { served.engine.append(bytes: 10_000) }
            var iterator = slow?.makeAsyncIterator()
            _ = try await iterator?.next()
            // Twenty megabytes wait in the log; what was taken from it is what the sockets hold.
            _ = try await client.client.ask(Overview())
            #expect(served.engine.pulled < 1000)
            var count = 1
            while count < 2000, try await iterator?.next() != nil { count += 1 }
            #expect(count == 2000)
            iterator = nil
            slow = nil
        }
    }

    @Test func whenTheHostGoesCallsFailFollowsEndAndTheNextCallFindsTheNextHost() async throws {
        let first = try await Served(grace: .milliseconds(50))
        let client = first.client()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await first.server.run() }
            let follow = client.client.follow(FollowRequest(after: 0))
            first.engine.append()
            var iterator = follow.makeAsyncIterator()
            #expect(try await iterator.next() != nil)
            let held = Task { try await client.client.perform(Command(id: "h", name: "hold")) }
            while first.engine.commands.isEmpty { await Task.yield() }
            await first.server.stop()
            let fault = await #expect(throws: Fault.self) { try await held.value }
            #expect(fault?.code == .noHost)
            #expect(try await iterator.next() == nil)
            first.engine.release()
            try await group.waitForAll()
        }
        let second = try await HostServer(
            home: first.home, hello: HostHello(version: "2", pid: 7, tenant: .main)
        ) { _, _ in
            first.engine.client()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await second.run() }
            #expect(try await client.hello().version == "2")
            await second.stop()
            try await group.waitForAll()
        }
    }

    /// Whoever leaves while no host is there does not wait for one.
    @Test(.timeLimit(.minutes(15))) func aFollowThatWaitsForAHostEndsWhenItIsCancelled() async throws {
        let folder = try TemporaryFolder()
        let (looks, look) = AsyncStream<Void>.makeStream()
        let options = HostClient.Options(
            home: folder.path, identity: ClientHello(), patience: .seconds(3600)
        ) {
            look.yield()
            return true
        }
        let client = HostClient(options).client
        let follower = Task { for try await _ in client.follow(FollowRequest(after: 0)) {} }
        for await _ in looks { break }
        follower.cancel()
        _ = await follower.result
    }

    @Test func aClientWaitsForAHostThatIsStartingAndNotForNone() async throws {
        let folder = try TemporaryFolder()
        let impatient = HostClient(HostClient.Options(home: folder.path, identity: ClientHello()) { false })
        let fault = await #expect(throws: Fault.self) { try await impatient.hello() }
        #expect(fault?.code == .noHost)
        #expect(fault?.hint == "start one: agentos host start")
        let patient = HostClient(HostClient.Options(home: folder.path, identity: ClientHello()) { true })
        let hello = Task { try await patient.hello() }
        let server = try await HostServer(
            home: folder.path, hello: HostHello(version: "3", pid: 1, tenant: .main)
        ) { _, _ in
            FakeEngine().client()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            #expect(try await hello.value.version == "3")
            await server.stop()
            try await group.waitForAll()
        }
    }
}
