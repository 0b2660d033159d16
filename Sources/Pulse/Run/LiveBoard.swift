import AgentOSCore
import Synchronization

/// The output so far of calls under way: signals, not events.
///
/// They may drop; who joins late gets the text so far.
public final class LiveBoard: Sendable {
    private struct Board {
        var texts: [SessionID: LiveText] = [:]
        var listeners: [Int: AsyncStream<LiveText>.Continuation] = [:]
        var nextListener = 0
    }
    /// The longest text that is kept and sent.
    static let limit = 8 * 1024
    private let board = Mutex(Board())
    private let redact: Redactor

    /// An empty board.
    public init(redact: Redactor) { self.redact = redact }

    /// Begins a call's text.
    func begin(_ session: SessionID, _ call: CallID, source: String) {
        board.withLock {
            $0.texts[session] = LiveText(sessionId: session, callId: call, source: source, text: "")
        }
    }

    /// Adds to the text of a session's call under way.
    func add(_ session: SessionID, _ more: String) {
        board.withLock { board in
            guard var live = board.texts[session] else { return }
            live.text = redact(live.text + more)
            if live.text.utf8.count > Self.limit { live.text = String(live.text.suffix(Self.limit / 2)) }
            board.texts[session] = live
            for listener in board.listeners.values { listener.yield(live) }
        }
    }

    /// Ends a call's text.
    func end(_ session: SessionID) { board.withLock { $0.texts[session] = nil } }

    /// What is written from now on, the texts so far first.
    ///
    /// A slow listener loses all but the newest 64.
    public func listen() -> AsyncStream<LiveText> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: LiveText.self, bufferingPolicy: .bufferingNewest(64))
        let number = board.withLock { board in
            board.nextListener += 1
            board.listeners[board.nextListener] = continuation
            for live in board.texts.values where !live.text.isEmpty { continuation.yield(live) }
            return board.nextListener
        }
        continuation.onTermination = { [weak self] _ in self?.board.withLock { $0.listeners[number] = nil } }
        return stream
    }
}
