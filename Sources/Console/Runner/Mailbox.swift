import AgentOSCore
import Synchronization
import Terminal

/// What the console's loop waits for.
enum Letter: Sendable {
    /// For the model.
    case message(ConsoleMessage)
    /// From the terminal, with the milliseconds of a clock that only runs forward.
    case terminal(TerminalEvent, at: Int64)
    /// The terminal tells nothing any more.
    case terminalEnded
    /// This deadline has come.
    case wake(ContinuousClock.Instant)
}

/// Where everything arrives; for one reader.
///
/// What an engine tells is taken together, so that a flood of events is one letter: the mailbox stays small
/// however slow its reader is.
final class Mailbox: Sendable {
    private struct State {
        var letters: [Letter] = []
        var news = EngineNews()
        var waiter: CheckedContinuation<Void, Never>?

        var isEmpty: Bool { letters.isEmpty && news.isEmpty }
        mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
            defer { waiter = nil }
            return waiter
        }
    }

    private let state = Mutex(State())

    /// Puts a letter in.
    func post(_ letter: Letter) {
        let waiter = state.withLock { state in
            state.letters.append(letter)
            return state.takeWaiter()
        }
        waiter?.resume()
    }

    /// Puts a message in.
    func post(_ message: ConsoleMessage) { post(.message(message)) }

    /// Adds to the news.
    func hear(_ update: EngineUpdate) {
        let waiter = state.withLock { state in
            state.news.add(update)
            return state.takeWaiter()
        }
        waiter?.resume()
    }

    /// Everything that has arrived, once there is anything; nothing when the task is cancelled.
    nonisolated(nonsending) func next() async -> [Letter] {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if !state.isEmpty || Task.isCancelled { return true }
                    state.waiter = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.takeWaiter() }?.resume()
        }
        return state.withLock { state in
            var letters = state.letters
            if !state.news.isEmpty { letters.append(.message(.news(state.news))) }
            state.letters = []
            state.news = EngineNews()
            return letters
        }
    }
}
