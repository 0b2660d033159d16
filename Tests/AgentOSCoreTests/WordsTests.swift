import AgentOSCore
import Testing

@Suite struct WordsTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00.000Z", 0), ("2026-11-22T13:16:25.042Z", 1_795_353_385_042),
        ("1969-12-31T23:59:59.999Z", -1),
        ("2000-02-29T12:00:00.000Z", 951_825_600_000),
    ])
    func timestampsReadAndWrite(text: String, milliseconds: Int64) {
        #expect(Timestamp(text)?.milliseconds == milliseconds)
        #expect(Timestamp(milliseconds: milliseconds).description == text)
    }

    @Test func timestampsTakeOffsetsAndRefuseRubbish() {
        #expect(Timestamp("2026-11-22T14:16:25+01:00") == Timestamp("2026-11-22T13:16:25Z"))
        for text in [
            "", "2026-11-22", "2026-13-01T00:00:00Z", "2026-11-22T13:16:25", "2026-11-22T13:16:25.Z",
            "2026-11-22T13:16:25Zx",
        ] {
            #expect(Timestamp(text) == nil, "\(text)")
        }
    }

    @Test(arguments: [
        ("0.50", 500_000_000_000), ("12", 12_000_000_000_000), ("0.000000000001", 1),
        ("-1.5", -1_500_000_000_000),
    ])
    func moneyReads(text: String, pico: Int64) { #expect(Money(text)?.picodollars == pico) }

    @Test func moneyRefusesRubbishAndRoundsUp() {
        for text in ["", ".5", "1.", "1e3", "0.0000000000001", "99999999"] {
            #expect(Money(text) == nil, "\(text)")
        }
        #expect(Money(picodollars: 1).short == "0.0001")
        #expect(Money(picodollars: 1_234_000_000_001).short == "1.24")
        #expect(Money(picodollars: 500_000_000_000).description == "0.50")
    }

    @Test func safeTextHoldsNothingThatATerminalObeys() {
        #expect(SafeText("a\u{1B}[31mb\r\n\u{9B}c\u{202E}").text == "a\\e[31mb\\r\\n\\x9bc\\u{202e}")
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let raw = String(
                decoding: (0..<40).map { _ in UInt8.random(in: 0...255, using: &random) }, as: UTF8.self)
            #expect(!SafeText(raw).text.unicodeScalars.contains(where: SafeText.isUnsafe))
        }
    }

    @Test("INV-8: printable JSON is the same value and holds nothing that a terminal obeys")
    func printableJSONHoldsNothingThatATerminalObeys() throws {
        let raw = "a\u{1B}[2J\u{9B}2J\u{7F}\u{202E}\u{FEFF}\u{E0041}\u{E9}\u{1F600}\n\"\\"
        #expect(
            try JSONText.printableString([raw])
                == #"["a\u001b[2J\u009b2J\u007f\u202e\ufeff\udb40\udc41\#u{E9}\#u{1F600}\n\"\\"]"#)
        let every = (0...0x10FFFF as ClosedRange<UInt32>).compactMap { Unicode.Scalar($0) }
            .filter { SafeText.isUnsafe($0) || $0.value % 4099 == 0 }
        let text = String(String.UnicodeScalarView(every))
        let line = try JSONText.printableString(["key \(text)": text])
        #expect(!line.unicodeScalars.contains(where: SafeText.isUnsafe))
        #expect(try JSONText.decode([String: String].self, from: line) == ["key \(text)": text])
    }

    @Test func safeLinesExpandTabs() {
        #expect(SafeText.lines("a\tb\r\nc").map(\.text) == ["a       b", "c"])
    }

    @Test func tenantsAreFolderNames() {
        #expect(TenantID("main").isValid)
        for bad in ["", "-a", "A", "a/b", "..", String(repeating: "a", count: 64)] {
            #expect(!TenantID(bad).isValid, "\(bad)")
        }
    }
}
