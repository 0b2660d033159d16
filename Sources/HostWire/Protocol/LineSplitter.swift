/// Cuts a stream of bytes into lines, and says when one is longer than allowed.
public struct LineSplitter: Sendable {
    /// What was found.
    public enum Item: Hashable, Sendable {
        /// A line without its end; never empty.
        case line([UInt8])
        /// A line over the limit.
        ///
        /// Nothing follows it: what the rest of the stream means is unknown.
        case tooLong
    }

    private let limit: Int
    private var pending: [UInt8] = []
    private var isBroken = false

    /// Cuts lines of at most so many bytes.
    public init(limit: Int) { self.limit = limit }

    /// Takes the next bytes; returns the lines that they complete, without empty ones.
    public mutating func push(_ bytes: some Collection<UInt8>) -> [Item] {
        var items: [Item] = []
        var rest = bytes[...]
        while !isBroken, let end = rest.firstIndex(of: 0x0A) {
            pending.append(contentsOf: rest[..<end])
            rest = rest[rest.index(after: end)...]
            if let item = take() { items.append(item) }
        }
        guard !isBroken else { return items }
        pending.append(contentsOf: rest)
        // A carriage return may turn out to belong to the line's end.
        if pending.count > limit + (pending.last == 0x0D ? 1 : 0) {
            pending = []
            isBroken = true
            items.append(.tooLong)
        }
        return items
    }

    /// The line at the end of the stream that nothing ended.
    public mutating func finish() -> Item? { isBroken ? nil : take() }

    private mutating func take() -> Item? {
        defer { pending.removeAll(keepingCapacity: pending.count <= 65_536) }
        if pending.last == 0x0D { pending.removeLast() }
        guard !pending.isEmpty else { return nil }
        guard pending.count <= limit else {
            isBroken = true
            return .tooLong
        }
        return .line(pending)
    }
}
