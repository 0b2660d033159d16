import AgentOSCore

/// A share of a whole as a bar.
public struct Gauge: Widget {
    /// From 0 to 1; nil when it is not known, which is not the same as 0.
    public var share: Double?
    /// The filled part.
    public var filled: Style
    /// The rest.
    public var rest: Style

    /// A bar.
    public init(_ share: Double?, filled: Style = .plain, rest: Style = Style(.default, on: .default, .dim)) {
        self.share = share
        self.filled = filled
        self.rest = rest
    }

    /// Draws into the first row.
    public func draw(in rect: Rect, of frame: inout Frame) {
        let row = rect.row(0)
        guard let share, share.isFinite else {
            frame.fill(row, with: .enDash, style: rest)
            return
        }
        let columns = Int((min(1, max(0, share)) * Double(row.width)).rounded())
        frame.fill(row, with: .shade, style: rest)
        frame.fill(Rect(x: row.x, y: row.y, width: columns, height: row.height), with: .full, style: filled)
    }
}

/// The recent course of a figure, a column each, the latest at the right.
public struct Sparkline: Widget {
    /// The figures, oldest first; nil where none was measured.
    public var values: [Double?]
    /// What a full bar stands for; by default the largest value in view.
    public var top: Double?
    /// How the bars are written.
    public var style: Style

    /// A course.
    public init(_ values: [Double?], top: Double? = nil, style: Style = .plain) {
        self.values = values
        self.top = top
        self.style = style
    }

    /// Draws the last values that fit into the first row.
    public func draw(in rect: Rect, of frame: inout Frame) {
        let shown = values.suffix(rect.width)
        let highest = top ?? shown.compactMap { $0 }.filter(\.isFinite).max() ?? 0
        for (column, value) in shown.enumerated() {
            guard let value, value.isFinite else { continue }
            let level = highest > 0 ? Int((min(1, max(0, value / highest)) * 7).rounded()) : 0
            let x = rect.maxX - shown.count + column
            frame.put(Glyph.bars[level], at: Point(x: x, y: rect.y), style: style)
        }
    }
}
