import AgentOSCore
import Terminal

/// The pane of the log.
public struct EventsPane: Hashable, Sendable {
    /// What is selected, by its place in the log.
    public internal(set) var place = ListPlace<Int64>()
    /// A glob over types.
    public internal(set) var filter = ""
    /// What is in memory, oldest first.
    public internal(set) var records: [EventRecord] = []
    /// Whether the selection goes along with what comes.
    public internal(set) var follows = true
    /// Whether the selected event is shown in full.
    public internal(set) var isOpen = false
    /// Whether anything was loaded yet.
    public internal(set) var isLoaded = false

    /// The most events held.
    static let capacity = 2000
    /// How many are asked for at once.
    static let page = 400

    /// The end of the log.
    public init() {}

    /// The type asked for: a text without a star is looked for anywhere.
    var type: String? { filter.isEmpty ? nil : filter.contains("*") ? filter : "*\(filter)*" }

    /// The wish for the end of the log.
    var load: Load { .events(after: nil, limit: Self.page, type: type) }

    /// The wish for what comes before the first event in memory; nil at the start, or where a filter hides how many
    /// places lie between two events.
    var loadEarlier: Load? {
        guard type == nil, let first = records.first?.seq, first > 1 else { return nil }
        let after = max(0, first - 1 - Int64(Self.page))
        return .events(after: after, limit: Int(first - 1 - after), type: nil)
    }

    /// Adds events that are not there yet, keeping the order of the log.
    mutating func add(_ more: [EventRecord], height: Int) {
        isLoaded = true
        let known = Set(records.map(\.seq))
        let fresh = more.filter { !known.contains($0.seq) }
        guard !fresh.isEmpty else { return settle(height) }
        if let last = records.last?.seq, let first = fresh.first?.seq, first > last {
            records += fresh
        } else {
            records = (records + fresh).sorted { $0.seq < $1.seq }
        }
        if records.count > Self.capacity {
            // While the person reads further up, what they read stays; the end can be loaded again.
            if follows {
                records.removeFirst(records.count - Self.capacity)
            } else {
                records.removeLast(records.count - Self.capacity)
            }
        }
        settle(height)
    }

    /// Goes to a row.
    mutating func move(to row: Int, height: Int) -> [ConsoleEffect] {
        let records = records
        place.move(to: row, count: records.count, height: height) {
            records.indices.contains($0) ? records[$0].seq : nil
        }
        follows = place.index >= records.count - 1
        if row < 20, let earlier = loadEarlier { return [.load(earlier)] }
        return []
    }

    private mutating func settle(_ height: Int) {
        let records = records
        let ids = { (row: Int) in records.indices.contains(row) ? records[row].seq : nil }
        if follows {
            place.move(to: records.count - 1, count: records.count, height: height, ids: ids)
        } else {
            place.settle(
                count: records.count, height: height,
                find: { seq in
                    let row = records.partitioningIndex { $0.seq >= seq }
                    return row < records.count && records[row].seq == seq ? row : nil
                }, ids: ids)
        }
    }
}

extension Array {
    /// The first index from which on the condition holds, in an array ordered by it.
    func partitioningIndex(_ holds: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
