/// Which rows of a longer list are in view.
public struct Scroll: Hashable, Sendable {
    /// The first row in view.
    public var offset: Int

    /// From a row on.
    public init(offset: Int = 0) { self.offset = offset }

    /// Moves as little as needed to have the row in view, with a margin where there is room.
    public mutating func reveal(_ row: Int, count: Int, height: Int, margin: Int = 0) {
        guard height > 0 else { return }
        let margin = min(margin, (height - 1) / 2)
        offset = min(offset, row - margin)
        offset = max(offset, row + margin - height + 1)
        clamp(count: count, height: height)
    }

    /// Moves by rows, up when negative.
    public mutating func move(by rows: Int, count: Int, height: Int) {
        offset += rows
        clamp(count: count, height: height)
    }

    /// Stays within the list: never past the last screenful.
    public mutating func clamp(count: Int, height: Int) { offset = max(0, min(offset, count - height)) }

    /// Whether the last row is in view.
    public func isAtEnd(count: Int, height: Int) -> Bool { offset + height >= count }

    /// The rows in view.
    public func visible(count: Int, height: Int) -> Range<Int> {
        let first = max(0, min(offset, count))
        return first..<min(count, first + max(0, height))
    }

    /// How far down the view is, for a title: `Top`, `Bot`, `All` or a percentage.
    public func position(count: Int, height: Int) -> String {
        if count <= height { return "All" }
        if offset <= 0 { return "Top" }
        if isAtEnd(count: count, height: height) { return "Bot" }
        return "\(offset * 100 / (count - height))%"
    }
}
