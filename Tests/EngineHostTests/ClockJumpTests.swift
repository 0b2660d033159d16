import AgentOSCore
import EngineHost
import EventLog
import FoundationEssentials
import Synchronization
import TestSupport
import Testing

/// The machine's clock is set by an hour, forward or back, while sessions run.
@Suite(.serialized) struct ClockJumpTests {
    private static let hour: Int64 = 3_600_000
    private static let held =
        #"{"tool_calls":[{"name":"shell","arguments":{"command":"while [ ! -e go ]; do sleep 0.02; done"}}]}"#

    /// A clock that can be set.
    private final class SetClock: Sendable {
        private let shift = Mutex<Int64>(0)
        var clock: WallClock {
            WallClock { KilledHome.clock.now().adding(milliseconds: self.shift.withLock { $0 }) }
        }
        func set(by more: Int64) { shift.withLock { $0 += more } }
    }

    private struct Desk {
        let folder: TemporaryFolder
        let home: KilledHome
        let clock = SetClock()

        init() throws {
            folder = try TemporaryFolder()
            try KilledHome.prepare(folder)
            try folder.write("work.jsonl", ClockJumpTests.held + "\n" + #"{"text":"Done."}"# + "\n")
            try folder.write("own.jsonl", #"{"text":"Done."}"# + "\n")
            home = KilledHome(scene: .delay, folder: folder.path, helper: try ConfiningHelper.path.get())
        }

        func running(
            change: (inout Configuration) -> Void = { _ in },
            _ body: @Sendable (EngineHost, EngineClient) async throws -> Void
        ) async throws {
            let host = try await home.open(clock: clock.clock, change: change)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await host.run() }
                do { try await body(host, host.client(as: Actor(kind: .user, name: "ana", uid: 1000))) } catch
                {
                    await host.stop(grace: .zero)
                    throw error
                }
                await host.stop(grace: .zero)
                try await group.waitForAll()
            }
            host.close()
        }
    }

    private static func config(_ name: String, _ model: String) -> SessionConfig {
        var config = SessionConfig(name: name, goal: "Go.")
        (config.model, config.limits.time, config.limits.idle) = (model, 1_800_000, 600_000)
        return config
    }

    /// Returns once a session's held call runs; its folder.
    private static func held(_ client: EngineClient) async throws -> String {
        for try await update in client.follow(FollowRequest(after: 0)) {
            guard case .event(let event) = update, event.type == "session.tool.started",
                let id = SessionEvent.session(ofStream: event.stream)
            else { continue }
            return try await client.ask(SessionShow(id: id.rawValue)).summary.workspace
        }
        throw Fault.failed("no call was begun")
    }

    private static func session(_ id: SessionID, _ log: EventLog) async throws -> Session {
        let records = try await log.events(
            tenant: .main, limit: 1000, filter: EventFilter(stream: SessionEvent.stream(id)))
        let events = try records.compactMap { record in
            try SessionEvent(type: record.type, payload: record.payload).map { ($0, record.at) }
        }
        return try #require(Session.fold(id: id, events))
    }

    @Test(.timeLimit(.minutes(15)), arguments: [hour, -hour])
    func noLimitOfRunningTimeFires(by: Int64) async throws {
        let desk = try Desk()
        try await desk.running { host, client in
            let id = try await client.once(Self.config("held", "work/play"))
            let folder = try await Self.held(client)
            desk.clock.set(by: by)
            #expect(FileManager.default.createFile(atPath: folder + "/go", contents: nil))
            let end = try await client.finish(id)
            #expect(end.state == .complete, "\(end.error ?? "")")
            let session = try await Self.session(id, host.log)
            #expect((0..<1_800_000).contains(session.ranMilliseconds))
            let told = try await host.log.events(
                tenant: .main, limit: 10, filter: EventFilter(type: "session.clock"))
            #expect(told.count == 1)
            // Another limit is counted from here on as ever.
            #expect(session.progressAt >= 0 && session.progressAt <= session.ranMilliseconds)
        }
    }

