import HTTPTransport
import Testing

@Suite struct SSEDecoderTests {
    /// The events of a text fed in one piece.
    private func events(_ text: String, limit: Int = 1 << 20) throws -> [SSEEvent] {
        try events([Array(text.utf8)], limit: limit)
    }

    private func events(_ pieces: [[UInt8]], limit: Int = 1 << 20) throws -> [SSEEvent] {
        var decoder = SSEDecoder(limit: limit)
        var events: [SSEEvent] = []
        for piece in pieces { try decoder.feed(piece, into: &events) }
        return events
    }

    @Test(arguments: [
        ("data: a\n\n", [SSEEvent(data: "a")]),
        ("data:a\r\n\r\n", [SSEEvent(data: "a")]),
        ("data: a\r\r", [SSEEvent(data: "a")]),
        ("data:  a\n\n", [SSEEvent(data: " a")]),
        ("data: a\ndata: b\n\n", [SSEEvent(data: "a\nb")]),
        ("data\n\n", [SSEEvent(data: "")]),
        ("data\ndata\n\n", [SSEEvent(data: "\n")]),
        (": ping\n\ndata: a\n\n", [SSEEvent(data: "a")]),
        ("\u{FEFF}data: a\n\n", [SSEEvent(data: "a")]),
        ("data: a\n\n\u{FEFF}data: b\n\n", [SSEEvent(data: "a")]),
        ("event: add\ndata: 1\n\ndata: 2\n\n", [SSEEvent(name: "add", data: "1"), SSEEvent(data: "2")]),
        ("id: 7\ndata: 1\n\ndata: 2\n\n", [SSEEvent(data: "1", id: "7"), SSEEvent(data: "2", id: "7")]),
        ("id: 7\0\ndata: 1\n\n", [SSEEvent(data: "1")]),
        ("event: lost\n\ndata: a\n\n", [SSEEvent(data: "a")]),
        ("unknown: x\nretry: 5\ndata: a\n\n", [SSEEvent(data: "a")]),
        ("data: a:b: c\n\n", [SSEEvent(data: "a:b: c")]),
        ("data: cut", []),
        ("data: cut\n", []),
        ("\n\n\n", []),
    ])
    func `events of a text`(_ text: String, _ expected: [SSEEvent]) throws {
        #expect(try events(text) == expected)
    }

    @Test func `bytes that are not UTF-8 become replacement characters`() throws {
        let bytes: [UInt8] = Array("data: ".utf8) + [0xFF, 0xE2, 0x82] + Array("\n\n".utf8)
        #expect(try events([bytes]) == [SSEEvent(data: "\u{FFFD}\u{FFFD}")])
    }

    @Test func `every way to cut a stream gives the same events`() throws {
        let text = "\u{FEFF}event: é\r\ndata: äöü €\r\ndata: 漢字\r\n\r\n: c\rdata: x\r\rid: 3\ndata: 🚀\n\n"
        let whole = try events(text)
        #expect(whole.map(\.data) == ["äöü €\n漢字", "x", "🚀"])
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count {
            #expect(try events([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole)
        }
        #expect(try events(bytes.map { [$0] }) == whole)
    }

    @Test func `random bytes in random pieces decode as in one piece`() throws {
        var random = SeededRandom(seed: 11)
        let alphabet: [UInt8] =
            Array("data: eventid:\n\r\n\r 1\0".utf8) + [0xEF, 0xBB, 0xBF, 0xF0, 0x9F, 0x9A, 0x80]
        for _ in 0..<400 {
            let bytes = (0..<Int.random(in: 0...120, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            var pieces: [[UInt8]] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...9, using: &random))
                pieces.append(Array(piece))
                rest = rest.dropFirst(piece.count)
            }
            #expect(try events(pieces) == events([bytes]))
        }
    }

    @Test func `a line or an event beyond the limit ends the stream and keeps what came before`() {
        let lines = [
            "data: a\n\n" + String(repeating: "x", count: 200),
            "data: a\n\n" + String(repeating: "data: 0123456789\n", count: 20),
        ]
        for text in lines {
            for size in [1, 7, 4096] {
                var decoder = SSEDecoder(limit: 64)
                var events: [SSEEvent] = []
                #expect(throws: SSEFailure.tooLong(limit: 64)) {
                    var rest = Array(text.utf8)[...]
                    while !rest.isEmpty {
                        try decoder.feed(Array(rest.prefix(size)), into: &events)
                        rest = rest.dropFirst(size)
                    }
                }
                #expect(events == [SSEEvent(data: "a")])
                #expect(throws: SSEFailure.tooLong(limit: 64)) { try decoder.feed([10, 10], into: &events) }
            }
        }
    }
}

/// The same numbers for the same seed (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
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
