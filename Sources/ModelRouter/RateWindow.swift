import AgentOSCore

/// So many requests or tokens in such a time: what was taken lately, oldest first.
struct RateWindow: Sendable {
    private struct Entry { var id: UInt64, at: Timestamp, amount: Int }

    let limit: RateLimit
    private var entries: [Entry] = []

    init(_ limit: RateLimit) { self.limit = limit }

    /// Milliseconds until so much can be taken; 0 for now, nil for never.
    mutating func wait(for amount: Int, now: Timestamp) -> Int64? {
        guard amount <= limit.count else { return nil }
        // A clock that was set back holds nobody up for longer than the limit says.
        if let last = entries.last, last.at > now {
            for index in entries.indices { entries[index].at = min(entries[index].at, now) }
        }
        entries.removeAll { now.since($0.at) >= limit.milliseconds }
        var free = limit.count - entries.reduce(0) { $0 + $1.amount }
        for entry in entries {
            if free >= amount { return 0 }
            free += entry.amount
            if free >= amount { return limit.milliseconds - now.since(entry.at) }
        }
        return 0
    }

    /// Takes so much.
    mutating func take(_ amount: Int, id: UInt64, now: Timestamp) {
        entries.append(Entry(id: id, at: now, amount: amount))
    }

    /// Puts what was really used in the place of what was estimated.
    mutating func correct(_ id: UInt64, to amount: Int) {
        guard let index = entries.lastIndex(where: { $0.id == id }) else { return }
        entries[index].amount = max(0, amount)
    }
}
