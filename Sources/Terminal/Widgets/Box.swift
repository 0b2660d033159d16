import AgentOSCore

/// A border with a title.
public struct Box: Widget {
    /// What stands in the upper border, at the left.
    public var title: StyledLine
    /// What stands in the upper border, at the right.
    public var note: StyledLine
    /// The border's style.
    public var style: Style

    /// A border.
    public init(_ title: StyledLine = StyledLine(), note: StyledLine = StyledLine(), style: Style = .plain) {
        self.title = title
        self.note = note
        self.style = style
    }

    /// The rectangle inside the border.
    public static func inside(_ rect: Rect) -> Rect { rect.inset(1, 1) }

    /// Draws the border only.
    public func draw(in rect: Rect, of frame: inout Frame) {
        guard rect.width >= 2, rect.height >= 2 else { return }
        let right = rect.maxX - 1
        let bottom = rect.maxY - 1
        frame.fill(Rect(x: rect.x, y: rect.y, width: rect.width, height: 1), with: .horizontal, style: style)
        frame.fill(Rect(x: rect.x, y: bottom, width: rect.width, height: 1), with: .horizontal, style: style)
        frame.fill(Rect(x: rect.x, y: rect.y, width: 1, height: rect.height), with: .vertical, style: style)
        frame.fill(Rect(x: right, y: rect.y, width: 1, height: rect.height), with: .vertical, style: style)
        frame.put(.topLeft, at: Point(x: rect.x, y: rect.y), style: style)
        frame.put(.topRight, at: Point(x: right, y: rect.y), style: style)
        frame.put(.bottomLeft, at: Point(x: rect.x, y: bottom), style: style)
        frame.put(.bottomRight, at: Point(x: right, y: bottom), style: style)
        drawTitles(Rect(x: rect.x + 2, y: rect.y, width: rect.width - 4, height: 1), &frame)
    }

    private func drawTitles(_ row: Rect, _ frame: inout Frame) {
        var left = row
        if !note.spans.isEmpty, note.width + 2 + min(title.width, 8) + 3 <= row.width {
            let right = left.takeRight(note.width + 2)
            frame.draw(" " + note + " ", in: right, base: style)
            _ = left.takeRight(1)
        }
        if !title.spans.isEmpty, left.width > 4 {
            frame.draw(" " + title.truncated(to: left.width - 2) + " ", in: left, base: style)
        }
    }
}

/// A line across, with an optional title in it.
public struct Separator: Widget {
    /// What stands in the line.
    public var title: StyledLine
    /// The line's style.
    public var style: Style

    /// A line.
    public init(_ title: StyledLine = StyledLine(), style: Style = .plain) {
        self.title = title
        self.style = style
    }

    /// Draws into the first row.
    public func draw(in rect: Rect, of frame: inout Frame) {
        frame.fill(rect.row(0), with: .horizontal, style: style)
        guard !title.spans.isEmpty, rect.width > 6 else { return }
        let row = Rect(x: rect.x + 2, y: rect.y, width: rect.width - 4, height: min(1, rect.height))
        frame.draw(" " + title.truncated(to: row.width - 2) + " ", in: row, base: style)
    }
}

/// A box in the middle of everything else.
public struct Modal: Widget {
    /// What it asks or tells.
    public var title: StyledLine
    /// Its lines; long ones are wrapped.
    public var lines: [StyledLine]
    /// The line at the bottom: which keys do what.
    public var footer: StyledLine
    /// The widest it gets, border included.
    public var width: Int
    /// The border and the ground.
    public var style: Style

    /// A box.
    public init(
        _ title: StyledLine, lines: [StyledLine], footer: StyledLine = StyledLine(), width: Int = 64,
        style: Style = .plain
    ) {
        self.title = title
        self.lines = lines
        self.footer = footer
        self.width = width
        self.style = style
    }

    /// Where it lies when drawn into this rectangle.
    public func place(in rect: Rect) -> Rect {
        let wide = min(width, rect.width)
        let rows = TextLayout(lines, width: wide - 4).rows.count
        return rect.centred(width: wide, height: rows + 2 + (footer.spans.isEmpty ? 0 : 2))
    }

    /// Clears its place and draws box, lines and footer.
    public func draw(in rect: Rect, of frame: inout Frame) {
        let place = place(in: rect)
        frame.fill(place, style: style)
        frame.draw(Box(title, style: style), in: place)
        var inside = place.inset(2, 1)
        if !footer.spans.isEmpty {
            frame.draw(footer, in: inside.takeBottom(1), base: style)
            if inside.height > 1 { _ = inside.takeBottom(1) }
        }
        frame.draw(TextView(TextLayout(lines, width: inside.width), style: style), in: inside)
        frame.cursor = nil
    }
}
