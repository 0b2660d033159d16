import Terminal
import Testing

@testable import CursesTerminal

@Suite struct InputDecoderTests {
    @Test(arguments: [
        ("a", "a"), ("N", "N"), ("é", "é"), ("漢", "漢"), ("\u{B}", "ctrl-k"), ("\r", "enter"), ("\t", "tab"),
        ("\u{7F}", "backspace"),
        ("\u{1B}[A", "up"), ("\u{1B}OB", "down"), ("\u{1B}[1;5C", "ctrl-right"),
        ("\u{1B}[1;2D", "shift-left"), ("\u{1B}[H", "home"),
        ("\u{1B}OF", "end"), ("\u{1B}[3~", "delete"), ("\u{1B}[5~", "pageup"), ("\u{1B}[6~", "pagedown"),
        ("\u{1B}[Z", "shift-tab"),
        ("\u{1B}OP", "f1"), ("\u{1B}[15~", "f5"), ("\u{1B}[24~", "f12"), ("\u{1B}[[B", "f2"),
        ("\u{1B}x", "alt-x"), ("\u{1B}é", "alt-é"),
        ("\u{1B}\u{7F}", "alt-backspace"), ("\u{1B}[107;5u", "ctrl-k"), ("\u{1B}[27;5;107~", "ctrl-k"),
        ("\u{1B}[1;3R", "alt-f3"),
        ("\0", "ctrl-space"), ("\u{1B}OM", "enter"), ("\u{1B}Oq", "1"), ("\u{1F}", "ctrl-_"),
    ])
    func keys(bytes: String, name: String) throws {
        var decoder = InputDecoder()
        #expect(decoder.feed(bytes.utf8) == [.key(try #require(KeyStroke(name)))])
        #expect(decoder.patience == nil)
        // Cut at every place, it is the same key.
        var split = InputDecoder()
        #expect(bytes.utf8.flatMap { split.feed([$0]) } == [.key(try #require(KeyStroke(name)))])
    }

    @Test func aLoneEscapeIsTheEscapeKey() {
        var decoder = InputDecoder()
        #expect(decoder.feed([0x1B]).isEmpty)
        #expect(decoder.patience == .milliseconds(25))
        #expect(decoder.expire() == [.key(KeyStroke(.escape))])
        #expect(decoder.feed([0x1B, 0x1B]) == [.key(KeyStroke(.escape))])
        #expect(decoder.expire() == [.key(KeyStroke(.escape))])
        _ = decoder.feed(Array("\u{1B}[".utf8))
        #expect(decoder.expire() == [.key(.alt("["))])
    }

    @Test func aPasteIsOneValueAndPressesNothing() {
        var decoder = InputDecoder()
        let text = "y\r\nq\u{1B}[A\u{1B}[201x\u{3}é"
        let bytes = Array("\u{1B}[200~\(text)\u{1B}[201~z".utf8)
        let wanted: [DecodedInput] = [.paste("y\nq\u{1B}[A\u{1B}[201x\u{3}é"), .key(.character("z"))]
        #expect(decoder.feed(bytes) == wanted)
        var split = InputDecoder()
        #expect(bytes.flatMap { split.feed([$0]) } == wanted)
        // The end never comes.
        _ = decoder.feed(Array("\u{1B}[200~half".utf8))
        #expect(decoder.expire() == [.paste("half")])
        #expect(decoder.feed(Array("k".utf8)) == [.key(.character("k"))])
    }

    @Test func answersAreNoKeys() {
        var decoder = InputDecoder()
        #expect(
            decoder.feed(Array("\u{1B}[?2026;2$y\u{1B}[?62;22c".utf8)) == [
                .mode(2026, state: 2), .deviceAttributes,
            ])
        #expect(decoder.feed(Array("\u{1B}]11;rgb:0/0/0\u{7}\u{1B}P1$r0m\u{1B}\\".utf8)).isEmpty)
        #expect(
            decoder.feed(Array("\u{1B}[12;40R\u{1B}[<0;1;1M\u{1B}[I".utf8)) == [
                .unknown, .unknown, .focus(true),
            ])
    }

    /// Any bytes: never a trap, never unbounded, the same however they are cut, and nothing is left over.
    @Test func anyBytes() {
        var random = SeededGenerator(seed: 99)
        let alphabet: [UInt8] = [
            0x1B, 0x5B, 0x4F, 0x32, 0x30, 0x31, 0x7E, 0x3B, 0x3F, 0x24, 0x79, 0x41, 0xC3, 0xA9, 0xFF, 0x07,
            0x5D, 0x50,
        ]
        for _ in 0..<3000 {
            let bytes = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                Bool.random(using: &random)
                    ? alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                    : UInt8.random(in: 0...255, using: &random)
            }
            var whole = InputDecoder()
            var split = InputDecoder()
            let together = whole.feed(bytes) + whole.expire()
            let apart = bytes.flatMap { split.feed([$0]) } + split.expire()
            #expect(together == apart, "\(bytes)")
            #expect(whole.patience == nil && split.patience == nil)
        }
        var endless = InputDecoder()
        _ = endless.feed(Array("\u{1B}[200~".utf8))
        for _ in 0..<40 { _ = endless.feed([UInt8](repeating: 65, count: 65536)) }
        guard case .paste(let text) = endless.expire().first else { return }
        #expect(text.utf8.count <= InputDecoder.pasteLimit + 65536)
    }
}
