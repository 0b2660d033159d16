import AgentOSCore
import Terminal

/// A difference on a screen of some size: a line too long for it goes on in the rows beneath.
struct DiffLayout {
    let diff: DiffText
    let width: Int
    let height: Int

    init(_ diff: DiffText, in size: Size) {
        self.diff = diff
        width = max(1, size.columns - 2)
        height = max(1, size.rows)
    }

    /// The rows of a line.
    ///
    /// Those after the first begin with an ellipsis, as their first sign means nothing. What even a whole screen
    /// cannot hold is cut.
    func rows(of index: Int) -> [StyledLine] {
        let line = StyledLine(diff.lines[index].text)
        guard line.width > width, width > 4 else { return [line] }
        let parts = line.truncated(to: (width - 2) * height).wrapped(to: width - 2)
        return Array((parts.prefix(1) + parts.dropFirst().map { StyledLine("… ") + $0 }).prefix(height))
    }

    /// The topmost line once the end is in view.
    var last: Int { max(0, min(above(diff.lines.count, rows: height), diff.lines.count - 1)) }

    /// The topmost line after a move.
    func top(from top: Int, _ move: Move) -> Int {
        let wanted: Int
        switch move {
        case .first: wanted = 0
        case .last: wanted = last
        case .rows(let rows): wanted = top + rows
        case .pages(let pages):
            wanted = (0..<abs(pages)).reduce(top) { at, _ in
                pages > 0
                    ? max(at + 1, below(at, rows: height) - 1) : min(at - 1, above(at, rows: height - 1))
            }
        }
        return max(0, min(wanted, last))
    }

    /// The first line that, with all up to `end`, takes no more than so many rows.
    private func above(_ end: Int, rows: Int) -> Int {
        var (at, left) = (min(end, diff.lines.count), rows)
        while at > 0 {
            left -= self.rows(of: at - 1).count
            if left < 0 { break }
            at -= 1
        }
        return at
    }

    /// The line after the last that is wholly in view from `start` on.
    private func below(_ start: Int, rows: Int) -> Int {
        var (at, left) = (max(0, start), rows)
        while at < diff.lines.count {
            left -= self.rows(of: at).count
            if left < 0 { break }
            at += 1
        }
        return at
    }
}
