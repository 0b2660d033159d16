/// Lets one caller at a time through, in the order of their asking; for an actor's own use.
struct AsyncLock {
    private var isHeld = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Takes the lock when it is free; otherwise the caller enqueues itself and suspends.
    mutating func tryTake() -> Bool {
        guard !isHeld else { return false }
        isHeld = true
        return true
    }

    /// Adds a suspended caller.
    mutating func enqueue(_ continuation: CheckedContinuation<Void, Never>) { waiting.append(continuation) }

    /// Hands the lock to the next caller, or frees it.
    mutating func release() {
        if waiting.isEmpty {
            isHeld = false
        } else {
            waiting.removeFirst().resume()
        }
    }
}
