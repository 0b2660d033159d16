import AgentOSCore
import EngineHost
import FoundationEssentials
import TestSupport

/// A home with a rehearsed model and a real program, and a host on it.
final class World: Sendable {
    let folder: TemporaryFolder
    let home: String
    let helper: String

    init() throws {
        folder = try TemporaryFolder()
        home = folder.file("home")
        helper = try ConfiningHelper.path.get()
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    }

    /// A host whose model plays these lines.
    func host(
        replies: [String], prices: [PricesFile] = [], change: (inout Configuration) -> Void = { _ in }
    ) async throws -> EngineHost {
        try folder.write("replies.jsonl", replies.joined(separator: "\n") + "\n")
        return try await host(prices: prices, change: change)
    }

    /// A host on what lies in the home already.
    func host(
        prices: [PricesFile] = [], change: (inout Configuration) -> Void = { _ in }
    ) async throws -> EngineHost {
        var configuration = Configuration()
        var provider = ProviderConfiguration(name: "script", kind: .rehearsal)
        provider.file = folder.file("replies.jsonl")
        configuration.providers = [provider]
        configuration.routes = [
            "default": RouteConfiguration(models: [ModelReference(provider: "script", model: "play")])
        ]
        change(&configuration)
        let clock = WallClock { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
        return try await EngineHost.open(
            HostOptions(
                home: home, configuration: configuration, prices: prices, helperPath: helper, clock: clock,
                environment: [
                    "HOME": "/nowhere", "PATH": "/usr/bin:/bin", "GIT_AUTHOR_NAME": "Ana",
                    "GIT_AUTHOR_EMAIL": "ana@example.org", "GIT_COMMITTER_NAME": "Ana",
                    "GIT_COMMITTER_EMAIL": "ana@example.org",
                    "AGENT_WORD": "hush-hush-word",
                ],
                machine: "test", version: "0", report: { print("report:", $0) }))
    }

    let person = Actor(kind: .user, name: "ana", uid: 1000)

    /// Runs a body against a running host, which is stopped afterwards.
    func running(_ host: EngineHost, _ body: @Sendable (EngineClient) async throws -> Void) async throws {
        let client = host.client(as: person)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await host.run() }
            do { try await body(client) } catch {
                await host.stop()
                throw error
            }
            await host.stop()
            try await group.waitForAll()
        }
    }
}

extension EngineClient {
    /// Makes and starts a session; returns its id.
    func begin(_ config: SessionConfig) async throws -> SessionID {
        let made = try await perform(
            Command(
                id: "make-\(UInt64.random(in: 0 ... .max))", name: "session.create",
                arguments: ["config": .string(try JSONText.string(config))]))
        let id = SessionID(made.value?["sessionId"]?.string ?? "")
        try await order("session.start", id)
        return id
    }

    /// Sends a command about a session.
    @discardableResult
    func order(_ name: String, _ id: SessionID, _ more: [String: JSONValue] = [:]) async throws
        -> CommandReply
    {
        try await perform(
            Command(
                id: "c-\(UInt64.random(in: 0 ... .max))", name: name,
                arguments: more.merging(["id": .string(id.rawValue)]) { $1 }))
    }

    /// Waits until a session is in one of these states and returns it; follows the log, so nothing is missed.
    func wait(_ id: SessionID, for states: SessionState...) async throws -> SessionShow.Detail {
        let updates = follow(FollowRequest(after: 0))
        for try await update in updates {
            guard case .event(let event) = update, event.stream == "session/\(id)" else { continue }
            let detail = try await ask(SessionShow(id: id.rawValue))
            if states.contains(detail.summary.state), detail.summary.version <= event.version {
                return detail
            }
        }
        throw Fault.failed("the host ended before \(id) was \(states)")
    }
}
