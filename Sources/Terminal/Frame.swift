import AgentOSCore

/// A picture of the whole screen as a value: cells, and where the cursor is.
///
/// Only `SafeText` can be drawn (INV-8). Whatever lies outside is cut off; a wide character that does not fit
/// whole is left out, so a cell never holds half of one.
public struct Frame: Hashable, Sendable {
    /// Its extent.
    public let size: Size
    /// All cells, row after row.
    public private(set) var cells: [Cell]
    /// Where the cursor is shown; hidden when nil.
    public var cursor: Point?

    /// An empty frame.
    public init(size: Size, style: Style = .plain) {
        self.size = size
        cells = Array(repeating: .blank(style), count: size.columns * size.rows)
    }

    /// The whole of it.
    public var bounds: Rect { Rect(x: 0, y: 0, width: size.columns, height: size.rows) }

    /// The cell at a place; blank outside.
    public subscript(x: Int, y: Int) -> Cell {
        guard x >= 0, y >= 0, x < size.columns, y < size.rows else { return .blank() }
        return cells[y * size.columns + x]
    }

    /// The cells of a row that lies inside.
    public func row(_ y: Int) -> ArraySlice<Cell> { cells[(y * size.columns)..<((y + 1) * size.columns)] }

    /// Whether a row looks the same in another frame of this size.
    public func sameRow(_ y: Int, as other: Frame) -> Bool { row(y) == other.row(y) }

    /// Draws one line of text and returns how many columns it moved on, those cut off included.
    @discardableResult
    public mutating func draw(_ text: SafeText, at point: Point, style: Style = .plain, clip: Rect? = nil)
        -> Int
    {
        let area = (clip ?? bounds).intersection(bounds)
        guard point.y >= area.y, point.y < area.maxY else { return DisplayWidth.of(text.text) }
        var x = point.x
        var last: Int?
        for scalar in text.text.unicodeScalars {
            let drawn: Unicode.Scalar = scalar == "\n" ? " " : scalar
            if DisplayWidth.isDropped(drawn) { continue }
            let width = DisplayWidth.of(drawn)
            if width == 0 {
                if let last { cells[last].join(drawn) }
                continue
            }
            last = nil
            if x >= area.x, x + width <= area.maxX {
                last = point.y * size.columns + x
                put(Cell(drawn, width: UInt8(width), style: style), x: x, y: point.y)
            } else if x < area.maxX, x + width > area.x {
                put(.blank(style), x: max(x, area.x), y: point.y)
            }
            x += width
        }
        return x - point.x
    }

    /// Draws the line into the first row of the rectangle, cut with `…` where it is longer.
    @discardableResult
    public mutating func draw(
        _ line: StyledLine, in rect: Rect, align: Alignment = .leading, base: Style = .plain
    ) -> Int {
        guard !rect.isEmpty else { return 0 }
        let shown = line.truncated(to: rect.width)
        var x = rect.x
        switch align {
        case .leading: break
        case .centre: x += (rect.width - shown.width) / 2
        case .trailing: x += rect.width - shown.width
        }
        let start = x
        for span in shown.spans {
            x += draw(span.text, at: Point(x: x, y: rect.y), style: span.style.over(base), clip: rect)
        }
        return x - start
    }

    /// Draws a widget.
    public mutating func draw(_ widget: some Widget, in rect: Rect) { widget.draw(in: rect, of: &self) }

    /// Makes the rectangle blank.
    public mutating func fill(_ rect: Rect, style: Style = .plain) { fill(rect, with: .blank, style: style) }

    /// Repeats a glyph over the rectangle.
    public mutating func fill(_ rect: Rect, with glyph: Glyph, style: Style = .plain) {
        let area = rect.intersection(bounds)
        for y in area.y..<area.maxY {
            for x in area.x..<area.maxX { put(Cell(glyph.scalar, width: 1, style: style), x: x, y: y) }
        }
    }

    /// Puts one glyph.
    public mutating func put(_ glyph: Glyph, at point: Point, style: Style = .plain) {
        guard bounds.contains(point) else { return }
        put(Cell(glyph.scalar, width: 1, style: style), x: point.x, y: point.y)
    }

    /// Changes styles, not characters: a selection, a dimmed background.
    public mutating func restyle(_ rect: Rect, _ change: (Style) -> Style) {
        let area = rect.intersection(bounds)
        for y in area.y..<area.maxY {
            for index in (y * size.columns + area.x)..<(y * size.columns + area.maxX) {
                cells[index].style = change(cells[index].style)
            }
        }
    }

    /// The frame with every cell changed; how the drivers map colours and glyphs.
    public func mapCells(_ change: (Cell) -> Cell) -> Frame {
        var copy = self
        for index in copy.cells.indices { copy.cells[index] = change(cells[index]) }
        return copy
    }

    /// Writes a cell that lies inside and blanks what it cuts in half.
    private mutating func put(_ cell: Cell, x: Int, y: Int) {
        let index = y * size.columns + x
        let last = index + Int(cell.width) - 1
        if cells[index].width == 0, x > 0 { cells[index - 1] = .blank(cells[index - 1].style) }
        if x + Int(cell.width) < size.columns, cells[last + 1].width == 0 {
            cells[last + 1] = .blank(cells[last + 1].style)
        }
        cells[index] = cell
        if last > index { cells[last] = .continuation(cell.style) }
    }
}

/// Where a line stands in a wider rectangle.
public enum Alignment: Hashable, Sendable {
    /// At the left.
    case leading
    /// In the middle.
    case centre
    /// At the right: numbers.
    case trailing
}
