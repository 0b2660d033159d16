import AgentOSCore
import Synchronization

/// One client's conversation: reads its lines and answers each.
///
/// Commands on the same thing are done in the order of their lines, everything else side by side, at most
/// `WireProtocol.callLimit` at a time.
actor LineSession {
    /// Gives the engine to whom a client says that it is.
    typealias Admission = @Sendable (ClientHello?) throws(Fault) -> EngineClient

    private let port: LinePort
    private let admit: Admission
    private var client: EngineClient?
    private var calls: [Int: Task<Void, Never>] = [:]
    private var lanes: [String: (number: Int, task: Task<Void, Never>)] = [:]
    private var follows: [String: Task<Void, Never>] = [:]
    private var roomWaiter: CheckedContinuation<Void, Never>?
    private var count = 0

    /// Tells this connection's short ids from everybody else's.
    private let nonce = String(UInt64.random(in: 0 ... .max), radix: 36)
    /// From this length on an id is taken as unique for ever, so that it can be sent again on another connection.
    private static let lastingLength = 16

    /// The command under an id that nobody else has used: a person's "1" counts only on this connection.
    private func lasting(_ command: Command) -> Command {
        guard command.id.utf8.count < Self.lastingLength else { return command }
        return Command(id: "\(nonce)/\(command.id)", name: command.name, arguments: command.arguments)
    }

    init(port: LinePort, admit: @escaping Admission) {
        self.port = port
        self.admit = admit
    }

    /// Answers lines until the other side ends or `port.next` gives none, then waits for the calls under way.
    func run() async {
        reading: while let item = await port.next() {
            switch item {
            case .tooLong:
                await write(
                    WireAnswer.failure(
                        nil,
                        .usage("a line is longer than 1 MiB", hint: "connect again and send shorter lines")))
                break reading
            case .line(let line):
                guard await take(line) else { break reading }
            }
        }
        await endFollows()
        for task in calls.values { await task.value }
    }

    /// Follows the log by itself, as bare lines, from a place on.
    func followPlainly(after: Int64, with client: EngineClient) async {
        await follow(FollowRequest(after: after), id: nil, with: client)
    }

    /// Ends what would not end by itself.
    func abandon() {
        for task in follows.values { task.cancel() }
        for task in calls.values { task.cancel() }
    }

    private func endFollows() async {
        let ending = follows.values
        for task in ending { task.cancel() }
        for task in ending { await task.value }
    }

    /// Whether the conversation goes on.
    private func take(_ line: [UInt8]) async -> Bool {
        do {
            let request = try WireRequest.parse(line)
            if case .hello(let hello) = request { return await greet(hello) }
            let client = try self.client ?? admit(nil)
            self.client = client
            await perform(request, with: client)
            return true
        } catch let rejection as WireRequest.Rejection {
            await write(WireAnswer.failure(rejection.id, rejection.fault))
            return true
        } catch {
            await write(WireAnswer.failure(nil, Self.fault(error)))
            return false
        }
    }

    private func greet(_ hello: ClientHello) async -> Bool {
        guard client == nil else {
            await write(
                WireAnswer.failure(
                    nil, .usage("a hello after the first line", hint: "send it first, or not at all")))
            return true
        }
        guard hello.protocol == WireProtocol.version else {
            await write(
                WireAnswer.failure(
                    nil,
                    Fault(
                        .noHost, "the host speaks protocol \(WireProtocol.version), not \(hello.protocol)",
                        hint: "restart it with this program: agentos host restart")))
            return false
        }
        do {
            client = try admit(hello)
            await write(WireAnswer.reply("hello", CommandReply("welcome")))
            return true
        } catch {
            await write(WireAnswer.failure(nil, error))
            return false
        }
    }

    private func perform(_ request: WireRequest, with client: EngineClient) async {
        switch request {
        case .hello: break
        case .command(let command):
            let lane = command.arguments["id"]?.string ?? command.name
            let unique = lasting(command)
            await call(id: command.id, lane: lane) {
                WireAnswer.reply(command.id, try await client.perform(unique))
            }
        case .query(let id, let name, let arguments):
            await call(id: id, lane: nil) { try await WireQueries.answer(id, name, arguments, by: client) }
        case .follow(let id, let request, let asLines):
            guard follows[id] == nil else {
                return await write(
                    WireAnswer.failure(id, .usage("\(id) follows already", hint: "choose another id")))
            }
            guard follows.count < WireProtocol.callLimit else {
                return await write(
                    WireAnswer.failure(
                        id,
                        .refused(
                            "this connection follows \(follows.count) times already",
                            hint: "end one: unfollow")))
            }
            await write(WireAnswer.reply(id, CommandReply("following")))
            let task = Task { await follow(request, id: id, asLines: asLines, with: client) }
            follows[id] = task
        case .unfollow(let id):
            guard let task = follows[id] else {
                return await write(WireAnswer.failure(id, .notFound("nothing is followed as \(id)")))
            }
            task.cancel()
        }
    }

    /// Runs a call of the client beside the others.
    private func call(id: String, lane: String?, _ body: @escaping @Sendable () async throws -> [UInt8]) async
    {
        while calls.count >= WireProtocol.callLimit {
            await withCheckedContinuation { roomWaiter = $0 }
        }
        count += 1
        let number = count
        let before = lane.flatMap { lanes[$0]?.task }
        let task = Task {
            await before?.value
            let line: [UInt8]
            do {
                line = try await body()
            } catch {
                line = WireAnswer.failure(id, Self.fault(error))
            }
            await write(line)
            ended(number, lane: lane)
        }
        calls[number] = task
        if let lane { lanes[lane] = (number, task) }
    }

    private func ended(_ number: Int, lane: String?) {
        calls[number] = nil
        if let lane, lanes[lane]?.number == number { lanes[lane] = nil }
        roomWaiter?.resume()
        roomWaiter = nil
    }

    /// Passes on what the engine tells; an update is taken from the engine only when the last one was written.
    private func follow(
        _ request: FollowRequest, id: String?, asLines: Bool = true, with client: EngineClient
    ) async {
        var failure: Fault?
        do {
            for try await update in client.follow(request) {
                switch update {
                case .event(let record):
                    if asLines {
                        try await port.write(try WireAnswer.plain(record))
                    } else if let id {
                        try await port.write(WireAnswer.update(id, update))
                    }
                case .host:
                    if let id, !asLines { try await port.write(WireAnswer.update(id, update)) }
                case .live:
                    if let id, !asLines, !port.isCongested() {
                        try await port.write(WireAnswer.update(id, update))
                    }
                }
            }
        } catch {
            if !Task.isCancelled { failure = Self.fault(error) }
        }
        guard let id else { return }
        follows[id] = nil
        await write(WireAnswer.end(id, failure))
    }

    /// Writes a line to a side that may be gone; the reading end notices that.
    private func write(_ line: [UInt8]) async {
        do { try await port.write(line) } catch { abandon() }
    }

    private static func fault(_ error: any Error) -> Fault {
        (error as? Fault) ?? .failed(error is CancellationError ? "the host is stopping" : "\(error)")
    }
}
