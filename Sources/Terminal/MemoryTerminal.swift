import AgentOSCore
import Synchronization

/// A terminal without a screen: keeps the last frame, and gives events that a test sends.
public final class MemoryTerminal: Terminal {
    private struct Waiter {
        let id: UInt64
        let wanted: @Sendable (Frame) -> Bool
        let continuation: CheckedContinuation<Frame, Never>
    }

    private struct State {
        var size: Size
        var last: Frame?
        var statistics = TerminalStatistics()
        var titles: [SafeText] = []
        var bells = 0
        var isReleased = false
        var isSuspended = false
        var waiters: [Waiter] = []
        var nextWaiter: UInt64 = 0
    }

    /// What it pretends to be able to do.
    public let capabilities: TerminalCapabilities
    /// The events sent so far, for one reader.
    public let events = TerminalEvents()
    private let state: Mutex<State>

    /// An empty screen.
    public init(size: Size, capabilities: TerminalCapabilities? = nil) {
        self.capabilities =
            capabilities ?? TerminalCapabilities(colours: .direct, unicode: true, name: "memory")
        state = Mutex(State(size: size))
    }

    /// Its extent now.
    public var size: Size { get async { state.withLock { $0.size } } }
    /// What was drawn so far.
    public var statistics: TerminalStatistics { get async { state.withLock { $0.statistics } } }
    /// The last frame drawn.
    public var lastFrame: Frame? { state.withLock { $0.last } }
    /// Whether the program let go of it.
    public var isReleased: Bool { state.withLock { $0.isReleased } }
    /// Whether the program gave it back to the shell.
    public var isSuspended: Bool { state.withLock { $0.isSuspended } }
    /// How often the bell rang.
    public var bells: Int { state.withLock { $0.bells } }
    /// The window's name.
    public var title: SafeText? { state.withLock { $0.titles.last } }

    /// Sends an event, as a person or the system would.
    public func send(_ event: TerminalEvent) {
        if case .resize(let size) = event { state.withLock { $0.size = size } }
        events.yield(event)
    }

    /// Presses keys by the names that keymaps use; an unknown name is typed character by character.
    public func press(_ names: String...) {
        for name in names {
            if let stroke = KeyStroke(name) {
                send(.key(stroke))
            } else {
                for character in name { send(.key(.character(character))) }
            }
        }
    }

    /// The first frame, from the last one drawn on, that the test is after.
    public func frame(where wanted: @escaping @Sendable (Frame) -> Bool) async -> Frame {
        await withCheckedContinuation { continuation in
            let found: Frame? = state.withLock { state in
                if let last = state.last, wanted(last) { return last }
                state.nextWaiter += 1
                let id = state.nextWaiter
                state.waiters.append(Waiter(id: id, wanted: wanted, continuation: continuation))
                return nil
            }
            if let found { continuation.resume(returning: found) }
        }
    }

    /// The first frame that shows this text.
    public func frame(containing text: String) async -> Frame {
        await frame { FrameText.plain($0).contains(text) }
    }

    /// Keeps the frame and tells that it was shown.
    @discardableResult
    public func draw(_ frame: Frame) async -> FrameNumber {
        let (number, ready) = state.withLock { state -> (FrameNumber, [Waiter]) in
            state.statistics.framesAsked += 1
            let number = FrameNumber(UInt64(state.statistics.framesAsked))
            guard !state.isReleased else { return (number, []) }
            if state.last != frame { state.statistics.framesWritten += 1 }
            state.last = frame
            let ready = state.waiters.filter { $0.wanted(frame) }
            state.waiters.removeAll { waiter in ready.contains { $0.id == waiter.id } }
            return (number, ready)
        }
        for waiter in ready { waiter.continuation.resume(returning: frame) }
        events.yield(.shown(number))
        return number
    }

    /// Nothing to do: nobody else writes here.
    public func repaint() async {}
    /// Counts a bell.
    public func ring() async { state.withLock { $0.bells += 1 } }
    /// Keeps the title.
    public func setTitle(_ title: SafeText) async { state.withLock { $0.titles.append(title) } }

    /// Suspends and comes back at once.
    public func suspend() async {
        state.withLock { $0.isSuspended = true }
        events.yield(.resumed)
    }

    /// Ends the events.
    public func release() async {
        state.withLock { $0.isReleased = true }
        events.finish()
    }
}
