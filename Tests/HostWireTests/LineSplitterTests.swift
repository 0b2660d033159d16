import HostWire
import Testing

@Suite struct LineSplitterTests {
    private func texts(_ items: [LineSplitter.Item]) -> [String] {
        items.map { item in
            switch item {
            case .line(let bytes): String(decoding: bytes, as: UTF8.self)
            case .tooLong: "<too long>"
            }
        }
    }

    @Test(arguments: [
        ("a\nb\n", ["a", "b"]), ("a\r\n\n\r\nb", ["a", "b"]), ("", []), ("\n", []),
        ("12345678\n", ["12345678"]),
        ("123456789\nb\n", ["<too long>"]), ("b\n123456789", ["b", "<too long>"]),
        ("12345678\r\n", ["12345678"]),
    ])
    func cuts(text: String, lines: [String]) {
        var whole = LineSplitter(limit: 8)
        #expect(texts(whole.push(Array(text.utf8)) + [whole.finish()].compactMap { $0 }) == lines)
    }

    @Test func anyCutOfTheBytesGivesTheSameLines() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<500 {
            let alphabet = Array("ab\n\r\u{0}\u{ff}".utf8)
            let bytes = (0..<Int.random(in: 0..<60, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            var whole = LineSplitter(limit: 10)
            let expected = whole.push(bytes) + [whole.finish()].compactMap { $0 }
            var pieces = LineSplitter(limit: 10)
            var found: [LineSplitter.Item] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...7, using: &random)
                found += pieces.push(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
            found += [pieces.finish()].compactMap { $0 }
            #expect(found == expected, "\(bytes)")
        }
    }
}

/// A generator whose numbers a seed decides.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
