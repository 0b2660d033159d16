import AgentOSCore
import Testing

@Suite struct TextGlobTests {
    @Test(arguments: [
        ("session.*", "session.created", true), ("session.*", "sessions", false), ("*", "", true),
        ("", "", true),
        ("", "a", false), ("a?c", "abc", true), ("a?c", "ac", false), ("*b*", "abc", true),
        ("a*b*c", "axxbyyc", true),
        ("a*b*c", "axxbyy", false), ("**", "x", true),
    ])
    func aPatternCoversAWholeText(pattern: String, text: String, covers: Bool) {
        #expect(TextGlob.matches(pattern, text) == covers)
    }

    /// A pattern of a follower's cannot hold up the host.
    @Test func manyStarsEndSoon() {
        let pattern = String(repeating: "*a", count: 40) + "b"
        #expect(!TextGlob.matches(pattern, String(repeating: "a", count: 400)))
    }
}
