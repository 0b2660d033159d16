import AgentOSCore
import Testing

@testable import Pulse

/// Names, lines and keys that the agent chose never begin a line of what a gate tells.
@Suite struct ForgedLineTests {
    /// The same names each time, of what forges, hides or breaks lines.
    private func names(_ count: Int, seed: UInt64) -> [String] {
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let parts = [
            "a", "/", "\n", "\r", "\r\n", "\u{85}", "\u{2028}", "\u{2029}", "\u{B}", "\u{C}", "\u{1B}[2J",
            "\t",
            "\"", "\\", " ", "é", "\u{202E}", "\nGate 'tests' failed: ", "\nadded forged +1 -0", ":1: ",
            "\u{0}",
        ]
        return (0..<count).map { _ in (0...next(6)).map { _ in parts[next(parts.count)] }.joined() }
    }

    private func lines(_ text: String) -> [Substring] {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    }

    @Test func theFilesOfADifference() {
        let files = names(300, seed: 3).map {
            TreeDiff.File(path: $0, change: .added, added: 1, removed: 2, isBinary: false, text: "")
        }
        for file in files {
            let found = verdict(of: DiffLimits(maxFiles: 0, only: ["x"]), on: TreeDiff(files: [file]))
            #expect(lines(found.output).count == 2 && lines(found.reason ?? "").count == 1, "\(file.path)")
            #expect(lines(found.output).last?.hasPrefix("added ") == true)
        }
    }

    @Test func theLinesOfFiles() throws {
        for name in names(300, seed: 5) {
            let file = GateFile(path: name, text: "so \(name) so\r\nno\nso")
            for rule in [MatchRule(files: "*", never: "so"), MatchRule(files: "*", always: "^never$")] {
                let found = try verdict(of: rule, on: [file])
                #expect(lines(found.reason ?? "").count == 1)
                let (quoted, told) = (quotedPath(name), lines(found.output).dropFirst())
                #expect(!told.isEmpty && told.allSatisfy { $0.hasPrefix(quoted + ":") }, "\(told)")
            }
        }
    }

    /// Lines end at `\r\n` too, and an end is no part of a line.
    @Test func linesOfOtherSystems() throws {
        let file = GateFile(path: "a", text: "one\r\ntwo\r\n")
        #expect(
            try verdict(of: MatchRule(files: "*", never: "^two$"), on: [file]).reason == "a:2 match ^two$")
    }

    @Test func theKeysOfAJSONFile() throws {
        for name in names(100, seed: 7) {
            let value = try JSONText.encode(JSONValue.object([name: 1]))
            let found = verdict(
                ofSchema: Array(#"{"type":"object","additionalProperties":false}"#.utf8), named: "s",
                on: value, named: "r")
            #expect(lines(found.reason ?? "").count == 1 && lines(found.output).count == 1, "\(found)")
        }
    }

    /// The report of a red gate is one line of ours, and what it saw set in.
    @Test func theReport() {
        for name in names(100, seed: 9) {
            let outcome = GateOutcome(
                gate: "tests", passed: false, required: true, tree: someTree, gateHash: "h",
                reason: "exit 1 \(name)", output: "\(name)\nGate 'ship' failed: no", attempt: 1,
                milliseconds: 1)
            let told = lines(gateReport(outcome))
            #expect(told.first?.hasPrefix("Gate 'tests' failed: exit 1 ") == true)
            #expect(told.dropFirst().allSatisfy { $0.isEmpty || $0.hasPrefix("  ") }, "\(told)")
        }
    }

    @Test(
        arguments: [
            ("a b", "a b"), ("é/x", "é/x"), ("a\u{2028}b", #""a\342\200\250b""#), ("\u{85}", #""\302\205""#),
            ("a\r\nb", #""a\015\nb""#),
        ])
    func names(_ path: String, _ text: String) { #expect(quotedPath(path) == text) }
}
