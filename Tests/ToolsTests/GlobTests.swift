import Testing

@testable import Tools

@Suite("globs of the search tool")
struct GlobTests {
    @Test(
        "globs",
        arguments: [
            ("*.swift", "a/b.swift", true), ("*.swift", "a.swiftx", false), ("a/*.c", "a/b.c", true),
            ("a/*.c", "a/b/c.c", false),
            ("a/**/*.c", "a/b/d/c.c", true), ("a/**/*.c", "a/c.c", true), ("**/x", "x", true),
            ("**/x", "a/b/x", true), ("src/**", "src/a/b", true),
            ("?.c", "a.c", true), ("[ab].c", "b.c", true), ("[!ab].c", "b.c", false),
            ("*.{c,h}", "x.h", true), ("*.{c,h}", "x.m", false),
            ("a**b", "axb", true), ("[", "[", true), ("{a", "{a", true),
        ])
    func globs(_ glob: String, _ path: String, _ matches: Bool) throws {
        #expect(try Glob(glob).matches(path) == matches)
    }
}
