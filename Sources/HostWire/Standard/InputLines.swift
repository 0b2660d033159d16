import AgentOSCore
import Glibc
import Synchronization

/// The lines of a descriptor that may be anything: a pipe, a file, a terminal.
///
/// A thread of its own waits for them, since reading a file or a terminal can block and the pool has few threads.
/// It reads on only when the last lines were taken.
final class InputLines: Sendable {
    private struct State {
        var items: [LineSplitter.Item] = []
        var waiter: CheckedContinuation<LineSplitter.Item?, Never>?
        var hasEnded = false
    }

    private let descriptor: Int32
    private let wake: WakeUp
    private let state = Mutex(State())
    private let more = Gate()

    /// Starts to read.
    ///
    /// The descriptor stays the caller's and must stay open until `stop`.
    init(_ descriptor: Int32) throws(Fault) {
        self.descriptor = descriptor
        wake = try WakeUp()
        guard Threads.start({ self.read() }) else {
            throw .failed("cannot start a thread", hint: "see ulimit -u")
        }
    }

    /// The next line; nil at the end or after `stop`.
    ///
    /// One caller at a time.
    func next() async -> LineSplitter.Item? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let item: LineSplitter.Item?? = state.withLock { state in
                    if !state.items.isEmpty { return .some(state.items.removeFirst()) }
                    if state.hasEnded || Task.isCancelled { return .some(nil) }
                    state.waiter = continuation
                    return .none
                }
                if let item { continuation.resume(returning: item) } else { more.open() }
            }
        } onCancel: {
            stop()
        }
    }

    /// Ends the reading; what was read and not taken is dropped.
    func stop() {
        end(dropping: true)
        more.open()
        wake.signal()
    }

    private func end(dropping: Bool) {
        let waiter = state.withLock { state in
            state.hasEnded = true
            if dropping { state.items.removeAll() }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: nil)
    }

    private func deliver(_ items: [LineSplitter.Item]) {
        let handed = state.withLock {
            state -> (CheckedContinuation<LineSplitter.Item?, Never>, LineSplitter.Item)? in
            guard !state.hasEnded else { return nil }
            state.items.append(contentsOf: items)
            guard let waiter = state.waiter, !state.items.isEmpty else { return nil }
            state.waiter = nil
            return (waiter, state.items.removeFirst())
        }
        handed?.0.resume(returning: handed?.1)
    }

    /// The thread: until the end of the descriptor or `stop`.
    private func read() {
        var splitter = LineSplitter(limit: WireProtocol.requestLimit)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !state.withLock({ $0.hasEnded }) {
            if state.withLock({ $0.waiter == nil }) {
                more.wait()
                continue
            }
            var waiting = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            if poll(&waiting, 2, -1) < 0 {
                if errno == EINTR { continue }
                break
            }
            guard waiting[1].revents == 0 else { break }
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { break }
            deliver(splitter.push(buffer[..<count]))
        }
        if let last = splitter.finish() { deliver([last]) }
        end(dropping: false)
    }
}
