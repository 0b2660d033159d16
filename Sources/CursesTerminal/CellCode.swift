import CNcurses
import Terminal

/// Cells as CNcurses takes them.
enum CellCode {
    static func code(_ cell: Cell, _ depth: ColourDepth) -> cn_cell {
        cn_cell(
            scalar: cell.scalar.value, mark1: cell.marks.0, mark2: cell.marks.1,
            foreground: number(cell.style.foreground, depth),
            background: number(cell.style.background, depth),
            width: cell.width, attributes: cell.style.attributes.rawValue)
    }

    /// The longest run of blanks that is written rather than erased or stepped over.
    private static let shortRun = 8

    /// A row, with short runs of blanks in the colours of what stands before them.
    ///
    /// A blank shows its background alone, so this looks the same and spares going to the plain style and back.
    static func row(_ cells: some Collection<Cell>, _ depth: ColourDepth) -> [cn_cell] {
        var codes: [cn_cell] = []
        codes.reserveCapacity(cells.count)
        var last: (style: Style, code: cn_cell)?
        for cell in cells {
            // Neighbours mostly share a style, and colours are costly to map.
            if var same = last, same.style == cell.style {
                same.code.scalar = cell.scalar.value
                (same.code.mark1, same.code.mark2) = cell.marks
                same.code.width = cell.width
                codes.append(same.code)
            } else {
                let new = code(cell, depth)
                last = (cell.style, new)
                codes.append(new)
            }
        }
        var index = 1
        while index < codes.count {
            let start = index
            while index < codes.count, isBlank(codes[index]) { index += 1 }
            if index < codes.count, (1...shortRun).contains(index - start) {
                let before = codes[start - 1]
                for blank in start..<index where canTake(codes[blank], the: before) {
                    codes[blank].foreground = before.foreground
                    codes[blank].attributes = before.attributes
                }
            }
            index += 1
        }
        return codes
    }

    private static func isBlank(_ cell: cn_cell) -> Bool {
        cell.scalar == 0x20 && cell.mark1 == 0 && cell.mark2 == 0 && isGroundOnly(cell.attributes)
    }

    private static func canTake(_ blank: cn_cell, the before: cn_cell) -> Bool {
        before.background == blank.background && isGroundOnly(before.attributes)
    }

    /// Whether a blank with these attributes shows nothing but its background.
    private static func isGroundOnly(_ attributes: UInt8) -> Bool {
        Attributes(rawValue: attributes).isDisjoint(with: [.underline, .reverse])
    }

    /// The number by which ncurses knows a colour at this depth.
    static func number(_ colour: Colour, _ depth: ColourDepth) -> Int32 {
        switch colour.mapped(to: depth) {
        case .default: return -1
        case .indexed(let index) where depth == .direct && index >= 8:
            let (red, green, blue) = Colour.components(of: index)
            return direct(red, green, blue)
        case .indexed(let index): return Int32(index)
        case .rgb(let red, let green, let blue): return direct(red, green, blue)
        }
    }

    /// The first eight numbers of a direct-colour terminal are the palette's, so they are stepped over.
    private static func direct(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Int32 {
        max(8, Int32(red) << 16 | Int32(green) << 8 | Int32(blue))
    }
}
