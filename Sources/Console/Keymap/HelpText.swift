import AgentOSCore
import Terminal

/// Help made of the catalogue and the keymap, so that it cannot drift from either.
public enum HelpText {
    /// The keys of a keymap as Markdown rows `| key | command | what it does |`, for the README.
    public static func keys(_ commands: [CommandSpec] = CommandCatalogue.all, _ keymap: Keymap = .standard)
        -> String
    {
        var text = "| Key | Command | What it does |\n|---|---|---|\n"
        for spec in commands {
            let keys = keys(of: spec.name, keymap)
            guard !keys.isEmpty else { continue }
            text += "| \(keys.map { "`\($0)`" }.joined(separator: " ")) | `\(spec.name)` | \(spec.help) |\n"
        }
        return text
    }

    /// The labels of all keys of a command, in whichever context.
    static func keys(of command: String, _ keymap: Keymap) -> [String] {
        var found: [String] = []
        for context in KeymapFile.contextNames {
            for key in keymap.keys(of: command, in: context).map(Keymap.label) where !found.contains(key) {
                found.append(key)
            }
        }
        return found
    }

    /// Moving about: what a person finds without help.
    static let moves: Set<String> = [
        "view.up", "view.down", "view.page-up", "view.page-down", "view.first", "view.last", "view.back",
        "view.tab", "view.next-file", "view.previous-file", "view.redraw", "view.suspend",
    ]

    /// The rows of the help screen: what can be done here first, then the other keys, what is only typed, how to move,
    /// the marks.
    static func rows(_ model: ConsoleModel, width: Int) -> [StyledLine] {
        let theme = model.options.theme
        let keymap = model.options.keymap
        let here = model.offered.compactMap { CommandCatalogue.spec($0.0) }.filter {
            model.reason(against: $0) == nil
        }
        let others = CommandCatalogue.all.filter { !here.contains($0) }
        let moving = others.filter { moves.contains($0.name) }
        let keyed = others.filter { !keys(of: $0.name, keymap).isEmpty && !moves.contains($0.name) }
        let typed = others.filter { keys(of: $0.name, keymap).isEmpty }
        var rows: [StyledLine] = []
        for (title, specs) in [
            ("Here, now", here), ("Other keys", keyed),
            ("Typed after :, or from a shell with agentos do", typed), ("Moving", moving),
        ] where !specs.isEmpty {
            rows += (rows.isEmpty ? [] : [StyledLine()]) + [StyledLine(SafeText(title), theme[.title])]
            for spec in specs {
                let keys = keys(of: spec.name, keymap).joined(separator: " ")
                rows += entry(spec, keys.isEmpty ? ":\(spec.name)" : keys, model, width)
            }
        }
        rows += [StyledLine(), StyledLine("Marks", theme[.title])]
        return rows + SessionState.allCases.map { StyledLine("  ") + StateWord($0).line(theme) }
    }

    /// Keys at the left, help beside them, or beneath where they are too long.
    private static func entry(_ spec: CommandSpec, _ keys: String, _ model: ConsoleModel, _ width: Int)
        -> [StyledLine]
    {
        let theme = model.options.theme
        let column = width < 60 ? 8 : 22
        var help = StyledLine(SafeText(spec.help), theme[.text])
        if let reason = model.reason(against: spec) { help.append(SafeText("  (\(reason))"), theme[.dim]) }
        var rows = TextLayout([help], width: max(8, width - column - 2)).rows
        let used = DisplayWidth.of(keys)
        let indent = StyledLine(SafeText(String(repeating: " ", count: column + 2)))
        var lead = StyledLine(SafeText("  \(keys)"), theme[.key])
        var out: [StyledLine] = []
        if used >= column {
            out.append(lead)
        } else {
            lead.append(SafeText(String(repeating: " ", count: column - used)))
            out.append(lead + rows.removeFirst())
        }
        return out + rows.map { indent + $0 }
    }
}
