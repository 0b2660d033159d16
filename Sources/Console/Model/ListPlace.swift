import Terminal

/// Where a list stands: what is selected, by id, and which rows are in view.
public struct ListPlace<ID: Hashable & Sendable>: Hashable, Sendable {
    /// What is selected; nil in an empty list.
    public internal(set) var id: ID?
    /// Its row.
    public internal(set) var index = 0
    /// Which rows are in view.
    public internal(set) var scroll = Scroll()

    init(id: ID? = nil) { self.id = id }

    /// Goes to a row; `ids` tells what is there, as far as it is known.
    mutating func move(to row: Int, count: Int, height: Int, ids: (Int) -> ID?) {
        index = max(0, min(row, count - 1))
        id = count > 0 ? ids(index) ?? nil : nil
        scroll.reveal(index, count: count, height: height, margin: 1)
    }

    /// After the list has changed: the selection stays with its id, or stays where it was when the id is gone.
    mutating func settle(count: Int, height: Int, find: (ID) -> Int?, ids: (Int) -> ID?) {
        if let id, let row = find(id) {
            // What is selected keeps its place on the screen while rows come and go above it.
            scroll.offset += row - index
            index = row
            scroll.clamp(count: count, height: height)
            scroll.reveal(index, count: count, height: height)
        } else {
            move(to: index, count: count, height: height, ids: ids)
        }
    }
}

/// An end of a list.
enum ListEnd {
    case first, last
}

/// The part of a long list that is in memory.
public struct RowWindow<Row: Hashable & Sendable>: Hashable, Sendable {
    /// How many rows the list has in all; nil before it is known.
    public internal(set) var total: Int?
    /// The row that `rows` begins with.
    public internal(set) var offset = 0
    /// The rows that are known.
    public internal(set) var rows: [Row] = []

    /// The most rows that are held, and asked for at once.
    public static var capacity: Int { 200 }

    init() {}

    /// The row, where it is known.
    public subscript(index: Int) -> Row? {
        rows.indices.contains(index - offset) ? rows[index - offset] : nil
    }

    /// Where to load from when these rows are looked at; nil when they are there with some room to move.
    func missing(around visible: Range<Int>) -> Int? {
        guard let total else { return 0 }
        let margin = min(20, Self.capacity / 4)
        let first = max(0, visible.lowerBound - margin)
        let last = min(total, visible.upperBound + margin)
        if first >= offset, last <= offset + rows.count { return nil }
        return max(0, min((first + last - Self.capacity) / 2, total - Self.capacity))
    }
}
