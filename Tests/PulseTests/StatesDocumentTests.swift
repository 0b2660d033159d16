import AgentOSCore
import FoundationEssentials
import Testing

@testable import Pulse

/// `docs/states.md` says what the state machine does.
@Suite struct StatesDocumentTests {
    private static func page() throws -> String {
        let root = #filePath.dropLast("/Tests/PulseTests/StatesDocumentTests.swift".count)
        return try String(contentsOf: URL(filePath: root + "/docs/states.md"), encoding: .utf8)
    }

    @Test func theArrowsAreTheDesigns() throws {
        let wanted = SessionState.allCases.map { state in
            let next = SessionState.allCases.filter { StateTableTests.arrows[state]?.contains($0) == true }
            return "\(state.rawValue) → \(next.map(\.rawValue).joined(separator: " | "))"
        }
        let page = try Self.page()
        let found = page.split(separator: "```", omittingEmptySubsequences: false)
        #expect(found.count == 3 && found[1].split(separator: "\n").map(String.init) == wanted)
    }

    @Test func everyStateIsNamed() throws {
        let page = try Self.page()
        for state in SessionState.allCases { #expect(page.contains("\n| \(state.rawValue) | ")) }
    }

    @Test func everyReasonIsNamed() throws {
        let reasons: [PauseReason] = [
            .operatorAsked, .approval, .question, .gate, .limit("NAME"), .budget("NAME"), .price, .loop,
            .recovery, .disk, .files, .context, .setup, .pauseAll,
        ]
        // A reason that is added without a row here is one that the switch does not know.
        for reason in reasons {
            switch reason {
            case .operatorAsked, .approval, .question, .gate, .limit, .budget, .recovery, .price, .disk,
                .files, .context, .setup, .loop, .pauseAll:
                #expect(try Self.page().contains("\n| `\(reason)` | "), "\(reason)")
            }
        }
        let rows = try Self.page().split(separator: "## Why it is PAUSED").last?.split(separator: "\n") ?? []
        #expect(rows.count { $0.hasPrefix("| `") } == reasons.count + 1)
    }
}
