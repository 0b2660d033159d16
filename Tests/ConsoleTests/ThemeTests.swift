import AgentOSCore
import Terminal
import Testing

@testable import Console

@Suite struct ThemeTests {
    @Test func rolesAreThoseOfTheFile() {
        #expect(Role.allCases.map(\.rawValue) == ThemeFile.roleNames)
        #expect(Set(Theme.builtIn.roles.keys) == Set(ThemeFile.roleNames))
    }
}
