import AgentOSCore
import EventLog
import FoundationEssentials
import Glibc
import Synchronization
import Testing

@testable import EngineHost

/// A home on which a scene is played, by a process that is killed at an edge of one of its commits, or by this one.
///
/// It is sent to the process of an exit test, so it holds only what can be.
struct KilledHome: Codable, Sendable {
    /// What is played.
    enum Scene: String, Codable, Sendable { case session, chain, clearing, delay, compaction, votes }

    /// Where the process is killed.
    struct Point: Codable, Sendable, CustomStringConvertible {
        /// The number of the commit, from 1.
        var commit: Int
        var edge: CommitEdge
        var description: String { "commit \(commit), \(edge)" }
    }

    var scene: Scene
    var folder: String
    var helper: String

    private var acknowledged: String { folder + "/acknowledged" }

    // MARK: Hosts

    /// The time of this machine.
    static let clock = WallClock { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

    func open(
        probe: CommitProbe? = nil, clock: WallClock = KilledHome.clock,
        change: (inout Configuration) -> Void = { _ in }
    ) async throws -> EngineHost {
        var configuration = Configuration()
        var prices: [ModelReference: ModelPrice] = [:]
        for name in ["work", "own", "step", "long", "judge"] {
            var provider = ProviderConfiguration(name: name, kind: .rehearsal)
            provider.file = "\(folder)/\(name).jsonl"
            provider.window = name == "long" ? 9000 : nil
            configuration.providers.append(provider)
            let rates = ModelPrice.Rates(
                input: try #require(Money("2")), output: try #require(Money("10")))
            prices[ModelReference(provider: name, model: "play")] = ModelPrice(base: rates)
        }
        if scene == .clearing { (configuration.keep.workspaces, configuration.keep.sessions) = (0, 0) }
        change(&configuration)
        var options = HostOptions(
            home: folder + "/home", configuration: configuration,
            prices: [PricesFile(date: "2026-11-01", models: prices)], helperPath: helper, clock: clock,
            environment: ["HOME": "/nowhere", "PATH": "/usr/bin:/bin"], machine: "test", version: "0",
            report: { print("report:", $0) })
        options.probe = probe
        return try await EngineHost.open(options)
    }

    /// Plays the scene to its end on a running host, and stops that.
    func play(_ host: EngineHost) async throws {
        let client = host.client(as: Actor(kind: .user, name: "ana", uid: 1000))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await host.run() }
            do { try await play(client) } catch {
                await host.stop(grace: .zero)
                throw error
            }
            await host.stop()
            try await group.waitForAll()
        }
    }

    private func play(_ client: EngineClient) async throws {
        switch scene {
        case .session: try await playSession(client)
        case .chain: try await playChain(client)
        case .clearing: try await playClearing(client)
        case .delay: try await playDelay(client)
        case .votes: try await playVotes(client)
        case .compaction: try await playCompaction(client)
        }
    }

    // MARK: The process that is killed

    /// Plays until the point and ends there as the plug is pulled; what was acknowledged before is noted outside.
    func playUntilKilled(at point: Point) async throws {
        let notes = Glibc.open(acknowledged, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        let commits = Atomic(0)
        let host = try await open { edge, events in
            guard !events.isEmpty else { return }
            if edge == .inserted { commits.add(1, ordering: .relaxed) }
            if edge == .durable {
                let text = events.map { "\($0.tenant) \($0.seq) \($0.hash)\n" }.joined()
                _ = text.withCString { write(notes, $0, strlen($0)) }
            }
            if commits.load(ordering: .relaxed) == point.commit, edge == point.edge { Self.die() }
        }
        try await play(host)
        Self.die()
    }

    private static func die() {
        kill(getpid(), SIGKILL)
        while true { pause() }
    }

    /// How many commits the scene makes when nobody is killed.
    func countCommits() async throws -> Int {
        let commits = Counter()
        let host = try await open { edge, events in
            if edge == .inserted, !events.isEmpty { commits.add() }
        }
        try await play(host)
        host.close()
        return commits.value
    }

    private final class Counter: Sendable {
        private let count = Atomic(0)
        var value: Int { count.load(ordering: .relaxed) }
        func add() { count.add(1, ordering: .relaxed) }
    }

    // MARK: What must hold afterwards

    /// Goes on where the process was killed, to the end, and looks at what came of it.
    func checkTheRest(_ point: Point) async throws {
        do { try await goOn(point) } catch { Issue.record("\(point): \(error)") }
    }

    private func goOn(_ point: Point) async throws {
        let host = try await open()
        try await expectAcknowledged(host.log, point)
        try await play(host)
        try await expectAcknowledged(host.log, point)
        for tenant in try await host.log.tenants() {
            let found = try await host.log.verify(tenant: tenant)
            #expect(found.isWhole && found.isSealed && found.resealedAt.isEmpty, "\(point): \(found)")
        }
        #expect(try await host.log.integrity().isEmpty)
        try await expectCosts(host, point)
        switch scene {
        case .session: try await checkSession(host, point)
        case .chain: try await checkChain(host, point)
        case .clearing: try await checkClearing(host, point)
        case .delay: try await checkDelay(host, point)
        case .votes: try await checkVotes(host, point)
        case .compaction: try await checkCompaction(host, point)
        }
        host.close()
    }

    /// INV-4: what was acknowledged is there, byte for byte.
    private func expectAcknowledged(_ log: EventLog, _ point: Point) async throws {
        guard let data = FileManager.default.contents(atPath: acknowledged) else { return }
        let stored = try await log.events(tenant: .main, limit: 100_000)
        let hashes = Dictionary(uniqueKeysWithValues: stored.map { ("main \($0.seq)", $0.hash) })
        #expect(stored.map(\.seq) == Array(1...Int64(max(1, stored.count))).prefix(stored.count).map { $0 })
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            #expect(hashes["\(words[0]) \(words[1])"] == words[2], "\(point) lost \(line)")
        }
    }

