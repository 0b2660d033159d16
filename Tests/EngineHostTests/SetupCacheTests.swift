import AgentOSCore
import EngineHost
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// What a setup made is found by the next, with real sessions in a sandbox.
@Suite(.serialized) struct SetupCacheTests {
    /// Makes the folder only where it is not there, so that the output tells which it was.
    static let command =
        "if [ -d deps ]; then echo found $(cat deps/one); else mkdir -p deps/in && echo $$ > deps/one "
        + "&& ln -s one deps/link && printf '#!/bin/sh\\n' > deps/in/tool && chmod 755 deps/in/tool "
        + "&& chmod 555 deps/in && echo made; fi"

    private func config(_ world: World, form: (String) -> WorkspaceSpec) throws -> SessionConfig {
        let source = world.folder.file("program")
        if !FileManager.default.fileExists(atPath: source) {
            try world.folder.write("program/x.txt", "x\n")
            try world.folder.write("program/.gitignore", "deps/\n")
            try world.folder.write("program/go.sum", "one\n")
        }
        var config = SessionConfig(name: "cache", goal: "Do nothing.")
        config.workspace = form(source)
        var setup = SetupConfig(run: Self.command)
        setup.cache = ["deps"]
        config.setup = setup
        return config
    }

    private func copy(_ path: String) -> WorkspaceSpec { .copy(path: path, include: []) }

    /// The output of a session's setup, once the session is done.
    private func setup(_ client: EngineClient, _ config: SessionConfig) async throws -> (
        SessionShow.Detail, String
    ) {
        let id = try await client.begin(config)
        let detail = try await client.wait(id, for: .complete, .failed, .paused)
        let entries = try await client.ask(SessionTranscript(id: id))
        return (detail, entries.first { $0.title == "setup" }?.body ?? "")
    }

