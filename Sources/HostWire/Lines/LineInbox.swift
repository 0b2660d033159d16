import Synchronization

/// Lines that have come and wait for the one who reads them.
final class LineInbox: Sendable {
    typealias Item = LineSplitter.Item

    private struct State {
        var items: [Item] = []
        var taken = 0
        var reader: CheckedContinuation<Item?, Never>?
        var hasEnded = false

        mutating func take() -> Item? {
            guard taken < items.count else {
                items.removeAll(keepingCapacity: true)
                taken = 0
                return nil
            }
            defer { taken += 1 }
            return items[taken]
        }
    }

    private let state = Mutex(State())

    /// Whether somebody waits for a line.
    var isAwaited: Bool { state.withLock { $0.reader != nil } }

    /// Whether nothing comes any more.
    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// The next line; nil at the end.
    ///
    /// One caller at a time. Where none is there, `ask` sees to it that more come.
    func next(ask: () -> Void) async -> Item? {
        await withCheckedContinuation { continuation in
            let (item, mustWait) = state.withLock { state -> (Item?, Bool) in
                if let item = state.take() { return (item, false) }
                guard !state.hasEnded else { return (nil, false) }
                state.reader = continuation
                return (nil, true)
            }
            if mustWait { ask() } else { continuation.resume(returning: item) }
        }
    }

    /// Takes lines in; after the end they are dropped.
    func deliver(_ items: [Item]) {
        let (reader, item) = state.withLock { state -> (CheckedContinuation<Item?, Never>?, Item?) in
            guard !state.hasEnded else { return (nil, nil) }
            state.items += items
            guard let reader = state.reader, let item = state.take() else { return (nil, nil) }
            state.reader = nil
            return (reader, item)
        }
        reader?.resume(returning: item)
    }

    /// Nothing comes any more; what has come is still given out, unless it is dropped.
    func end(dropping: Bool) {
        let reader = state.withLock { state in
            state.hasEnded = true
            if dropping { (state.items, state.taken) = ([], 0) }
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: nil)
    }
}
