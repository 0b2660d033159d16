import CNcurses
import TestSupport
import Testing

/// What is left out of curses' bytes changes no cell.
@Suite struct ShortenTests {
    /// As curses writes them: resets, colours, attributes, moves and texts.
    private static let pieces = [
        "\u{1B}[39;49m\u{1B}(B\u{1B}[m", "\u{1B}[39m\u{1B}(B\u{1B}[m", "\u{1B}[49m\u{1B}(B\u{1B}[m",
        "\u{1B}(B\u{1B}[m", "\u{1B}(B\u{1B}[0;1m", "\u{1B}(B\u{1B}[0;4;7m", "\u{1B}[39;49m", "\u{1B}[39m",
        "\u{1B}[49m", "\u{1B}(B", "\u{1B}[m", "\u{1B}[1m", "\u{1B}[7m", "\u{1B}[31m", "\u{1B}[44m",
        "\u{1B}[38;5;117m", "\u{1B}[48;5;24m", "\u{1B}[3;5H", "\u{1B}[H", "\u{1B}[K", "\r\n", "a", "word ",
        "漢", "é", "(B", "[m", " ",
    ]

    @Test(arguments: 0..<40) func theCellsStayTheSame(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            var text = ""
            for _ in 0..<Int.random(in: 0..<60, using: &random) {
                text += Self.pieces.randomElement(using: &random) ?? ""
            }
            let bytes = Array(text.utf8)
            let short = Self.shortened(bytes)
            #expect(short.count <= bytes.count)
            let (wanted, shown) = (Self.drawn(bytes), Self.drawn(short))
            #expect(shown.grid == wanted.grid, "seed \(seed): \(text.debugDescription)")
            #expect(shown.cursor == wanted.cursor && shown.unknown == wanted.unknown)
        }
    }

    @Test func aResetIsSaidOnce() {
        #expect(Self.shortened(Array("a\u{1B}[39;49m\u{1B}(B\u{1B}[mb".utf8)) == Array("a\u{1B}[mb".utf8))
        #expect(Self.shortened(Array("\u{1B}(B\u{1B}[0;1mx".utf8)) == Array("\u{1B}[0;1mx".utf8))
    }

    /// Whatever the bytes are, those that no reset holds stay, and nothing beyond their end is read.
    @Test func anyBytesAreSafe() {
        var random = SeededGenerator(seed: 99)
        let alphabet = Array("\u{1B}\u{1B}(B[m0;39;49m".utf8)
        for count in 0..<300 {
            let bytes = (0..<count % 40).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            let short = Self.shortened(bytes)
            #expect(short.count <= bytes.count)
        }
        let cut = Array("\u{1B}[39;49m\u{1B}(B\u{1B}[".utf8)
        #expect(Self.shortened(cut) == cut)
    }

    private static func shortened(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        let count = bytes.withUnsafeMutableBytes { buffer in
            cn_shorten(buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
        }
        return Array(bytes.prefix(count))
    }

    private static func drawn(_ bytes: [UInt8]) -> VirtualTerminal {
        var terminal = VirtualTerminal(columns: 20, rows: 6)
        terminal.feed(bytes)
        return terminal
    }
}
