import AgentOSCore
import Documents
import FoundationEssentials
import Testing

/// The gates that `docs/gates.md` shows are gates.
@Suite struct GatesPageTests {
    @Test func everyGateOfThePageIsRead() throws {
        let root = #filePath.dropLast("/Tests/DocumentsTests/GatesPageTests.swift".count)
        let page = try String(contentsOf: URL(filePath: root + "/docs/gates.md"), encoding: .utf8)
        var lines: [Substring] = []
        var isInside = false
        for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                isInside = line == "```yaml"
            } else if isInside {
                lines.append(line)
            }
        }
        let text = "goal: g\ngates:\n" + lines.map { "  \($0)\n" }.joined()
        let config = try SessionDocument.parse(Array(text.utf8), path: "/srv/gates.yaml")
        var kinds: Set<String> = []
        for gate in config.gates {
            switch gate.kind {
            case .run: kinds.insert("run")
            case .diff: kinds.insert("diff")
            case .match: kinds.insert("match")
            case .schema: kinds.insert("schema")
            case .present: kinds.insert("present")
            case .judge: kinds.insert("judge")
            case .human: kinds.insert("human")
            }
        }
        #expect(config.gates.count == lines.count && kinds.count == 7)
    }
}
