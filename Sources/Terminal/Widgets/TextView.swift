import AgentOSCore

/// Lines of text broken into rows of one width; made once, drawn at any offset.
public struct TextLayout: Hashable, Sendable {
    /// The rows, broken.
    public private(set) var rows: [StyledLine] = []
    /// For each row, the line it comes from.
    public private(set) var lineOfRow: [Int] = []
    /// The width that the rows were made for.
    public let width: Int
    /// Whether long lines go on in the next row; otherwise they are cut when drawn.
    public let wraps: Bool
    private var lineCount = 0

    /// Breaks the lines.
    public init(_ lines: [StyledLine] = [], width: Int, wraps: Bool = true) {
        self.width = width
        self.wraps = wraps
        append(lines)
    }

    /// Adds lines at the end; costs only what they cost.
    public mutating func append(_ lines: [StyledLine]) {
        for line in lines {
            let broken = wraps ? line.wrapped(to: width) : [line]
            rows += broken
            lineOfRow += Array(repeating: lineCount, count: broken.count)
            lineCount += 1
        }
    }

    /// The first row of a line, for jumping to it.
    public func firstRow(ofLine line: Int) -> Int? { lineOfRow.firstIndex(of: line) }
}

/// Text that is longer than its rectangle, from a row on.
public struct TextView: Widget {
    /// The rows.
    public var layout: TextLayout
    /// Which of them are in view.
    public var scroll: Scroll
    /// Columns that are scrolled out at the left; only where lines are not wrapped.
    public var column: Int
    /// The style under the lines.
    public var style: Style

    /// A part of a text.
    public init(_ layout: TextLayout, scroll: Scroll = Scroll(), column: Int = 0, style: Style = .plain) {
        self.layout = layout
        self.scroll = scroll
        self.column = column
        self.style = style
    }

    /// Draws the rows in view.
    public func draw(in rect: Rect, of frame: inout Frame) {
        if style != .plain { frame.fill(rect, style: style) }
        for (line, index) in scroll.visible(count: layout.rows.count, height: rect.height).enumerated() {
            let row = layout.rows[index]
            frame.draw(column > 0 ? row.dropping(column) : row, in: rect.row(line), base: style)
        }
    }
}
