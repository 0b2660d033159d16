import AgentOSCore
import Terminal

/// Rows aligned in columns; the last column takes what is left of the terminal's width.
struct TextTable {
    /// The columns' names.
    let header: [String]
    /// One cell a column, raw.
    var rows: [[String]] = []

    init(_ header: String...) { self.header = header }

    mutating func add(_ cells: String...) { rows.append(cells) }

    /// The lines, header first.
    func lines(width: Int?) -> [SafeText] {
        let cells = ([header] + rows).map { $0.map { SafeText($0).text } }
        let widths = header.indices.map { column in cells.map { DisplayWidth.of($0[column]) }.max() ?? 0 }
        return cells.map { row in
            var line = ""
            for (column, text) in row.enumerated() {
                let isLast = column == row.count - 1
                line += text
                if !isLast {
                    line += String(repeating: " ", count: widths[column] - DisplayWidth.of(text) + 2)
                }
            }
            return SafeText(width.map { Self.cut(line, to: $0) } ?? line)
        }
    }

    /// A text of at most so many columns; where something is missing it ends with `…`.
    static func cut(_ text: String, to width: Int) -> String {
        guard DisplayWidth.of(text) > width, width > 0 else { return text }
        var result = ""
        var used = 0
        for character in text {
            let next = DisplayWidth.of(String(character))
            guard used + next < width else { break }
            result.append(character)
            used += next
        }
        return result + "…"
    }
}

extension Output {
    /// A list: a table for a person, an array for a program.
    func list(_ table: TextTable, json values: @autoclosure () throws -> [JSONValue], none: String) throws {
        if isJSON { return try json(JSONValue.array(try values())) }
        guard !table.rows.isEmpty else { return tell(none) }
        let lines = table.lines(width: width)
        for (index, text) in lines.enumerated() where !(index == 0 && isQuiet) {
            if index == 0, hasColours { frame("\u{1B}[1m\(text.text)\u{1B}[0m\n") } else { line(text) }
        }
    }
}
