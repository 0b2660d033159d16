import AgentOSCore
import FoundationEssentials
import HostWire

/// What the steps of a tour work with.
struct TourStage: Sendable {
    let program: Program
    let home: TourHome
    let engine: TourEngine
    let log: TourLog
    let client: EngineClient

    /// Makes the home, starts its engine, follows its log, and ends the engine however the body ends.
    ///
    /// - Parameters:
    ///   - executable: The program whose engine it is: this one, except in a test.
    static func with<Value: Sendable>(
        _ program: Program, _ options: GlobalOptions, pace: Int64, executable: String = "/proc/self/exe",
        _ body: @escaping @Sendable (TourStage) async throws -> Value
    ) async throws -> Value {
        let home = try TourHome.make(program, options, pace: pace)
        let engine = TourEngine(
            home: home, version: program.hosting.version, executable: executable)
        let host = HostClient(
            HostClient.Options(
                home: home.folder.path, identity: ClientHello(version: program.hosting.version),
                patience: .seconds(20)))
        let stage = TourStage(
            program: program, home: home, engine: engine, log: TourLog(), client: host.client)
        do {
            try await engine.start()
            let value = try await withThrowingTaskGroup(of: Value?.self) { group in
                group.addTask {
                    await stage.log.follow(stage.client, starts: engine.starts)
                    return nil
                }
                group.addTask { try await body(stage) }
                defer { group.cancelAll() }
                while let value = try await group.next() {
                    // What follows the log is ended before the engine, else it would wait for the next one.
                    if let value { return value }
                }
                throw CancellationError()
            }
            await engine.stop()
            await host.close()
            return value
        } catch {
            await engine.stop()
            await host.close()
            throw error
        }
    }

    /// Sends a command, as a key of the console would.
    @discardableResult
    func perform(_ name: String, _ arguments: [String: JSONValue]) async throws -> CommandReply {
        try await client.perform(Command(id: program.commandID(), name: name, arguments: arguments))
    }

    /// Sends a command about the session that plays a part.
    @discardableResult
    func perform(_ name: String, _ part: TourPart, _ more: [String: JSONValue] = [:]) async throws
        -> CommandReply
    {
        guard let id = await log.facts.id(part) else {
            throw Fault.failed("there is no session \(part.rawValue) to \(name)")
        }
        return try await perform(name, more.merging(["id": .string(id.rawValue)]) { $1 })
    }

    /// Makes a session and starts it.
    func begin(_ part: TourPart) async throws {
        let config = try JSONText.string(part.config(program: home.program))
        let made = try await perform("session.create", ["config": .string(config)])
        guard let id = made.value?["sessionId"] else {
            throw Fault.failed("session \(part.rawValue) was not made: \(made.message)")
        }
        try await perform("session.start", ["id": id])
    }

    /// The whole log as the host tells it now.
    func events() async throws -> [EventRecord] {
        var events: [EventRecord] = []
        while true {
            let page = try await client.ask(EventPage(after: events.last?.seq ?? 0, limit: 1000))
            events += page
            if page.count < 1000 { return events }
        }
    }
}
