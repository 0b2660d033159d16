import AgentOSCore
import NIOCore
import NIOPosix
import Synchronization

extension LineChannel {
    /// Takes over a socket that is connected; it is the channel's from here on.
    static func connected(_ socket: Int32) async throws -> LineChannel {
        let made = Mutex<LineChannel?>(nil)
        _ = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let lines = try LineChannel(channel, limit: WireProtocol.answerLimit)
                    made.withLock { $0 = lines }
                }
            }
            .withConnectedSocket(socket).get()
        guard let lines = made.withLock({ $0 }) else { throw HostClient.lost }
        return lines
    }
}
