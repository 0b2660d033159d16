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
