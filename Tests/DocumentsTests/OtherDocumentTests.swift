import AgentOSCore
import Testing

@testable import Documents

private func lines(_ body: () throws(DocumentFaults) -> Void) -> [String] {
    do throws(DocumentFaults) {
        try body()
        return []
    } catch {
        return error.lines
    }
}

@Suite("prices.yaml")
struct PricesDocumentTests {
    @Test("Rates are exact; what is left out above a size is the base's")
    func values() throws {
        let text = """
            date: 2026-11-01
            models:
              claude/big: {input: 3.0, output: 15.0, cache_read: 0.3, cache_write: 3.75, cache_write_1h: 6.0, above: {tokens: 200000, input: 6.0}}
              local/a/b: {input: 0, output: 0}
            """
        let prices = try PricesDocument.parse(Array(text.utf8), path: "prices.yaml")
        func usd(_ text: String) -> Money { Money(text) ?? Money(picodollars: -1) }
        var base = ModelPrice.Rates(input: usd("3"), output: usd("15"))
        base.cacheRead = usd("0.3")
        base.cacheWrite = usd("3.75")
        base.cacheWriteHour = usd("6")
        var long = base
        long.input = usd("6")
        #expect(prices.date == "2026-11-01")
        #expect(
            prices.models == [
                ModelReference(provider: "claude", model: "big"): ModelPrice(
                    base: base, above: ModelPrice.LongPrompt(tokens: 200_000, rates: long)),
                ModelReference(provider: "local", model: "a/b"): ModelPrice(
                    base: ModelPrice.Rates(input: .zero, output: .zero)),
            ])
    }

    @Test(
        "Faults",
        arguments: [
            (
                "",
                [
                    "1: date: missing; write the day of the table, like 2026-11-01",
                    "1: models: missing; write models: {provider/model: {input: 3.0, output: 15.0}}",
                ]
            ),
            (
                "date: yesterday\nmodels: {}\n",
                ["1: date: expected a day like 2026-11-01, found \"yesterday\""]
            ),
            (
                "date: 2026-11-01\nmodels:\n  big: {input: 1, output: x, cacheread: 1}\n  a/b: {output: 1}\n",
                [
                    "3: models.big.output: expected an amount in USD like 0.50, found \"x\"",
                    "3: models.big.cacheread: unknown key; did you mean cache_read?",
                    "3: models.big: not a model; write provider/model",
                    "4: models.a/b.input: missing; write USD per million tokens",
                ]
            ),
        ])
    func table(text: String, wanted: [String]) {
        let found = lines { () throws(DocumentFaults) in
            _ = try PricesDocument.parse(Array(text.utf8), path: "p.yaml")
        }
        #expect(found == wanted.map { "p.yaml:" + $0 })
    }
}

@Suite("Theme files")
struct ThemeDocumentTests {
    @Test("Palette and roles, with what stands in for colours")
    func values() throws {
        let text = """
            inherits: default
            palette:
              sky: {colour: "#7aa2f7", sixteen: bright-blue}
              plain: 111
            roles:
              text: {fg: sky, bg: default}
              state.failed: {fg: "#ff0000", bold: true, italic: no, mono: {reverse: true}}
              dim: {mono: {}}
            """
        let theme = try ThemeDocument.parse(Array(text.utf8), path: "/t/sky.yaml")
        #expect(
            theme
                == ThemeFile(
                    name: "sky", inherits: "default",
                    palette: [
                        "sky": ColourSpec(.rgb(0x7A, 0xA2, 0xF7), sixteen: .indexed(12)),
                        "plain": ColourSpec(.indexed(111)),
                    ],
                    roles: [
                        "text": RoleSpec(foreground: "sky", background: "default"),
                        "state.failed": RoleSpec(
                            foreground: "#ff0000", attributes: [.bold], mono: [.reverse]),
                        "dim": RoleSpec(mono: []),
                    ]))
        #expect(theme.colour("sky")?.sixteen == .indexed(12))
        #expect(theme.colour("#ff0000") == ColourSpec(.rgb(255, 0, 0)))
        #expect(theme.colour("mauve") == nil)
    }

    @Test("A theme over its parent: the palette repaints, roles are replaced one by one")
    func over() {
        let parent = ThemeFile(
            name: "default", palette: ["a": ColourSpec(.indexed(1)), "b": ColourSpec(.indexed(2))],
            roles: ["text": RoleSpec(foreground: "a"), "dim": RoleSpec(foreground: "b")])
        let child = ThemeFile(
            name: "child", inherits: "default", palette: ["a": ColourSpec(.terminal)],
            roles: ["dim": RoleSpec()])
        let merged = child.over(parent)
        #expect(merged.name == "child" && merged.inherits == nil)
        #expect(merged.palette == ["a": ColourSpec(.terminal), "b": ColourSpec(.indexed(2))])
        #expect(merged.roles == ["text": RoleSpec(foreground: "a"), "dim": RoleSpec()])
    }

    @Test(
        "Faults",
        arguments: [
            (
                "palette: {red: \"#f00\"}\n",
                [
                    "1: palette.red: expected a colour like \"#7aa2f7\", bright-blue, 111 or default, found \"#f00\""
                ]
            ),
            (
                "roles: {txt: {fg: mauve}}\npalette: {mauvve: \"#ff00ff\"}\n",
                [
                    "1: roles.txt: unknown role; did you mean text?",
                    "1: roles.txt.fg: unknown colour \"mauve\"; did you mean mauvve?",
                ]
            ),
            (
                "palette: {a: {colour: \"#112233\", sixteen: 99}}\n",
                ["1: palette.a.sixteen: not one of the sixteen colours"]
            ),
            (
                "roles: {text: {color: red}}\n",
                [
                    "1: roles.text.color: unknown key; known: fg, bg, bold, dim, underline, reverse, italic, mono"
                ]
            ),
            ("roles: {text: {bold: very}}\n", ["1: roles.text.bold: expected true or false, found \"very\""]),
        ])
    func table(text: String, wanted: [String]) {
        let found = lines { () throws(DocumentFaults) in
            _ = try ThemeDocument.parse(Array(text.utf8), path: "t.yaml")
        }
        #expect(found == wanted.map { "t.yaml:" + $0 })
    }
}

