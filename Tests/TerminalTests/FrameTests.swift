import AgentOSCore
import Terminal
import Testing

@Suite struct FrameTests {
    @Test func wideCharactersAreNeverHalved() {
        var frame = Frame(size: Size(columns: 6, rows: 1))
        #expect(frame.draw("a漢b字c", at: Point(x: 0, y: 0)) == 7)
        #expect(FrameText.plain(frame) == "a漢b字\n")
        frame.draw("x", at: Point(x: 2, y: 0))
        #expect(FrameText.plain(frame) == "a xb字\n")
        frame.draw("字", at: Point(x: 5, y: 0))
        #expect(FrameText.plain(frame) == "a xb\n")
    }

    @Test func marksJoinTheCharacterBefore() {
        var frame = Frame(size: Size(columns: 4, rows: 1))
        frame.draw("e\u{301}\u{302}\u{303}x", at: Point(x: 0, y: 0))
        #expect(frame[0, 0].text == "e\u{301}\u{302}")
        #expect(frame[1, 0].text == "x")
    }

    @Test func clippingKeepsInside() {
        var frame = Frame(size: Size(columns: 10, rows: 2))
        frame.draw("abcdefgh", at: Point(x: -2, y: 0), clip: Rect(x: 1, y: 0, width: 3, height: 1))
        frame.draw("outside", at: Point(x: 0, y: 5))
        #expect(FrameText.plain(frame) == " def\n\n")
    }

    @Test(arguments: [
        ("hello", 5, "hello"), ("hello world", 6, "hello…"), ("漢字漢字", 5, "漢字…"), ("漢字漢字", 4, "漢…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
    ])
    func truncationSaysSo(text: String, columns: Int, shown: String) {
        #expect(StyledLine(SafeText(text)).truncated(to: columns).text.text == shown)
    }

    @Test func truncationAtTheStart() {
        #expect(StyledLine("a/long/path.swift").truncated(to: 11, cut: .start).text.text == "…path.swift")
    }

    @Test(arguments: [
        ("one two three", 7, ["one two", "three"]), ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("a bcdefgh", 4, ["a", "bcde", "fgh"]),
        ("漢字漢", 3, ["漢", "字", "漢"]), ("", 5, [""]), ("漢", 1, ["漢"]),
    ])
    func wrapping(text: String, columns: Int, rows: [String]) {
        #expect(StyledLine(SafeText(text)).wrapped(to: columns).map(\.text.text) == rows)
    }

    @Test func asciiHasNoOtherCharacter() {
        var frame = Frame(size: Size(columns: 12, rows: 3))
        frame.draw(Box("t"), in: frame.bounds)
        frame.draw("é漢…", at: Point(x: 1, y: 1))
        let text = FrameText.plain(frame.ascii())
        #expect(text == "+- t ------+\n|?? ~      |\n+----------+\n")
    }

    @Test func coloursInEveryDepth() {
        var frame = Frame(size: Size(columns: 3, rows: 1))
        frame.draw("ab", at: Point(x: 0, y: 0), style: Style(.rgb(255, 0, 0), on: .default, .bold))
        #expect(FrameText.ansi(frame, colours: .none) == "ab\n")
        #expect(FrameText.ansi(frame, colours: .ansi16) == "\u{1B}[0;1;91mab\u{1B}[0m\n")
        #expect(FrameText.ansi(frame, colours: .ansi256) == "\u{1B}[0;1;38;5;196mab\u{1B}[0m\n")
        #expect(FrameText.ansi(frame, colours: .direct) == "\u{1B}[0;1;38;2;255;0;0mab\u{1B}[0m\n")
    }
}
