import Terminal

extension Frame {
    /// Its colours and attributes: one letter a cell for its style, `.` for the terminal's own; then what the letters mean.
    public var styles: String {
        var letters: [Style: Character] = [.plain: "."]
        var legend: [String] = []
        let rows = (0..<size.rows).map { y in
            String(
                (0..<size.columns).map { x in
                    let style = self[x, y].style
                    if let letter = letters[style] { return letter }
                    let scalar = Unicode.Scalar(UInt8(ascii: "a") + UInt8(legend.count % 26))
                    letters[style] = Character(scalar)
                    legend.append("\(scalar) \(describe(style))")
                    return Character(scalar)
                })
        }
        return (rows + legend).joined(separator: "\n") + "\n"
    }

    private func describe(_ style: Style) -> String {
        let names: [(Attributes, String)] = [
            (.bold, "bold"), (.dim, "dim"), (.italic, "italic"), (.underline, "underline"),
            (.reverse, "reverse"),
        ]
        let words = names.filter { style.attributes.contains($0.0) }.map(\.1)
        return (["\(describe(style.foreground)) on \(describe(style.background))"] + words)
            .joined(separator: " ")
    }

    private func describe(_ colour: Colour) -> String {
        switch colour {
        case .default: return "default"
        case .indexed(let number): return String(number)
        case .rgb(let red, let green, let blue):
            return "#"
                + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }
}
