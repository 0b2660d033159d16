import AgentOSCore
import Testing

@testable import Workspaces

@Suite("paths in the text of a difference")
struct QuotedPathTests {
    @Test(
        "a name cannot forge a line",
        arguments: [
            ("a/b.txt", "a/b.txt"), ("a/ö b", "a/ö b"), ("a/x\ny", #""a/x\ny""#), ("a/\"", #""a/\"""#),
            ("a/\\", #""a/\\""#), ("a/\u{1B}[2J", #""a/\033[2J""#), ("a/\t\u{7F}", #""a/\t\177""#),
        ])
    func quotes(_ path: String, _ text: String) { #expect(quotedPath(path) == text) }
}
