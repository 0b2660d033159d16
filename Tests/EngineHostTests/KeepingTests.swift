import AgentOSCore
import EngineHost
import FoundationEssentials
import Glibc
import Synchronization
import TestSupport
import Testing

@Suite(.serialized) struct KeepingTests {
    static let replies = [
        #"{"tool_calls":[{"name":"write","arguments":{"path":"a.txt","content":"one\n"}}]}"#,
        #"{"text":"Done."}"#,
        #"{"tool_calls":[{"name":"write","arguments":{"path":"b.txt","content":"two\n"}}]}"#,
        #"{"text":"Done."}"#,
    ]

    private func clear(_ client: EngineClient, isDryRun: Bool = false) async throws -> CommandReply {
        try await client.perform(
            Command(
                id: "gc-\(UInt64.random(in: 0 ... .max))", name: "home.gc",
                arguments: isDryRun ? ["dry-run": true] : [:]))
    }

    /// Makes every object look as if nobody had touched it for long.
    func age(_ world: World) throws {
        let folder = world.home + "/objects/main"
        let times = [timespec(tv_sec: 1_000_000, tv_nsec: 0), timespec(tv_sec: 1_000_000, tv_nsec: 0)]
        for part in try FileManager.default.contentsOfDirectory(atPath: folder) where part.utf8.count == 2 {
            for name in try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(part)") {
                #expect(utimensat(AT_FDCWD, "\(folder)/\(part)/\(name)", times, 0) == 0)
            }
        }
    }

    private func config(_ world: World) throws -> SessionConfig {
        try world.folder.write("program/x.txt", "x\n")
        var config = SessionConfig(name: "keep", goal: "Add a.")
        config.workspace = .copy(path: world.folder.file("program"), include: [])
        return config
    }

    @Test func aWorkspaceIsClearedAndMadeAgain() async throws {
        let world = try World()
        let config = try config(world)
        let host = try await world.host(replies: Self.replies) { $0.keep.workspaces = 0 }
        try await world.running(host) { client in
            let id = try await client.begin(config)
            let detail = try await client.wait(id, for: .complete, .failed)
            let path = detail.summary.workspace
            // A result that nobody has taken keeps it.
            #expect(try await clear(client).value?["workspaces"]?.array == [])
            #expect(FileManager.default.fileExists(atPath: path + "/a.txt"))
            try await client.order("session.discard", id)
            Array("by hand\n".utf8).withUnsafeBytes { bytes in
                #expect(FileManager.default.createFile(atPath: path + "/h.txt", contents: Data(bytes)))
            }
            let plan = try await clear(client, isDryRun: true)
            #expect(plan.value?["workspaces"]?.array?.count == 1)
            #expect(FileManager.default.fileExists(atPath: path))
            let done = try await clear(client)
            #expect(done.value?["workspaces"] == plan.value?["workspaces"])
            #expect(!FileManager.default.fileExists(atPath: path))
            let told = try await client.ask(EventPage(type: "session.evicted"))
            #expect(told.count == 1 && told.first?.actor.name == "ana")
            #expect(try await client.ask(EventPage(type: "home.cleared")).count == 1)
            // What is asked for it makes it again, with what was last in it.
            let diff = try await client.ask(SessionDiff(id: id))
            #expect(diff.files.map(\.path) == ["a.txt", "h.txt"])
            #expect(FileManager.default.fileExists(atPath: path + "/h.txt"))
            _ = try await clear(client)
            try await client.order("session.rollback", id)
            #expect(!FileManager.default.fileExists(atPath: path + "/a.txt"))
            #expect(FileManager.default.fileExists(atPath: path + "/x.txt"))
        }
        #expect(try await host.log.verify(tenant: .main).isWhole)
        host.close()
    }

    /// Past its time a session keeps its transcript and what takes its result back, and no more.
    @Test func objectsGoWhenNothingKeptNamesThem() async throws {
        let world = try World()
        let config = try config(world)
        let host = try await world.host(replies: ForkTests.replies) { $0.keep.sessions = 0 }
        try await world.running(host) { client in
            let id = try await client.begin(config)
            _ = try await client.wait(id, for: .complete, .failed)
            let fork = SessionID(
                try await client.order("session.fork", id, ["checkpoint": "c1"]).value?["sessionId"]?.string
                    ?? "")
            try world.folder.write("program/a.txt", "zero\n")
            await #expect(throws: Fault.self) { try await client.order("session.apply", id, ["here": true]) }
            try FileManager.default.removeItem(atPath: world.folder.file("program/a.txt"))
            try await client.order("session.apply", id, ["here": true])
            try age(world)
            let before = try await client.ask(HomeSize())
            let plan = try await clear(client, isDryRun: true)
            let done = try await clear(client)
            #expect(done.value?["sessions"]?.array == [.string(id.rawValue)])
            #expect(plan.value?["sessions"] == done.value?["sessions"])
            #expect((done.value?["objects"]?.int ?? 0) > 0)
            let after = try await client.ask(HomeSize())
            func objects(_ size: HomeSize.Reading) -> Int64 {
                size.parts.first { $0.part == "objects" }?.bytes ?? 0
            }
            #expect(objects(after) < objects(before) && after.unreachable.count == 0)
            #expect(try await client.ask(SessionTranscript(id: id)).count > 3)
            await #expect(throws: Fault.self) { try await client.ask(SessionDiff(id: id)) }
            await #expect(throws: Fault.self) { try await client.order("session.rollback", id) }
            await #expect(throws: Fault.self) {
                try await client.order("session.fork", id, ["checkpoint": "c0"])
            }
            #expect(try await clear(client).message == "there was nothing to clear")
            // The result can still be taken back, and a fork lives on what it names itself.
            try await client.order("session.unapply", id)
            #expect(!FileManager.default.fileExists(atPath: world.folder.file("program/a.txt")))
            try await client.order("session.start", fork)
            let detail = try await client.wait(fork, for: .complete, .failed, .paused)
            #expect(detail.summary.state == .complete, "\(detail.summary.error ?? "")")
        }
        #expect(try await host.log.verify(tenant: .main).isWhole)
        host.close()
    }

    /// Over the limit the oldest go first, and never one whose result waits.
    @Test func theOldestGoWhereObjectsAreTooMany() async throws {
        let world = try World()
        let config = try config(world)
        let host = try await world.host(replies: Self.replies) { $0.keep.objects = 1 }
        try await world.running(host) { client in
            let waiting = try await client.begin(config)
            _ = try await client.wait(waiting, for: .complete, .failed)
            let old = try await client.begin(config)
            _ = try await client.wait(old, for: .complete, .failed)
            try await client.order("session.discard", old)
            try age(world)
            let done = try await clear(client)
            #expect(done.value?["sessions"]?.array == [.string(old.rawValue)])
            #expect(try await client.ask(SessionDiff(id: waiting)).files.map(\.path) == ["a.txt"])
        }
        host.close()
    }

    /// What an end between two steps leaves is found by the next clearing.
    @Test func whatAnEndInBetweenLeftIsCleared() async throws {
        let world = try World()
        let config = try config(world)
        let first = try await world.host(replies: Self.replies) { $0.keep.workspaces = 0 }
        let ended = LockedID()
        try await world.running(first) { client in
            let id = try await client.begin(config)
            _ = try await client.wait(id, for: .complete, .failed)
            try await client.order("session.discard", id)
            _ = try await clear(client)
            ended.id = id
        }
        first.close()
        let path = "\(world.home)/workspaces/main/\(ended.id)"
        // The folder was renamed and half removed.
        try FileManager.default.createDirectory(
            atPath: path + ".unfinished/sub", withIntermediateDirectories: true)
        let second = try await world.host { $0.keep.workspaces = 0 }
        let id = ended.id
        try await world.running(second) { client in
            #expect(try await client.ask(SessionDiff(id: id)).files.map(\.path) == ["a.txt"])
            #expect(!FileManager.default.fileExists(atPath: path + ".unfinished"))
            _ = try await clear(client)
            #expect(!FileManager.default.fileExists(atPath: path))
        }
        second.close()
    }
}

/// An id that one body leaves for the next; the bodies run one after the other.
private final class LockedID: Sendable {
    private let value = Mutex(SessionID(""))
    var id: SessionID {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}
