import AgentOSCore
import Testing

@Suite("patterns: what they find, and that none can stop us")
struct PatternTests {
    @Test(
        "finds",
        arguments: [
            ("abc", "xabcx"), ("a.c", "aéc"), ("^a", "abc"), ("c$", "abc"), ("a|b", "b"), ("a*b", "b"),
            ("a+b", "aab"),
            ("colou?r", "color"), ("[a-c]+z", "abz"), ("[^x]y", "zy"), ("\\d{3}", "a123"), ("\\d{2,}", "12"),
            ("x{2}", "xx"),
            ("(ab)+c", "ababc"), ("(?:a|b){2}c", "abc"), ("\\bfoo\\b", "a foo b"), ("\\w+@\\w+", "me@home"),
            ("\\s", "a b"),
            ("(?i)HeLLo", "hEllO"), ("(?i)[A-C]x", "bX"), ("\\.", "a.b"), ("\\x41", "A"), ("\\u00e9", "é"),
            ("a{", "a{"),
            ("{}", "{}"), ("[]a]", "]"), ("[a\\]]", "]"), ("[[:digit:]]+", "5"), ("a??b", "b"), ("", "x"),
            ("(|a)b", "b"),
            ("(a*)*b", "b"), ("\\Bx", "ax"), ("[\\w-]+", "-"), ("[\\W]", " "), ("(?<n>a)b", "ab"),
            ("\\{", "{"), ("$^", ""),
        ].filter { !$0.0.isEmpty })
    func finds(_ pattern: String, _ line: String) throws {
        #expect(try Pattern(pattern).isFound(in: line))
    }

    @Test(
        "does not find",
        arguments: [
            ("abc", "ab"), ("^b", "ab"), ("a$", "ab"), ("a+", "b"), ("[a-c]", "d"), ("[^a]", "a"),
            ("\\d", "x"), ("x{3}", "xx"),
            ("\\bfoo\\b", "food"), ("a.c", "ac"), ("\\.", "x"), ("x{2,3}y", "xy"), ("\\Bx", "x"),
            ("abc", "ABC"),
        ])
    func findsNot(_ pattern: String, _ line: String) throws {
        #expect(try !Pattern(pattern).isFound(in: line))
    }

    @Test(
        "refuses, and says why",
        arguments: [
            ("", "empty"), ("(", "without its `)`"), (")", "unmatched"), ("[a", "without its `]`"),
            ("*a", "nothing before"),
            ("a\\", "at the end"), ("(a)\\1", "back-reference"), ("(?=a)", "look-ahead"),
            ("(?<=a)b", "look-behind"), ("[z-a]", "out of order"),
            ("a{5,2}", "out of order"), ("a{2000}", "above 1000"), ("((a{100}){100}){100}", "too large"),
            ("\\q", "unknown escape"),
            ("\\xZZ", "hexadecimal"), ("[[:foo:]]", "unknown class"), ("a***", "repeated"),
        ])
    func refuses(_ pattern: String, _ part: String) {
        let refusal = #expect(throws: PatternRefusal.self) { try Pattern(pattern) }
        #expect(refusal?.description.contains(part) == true, "\(refusal?.description ?? "")")
    }

    @Test("any text is read or refused, and matching it ends")
    func anything() {
        var seed: UInt64 = 7
        func next(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        let letters = Array("ab[](){}*+?|^$.\\dwsbx-,:19é")
        for _ in 0..<3000 {
            let text = String((0..<next(14)).map { _ in letters[next(letters.count)] })
            let line = String((0..<next(20)).map { _ in letters[next(letters.count)] })
            if let pattern = try? Pattern(text) { _ = pattern.isFound(in: line) }
        }
        // What makes an engine that backtracks take for ever.
        let evil = try? Pattern("(a+)+(a|aa)*(a*)*$b")
        #expect(evil?.isFound(in: String(repeating: "a", count: 3000)) == false)
    }
}
