import AgentOSCore
import Glibc
import Synchronization

/// Writes lines to a descriptor, one after the other, so that a reader that stalls holds back who writes and nobody
/// else.
///
/// A reader that is gone is an error of the write, never a signal: the program ignores SIGPIPE.
final class OutputLines: Sendable {
    private struct Item {
        let bytes: [UInt8]
        let done: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var items: [Item] = []
        var hasEnded = false
    }

    private let descriptor: Int32
    private let thread: PolledThread
    private let state = Mutex(State())

    /// Starts to write.
    ///
    /// The descriptor stays the caller's and must stay open until `stop`.
    init(_ descriptor: Int32) throws(Fault) {
        self.descriptor = descriptor
        thread = try PolledThread(descriptor, .writing)
        try thread.start { self.run() }
    }

    /// Whether lines wait.
    var isCongested: Bool { state.withLock { $0.items.count > 1 } }

    /// Writes bytes; returns once the system has taken them all.
    func write(_ bytes: [UInt8]) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.items.append(Item(bytes: bytes, done: done)) }
                return state.hasEnded
            }
            if hasEnded { done.resume(throwing: Self.gone) } else { thread.call() }
        }
    }

    /// Writes no more; a write that the reader does not take fails.
    func stop() {
        end()
        thread.stop()
    }

    private static let gone = Fault.failed("nobody reads the output")

    private func end() {
        let items = state.withLock { state in
            state.hasEnded = true
            defer { state.items.removeAll() }
            return state.items
        }
        for item in items { item.done.resume(throwing: Self.gone) }
    }

    /// The thread: until `stop`, or until nobody reads.
    private func run() {
        while true {
            thread.waitForCall()
            let (item, hasEnded) = state.withLock { state -> (Item?, Bool) in
                (state.items.isEmpty ? nil : state.items.removeFirst(), state.hasEnded)
            }
            if let item {
                guard put(item.bytes[...]) else {
                    item.done.resume(throwing: Self.gone)
                    break
                }
                item.done.resume()
            } else if hasEnded {
                break
            }
        }
        end()
    }

    /// Whether all bytes were taken.
    private func put(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            guard thread.isReady() else { return false }
            // A pipe that polls as writable takes at least PIPE_BUF bytes without blocking.
            let count = rest.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, min($0.count, Int(PIPE_BUF)))
            }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
