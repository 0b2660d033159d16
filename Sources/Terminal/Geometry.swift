/// A place on the grid; the upper left cell is (0, 0).
public struct Point: Hashable, Sendable {
    /// Columns from the left.
    public var x: Int
    /// Rows from the top.
    public var y: Int

    /// A place.
    public init(x: Int, y: Int) {
        self.x = x
        self.y = y
    }
}

/// The extent of a grid.
public struct Size: Hashable, Sendable, CustomStringConvertible {
    /// How many cells a row has.
    public var columns: Int
    /// How many rows there are.
    public var rows: Int

    /// An extent; negative numbers count as zero.
    public init(columns: Int, rows: Int) {
        self.columns = max(0, columns)
        self.rows = max(0, rows)
    }

    /// Reads `120x40`; nil unless both numbers lie between 1 and 1000.
    public init?(_ text: String) {
        let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let columns = parts[0], let rows = parts[1] else { return nil }
        guard (1...1000).contains(columns), (1...1000).contains(rows) else { return nil }
        self.init(columns: columns, rows: rows)
    }

    /// `120x40`.
    public var description: String { "\(columns)x\(rows)" }
}

/// A rectangle of cells; never of negative extent.
public struct Rect: Hashable, Sendable {
    /// The first column.
    public var x: Int
    /// The first row.
    public var y: Int
    /// How many columns.
    public var width: Int
    /// How many rows.
    public var height: Int

    /// A rectangle; negative extents count as zero.
    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = max(0, width)
        self.height = max(0, height)
    }

    /// The column after the last.
    public var maxX: Int { x + width }
    /// The row after the last.
    public var maxY: Int { y + height }
    /// Whether it holds no cell.
    public var isEmpty: Bool { width == 0 || height == 0 }

    /// Whether the place lies inside.
    public func contains(_ point: Point) -> Bool {
        point.x >= x && point.x < maxX && point.y >= y && point.y < maxY
    }

    /// What both have in common.
    public func intersection(_ other: Rect) -> Rect {
        let left = max(x, other.x)
        let top = max(y, other.y)
        return Rect(x: left, y: top, width: min(maxX, other.maxX) - left, height: min(maxY, other.maxY) - top)
    }

    /// Smaller by so many columns at either side and rows at top and bottom.
    public func inset(_ columns: Int, _ rows: Int) -> Rect {
        Rect(x: x + columns, y: y + rows, width: width - 2 * columns, height: height - 2 * rows)
    }

    /// One row of it, counted from its top; empty outside.
    public func row(_ index: Int) -> Rect {
        Rect(x: x, y: y + index, width: width, height: (0..<height).contains(index) ? 1 : 0)
    }

    /// Cuts rows off the top and returns them; takes what there is.
    public mutating func takeTop(_ rows: Int) -> Rect {
        let count = min(max(0, rows), height)
        let cut = Rect(x: x, y: y, width: width, height: count)
        self = Rect(x: x, y: y + count, width: width, height: height - count)
        return cut
    }

    /// Cuts rows off the bottom and returns them.
    public mutating func takeBottom(_ rows: Int) -> Rect {
        let count = min(max(0, rows), height)
        height -= count
        return Rect(x: x, y: maxY, width: width, height: count)
    }

    /// Cuts columns off the left and returns them.
    public mutating func takeLeft(_ columns: Int) -> Rect {
        let count = min(max(0, columns), width)
        let cut = Rect(x: x, y: y, width: count, height: height)
        self = Rect(x: x + count, y: y, width: width - count, height: height)
        return cut
    }

    /// Cuts columns off the right and returns them.
    public mutating func takeRight(_ columns: Int) -> Rect {
        let count = min(max(0, columns), width)
        width -= count
        return Rect(x: maxX, y: y, width: count, height: height)
    }

    /// A rectangle of at most this extent, in the middle.
    public func centred(width wanted: Int, height tall: Int) -> Rect {
        let columns = min(max(0, wanted), width)
        let rows = min(max(0, tall), height)
        return Rect(x: x + (width - columns) / 2, y: y + (height - rows) / 2, width: columns, height: rows)
    }
}