@Suite("Keymap files")
struct KeymapDocumentTests {
    @Test("Keys, lists of keys and off; lines are kept for whoever knows the commands")
    func values() throws {
        let text = """
            inherits: default
            global:
              [j, down]: view.down
              ctrl-k: session.cancel
              N: off
            diff:
              ":": view.command
            """
        let keymap = try KeymapDocument.parse(Array(text.utf8), path: "mine.yaml")
        #expect(
            keymap
                == KeymapFile(
                    name: "mine", inherits: "default",
                    contexts: [
                        "global": [
                            KeyBinding(keys: ["j", "Down"], command: "view.down", line: 3),
                            KeyBinding(keys: ["Ctrl-K"], command: "session.cancel", line: 4),
                            KeyBinding(keys: ["N"], command: nil, line: 5),
                        ],
                        "diff": [KeyBinding(keys: [":"], command: "view.command", line: 7)],
                    ]))
        #expect(keymap.command(for: ":", in: "diff") == "view.command")
        #expect(keymap.command(for: "j", in: "diff") == "view.down")
        #expect(keymap.command(for: "N", in: "inbox") == nil)
    }

    @Test("A keymap over its parent takes the keys that it names")
    func over() {
        let parent = KeymapFile(
            name: "default",
            contexts: ["global": [KeyBinding(keys: ["q", "Ctrl-C"], command: "view.leave", line: 1)]])
        let child = KeymapFile(
            name: "mine", inherits: "default",
            contexts: ["global": [KeyBinding(keys: ["q"], command: nil, line: 9)]])
        let merged = child.over(parent)
        #expect(merged.command(for: "q", in: "global") == nil)
        #expect(merged.command(for: "Ctrl-C", in: "global") == "view.leave")
    }

    @Test(
        "Names of keys have one spelling",
        arguments: [
            ("ctrl-k", "Ctrl-K"), ("CTRL-k", "Ctrl-K"), ("P", "P"), ("pageup", "PageUp"), ("-", "-"),
            ("Ctrl--", "Ctrl--"),
            ("alt-ctrl-x", "Ctrl-Alt-X"), ("Shift-Tab", "Shift-Tab"), (" ", "Space"), ("f12", "F12"),
            ("ß", "ß"),
        ])
    func names(written: String, wanted: String) {
        #expect(KeyName.canonical(written) == wanted)
        #expect(KeyName.canonical(wanted) == wanted)
    }

    @Test(
        "Texts that are no key",
        arguments: ["", "jk", "Ctrl-", "Shift-a", "Ctrl-Ctrl-x", "F13", "\u{1B}", "Meta-x"])
    func noKeys(text: String) {
        #expect(KeyName.canonical(text) == nil)
    }

    @Test(
        "Faults",
        arguments: [
            ("globl: {}\n", ["1: globl: unknown key; did you mean global?"]),
            ("global:\n  Entr: view.enter\n", ["2: global.Entr: unknown key \"Entr\"; did you mean Enter?"]),
            (
                "global:\n  j: down\n",
                ["2: global.j: expected a command like session.pause, or off, found \"down\""]
            ),
            (
                "global:\n  j: view.down\n  [J, j]: view.up\n",
                [
                    "3: global.\"J j\": j is bound twice, first in line 2; keep one"
                ]
            ),
            ("global: [j]\n", ["1: global: expected a mapping of keys to commands, found a list"]),
        ])
    func table(text: String, wanted: [String]) {
        let found = lines { () throws(DocumentFaults) in
            _ = try KeymapDocument.parse(Array(text.utf8), path: "k.yaml")
        }
        #expect(found == wanted.map { "k.yaml:" + $0 })
    }
}
