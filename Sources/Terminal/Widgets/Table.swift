import AgentOSCore

/// A column of a table.
public struct Column: Hashable, Sendable {
    /// How wide a column is.
    public enum Width: Hashable, Sendable {
        /// So many columns.
        case fixed(Int)
        /// At least `min`, at most `max` if there is one; what is left over is shared by weight.
        case flexible(min: Int, max: Int? = nil, weight: Int = 1)

        var least: Int {
            switch self {
            case .fixed(let columns): return columns
            case .flexible(let min, _, _): return min
            }
        }
    }

    /// Its heading.
    public var title: SafeText
    /// How wide it is.
    public var width: Width
    /// Where its text stands.
    public var align: Alignment
    /// Which end of a long text is given up.
    public var cut: StyledLine.Cut
    /// On a narrow screen columns are dropped from the highest number down; 0 always stays.
    public var dropOrder: Int

    /// A column.
    public init(
        _ title: SafeText, _ width: Width, align: Alignment = .leading, cut: StyledLine.Cut = .end,
        dropOrder: Int = 0
    ) {
        self.title = title
        self.width = width
        self.align = align
        self.cut = cut
        self.dropOrder = dropOrder
    }
}

/// Where a column of a table stands.
public struct ColumnPlace: Hashable, Sendable {
    /// Which column.
    public let index: Int
    /// Its first column of the grid, from the left edge of the table.
    public let x: Int
    /// How wide it is here.
    public let width: Int
}

/// A list of rows in columns, with a heading, a selected row and a part in view.
///
/// Rows are asked for only where they are in view, so a list of 10,000 costs what its screenful costs.
public struct Table: Widget {
    /// The colours of a table.
    public struct Look: Hashable, Sendable {
        /// The heading.
        public var header: Style
        /// Rows.
        public var row: Style
        /// On top of the selected row.
        public var selected: Style
        /// How many of the columns shown the bar covers; nil for the whole row.
        ///
        /// A bar that covers what names the row is as plain to see as a long one, leaves a state its colour, and costs
        /// a fraction of the bytes when it moves.
        public var barColumns: Int?

        /// A look; by default one that needs no colour.
        public init(
            header: Style = Style(.default, on: .default, .bold), row: Style = .plain,
            selected: Style = Style(.default, on: .default, .reverse), barColumns: Int? = nil
        ) {
            self.header = header
            self.row = row
            self.selected = selected
            self.barColumns = barColumns
        }
    }

    /// The columns, from left to right.
    public var columns: [Column]
    /// How many rows there are.
    public var count: Int
    /// The selected row.
    public var selection: Int?
    /// Which rows are in view.
    public var scroll: Scroll
    /// Whether the headings are drawn.
    public var showsHeader: Bool
    /// Columns between two columns.
    public var gap: Int
    /// Its colours.
    public var look: Look
    private let row: (Int) -> [StyledLine]

    /// A table; `row` gives the texts of a row, one for each column.
    public init(
        columns: [Column], count: Int, selection: Int? = nil, scroll: Scroll = Scroll(),
        showsHeader: Bool = true,
        gap: Int = 1, look: Look = Look(), row: @escaping (Int) -> [StyledLine]
    ) {
        self.columns = columns
        self.count = count
        self.selection = selection
        self.scroll = scroll
        self.showsHeader = showsHeader
        self.gap = gap
        self.look = look
        self.row = row
    }

    /// Draws headings, rows in view and the selection bar.
    public func draw(in rect: Rect, of frame: inout Frame) {
        var body = rect
        // The first column of the grid is the marker of the selected row: colour alone would not do.
        let places = Self.layout(columns, width: rect.width - 1, gap: gap)
        if showsHeader {
            let header = body.takeTop(1)
            frame.fill(header, style: look.header)
            for place in places {
                let column = columns[place.index]
                frame.draw(
                    StyledLine(column.title, look.header), in: cell(place, header), align: column.align,
                    base: look.header)
            }
        }
        for (line, index) in scroll.visible(count: count, height: body.height).enumerated() {
            draw(row: index, in: body.row(line), places: places, of: &frame)
        }
    }

    private func draw(row index: Int, in line: Rect, places: [ColumnPlace], of frame: inout Frame) {
        let isSelected = index == selection
        let bar = isSelected ? look.selected.over(look.row) : look.row
        let barWidth =
            look.barColumns.flatMap { $0 < places.count ? places[$0].x + 1 - gap : nil } ?? line.width
        if look.row != .plain { frame.fill(line, style: look.row) }
        if isSelected {
            frame.fill(Rect(x: line.x, y: line.y, width: min(barWidth, line.width), height: 1), style: bar)
            frame.put(.marker, at: Point(x: line.x, y: line.y), style: bar)
        }
        let texts = row(index)
        for place in places where place.index < texts.count {
            let column = columns[place.index]
            let text = texts[place.index].truncated(to: place.width, cut: column.cut)
            let onBar = isSelected && place.x < barWidth
            frame.draw(
                onBar ? Self.bare(text) : text, in: cell(place, line), align: column.align,
                base: onBar ? bar : look.row)
        }
    }

    /// On the bar its own style wins, or each coloured word would be a hole in it and be sent again with it.
    private static func bare(_ text: StyledLine) -> StyledLine { StyledLine(text.text) }

    private func cell(_ place: ColumnPlace, _ line: Rect) -> Rect {
        Rect(x: line.x + 1 + place.x, y: line.y, width: place.width, height: line.height)
    }

    /// Which columns are shown at this width, where, and how wide.
    public static func layout(_ columns: [Column], width: Int, gap: Int = 1) -> [ColumnPlace] {
        var shown = Array(columns.indices)
        func needed() -> Int {
            shown.reduce(0) { $0 + columns[$1].width.least } + gap * max(0, shown.count - 1)
        }
        while needed() > width,
            let last = shown.filter({ columns[$0].dropOrder > 0 }).max(by: { first, second in
                (columns[first].dropOrder, first) < (columns[second].dropOrder, second)
            })
        {
            shown.removeAll { $0 == last }
        }
        var widths = shown.map { columns[$0].width.least }
        share(max(0, width - needed()), over: shown.map { columns[$0].width }, &widths)
        var places: [ColumnPlace] = []
        var x = 0
        for (index, wide) in zip(shown, widths) where x < width {
            places.append(ColumnPlace(index: index, x: x, width: min(wide, width - x)))
            x += wide + gap
        }
        return places
    }

    private static func share(_ extra: Int, over columns: [Column.Width], _ widths: inout [Int]) {
        var extra = extra
        while extra > 0 {
            var open: [(index: Int, weight: Int)] = []
            for (index, width) in columns.enumerated() {
                switch width {
                case .fixed: continue
                case .flexible(_, let max, let weight):
                    if widths[index] < max ?? .max { open.append((index, Swift.max(1, weight))) }
                }
            }
            guard !open.isEmpty else { return }
            let total = open.reduce(0) { $0 + $1.weight }
            let round = extra
            for (index, weight) in open where extra > 0 {
                var portion = min(extra, Swift.max(1, round * weight / total))
                if case .flexible(_, .some(let most), _) = columns[index] {
                    portion = min(portion, most - widths[index])
                }
                widths[index] += portion
                extra -= portion
            }
        }
    }
}
