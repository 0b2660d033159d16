import AgentOSCore
import Terminal

/// A generator whose sequence is the same in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Frames such as programs draw, and such as no program should.
enum RandomFrames {
    private static let words = [
        "running", "waiting for you", "漢字", "e\u{301}te\u{301}", "🚀 start", "┌──┐", "x", "                ",
        "───────────",
        "日本語テキスト", "a\u{1B}[2Jb", "──漢──", "…", "ａｂ", "🇩🇪", "👍🏽", "क्षि",
    ]
    private static let colours: [Colour] = [
        .default, .default, .indexed(1), .indexed(9), .indexed(200), .rgb(10, 200, 30), .rgb(250, 250, 250),
    ]

    /// Draws a few things, or scrolls, or blanks.
    static func change(_ frame: inout Frame, using random: inout SeededGenerator) {
        let size = frame.size
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let point = Point(
                x: Int.random(in: -4..<size.columns, using: &random),
                y: Int.random(in: 0..<size.rows, using: &random))
            switch Int.random(in: 0..<8, using: &random) {
            case 0:
                let area = Rect(
                    x: point.x, y: point.y, width: Int.random(in: 1...30, using: &random),
                    height: Int.random(in: 1...8, using: &random))
                frame.fill(area, style: style(&random))
            case 1: frame = scrolled(frame, by: Int.random(in: -3...3, using: &random))
            case 2:
                frame.draw(
                    Box("box", style: style(&random)), in: Rect(x: point.x, y: point.y, width: 20, height: 5))
            case 3: frame.cursor = Bool.random(using: &random) ? Point(x: max(0, point.x), y: point.y) : nil
            default:
                frame.draw(
                    SafeText(words[Int.random(in: 0..<words.count, using: &random)]), at: point,
                    style: style(&random))
            }
        }
    }

    private static func style(_ random: inout SeededGenerator) -> Style {
        Style(
            colours[Int.random(in: 0..<colours.count, using: &random)],
            on: colours[Int.random(in: 0..<colours.count, using: &random)],
            Attributes(rawValue: Bool.random(using: &random) ? 0 : UInt8.random(in: 0..<32, using: &random)))
    }

    private static func scrolled(_ frame: Frame, by rows: Int) -> Frame {
        var moved = Frame(size: frame.size)
        moved.cursor = frame.cursor
        for y in 0..<frame.size.rows where (0..<frame.size.rows).contains(y + rows) {
            var x = 0
            while x < frame.size.columns {
                let cell = frame[x, y + rows]
                moved.draw(SafeText(cell.text), at: Point(x: x, y: y), style: cell.style)
                x += max(1, Int(cell.width))
            }
        }
        return moved
    }

    /// A list as the console draws it.
    static func list(_ size: Size, selected: Int, of count: Int, bar: Style? = nil) -> Frame {
        var frame = Frame(size: size)
        var area = frame.bounds
        frame.draw(
            StyledLine("AgentOS  3 running  main  UTC", Style(.default, on: .default, .bold)),
            in: area.takeTop(1))
        frame.draw(StyledLine("↑↓ move · Enter in · ? help"), in: area.takeBottom(1))
        var scroll = Scroll()
        scroll.reveal(selected, count: count, height: area.height - 1)
        let columns = [
            Column("ID", .fixed(8)), Column("NAME", .flexible(min: 10)), Column("STATE", .fixed(12)),
            Column("COST", .fixed(8), align: .trailing, dropOrder: 1),
        ]
        let look = bar.map { Table.Look(selected: $0) } ?? Table.Look()
        let table = Table(columns: columns, count: count, selection: selected, scroll: scroll, look: look) {
            row in
            [
                StyledLine(SafeText("s\(row)")), StyledLine(SafeText("session number \(row)")),
                StyledLine(row % 3 == 0 ? "RUNNING" : "COMPLETE", Style(.indexed(row % 3 == 0 ? 2 : 4))),
                StyledLine(SafeText("0.\(row % 100)")),
            ]
        }
        frame.draw(table, in: area)
        return frame
    }
}
