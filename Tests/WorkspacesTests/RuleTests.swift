import ObjectStore
import Testing

@testable import Workspaces

@Suite("Globs and ignore rules") struct RuleTests {
    @Test(
        arguments: [
            ("Sources/**", "Sources/a/b.swift", true), ("Sources/**", "Tests/a", false),
            ("Sources", "Sources/a", true),
            ("*.md", "README.md", true), ("*.md", "docs/a.md", false), ("**/*.md", "docs/a.md", true),
            ("**/*.md", "README.md", true), ("a/?/c", "a/b/c", true), ("a/?/c", "a/\u{e9}/c", true),
            ("a/?/c", "a/bb/c", false),
            ("[a-c]x", "bx", true), ("[!a-c]x", "bx", false), ("{a,b}/c", "b/c", true), ("./a", "a", true),
            ("a/**/z", "a/z", true),
            ("a/**/z", "a/b/c/z", true), ("\\*", "*", true), ("\\*", "a", false), ("a[", "a[", true),
        ] as [(String, String, Bool)])
    func globs(pattern: String, path: String, expected: Bool) {
        #expect(Glob(pattern).matches(TreePath(path)) == expected)
    }

    @Test func aGlobKnowsWhereNotToLook() {
        #expect(Glob("a/b/*.c").mayMatch(below: "a"))
        #expect(Glob("a/b/*.c").mayMatch(below: "a/b"))
        #expect(!Glob("a/b/*.c").mayMatch(below: "x"))
        #expect(!Glob(".env").mayMatch(below: "node_modules"))
        #expect(Glob("**/.env").mayMatch(below: "node_modules"))
    }

    @Test(
        arguments: [
            ("*.log", "a/b.log", false, true), ("/x", "x", false, true), ("/x", "a/x", false, false),
            ("a/b", "a/b", false, true),
            ("a/b", "c/a/b", false, false), ("**/b", "c/a/b", false, true), ("build/", "build", true, true),
            ("build/", "build", false, false), ("# c", "# c", false, false), ("\\#c", "#c", false, true),
            ("x \n", "x", false, true), ("a/**", "a/b/c", false, true), ("a/**/c", "a/c", false, true),
            ("*\n!keep", "keep", false, false), ("!keep\n*", "keep", false, true),
            ("a\r\n", "a", false, true),
        ] as [(String, String, Bool, Bool)])
    func ignoring(rules: String, path: String, isFolder: Bool, expected: Bool) {
        let ignore = IgnoreRules.none.adding(Array(rules.utf8), in: .root)
        #expect(ignore.ignores(TreePath(path), isFolder: isFolder) == expected)
    }

    @Test func aDeeperFileHasTheLastWord() {
        let rules = IgnoreRules.none.adding(Array("*.txt".utf8), in: .root).adding(
            Array("!a.txt".utf8), in: "sub")
        #expect(rules.ignores("a.txt", isFolder: false))
        #expect(!rules.ignores("sub/a.txt", isFolder: false))
        #expect(rules.ignores("sub/b.txt", isFolder: false))
    }

    @Test func patternsOfAnyBytesEnd() {
        var random = Seeded(state: 21)
        let alphabet = Array("ab*?[]!-\\/{},.".utf8)
        for _ in 0..<4000 {
            func text(_ most: Int) -> [UInt8] {
                (0..<Int.random(in: 1...most, using: &random)).map { _ in
                    alphabet.randomElement(using: &random) ?? 0x61
                }
            }
            let pattern = String(decoding: text(14), as: UTF8.self)
            let path = TreePath(bytes: text(14))
            _ = Glob(pattern).matches(path)
            _ = IgnoreRules.none.adding(Array(pattern.utf8), in: .root).ignores(path, isFolder: true)
        }
        #expect(Glob("**/**/**/**/x").matches("a/b/c/d/e/f/g/x"))
        #expect(
            !Glob(String(repeating: "*a", count: 40) + "b").matches(
                TreePath(String(repeating: "a", count: 300))))
    }
}
