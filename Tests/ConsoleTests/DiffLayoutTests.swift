import AgentOSCore
import Terminal
import Testing

@testable import Console

/// Every line of a difference can be read on every screen.
@Suite struct DiffLayoutTests {
    private static func diff(_ lengths: [Int]) -> DiffText {
        let lines = lengths.enumerated().map { at, length in
            "+\(at) " + String(repeating: "word ", count: length)
        }
        return DiffText(
            TreeDiff(files: [
                TreeDiff.File(
                    path: "a.txt", change: .modified, added: lengths.count, removed: 0, isBinary: false,
                    text: "@@ -1 +1 @@\n" + lines.joined(separator: "\n") + "\n")
            ]))
    }

    @Test(arguments: 0..<20) func pagesShowEveryLineAndComeBack(seed: UInt64) {
        var random = Dice(state: (seed + 1) &* 0x9E37_79B9_7F4A_7C15)
        let diff = Self.diff((0..<60).map { _ in Int.random(in: 0..<30, using: &random) })
        let size = Size(
            columns: Int.random(in: 10..<90, using: &random), rows: Int.random(in: 4..<30, using: &random))
        let layout = DiffLayout(diff, in: size)
        for pages in [1, -1] {
            var seen: Set<Int> = []
            var top = pages > 0 ? 0 : layout.last
            for _ in 0..<200 {
                var room = size.rows
                for index in top..<diff.lines.count where room > 0 {
                    room -= layout.rows(of: index).count
                    // A line as tall as the screen is as whole as it gets.
                    if room >= 0 || index == top { seen.insert(index) }
                }
                let next = layout.top(from: top, .pages(pages))
                if next == top { break }
                top = next
            }
            #expect(seen.count == diff.lines.count, "seed \(seed), \(size), \(pages)")
            #expect(top == (pages > 0 ? layout.last : 0))
        }
    }

    @Test func aLongLineGoesOnBeneath() {
        let layout = DiffLayout(Self.diff([6]), in: Size(columns: 22, rows: 8))
        #expect(layout.rows(of: 2).map(\.text.text) == ["+0 word word word", "… word word word "])
        #expect(layout.rows(of: 2).allSatisfy { $0.width <= 20 })
    }
}
