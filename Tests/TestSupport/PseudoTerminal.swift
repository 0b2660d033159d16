import AgentOSCore
import CPty
import Glibc
import Synchronization

/// A program on a pseudo-terminal, with an emulator that shows what a person would see.
///
/// A thread of its own reads what the program writes and answers its questions, so waiting blocks no task.
public final class PseudoTerminal: Sendable {
    private struct Waiter {
        let id: Int
        let deadline: ContinuousClock.Instant
        let wanted: @Sendable (VirtualTerminal, Int32?) -> Bool
        let continuation: CheckedContinuation<VirtualTerminal, any Error>
    }

    private struct State {
        var terminal: VirtualTerminal
        var received = 0
        var isReading = true
        var isHungUp = false
        var status: Int32?
        var waiters: [Waiter] = []
        var nextWaiter = 0
    }

    /// The program's process.
    public let processID: Int32
    private let master: Int32
    private let state: Mutex<State>

    /// Starts a program.
    ///
    /// The environment is exactly the one given, with `TERM=xterm-256color`, `LANG=C.UTF-8` and a plain `PATH` unless
    /// it says otherwise. End the program, or `signal` it, before the test ends.
    public init(
        _ path: String, _ arguments: [String] = [], environment: [String: String] = [:], columns: Int = 80,
        rows: Int = 24, hasSynchronizedUpdates: Bool = true
    ) throws {
        let merged = ["TERM": "xterm-256color", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"].merging(
            environment
        ) { $1 }
        var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = merged.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var master: Int32 = -1
        processID = cpty_spawn(path, &argv, &envp, UInt16(rows), UInt16(columns), &master)
        self.master = master
        var terminal = VirtualTerminal(columns: columns, rows: rows)
        terminal.hasSynchronizedUpdates = hasSynchronizedUpdates
        state = Mutex(State(terminal: terminal))
        guard processID > 0 else { throw Fault.failed("cannot start \(path): errno \(errno)") }
        // Another program started meanwhile must not keep this terminal alive.
        _ = fcntl(master, F_SETFD, FD_CLOEXEC)
        let box = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let started = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<PseudoTerminal>.fromOpaque(argument).takeRetainedValue().read()
                return nil
            }, box.toOpaque())
        guard started == 0 else {
            box.release()
            throw Fault.failed("cannot start a thread")
        }
        pthread_detach(thread)
    }

    /// The screen as it is now.
    public var terminal: VirtualTerminal { state.withLock { $0.terminal } }
    /// The screen's text as it is now.
    public var text: String { terminal.text }
    /// How many bytes the program has written.
    public var bytesReceived: Int { state.withLock { $0.received } }

    /// Types, exactly these bytes.
    public func send(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
            guard written > 0 else { return }
            bytes = bytes.dropFirst(written)
        }
    }

    /// Changes the window's size; the program gets SIGWINCH.
    public func resize(columns: Int, rows: Int) {
        state.withLock { $0.terminal.resize(columns: columns, rows: rows) }
        _ = cpty_resize(master, UInt16(rows), UInt16(columns))
    }

    /// Sends a signal to the program.
    public func signal(_ number: Int32) { kill(processID, number) }

    /// Stops or goes on reading: a link that stalls.
    public func setReading(_ on: Bool) { state.withLock { $0.isReading = on } }

    /// Closes the terminal under the program, as a lost connection does.
    public func hangUp() { state.withLock { $0.isHungUp = true } }

    /// The terminal's modes as the program left them.
    public var attributes: termios {
        var value = termios()
        tcgetattr(master, &value)
        return value
    }

    /// Whether lines are edited and echoed by the terminal, as a shell expects.
    public var isCooked: Bool {
        let wanted = tcflag_t(ICANON | ECHO | ISIG)
        return attributes.c_lflag & wanted == wanted
    }

    /// Waits until the screen shows a text; throws with the screen when the program ends or 30 s pass without it.
    @discardableResult
    public func wait(for text: String) async throws -> VirtualTerminal {
        try await wait { terminal in terminal.text.contains(text) }
    }

    /// Waits until the screen is as wanted.
    @discardableResult
    public func wait(until wanted: @escaping @Sendable (VirtualTerminal) -> Bool) async throws
        -> VirtualTerminal
    {
        try await wait { terminal, _ in wanted(terminal) }
    }

    /// Waits until the program has ended: its exit code, or the signal that killed it as a negative number.
    public func exitStatus() async throws -> Int32 {
        _ = try await wait { _, status in status != nil }
        return state.withLock { $0.status ?? 0 }
    }

    private func wait(_ wanted: @escaping @Sendable (VirtualTerminal, Int32?) -> Bool) async throws
        -> VirtualTerminal
    {
        try await withCheckedThrowingContinuation { continuation in
            let found: VirtualTerminal? = state.withLock { state in
                if wanted(state.terminal, state.status) { return state.terminal }
                state.nextWaiter += 1
                let deadline = ContinuousClock.now.advanced(by: .seconds(240))
                state.waiters.append(
                    Waiter(
                        id: state.nextWaiter, deadline: deadline, wanted: wanted, continuation: continuation))
                return nil
            }
            if let found { continuation.resume(returning: found) }
        }
    }

    /// The reading thread: until the program has ended and everything it wrote is read.
    private func read() {
        var buffer = [UInt8](repeating: 0, count: 65536)
        var isOpen = true
        while true {
            let (isReading, isHungUp) = state.withLock { ($0.isReading, $0.isHungUp) }
            if isHungUp, isOpen {
                close(master)
                isOpen = false
            }
            var descriptor = pollfd(
                fd: isOpen ? master : -1, events: isReading ? Int16(POLLIN) : 0, revents: 0)
            poll(&descriptor, 1, 20)
            // A terminal that nobody has open any more is readable for ever and gives nothing.
            if descriptor.revents & Int16(POLLIN | POLLHUP) == Int16(POLLHUP) { usleep(5_000) }
            if isReading, descriptor.revents & Int16(POLLIN) != 0 {
                let count = Glibc.read(master, &buffer, buffer.count)
                if count > 0 {
                    answer(buffer.prefix(count))
                    settle()
                    continue
                }
            }
            var status: Int32 = 0
            if waitpid(processID, &status, WNOHANG) == processID {
                finish(status, isOpen: isOpen)
                return
            }
            settle()
        }
    }

    private func answer(_ bytes: ArraySlice<UInt8>) {
        let replies = state.withLock { state in
            state.received += bytes.count
            state.terminal.feed(bytes)
            return state.terminal.takeReplies()
        }
        if !replies.isEmpty { _ = replies.withUnsafeBytes { write(master, $0.baseAddress, $0.count) } }
    }

    private func finish(_ status: Int32, isOpen: Bool) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        _ = fcntl(master, F_SETFL, O_NONBLOCK)
        while isOpen {
            let count = Glibc.read(master, &buffer, buffer.count)
            guard count > 0 else { break }
            answer(buffer.prefix(count))
        }
        let killed = status & 0x7F
        state.withLock { $0.status = killed != 0 ? -killed : status >> 8 & 0xFF }
        settle()
    }

    /// Answers those who wait.
    private func settle() {
        let (ready, late, terminal) = state.withLock { state in
            let now = ContinuousClock.now
            let ready = state.waiters.filter { $0.wanted(state.terminal, state.status) }
            let late = state.waiters.filter { waiter in
                (state.status != nil || waiter.deadline < now) && !ready.contains { $0.id == waiter.id }
            }
            state.waiters.removeAll { waiter in (ready + late).contains { $0.id == waiter.id } }
            return (ready, late, state.terminal)
        }
        for waiter in ready { waiter.continuation.resume(returning: terminal) }
        for waiter in late {
            waiter.continuation.resume(
                throwing: Fault.failed("the screen never came; it shows:\n\(terminal.text)"))
        }
    }

    deinit { if !state.withLock({ $0.isHungUp }) { close(master) } }
}
