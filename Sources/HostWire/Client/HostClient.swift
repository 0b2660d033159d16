import AgentOSCore

/// A host at the other end of `host.sock`.
///
/// Calls share one connection; each follow has its own, so that a slow follower holds back nobody. When a
/// connection is lost, its calls fail, its follow ends, and the next call connects again.
public actor HostClient {
    /// How a client connects.
    public struct Options: Sendable {
        /// The home.
        public var home: String
        /// Who it is.
        public var identity: ClientHello
        /// How long to wait for a host that is starting.
        public var patience: Duration
        /// Whether a host is there or starting: whether the home's lock is held.
        public var isHeld: @Sendable () -> Bool

        /// How a client connects.
        public init(
            home: String, identity: ClientHello, patience: Duration = .seconds(5),
            isHeld: @escaping @Sendable () -> Bool = { true }
        ) {
            self.home = home
            self.identity = identity
            self.patience = patience
            self.isHeld = isHeld
        }
    }

    private let options: Options
    private var current: CallConnection?

    /// A client; it connects with the first call.
    public init(_ options: Options) { self.options = options }

    /// Connects, and tells what the host says of itself.
    public func hello() async throws -> HostHello { try await connection().hello }

    /// The engine at the other end.
    public nonisolated var client: EngineClient {
        EngineClient(
            perform: { command in try await self.perform(command) },
            answer: { query in try await self.answer(query) },
            follow: { request in self.follow(request) })
    }

    /// Waits until the connection of the calls has ended; a cancelled wait ends it.
    public func waitUntilLost() async { await current?.waitUntilLost() }

    /// Ends the connection of the calls; follows end when they are dropped.
    public func close() {
        current?.close()
        current = nil
    }

    private func connection() async throws -> CallConnection {
        if let current, current.isOpen { return current }
        let opened = try await open()
        if let current, current.isOpen {
            opened.channel.close()
            return current
        }
        let fresh = CallConnection(opened.channel, hello: opened.hello)
        current = fresh
        return fresh
    }

    private func perform(_ command: Command) async throws -> CommandReply {
        let line = try WireRequest.command(command).line()
        let (envelope, bytes) = try await connection().call(id: command.id, line)
        let value =
            envelope.message == nil ? nil : try? JSONText.decode(WireValue<JSONValue>.self, from: bytes).value
        return CommandReply(
            envelope.message ?? "", value: value,
            code: envelope.code.flatMap(ExitCode.init(rawValue:)) ?? .done)
    }

    private func answer(_ query: any EngineQuery) async throws -> any Sendable { try await ask(query) }

    private func ask<Query: EngineQuery>(_ query: Query) async throws -> any Sendable {
        let connection = try await connection()
        let id = connection.nextID()
        let arguments = try JSONText.value(query).object ?? [:]
        let line = try WireRequest.query(id: id, name: Query.name, arguments: arguments).line()
        let (_, bytes) = try await connection.call(id: id, line)
        do {
            return try JSONText.decode(WireValue<Query.Answer>.self, from: bytes).value
        } catch {
            throw Fault.failed(
                "the host's answer to \(Query.name) is not understood",
                hint: "restart it: agentos host restart")
        }
    }

    private nonisolated func follow(_ request: FollowRequest) -> AsyncThrowingStream<EngineUpdate, any Error>
    {
        let feed = FollowFeed(request) { try await self.open() }
        return AsyncThrowingStream(unfolding: { try await feed.next() })
    }

    /// Opens a connection and exchanges hellos; waits while a host is starting.
    private func open() async throws -> (channel: LineChannel, hello: HostHello) {
        let deadline = ContinuousClock.now.advanced(by: options.patience)
        while true {
            if let socket = try HomeSocket.connect(home: options.home) {
                return try await greet(socket)
            }
            guard options.isHeld(), ContinuousClock.now < deadline else {
                throw Fault(
                    .noHost, "\(Self.absence) \(options.home)",
                    hint: options.isHeld()
                        ? "see its log: \(options.home)/logs/host.log" : "start one: agentos host start")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func greet(_ socket: Int32) async throws -> (channel: LineChannel, hello: HostHello) {
        let channel = try await LineChannel.connected(socket)
        do {
            guard let hello = try await envelope(from: channel).hello else { throw Self.lost }
            guard hello.protocol == WireProtocol.version else { throw Self.stranger(hello) }
            try await channel.write(WireRequest.hello(options.identity).line())
            _ = try await envelope(from: channel)
            return (channel, hello)
        } catch {
            channel.close()
            throw error is Fault ? error : Self.lost
        }
    }

    /// The next line of the greeting; a refusal is thrown.
    private func envelope(from channel: LineChannel) async throws -> WireEnvelope {
        guard case .line(let line) = await channel.next() else { throw Self.lost }
        let envelope = try JSONText.decode(WireEnvelope.self, from: line)
        if let failure = envelope.error { throw failure.fault }
        return envelope
    }

    private static func stranger(_ hello: HostHello) -> Fault {
        Fault(
            .noHost,
            "the host (\(hello.version), pid \(hello.pid)) speaks protocol \(hello.protocol), this program \(WireProtocol.version)",
            hint: "restart it with this program: agentos host restart")
    }

    private static let absence = "no host answers in"

    /// Whether a call failed because nobody listens, rather than because a host refused.
    public static func isAbsence(_ fault: Fault) -> Bool {
        fault.code == .noHost && fault.message.hasPrefix(absence)
    }

    /// What a call is told that was under way when the host went.
    public static let lost = Fault(
        .noHost, "the host ended the connection", hint: "see what runs: agentos host status")
}