    /// A host that ends, a clock that is set meanwhile, and a host that goes on: no time has passed for the session.
    @Test(.timeLimit(.minutes(15)), arguments: [hour, -hour])
    func noTimePassesWithoutAHost(by: Int64) async throws {
        let desk = try Desk()
        let ids = Mutex<SessionID?>(nil)
        try await desk.running { _, client in
            let id = try await client.once(Self.config("held", "work/play"))
            _ = try await Self.held(client)
            ids.withLock { $0 = id }
        }
        desk.clock.set(by: by)
        let id = try #require(ids.withLock { $0 })
        try await desk.running { host, client in
            let folder = try await client.ask(SessionShow(id: id.rawValue)).summary.workspace
            #expect(FileManager.default.createFile(atPath: folder + "/go", contents: nil))
            let end = try await client.finish(id)
            #expect(end.state == .complete, "\(end.error ?? "")")
            let session = try await Self.session(id, host.log)
            #expect((0..<1_800_000).contains(session.ranMilliseconds))
        }
    }

    /// What waits for a time starts when the clock has reached it, and not before.
    @Test(.timeLimit(.minutes(15))) func theQueueGoesByTheClock() async throws {
        let desk = try Desk()
        try await desk.running { _, client in
            let late = try await client.once(Self.config("late", "own/play"), start: ["in": "30m"])
            desk.clock.set(by: -Self.hour)
            let first = try await client.once(Self.config("first", "own/play"))
            #expect(try await client.finish(first).state == .complete)
            let place = try await client.ask(SessionShow(id: late.rawValue)).summary.queue
            #expect(place?.reason == .delay)
            desk.clock.set(by: 2 * Self.hour)
            let second = try await client.once(Self.config("second", "own/play"))
            #expect(try await client.finish(second).state == .complete)
            #expect(try await client.finish(late).state == .complete)
        }
    }

    /// A provider that takes so many requests in a time is not held up for the hour.
    @Test(.timeLimit(.minutes(15)), arguments: [hour, -hour])
    func aRateLimitHoldsNobodyUp(by: Int64) async throws {
        let desk = try Desk()
        try await desk.running { configuration in
            for index in configuration.providers.indices {
                configuration.providers[index].requests = RateLimit(count: 1, milliseconds: 50)
            }
        } _: { _, client in
            let first = try await client.once(Self.config("first", "own/play"))
            #expect(try await client.finish(first).state == .complete)
            desk.clock.set(by: by)
            let second = try await client.once(Self.config("second", "own/play"))
            #expect(try await client.finish(second).state == .complete)
        }
    }

    /// The time limit of a chain's step counts running time: neither what the clock is set by nor the time without a
    /// host.
    @Test(
        .timeLimit(.minutes(15)), arguments: [(hour, true), (-hour, true), (hour, false), (-hour, false)])
    func noTimeLimitOfAStepFires(by: Int64, isRunning: Bool) async throws {
        let desk = try Desk()
        var step = ChainStep(name: "held", session: SessionConfig(name: "held", goal: "Go."))
        (step.session.model, step.timeout) = ("work/play", 1_800_000)
        let config = ChainConfig(name: "late", steps: [step])
        let ids = Mutex<ChainID?>(nil)
        try await desk.running { _, client in
            let id = try await client.begin(config)
            ids.withLock { $0 = id }
            let folder = try await Self.held(client)
            guard isRunning else { return }
            desk.clock.set(by: by)
            // The chain is looked at again while the call runs.
            try await client.order("chain.set", id, ["setting": "budget=5.00"])
            #expect(FileManager.default.createFile(atPath: folder + "/go", contents: nil))
            let end = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(end.state == .complete, "\(end)")
        }
        guard !isRunning, let id = ids.withLock({ $0 }) else { return }
        desk.clock.set(by: by)
        try await desk.running { _, client in
            let folder = try await Self.held(client)
            #expect(FileManager.default.createFile(atPath: folder + "/go", contents: nil))
            let end = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(end.state == .complete, "\(end)")
        }
    }
}
