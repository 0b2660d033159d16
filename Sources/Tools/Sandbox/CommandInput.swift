import Dispatch
import Glibc
import Synchronization

/// What a command that is listened to is told on its standard input, in the order of its writing.
///
/// Writing waits for nobody: a command that reads slowly has what it was told kept for it, up to a limit.
public final class CommandInput: Sendable {
    /// The most bytes that wait to be read.
    public static let limit = 64 << 20

    private struct State {
        var waiting: [[UInt8]] = []
        var bytes = 0
        var isClosed = false
    }
    private let state = Mutex(State())
    private let word = DispatchSemaphore(value: 0)

    /// An empty input.
    public init() {}

    /// Adds bytes; false where the command has ended, or has left too much unread.
    public func write(_ bytes: [UInt8]) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isClosed, state.bytes + bytes.count <= Self.limit else { return false }
            state.waiting.append(bytes)
            state.bytes += bytes.count
            return true
        }
        if isTaken { word.signal() }
        return isTaken
    }

    /// Ends it: the command reads what was written, and then the end of its input.
    public func close() {
        state.withLock { $0.isClosed = true }
        word.signal()
    }

    /// Hands everything to the command until it is closed or nobody reads any more; blocks, and closes the descriptor.
    ///
    /// Signals are blocked on the threads on which this runs, so that a broken pipe is an error and no signal.
    func pour(into sink: Int32) {
        defer {
            _ = Glibc.close(sink)
            state.withLock { $0 = State(isClosed: true) }
        }
        while true {
            word.wait()
            let (next, isOver) = state.withLock { state in
                (state.waiting.isEmpty ? nil : state.waiting.removeFirst(), state.isClosed)
            }
            guard let next else {
                if isOver { return }
                continue
            }
            guard Self.writeAll(next, to: sink) else { return }
            state.withLock { $0.bytes -= next.count }
        }
    }

    private static func writeAll(_ bytes: [UInt8], to sink: Int32) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                buffer.baseAddress.map { Glibc.write(sink, $0 + done, bytes.count - done) } ?? 0
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }
}
