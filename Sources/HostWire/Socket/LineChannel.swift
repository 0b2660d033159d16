import AgentOSCore
import NIOCore
import Synchronization

/// A socket as two directions of lines, read only as fast as somebody asks for the next line.
final class LineChannel: Sendable {
    private struct State {
        var lines: [LineSplitter.Item] = []
        var taken = 0
        var waiter: CheckedContinuation<LineSplitter.Item?, Never>?
        var hasEnded = false
        var isStopped = false
    }

    private let channel: any Channel
    private let state = Mutex(State())

    /// Puts itself at the end of a channel's pipeline; on the channel's event loop, before it is active.
    ///
    /// The channel must not read by itself.
    init(_ channel: any Channel, limit: Int) throws {
        self.channel = channel
        try channel.pipeline.syncOperations.addHandler(LineHandler(self, limit: limit))
    }

    /// The next line; nil at the end.
    ///
    /// One caller at a time.
    func next() async -> LineSplitter.Item? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (item, mustWait) = state.withLock { state -> (LineSplitter.Item?, Bool) in
                    if state.isStopped { return (nil, false) }
                    if state.taken < state.lines.count {
                        defer { state.taken += 1 }
                        return (state.lines[state.taken], false)
                    }
                    state.lines.removeAll(keepingCapacity: true)
                    state.taken = 0
                    if state.hasEnded { return (nil, false) }
                    state.waiter = continuation
                    return (nil, true)
                }
                if mustWait { channel.read() } else { continuation.resume(returning: item) }
            }
        } onCancel: {
            stopReading()
        }
    }

    /// From now on `next` gives nothing; what is written still goes out.
    func stopReading() {
        let waiter = state.withLock { state in
            state.isStopped = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: nil)
    }

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

    fileprivate var wantsMore: Bool { state.withLock { $0.waiter != nil } }

    fileprivate func deliver(_ items: [LineSplitter.Item]) {
        guard !items.isEmpty else { return }
        let handed = state.withLock {
            state -> (CheckedContinuation<LineSplitter.Item?, Never>, LineSplitter.Item)? in
            state.lines.append(contentsOf: items)
            guard let waiter = state.waiter else { return nil }
            state.waiter = nil
            defer { state.taken += 1 }
            return (waiter, state.lines[state.taken])
        }
        handed?.0.resume(returning: handed?.1)
    }

    fileprivate func end() {
        let waiter = state.withLock { state in
            state.hasEnded = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: nil)
    }
}

/// Cuts what arrives into lines.
private final class LineHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let lines: LineChannel
    private var splitter: LineSplitter

    init(_ lines: LineChannel, limit: Int) {
        self.lines = lines
        splitter = LineSplitter(limit: limit)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lines.deliver(splitter.push(unwrapInboundIn(data).readableBytesView))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if lines.wantsMore { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, case .inputClosed = event { finish() }
    }

    func channelInactive(context: ChannelHandlerContext) { finish() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func finish() {
        if let last = splitter.finish() { lines.deliver([last]) }
        lines.end()
    }
}
