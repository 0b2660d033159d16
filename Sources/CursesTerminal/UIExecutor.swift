import AgentOSCore
import CNcurses
import Glibc
import Synchronization
import Terminal

/// The actor of the terminal. Its work runs on the thread that called `UIActor.run`, the main thread.
@globalActor public actor UIActor {
    /// The actor.
    public static let shared = UIActor()
    /// What runs its work.
    public static let executor = UIExecutor()

    /// Runs on the loop.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { Self.executor.asUnownedSerialExecutor() }

    /// Serves the terminal, the signals and this actor on the calling thread until the program has ended.
    ///
    /// Returns what the program returned; an open terminal is released first. To be called once, by the main thread.
    public nonisolated static func run(_ program: @escaping @Sendable () async -> Int32) -> Int32 {
        executor.run(program)
    }
}

/// One thread that waits for keys, signals and work, all in one poll without a time limit: idle, it never wakes.
public final class UIExecutor: SerialExecutor, @unchecked Sendable {
    private struct State {
        var jobs: [UnownedJob] = []
        var result: Int32?
        /// The thread that runs the loop.
        var loop: pthread_t?
    }

    private let wake = cn_wake_make()
    private let state = Mutex(State())
    // Touched only by the thread of the loop.
    /// Whether the terminal went away and nobody has let go of it since.
    private var isLost = false
    private var open: (screen: Screen, sink: TerminalEvents)?
    private var wakeUps = 0
    private var lastStatistics = TerminalStatistics()

    /// Takes work from any thread.
    public func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        let mustWake = state.withLock { state in
            state.jobs.append(unowned)
            // The loop's own thread looks for work before it waits.
            guard let loop = state.loop else { return state.jobs.count == 1 }
            return state.jobs.count == 1 && pthread_equal(loop, pthread_self()) == 0
        }
        if mustWake { cn_wake_signal(wake) }
    }

    /// This executor.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    func run(_ program: @escaping @Sendable () async -> Int32) -> Int32 {
        state.withLock { $0.loop = pthread_self() }
        defer { state.withLock { $0.loop = nil } }
        let task = Task {
            let result = await program()
            self.state.withLock { $0.result = result }
            cn_wake_signal(self.wake)
        }
        defer { task.cancel() }
        while true {
            runJobs()
            if let result = state.withLock({ $0.jobs.isEmpty ? $0.result : nil }) {
                detach()
                return result
            }
            step()
        }
    }

    /// The screen that the loop serves from now on.
    func attach(_ screen: Screen, _ sink: TerminalEvents) { open = (screen, sink) }

    /// Closes the screen, if there is one; true when the terminal behind it went away by itself.
    @discardableResult
    func detach() -> Bool {
        guard let (screen, sink) = open else { return false }
        open = nil
        screen.close()
        lastStatistics = screen.statistics
        sink.finish()
        return screen.isGone
    }

    /// Closes the screen; true when its terminal is gone, also if that was noticed before.
    func letGo() -> Bool {
        defer { isLost = false }
        return detach() || isLost
    }

    /// The screen that is open.
    var screen: Screen? { open?.screen }

    /// What drawing has cost on the screen that is open, or on the last one.
    var statistics: TerminalStatistics {
        var statistics = open?.screen.statistics ?? lastStatistics
        statistics.wakeUps = wakeUps
        return statistics
    }

    private func runJobs() {
        while true {
            let jobs = state.withLock { state in
                defer { state.jobs = [] }
                return state.jobs
            }
            if jobs.isEmpty { return }
            for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
        }
    }

    private func step() {
        let signals = ProcessSignals.descriptor
        let (input, output) = open.map(\.screen.descriptors) ?? (-1, nil)
        var polled = [
            pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
            pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
            pollfd(fd: input, events: Int16(POLLIN), revents: 0),
            pollfd(fd: output ?? -1, events: Int16(POLLOUT), revents: 0),
        ]
        poll(&polled, nfds_t(polled.count), timeout)
        wakeUps += 1
        if polled[0].revents != 0 { cn_wake_clear(wake) }
        if polled[1].revents != 0 { handleSignals() }
        if polled[2].revents != 0 { deliver(open?.screen.receive(at: .now) ?? []) }
        runJobs()
        deliver(open?.screen.advance(at: .now) ?? [])
    }

    /// Milliseconds until something is due, rounded up; -1 for ever.
    private var timeout: Int32 {
        guard let deadline = open?.screen.deadline else { return -1 }
        let parts = ContinuousClock.now.duration(to: deadline).components
        let milliseconds =
            parts.seconds * 1000 + (parts.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int32(max(0, min(milliseconds, 60_000)))
    }

    private func deliver(_ events: [TerminalEvent]) {
        guard let (screen, sink) = open else { return }
        for event in events {
            if event == .key(.control("z")) {
                suspend(screen, sink)
            } else {
                sink.yield(event)
            }
        }
        if screen.isGone {
            open = nil
            lastStatistics = screen.statistics
            isLost = true
            sink.finish()
        }
    }

    /// Gives the terminal back, stops, and takes it again once continued.
    func suspend() {
        if let (screen, sink) = open { suspend(screen, sink) }
    }

    private func suspend(_ screen: Screen, _ sink: TerminalEvents) {
        screen.suspend()
        cn_stop_group()
        for event in screen.resume(at: .now) { sink.yield(event) }
    }

    private func handleSignals() {
        let bits = cn_signals_take()
        func has(_ bit: Int) -> Bool { bits & UInt32(bit) != 0 }
        for (bit, termination) in ProcessSignals.endings where has(bit) {
            ProcessSignals.sink.yield(termination)
            open?.sink.yield(.terminate(termination))
        }
        guard let (screen, sink) = open else { return }
        if has(CN_STOP) {
            suspend(screen, sink)
        } else if has(CN_CONTINUED) {
            deliver(screen.resume(at: .now))
        }
        if has(CN_RESIZED) { deliver(screen.updateSize(at: .now)) }
    }
}
