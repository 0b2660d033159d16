import AgentOSCore

extension StyledLine {
    /// A scalar of the line with the number of its span.
    private struct Piece {
        let scalar: Unicode.Scalar
        let span: Int
    }

    /// The line in rows of at most so many columns, broken at spaces where there are any.
    ///
    /// A wide character gets a row of its own where even that is too narrow. Takes time in the length of the line.
    public func wrapped(to columns: Int) -> [StyledLine] {
        guard columns > 0, width > columns else { return [self] }
        let pieces = spans.enumerated().flatMap { index, span in
            span.text.text.unicodeScalars.map { Piece(scalar: $0, span: index) }
        }
        return Self.breaks(pieces, columns).map { row(pieces[$0]) }
    }

    private static func breaks(_ pieces: [Piece], _ columns: Int) -> [Range<Int>] {
        var rows: [Range<Int>] = []
        var start = 0
        var used = 0
        var space: Int?
        var hasWord = false
        var index = 0
        while index < pieces.count {
            let advance = DisplayWidth.advance(pieces[index].scalar)
            let isSpace = pieces[index].scalar == " "
            if used + advance <= columns || index == start {
                if isSpace, hasWord { space = index }
                if !isSpace { hasWord = true }
                used += advance
                index += 1
                continue
            }
            if isSpace, hasWord { space = index }
            rows.append(start..<(space ?? index))
            start = space.map { $0 + 1 } ?? index
            index = start
            used = 0
            space = nil
            hasWord = false
        }
        if start < pieces.count { rows.append(start..<pieces.count) }
        return rows
    }

    private func row(_ pieces: ArraySlice<Piece>) -> StyledLine {
        var line = StyledLine()
        var rest = pieces[...]
        while let first = rest.first {
            let run = rest.prefix { $0.span == first.span }
            var scalars = String.UnicodeScalarView()
            scalars.append(contentsOf: run.map(\.scalar))
            line.append(SafeText(String(scalars)), spans[first.span].style)
            rest = rest.dropFirst(run.count)
        }
        return line
    }
}