    /// INV-5: no cost ever shrinks, and sessions and ledger agree to the last unit; nothing stays reserved.
    private func expectCosts(_ host: EngineHost, _ point: Point) async throws {
        let client = host.client(as: .engine)
        let report = try await client.ask(CostReport(by: .session))
        for summary in try await client.ask(SessionList()).sessions {
            let stream = SessionEvent.stream(summary.sessionId)
            let records = try await host.log.events(
                tenant: .main, limit: 10_000, filter: EventFilter(stream: stream))
            var session: Session?
            for record in records {
                guard let event = try SessionEvent(type: record.type, payload: record.payload) else {
                    continue
                }
                let before = session
                if session == nil {
                    session = Session(id: summary.sessionId, created: event, at: record.at)
                } else {
                    session?.apply(event, at: record.at)
                }
                guard let before, let after = session else { continue }
                #expect(after.cost >= before.cost && after.usage.input >= before.usage.input, "\(point)")
                #expect(after.turns >= before.turns && after.calls >= before.calls, "\(point)")
                #expect(after.replies >= before.replies, "\(point)")
            }
            let line = report.lines.first { $0.key == summary.sessionId.rawValue }
            #expect(session?.cost == summary.costKnown && line?.costKnown ?? .zero == summary.costKnown)
            let audit = try await client.ask(SessionAudit(id: summary.sessionId.rawValue))
            #expect(audit.verified, "\(point): \(audit.damage ?? "")")
        }
        let open = try await host.log.read { try $0.value("SELECT count(*) FROM ledger_open", as: Int.self) }
        #expect(open == 0, "\(point) left money reserved")
    }
}

extension KilledHome {
    /// The lines of a file, nil without it.
    func lines(_ name: String) -> [String]? {
        FileManager.default.contents(atPath: folder + "/" + name).map {
            String(decoding: $0, as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }

    /// The names in a folder, in order.
    func names(_ name: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder + "/" + name)) ?? []).sorted()
    }
}

extension EngineClient {
    /// Sends a command under an id of its own that is the same after a restart.
    @discardableResult
    func send(_ id: String, _ name: String, _ arguments: [String: JSONValue]) async throws -> CommandReply {
        try await perform(Command(id: "killed-home/" + id, name: name, arguments: arguments))
    }

    /// Makes and starts a session once, however often it is asked for.
    func once(_ config: SessionConfig, start: [String: JSONValue] = [:]) async throws -> SessionID {
        let text = try JSONText.string(config)
        let made = try await send("make-\(config.name)", "session.create", ["config": .string(text)])
        let id = SessionID(try #require(made.value?["sessionId"]?.string))
        try await send(
            "start-\(config.name)", "session.start", start.merging(["id": .string(id.rawValue)]) { $1 })
        return id
    }

    /// Waits for the end of a session; says yes to what it asks meanwhile.
    func finish(_ id: SessionID) async throws -> SessionSummary {
        while true {
            let summary = try await wait(id, for: .complete, .failed, .paused, .rolledBack, .cancelled)
                .summary
            guard summary.state == .paused else { return summary }
            guard summary.reason == .approval else {
                throw Fault.failed("\(id) is paused: \(summary.reason?.description ?? "")")
            }
            let items = try await ask(InboxList()).waiting.filter { $0.sessionId == id }
            let item = try #require(items.first)
            #expect(items.count == 1 && item.kind == .approval)
            try await send(
                "answer-\(item.itemId)", "inbox.answer",
                ["id": .string(item.itemId.rawValue), "answer": "yes"])
        }
    }
}
