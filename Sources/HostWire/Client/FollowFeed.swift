import AgentOSCore
import Synchronization

/// One follow over a connection of its own, read only as fast as its consumer asks.
final class FollowFeed: Sendable {
    /// The channel once there is one, which whoever comes last closes: the opening or the feed's end.
    private final class Holder: Sendable {
        private let state = Mutex<(channel: LineChannel?, isDropped: Bool)>((nil, false))

        func keep(_ channel: LineChannel) {
            let isDropped = state.withLock { state in
                state.channel = channel
                return state.isDropped
            }
            if isDropped { channel.close() }
        }

        func drop() {
            let channel = state.withLock { state in
                state.isDropped = true
                return state.channel
            }
            channel?.close()
        }
    }

    private static let id = "f"

    private let holder: Holder
    private let opening: Task<LineChannel, any Error>

    /// Begins to follow at once, so that nothing from here on is missed.
    init(
        _ request: FollowRequest,
        open: @escaping @Sendable () async throws -> (channel: LineChannel, hello: HostHello)
    ) {
        let holder = Holder()
        self.holder = holder
        // Held here, and cancelled with the feed.
        opening = Task {
            let channel = try await open().channel
            holder.keep(channel)
            let line = try WireRequest.follow(id: Self.id, request, asLines: false).line()
            do { try await channel.write(line) } catch { throw HostClient.lost }
            return channel
        }
    }

    deinit {
        opening.cancel()
        holder.drop()
    }

    /// The next update; nil when the host, the connection or the follow has ended.
    func next() async throws -> EngineUpdate? {
        // Whoever stops following does not wait for a host that may never come.
        let channel = try await withTaskCancellationHandler {
            try await opening.value
        } onCancel: {
            opening.cancel()
        }
        while case .line(let line) = await channel.next() {
            let envelope = try JSONText.decode(WireEnvelope.self, from: line)
            if let event = envelope.event { return .event(event) }
            if let host = envelope.host { return .host(host) }
            if let live = envelope.live { return .live(live) }
            if let failure = envelope.error { throw failure.fault }
            if envelope.end == true { break }
        }
        channel.close()
        return nil
    }
}
