import AgentOSCore
import Glibc

/// A thread for a descriptor that may be anything: a pipe, a file, a terminal.
///
/// Reading or writing one can block, and the pool of tasks has few threads. The thread sleeps until it is called, or
/// until the descriptor is ready, and it is stopped from anywhere.
final class PolledThread: Sendable {
    /// Which way the descriptor is used.
    enum Direction: Sendable {
        /// Bytes come.
        case reading
        /// Bytes go.
        case writing
    }

    private let descriptor: Int32
    private let direction: Direction
    private let wake: WakeUp
    private let calls = Gate()

    /// For a descriptor that stays the caller's and must stay open until `stop`.
    init(_ descriptor: Int32, _ direction: Direction) throws(Fault) {
        (self.descriptor, self.direction) = (descriptor, direction)
        wake = try WakeUp()
    }

    /// Starts the thread.
    func start(_ run: @escaping @Sendable () -> Void) throws(Fault) {
        guard Threads.start(run) else { throw .failed("cannot start a thread", hint: "see ulimit -u") }
    }

    /// Calls the thread; each call ends one wait.
    func call() { calls.open() }

    /// Waits for a call; only on the thread.
    func waitForCall() { calls.wait() }

    /// Ends every wait, now and later.
    func stop() {
        calls.open()
        wake.signal()
    }

    /// Waits until the descriptor is ready; false once stopped, or when it cannot be waited for.
    ///
    /// Only on the thread.
    func isReady() -> Bool {
        let events = Int16(direction == .reading ? POLLIN : POLLOUT)
        var waiting = [
            pollfd(fd: descriptor, events: events, revents: 0),
            pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&waiting, 2, -1) < 0 { guard errno == EINTR else { return false } }
        // What can still be written is written; what is read after a stop nobody takes.
        return direction == .reading ? waiting[1].revents == 0 : waiting[0].revents != 0
    }
}
