import AgentOSCore
import NIOCore
import NIOPosix
import Synchronization

/// The host's side of `host.sock`.
public final class HostServer: Sendable {
    /// Gives the engine to an actor, in a tenant; nil is the host's first.
    ///
    /// Throws for a tenant that there is not.
    public typealias Admission = @Sendable (Actor, TenantID?) throws(Fault) -> EngineClient

    private struct Arrival: Sendable {
        var channel: LineChannel
        var user: PeerUser
    }

    private struct State {
        var channels: [ObjectIdentifier: LineChannel] = [:]
        var isStopping = false
    }

    private let home: String
    private let hello: HostHello
    private let grace: Duration
    private let admit: Admission
    private let listener: any Channel
    private let arrivals: AsyncStream<Arrival>
    private let arrived: AsyncStream<Arrival>.Continuation
    private let state = Mutex(State())

    /// Listens in a home whose lock this process holds.
    ///
    /// Clients can connect from here on; they are served by `run`.
    ///
    /// `grace` is how long a stop waits for calls under way and for clients that do not read.
    public init(
        home: String, hello: HostHello, grace: Duration = .seconds(2), admit: @escaping Admission
    ) async throws {
        self.home = home
        self.hello = hello
        self.grace = grace
        self.admit = admit
        let (arrivals, arrived) = AsyncStream.makeStream(of: Arrival.self)
        self.arrivals = arrivals
        self.arrived = arrived
        let socket = try HomeSocket.listen(home: home)
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                PeerUser.of(channel).flatMapThrowing { user in
                    let lines = try LineChannel(channel, limit: WireProtocol.requestLimit)
                    arrived.yield(Arrival(channel: lines, user: user))
                }
            }
            .withBoundSocket(socket).get()
    }

    /// Serves clients until `stop`; returns when the last has been answered.
    public func run() async {
        await withDiscardingTaskGroup { group in
            for await arrival in arrivals {
                group.addTask { await self.serve(arrival) }
            }
        }
    }

    /// Takes no more clients and no more lines, answers what was asked, and removes the socket.
    public func stop() async {
        HomeSocket.remove(home: home)
        try? await listener.close().get()
        arrived.finish()
        let open = state.withLock { state in
            state.isStopping = true
            return Array(state.channels.values)
        }
        for channel in open {
            channel.stopReading()
            channel.close(after: grace)
        }
    }

    private func serve(_ arrival: Arrival) async {
        let channel = arrival.channel
        defer { channel.close() }
        let fault = enter(arrival)
        defer { _ = state.withLock { $0.channels.removeValue(forKey: ObjectIdentifier(channel)) } }
        do {
            if let fault { return try await channel.write(WireAnswer.failure(nil, fault)) }
            try await channel.write(WireAnswer.hello(hello))
        } catch {
            return
        }
        let (user, admit) = (arrival.user, admit)
        let session = LineSession(port: channel.port) { hello throws(Fault) in
            try admit(user.actor(hello), hello?.tenant)
        }
        await session.run()
    }

    /// Takes a client in, or says why not.
    private func enter(_ arrival: Arrival) -> Fault? {
        state.withLock { state in
            if state.isStopping {
                return Fault(.noHost, "the host is stopping", hint: "start another: agentos host start")
            }
            guard arrival.user.isAdmitted else {
                return .refused(
                    "user \(arrival.user.uid) may not speak to this host",
                    hint: "use a home of your own: --home DIR")
            }
            guard state.channels.count < WireProtocol.connectionLimit else {
                return .refused(
                    "the host serves \(WireProtocol.connectionLimit) clients already", hint: "end one of them"
                )
            }
            state.channels[ObjectIdentifier(arrival.channel)] = arrival.channel
            return nil
        }
    }
}
