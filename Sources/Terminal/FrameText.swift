/// A frame as text: for `agentos look`, dumps and golden screens.
public enum FrameText {
    /// The rows without colours; blanks at the end of a row are left out.
    public static func plain(_ frame: Frame) -> String {
        rows(frame) { _, _ in "" }.joined(separator: "\n") + "\n"
    }

    /// The rows with colours as escape sequences of this depth; `none` is the same as plain.
    public static func ansi(_ frame: Frame, colours: ColourDepth) -> String {
        guard colours != .none else { return plain(frame) }
        let mapped = frame.mapped(to: colours)
        return rows(mapped) { before, style in before == style ? "" : "\u{1B}[0\(codes(style))m" }
            .joined(separator: "\n") + "\n"
    }

    private static func rows(_ frame: Frame, change: (Style, Style) -> String) -> [String] {
        (0..<frame.size.rows).map { y in
            let row = frame.cells[(y * frame.size.columns)..<((y + 1) * frame.size.columns)]
            var text = ""
            var style = Style.plain
            let isBare = change(.plain, Style(.default, on: .default, .reverse)).isEmpty
            let end = row.lastIndex { $0.text != " " && $0.width > 0 || (!isBare && $0.style.showsOnBlank) }
            for cell in row.prefix(through: end ?? row.startIndex - 1) where cell.width > 0 {
                text += change(style, cell.style) + cell.text
                style = cell.style
            }
            return text + change(style, .plain)
        }
    }

    private static func codes(_ style: Style) -> String {
        var codes: [String] = []
        let names: [(Attributes, String)] = [
            (.bold, "1"), (.dim, "2"), (.italic, "3"), (.underline, "4"), (.reverse, "7"),
        ]
        for (attribute, code) in names where style.attributes.contains(attribute) { codes.append(code) }
        if let code = code(style.foreground, base: 30) { codes.append(code) }
        if let code = code(style.background, base: 40) { codes.append(code) }
        return codes.map { ";" + $0 }.joined()
    }

    private static func code(_ colour: Colour, base: Int) -> String? {
        switch colour {
        case .default: return nil
        case .indexed(let number) where number < 8: return "\(base + Int(number))"
        case .indexed(let number) where number < 16: return "\(base + 52 + Int(number))"
        case .indexed(let number): return "\(base + 8);5;\(number)"
        case .rgb(let red, let green, let blue): return "\(base + 8);2;\(red);\(green);\(blue)"
        }
    }
}

extension Style {
    fileprivate var showsOnBlank: Bool {
        background != .default || !attributes.intersection([.reverse, .underline]).isEmpty
    }
}
