import AgentOSCore
import Glibc

/// The lines of a descriptor, read on only when the last ones were taken.
final class InputLines: Sendable {
    private let descriptor: Int32
    private let thread: PolledThread
    private let inbox = LineInbox()

    /// Starts to read.
    ///
    /// The descriptor stays the caller's and must stay open until `stop`.
    init(_ descriptor: Int32) throws(Fault) {
        self.descriptor = descriptor
        thread = try PolledThread(descriptor, .reading)
        try thread.start { self.read() }
    }

    /// The next line; nil at the end or after `stop`.
    ///
    /// One caller at a time.
    func next() async -> LineSplitter.Item? {
        await withTaskCancellationHandler {
            await inbox.next { thread.call() }
        } onCancel: {
            stop()
        }
    }

    /// Ends the reading; what was read and not taken is dropped.
    func stop() {
        inbox.end(dropping: true)
        thread.stop()
    }

    /// The thread: until the end of the descriptor or `stop`.
    private func read() {
        var splitter = LineSplitter(limit: WireProtocol.requestLimit)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !inbox.hasEnded {
            guard inbox.isAwaited else {
                thread.waitForCall()
                continue
            }
            guard thread.isReady() else { break }
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { break }
            inbox.deliver(splitter.push(buffer[..<count]))
        }
        if let last = splitter.finish() { inbox.deliver([last]) }
        inbox.end(dropping: false)
    }
}