    private func done(_ count: Int) -> [String] { Array(repeating: #"{"text":"Done."}"#, count: count) }

    @Test func theNextSetupFindsWhatWasMade() async throws {
        let world = try World()
        let config = try config(world, form: copy)
        let host = try await world.host(replies: done(6))
        try await world.running(host) { client in
            let (_, first) = try await setup(client, config)
            #expect(
                first.contains("cache: kept deps for the next setup") && first.contains("made"), "\(first)")
            let (detail, second) = try await setup(client, config)
            #expect(second.contains("cache: deps came from the cache of 20"), "\(second)")
            #expect(second.contains("found") && !second.contains("kept"))
            #expect(detail.summary.state == .complete)
            let deps = detail.summary.workspace + "/deps"
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: deps + "/link") == "one")
            var status = stat()
            #expect(lstat(deps + "/in/tool", &status) == 0 && status.st_mode & 0o777 == 0o755)
            #expect(lstat(deps + "/in", &status) == 0 && status.st_mode & 0o777 == 0o555)
            // An ignored folder is no change of the session, wherever it came from.
            #expect(try await client.ask(SessionDiff(id: detail.summary.sessionId)).files.isEmpty)
            #expect(!FileManager.default.fileExists(atPath: world.folder.file("program/deps")))
            // Another command, other paths and other lock files are other keys.
            var other = config
            other.setup?.run += "; true"
            #expect(try await setup(client, other).1.contains("made"))
            other = config
            other.setup?.cache = ["deps", "more/of"]
            let more = try await setup(client, other).1
            #expect(
                more.contains("made") && more.contains("cache: more/of is not there after setup"), "\(more)")
            try world.folder.write("program/go.sum", "two\n")
            #expect(try await setup(client, config).1.contains("made"))
            try world.folder.write("program/go.sum", "one\n")
            #expect(try await setup(client, config).1.contains("found"))
        }
        host.close()
    }

    @Test func whatIsThereStaysAsItIs() async throws {
        let world = try World()
        let host = try await world.host(replies: done(4))
        let copied = try config(world, form: copy)
        let inplace = try config(world) { .inplace(path: $0) }
        try await world.running(host) { client in
            _ = try await setup(client, copied)
            try world.folder.write("program/deps/one", "mine\n")
            let (_, kept) = try await setup(client, inplace)
            #expect(kept.contains("found mine") && !kept.contains("came from"), "\(kept)")
            #expect(kept.contains("cache: not kept: deps was there before setup"))
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: world.folder.file("program/deps")) == [
                    "one"
                ]
            )
            try FileManager.default.removeItem(atPath: world.folder.file("program/deps"))
            let (_, brought) = try await setup(client, inplace)
            #expect(brought.contains("deps came from the cache") && !brought.contains("mine"), "\(brought)")
            let names = try FileManager.default.contentsOfDirectory(atPath: world.folder.file("program"))
            #expect(names.sorted() == [".gitignore", "deps", "go.sum", "x.txt"])
            // A link that stands where the folder would be leads nowhere else.
            #expect(chmod(world.folder.file("program/deps/in"), 0o755) == 0)
            try FileManager.default.removeItem(atPath: world.folder.file("program/deps"))
            try FileManager.default.createSymbolicLink(
                atPath: world.folder.file("program/deps"), withDestinationPath: "gone")
            let (_, linked) = try await setup(client, inplace)
            #expect(!linked.contains("came from"), "\(linked)")
            #expect(!FileManager.default.fileExists(atPath: world.folder.file("program/gone")))
        }
        host.close()
    }

    @Test func aBrokenCacheIsNoneAndFailsNothing() async throws {
        let world = try World()
        let config = try config(world, form: copy)
        let host = try await world.host(replies: done(4))
        try await world.running(host) { client in
            _ = try await setup(client, config)
            let folder = world.home + "/caches/main"
            let key = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
            let record = try #require(FileManager.default.contents(atPath: "\(folder)/\(key)"))
            let tree = try #require(
                try JSONText.decode(JSONValue.self, from: record)["tree"]?.string)
            try FileManager.default.removeItem(
                atPath: "\(world.home)/objects/main/\(tree.prefix(2))/\(tree.dropFirst(2))")
            let (detail, second) = try await setup(client, config)
            #expect(detail.summary.state == .complete)
            #expect(second.contains("is not used: object") && second.contains("made"), "\(second)")
            #expect(second.contains("cache: kept deps"))
            #expect(try await setup(client, config).1.contains("found"))
            // A record that is no record.
            #expect(
                FileManager.default.createFile(atPath: "\(folder)/\(key)", contents: Data([0x7B])))
            let (_, third) = try await setup(client, config)
            #expect(third.contains("its record cannot be read") && third.contains("made"), "\(third)")
        }
        host.close()
    }

    @Test func aSetupThatFailsKeepsNothingAndSaysWhy() async throws {
        let world = try World()
        var config = try config(world, form: copy)
        let host = try await world.host(replies: done(2))
        config.setup?.run = "mkdir deps; exit 3"
        let failing = config
        try await world.running(host) { client in
            let (detail, _) = try await setup(client, failing)
            #expect(detail.summary.state == .failed)
            #expect(!FileManager.default.fileExists(atPath: world.home + "/caches"))
            // A client may send what no session file may say.
            for path in ["../out", ".git/hooks", "/etc", ""] {
                var bad = failing
                bad.setup?.run = "true"
                bad.setup?.cache = [path]
                let (ended, text) = try await setup(client, bad)
                #expect(text.contains("cache: not used: ") && ended.summary.state != .created, "\(text)")
            }
        }
        host.close()
    }

    /// What an agent has worked on is never given to another session.
    @Test func aForkKeepsNothing() async throws {
        let world = try World()
        let config = try config(world, form: copy)
        let host = try await world.host(replies: ForkTests.replies)
        try await world.running(host) { client in
            let (detail, _) = try await setup(client, config)
            let folder = world.home + "/caches/main"
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
            }
            let id = detail.summary.sessionId
            let fork = SessionID(
                try await client.order("session.fork", id, ["checkpoint": "c1"]).value?["sessionId"]?.string
                    ?? "")
            try await client.order("session.start", fork)
            _ = try await client.wait(fork, for: .complete, .failed, .paused)
            let text = try await client.ask(SessionTranscript(id: fork)).last { $0.title == "setup" }?.body
            #expect(text?.contains("cache: not kept: an agent has worked") == true, "\(text ?? "")")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
        host.close()
    }

    @Test func clearingLeavesWhatIsKeptAndTheOldestKeysGo() async throws {
        let world = try World()
        let config = try config(world, form: copy)
        let host = try await world.host(replies: done(3)) { $0.keep.sessions = 0 }
        try await world.running(host) { client in
            let (detail, _) = try await setup(client, config)
            if detail.summary.result.state == .pending {
                try await client.order("session.discard", detail.summary.sessionId)
            }
            try KeepingTests().age(world)
            _ = try await client.perform(Command(id: "gc", name: "home.gc", arguments: [:]))
            #expect(try await client.ask(HomeSize()).unreachable.count == 0)
            let (_, second) = try await setup(client, config)
            #expect(second.contains("deps came from the cache"), "\(second)")
            // Twenty newer keys, and none of them is this one.
            let folder = world.home + "/caches/main"
            let record = try #require(
                FileManager.default.contents(
                    atPath: "\(folder)/\(FileManager.default.contentsOfDirectory(atPath: folder)[0])"))
            for index in 0..<25 {
                let name = String(repeating: "0", count: 62) + String(index + 10)
                #expect(FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: record))
            }
            var other = config
            other.setup?.run += "; true"
            _ = try await setup(client, other)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 20)
        }
        host.close()
    }
}
