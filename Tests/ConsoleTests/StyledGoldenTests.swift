import AgentOSCore
import Terminal
import TestSupport
import Testing

@testable import Console

/// Screens with their colours and attributes, as a plane of letters beneath the text.
@Suite struct StyledGoldenTests {
    /// Themes by the names that the goldens have.
    private static func look(_ name: String) throws -> Theme {
        switch name {
        case "light": try Theme(Theme.daylight, depth: .direct)
        case "nocolor": try Theme(Theme.mono, depth: .none)
        default: try Theme(Theme.builtIn, depth: .direct)
        }
    }

    private static let looks = ["dark-80x24", "light-80x24", "nocolor-80x24", "dark-40x10", "nocolor-40x10"]

    private func driver(_ look: String) async throws -> Driver {
        let parts = look.split(separator: "-").map(String.init)
        let theme = try Self.look(parts[0])
        return try await Driver(Sample.world(), parts[1]) { $0.theme = theme }
    }

    @Test(arguments: looks + ["light-40x10"]) func inbox(look: String) async throws {
        try await driver(look).matchesStyled("styled-inbox-\(look)")
    }

    @Test(arguments: looks) func sessions(look: String) async throws {
        var driver = try await driver(look)
        await driver.press("2", "down")
        try driver.matchesStyled("styled-sessions-\(look)")
    }

    @Test(arguments: ["dark-80x24", "light-40x10", "nocolor-40x10"]) func session(look: String) async throws {
        var driver = try await driver(look)
        await driver.press("2", "enter")
        try driver.matchesStyled("styled-session-\(look)")
    }

    @Test(arguments: looks) func diff(look: String) async throws {
        var driver = try await driver(look)
        await driver.press("2", "d")
        try driver.matchesStyled("styled-diff-\(look)")
    }

    @Test(arguments: looks) func question(look: String) async throws {
        var driver = try await driver(look)
        await driver.press("2", "down", "ctrl-k", "right")
        try driver.matchesStyled("styled-cancel-\(look)")
    }

    @Test(arguments: looks) func completions(look: String) async throws {
        var driver = try await driver(look)
        await driver.press("2", ":", "un", "tab")
        try driver.matchesStyled("styled-command-\(look)")
    }
}

extension Driver {
    /// Compares text and styles with `Goldens/NAME.txt`.
    func matchesStyled(_ name: String, _ location: SourceLocation = #_sourceLocation) throws {
        try matches(name, text: screen + frame.styles, location)
    }
}
