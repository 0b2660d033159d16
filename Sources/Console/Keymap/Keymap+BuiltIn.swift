import AgentOSCore

extension Keymap {
    /// The keymap that the program carries in itself; equals `keymaps/default.yaml`.
    public static let builtIn = KeymapFile(
        name: "default",
        contexts: [
            "global": bind([
                (["Up", "k"], "view.up"), (["Down", "j"], "view.down"),
                (["PageUp", "Ctrl-B"], "view.page-up"),
                (["PageDown", "Ctrl-F"], "view.page-down"), (["Home", "g"], "view.first"),
                (["End", "G"], "view.last"),
                (["Enter"], "view.enter"), (["Esc"], "view.back"), (["Tab"], "view.tab"),
                (["1"], "pane.inbox"), (["2"], "pane.sessions"), (["3"], "pane.session"),
                (["4"], "pane.events"), (["5"], "pane.chains"),
                (["!"], "inbox.next"), (["n"], "session.new"), (["p"], "session.toggle"),
                (["P"], "host.pause-all"),
                (["b"], "session.rollback"), (["f"], "session.fork"), (["z"], "session.undo"),
                (["Ctrl-K"], "session.cancel"),
                (["i"], "session.say"), (["d"], "session.diff"), (["a"], "session.apply"),
                (["y"], "inbox.yes"),
                (["N"], "inbox.no"), (["/"], "view.filter"), ([":"], "view.command"), (["?"], "view.help"),
                (["v"], "view.notices"), (["Ctrl-L"], "view.redraw"), (["Ctrl-Z"], "view.suspend"),
                (["q", "Ctrl-C"], "view.leave"),
            ]),
            "diff": bind([(["]"], "view.next-file"), (["["], "view.previous-file")]),
            "chains": bind([
                (["p"], "chain.toggle"), (["Ctrl-K"], "chain.cancel"), (["a"], "chain.apply"),
            ]),
            "chain": bind([
                (["p"], "chain.toggle"), (["Ctrl-K"], "chain.cancel"), (["a"], "chain.apply"),
            ]),
        ])

    private static func bind(_ bindings: [([String], String)]) -> [KeyBinding] {
        bindings.enumerated().map { KeyBinding(keys: $1.0, command: $1.1, line: $0 + 1) }
    }
}
