/// The characters that frames, gauges and markers are made of: one column everywhere, each with an ASCII form.
public enum Glyph: Unicode.Scalar, Hashable, Sendable, CaseIterable {
    /// Nothing.
    case blank = " "
    /// A horizontal line.
    case horizontal = "─"
    /// A vertical line.
    case vertical = "│"
    /// The upper left corner.
    case topLeft = "┌"
    /// The upper right corner.
    case topRight = "┐"
    /// The lower left corner.
    case bottomLeft = "└"
    /// The lower right corner.
    case bottomRight = "┘"
    /// A line that branches to the right.
    case teeRight = "├"
    /// A line that branches to the left.
    case teeLeft = "┤"
    /// A line that branches down.
    case teeDown = "┬"
    /// A line that branches up.
    case teeUp = "┴"
    /// Two lines that cross.
    case cross = "┼"
    /// Text was cut here.
    case ellipsis = "…"
    /// Selected, or opens to the right.
    case marker = "▸"
    /// Opened downwards.
    case opened = "▾"
    /// Something present or running.
    case filledDot = "●"
    /// Something absent or waiting.
    case emptyDot = "○"
    /// A small separator between words.
    case dot = "·"
    /// Passed.
    case check = "✓"
    /// Failed.
    case fail = "✗"
    /// More above.
    case up = "↑"
    /// More below.
    case down = "↓"
    /// Leads to the left.
    case left = "←"
    /// Leads to the right.
    case right = "→"
    /// One eighth of a cell.
    case bar1 = "▁"
    /// Two eighths.
    case bar2 = "▂"
    /// Three eighths.
    case bar3 = "▃"
    /// Four eighths.
    case bar4 = "▄"
    /// Five eighths.
    case bar5 = "▅"
    /// Six eighths.
    case bar6 = "▆"
    /// Seven eighths.
    case bar7 = "▇"
    /// A whole cell.
    case full = "█"
    /// A light shade: the empty part of a gauge.
    case shade = "░"
    /// No figure.
    case dash = "—"
    /// The unknown part of a range.
    case enDash = "–"
    /// Removed lines in a diff summary.
    case minus = "−"
    /// Times: repeated so often.
    case times = "×"

    /// The bars of a sparkline, from low to high.
    public static let bars: [Glyph] = [.bar1, .bar2, .bar3, .bar4, .bar5, .bar6, .bar7, .full]

    /// The scalar as it is drawn.
    public var scalar: Unicode.Scalar { rawValue }

    /// What an ASCII terminal shows instead.
    public var ascii: Unicode.Scalar {
        switch self {
        case .blank: return " "
        case .horizontal, .dash, .enDash, .minus: return "-"
        case .vertical: return "|"
        case .topLeft, .topRight, .bottomLeft, .bottomRight, .teeRight, .teeLeft, .teeDown, .teeUp, .cross:
            return "+"
        case .ellipsis: return "~"
        case .marker, .right: return ">"
        case .opened, .down: return "v"
        case .filledDot: return "*"
        case .emptyDot: return "o"
        case .dot, .bar1, .shade: return "."
        case .check: return "+"
        case .fail, .times: return "x"
        case .up: return "^"
        case .left: return "<"
        case .bar2, .bar3: return ":"
        case .bar4, .bar5: return "|"
        case .bar6, .bar7, .full: return "#"
        }
    }
}

extension Frame {
    /// The frame for a terminal without UTF-8: glyphs by their ASCII form, other characters as `?`.
    public func ascii() -> Frame {
        mapCells { cell in
            guard !cell.scalar.isASCII || cell.marks.0 != 0 || cell.width == 0 else { return cell }
            var plain = Cell(Glyph(rawValue: cell.scalar)?.ascii ?? "?", width: 1, style: cell.style)
            if cell.width == 0 || cell.scalar.isASCII { plain.scalar = cell.scalar }
            return plain
        }
    }

    /// The frame with the colours that this depth has.
    public func mapped(to depth: ColourDepth) -> Frame {
        guard depth != .direct else { return self }
        return mapCells { cell in
            var mapped = cell
            mapped.style = cell.style.mapped(to: depth)
            return mapped
        }
    }
}
