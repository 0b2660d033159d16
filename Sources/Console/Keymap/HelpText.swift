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

    /// The lines of the help screen: what has keys first, then what is only typed.
    static func lines(_ model: ConsoleModel) -> [StyledLine] {
        let theme = model.options.theme
        let keyed = CommandCatalogue.all.filter { !keys(of: $0.name, model.options.keymap).isEmpty }
        let typed = CommandCatalogue.all.filter { keys(of: $0.name, model.options.keymap).isEmpty }
        var lines = [StyledLine("Keys", theme[.title])]
        for spec in keyed {
            lines.append(line(spec, keys(of: spec.name, model.options.keymap).joined(separator: " "), model))
        }
        lines += [StyledLine(), StyledLine("Typed after :, or from a shell with agentos do", theme[.title])]
        for spec in typed { lines.append(line(spec, ":\(spec.name)", model)) }
        lines += [StyledLine(), StyledLine("Marks", theme[.title])]
        let states = SessionState.allCases.map { StateWord($0).line(theme) }
        lines += states.map { StyledLine("  ") + $0 }
        return lines
    }

    private static func line(_ spec: CommandSpec, _ keys: String, _ model: ConsoleModel) -> StyledLine {
        let theme = model.options.theme
        let width = model.size.columns < 60 ? 10 : 22
        let pad = String(repeating: " ", count: max(1, width - DisplayWidth.of(keys)))
        var line = StyledLine(SafeText("  \(keys)\(pad)"), theme[.key])
        line.append(SafeText(spec.help), theme[.text])
        if let reason = model.reason(against: spec) { line.append(SafeText("  (\(reason))"), theme[.dim]) }
        return line
    }
}
