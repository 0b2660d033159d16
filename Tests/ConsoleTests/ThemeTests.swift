import AgentOSCore
import Terminal
import Testing

@testable import Console

@Suite struct ThemeTests {
    private static let themes = [Theme.builtIn, Theme.daylight, Theme.mono]

    @Test func rolesAreThoseOfTheFile() {
        #expect(Role.allCases.map(\.rawValue) == ThemeFile.roleNames)
        for theme in Self.themes { #expect(Set(theme.roles.keys) == Set(ThemeFile.roleNames)) }
    }

    @Test(arguments: ColourDepth.allCases) func everyStateIsAWordInEveryThemeAndDepth(depth: ColourDepth)
        async throws
    {
        for file in Self.themes {
            let theme = try Theme(file, depth: depth)
            var plain: Set<String> = []
            for state in SessionState.allCases {
                let word = StateWord(state).line(theme).text.text
                #expect(word.hasSuffix(state.rawValue))
                plain.insert(word)
            }
            #expect(plain.count == SessionState.allCases.count)
            let driver = try await Driver(Sample.world(), "80x24") {
                ($0.theme, $0.opening) = (theme, .sessions)
            }
            for word in ["PAUSED approval", "RUNNING", "COMPLETE", "FAILED"] { driver.shows(word) }
            if depth == .none {
                #expect(
                    driver.frame.cells.allSatisfy {
                        $0.style.foreground == .default && $0.style.background == .default
                    })
            }
        }
    }

    @Test func theSelectionIsSeenWithoutColours() throws {
        let theme = try Theme(Theme.mono, depth: .none)
        #expect(theme[.selection].attributes.contains(.reverse))
    }

    @Test func sixteenColoursUseTheirColumn() throws {
        let theme = try Theme(Theme.builtIn, depth: .ansi16)
        #expect(theme[.stateFailed].foreground == .indexed(9))
        #expect(try Theme(Theme.builtIn, depth: .direct)[.stateFailed].foreground == .rgb(0xFF, 0x93, 0x98))
    }

    @Test func anUnknownRoleOrColourIsAFault() {
        #expect(throws: Fault.self) {
            try Theme(ThemeFile(name: "x", roles: ["state.flying": RoleSpec()]), depth: .direct)
        }
        let fault = #expect(throws: Fault.self) {
            try Theme(ThemeFile(name: "x", roles: ["dim": RoleSpec(foreground: "mauve")]), depth: .direct)
        }
        #expect(fault?.description.contains("role dim names the colour mauve") == true)
    }

    @Test func aRoleThatIsLeftOutIsDrawnAsBuiltIn() throws {
        let theme = try Theme(ThemeFile(name: "x"), depth: .direct)
        #expect(theme[.stateFailed] == (try Theme(Theme.builtIn, depth: .direct))[.stateFailed])
    }
}

@Suite struct KeymapTests {
    private func file(_ contexts: [String: [(String, String?)]]) -> KeymapFile {
        KeymapFile(
            name: "mine",
            contexts: contexts.mapValues { bindings in
                bindings.enumerated().map { KeyBinding(keys: [$1.0], command: $1.1, line: $0 + 1) }
            })
    }

    @Test func theBuiltInOneIsSound() throws {
        let keymap = try Keymap(Keymap.builtIn)
        #expect(keymap == .standard)
        #expect(keymap.command(for: .control("k"), in: "session") == "session.cancel")
        #expect(keymap.command(for: KeyStroke(.escape), in: "inbox") == "view.back")
        #expect(keymap.command(for: KeyStroke(.pageDown), in: "inbox") == "view.page-down")
    }

    @Test func aConflictNamesBoth() {
        let fault = #expect(throws: Fault.self) {
            try Keymap(file(["global": [("x", "session.pause"), ("x", "session.resume")]]))
        }
        #expect(
            fault?.description
                == "keymap mine, global: x means both session.pause and session.resume; give one of them another key, or write off"
        )
    }

    @Test(arguments: [("hyper-x", "session.pause"), ("x", "session.fly")]) func whatIsUnknownIsAFault(
        key: String, command: String
    ) {
        #expect(throws: Fault.self) { try Keymap(file(["global": [(key, command)]])) }
    }

    @Test func aContextWinsOverGlobal() throws {
        let keymap = try Keymap(
            file(["global": [("x", "session.pause")], "events": [("x", "view.filter"), ("y", nil)]]))
        #expect(keymap.command(for: .character("x"), in: "events") == "view.filter")
        #expect(keymap.command(for: .character("x"), in: "inbox") == "session.pause")
    }

    @Test func offFreesAKey() throws {
        let mine = file(["global": [("Ctrl-K", nil)]])
        let keymap = try Keymap(Keymap.layered(mine, over: Keymap.builtIn))
        #expect(keymap.command(for: .control("k"), in: "session") == nil)
        #expect(keymap.command(for: .character("p"), in: "session") == "session.toggle")
    }

    @Test func aShippedKeyNeverShadowsTheUsers() throws {
        let mine = file(["global": [("]", "session.pause")]])
        let keymap = try Keymap(Keymap.layered(mine, over: Keymap.builtIn))
        #expect(keymap.command(for: .character("]"), in: "diff") == "session.pause")
        #expect(keymap.command(for: .character("["), in: "diff") == "view.previous-file")
    }

    @Test func anotherKeyWorksAndHelpNamesIt() async throws {
        let keymap = try Keymap(
            Keymap.layered(file(["global": [("F5", "session.toggle"), ("p", nil)]]), over: Keymap.builtIn))
        var driver = try await Driver(Sample.world(), "120x40") { $0.keymap = keymap }
        await driver.press("2", "down")
        driver.shows("F5 pause")
        await driver.press("p")
        #expect(driver.commands.isEmpty)
        await driver.press("f5")
        #expect(driver.commands == ["agentos session pause 9fx3aa"])
    }
}
