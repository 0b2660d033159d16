import AgentOSCore
import NIOCore

/// A socket as two directions of lines, read only as fast as somebody asks for the next line.
final class LineChannel: Sendable {
    private let channel: any Channel
    private let inbox = LineInbox()

    /// Puts itself at the end of a channel's pipeline; on the channel's event loop, before it is active.
    ///
    /// The channel must not read by itself.
    init(_ channel: any Channel, limit: Int) throws {
        self.channel = channel
        try channel.pipeline.syncOperations.addHandler(LineHandler(inbox, limit: limit))
    }

    /// The next line; nil at the end.
    ///
    /// One caller at a time.
    func next() async -> LineSplitter.Item? {
        await withTaskCancellationHandler {
            await inbox.next { channel.read() }
        } onCancel: {
            stopReading()
        }
    }

    /// From now on `next` gives nothing; what is written still goes out.
    func stopReading() { inbox.end(dropping: true) }

    /// Writes bytes; returns once the system has taken them.
    func write(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(channel.allocator.buffer(bytes: bytes)).get()
    }

    /// Writes bytes without waiting; the channel ends when they cannot be written.
    func send(_ bytes: [UInt8]) {
        channel.writeAndFlush(channel.allocator.buffer(bytes: bytes), promise: nil)
    }

    /// Whether the other side takes bytes more slowly than they are written.
    var isCongested: Bool { !channel.isWritable }

    /// Whether the channel still stands.
    var isOpen: Bool { channel.isActive }

    /// Ends the connection; what waits to be written fails.
    func close() {
        stopReading()
        channel.close(promise: nil)
    }

    /// Ends the connection when this time has passed, unless it has ended before.
    func close(after grace: Duration) {
        let channel = channel
        let nanoseconds =
            grace.components.seconds * 1_000_000_000 + grace.components.attoseconds / 1_000_000_000
        channel.eventLoop.scheduleTask(in: .nanoseconds(nanoseconds)) { channel.close(promise: nil) }
    }

    /// This channel as a port.
    var port: LinePort {
        LinePort(
            next: { await self.next() }, write: { try await self.write($0) },
            isCongested: { self.isCongested })
    }
}

/// Cuts what arrives into lines.
private final class LineHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let inbox: LineInbox
    private var splitter: LineSplitter

    init(_ inbox: LineInbox, limit: Int) {
        self.inbox = inbox
        splitter = LineSplitter(limit: limit)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        inbox.deliver(splitter.push(unwrapInboundIn(data).readableBytesView))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if inbox.isAwaited { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, case .inputClosed = event { finish() }
    }

    func channelInactive(context: ChannelHandlerContext) { finish() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func finish() {
        if let last = splitter.finish() { inbox.deliver([last]) }
        inbox.end(dropping: false)
    }
}
