import AgentOSCore
import Terminal

extension ConsoleModel {
    /// Opens the choice of how to take a result; each way is tried without writing anything.
    mutating func chooseApply() -> [ConsoleEffect] {
        guard let id = target else { return [] }
        let name = seen[id]?.name ?? ""
        let file = name.isEmpty ? "\(id).patch" : "\(name)-\(id).patch"
        let chooser = ApplyChooser(
            sessionId: id, name: name, path: InputLine(Paths.join(options.currentFolder, file)))
        overlay = .apply(chooser)
        return dryRun(chooser)
    }

    private mutating func dryRun(_ chooser: ApplyChooser) -> [ConsoleEffect] {
        guard chooser.told[chooser.form] == nil else { return [] }
        let before = shellLine
        var arguments = chooser.arguments
        arguments["dry-run"] = .bool(true)
        // A branch and nothing else is tried: without its name any way would do.
        if chooser.form == .branch { arguments["branch"] = .string("") }
        let effects = send("session.apply", arguments, then: .dryRun(chooser.form))
        // A dry run is the screen's own wish, not the person's command.
        shellLine = before
        return effects
    }

    /// Goes on to a way that can work where the first one, a branch, cannot: the source is in no repository.
    mutating func otherForm(than form: ApplyChooser.Form, _ told: Result<CommandReply, Fault>)
        -> [ConsoleEffect]
    {
        guard case .failure(let fault) = told, fault.code == .usage, case .apply(var chooser) = overlay,
            form == .branch, chooser.form == form, !chooser.onSwitch, chooser.told.count == 1
        else { return [] }
        chooser.form = fault.hint?.contains("--here") == true ? .here : .patch
        overlay = .apply(chooser)
        return dryRun(chooser)
    }

    /// What a key does in the choice of how to take a result.
    mutating func press(_ stroke: KeyStroke, in chooser: ApplyChooser) -> [ConsoleEffect] {
        var chooser = chooser
        switch (stroke.key, stroke.modifiers) {
        case (.escape, _):
            overlay = nil
            return []
        case (.up, _), (.tab, .shift): step(&chooser, -1)
        case (.down, _), (.tab, _): step(&chooser, 1)
        case (.pageUp, _), (.pageDown, _):
            chooser.scroll = ApplyBox(chooser: chooser, model: self).scrolled(
                by: stroke.key == .pageUp ? -1 : 1, in: layout.full)
        case (.character(" "), []) where chooser.onSwitch:
            chooser.isUngated.toggle()
            chooser.told = [:]
        case (.enter, _):
            guard chooser.canApply else { return [] }
            overlay = nil
            return send("session.apply", chooser.arguments)
        default:
            if chooser.form == .patch, !chooser.onSwitch, chooser.path.apply(stroke) {
                chooser.told[.patch] = nil
            }
        }
        overlay = .apply(chooser)
        return dryRun(chooser)
    }

    /// Goes through the ways, then the switch.
    private func step(_ chooser: inout ApplyChooser, _ by: Int) {
        let forms = ApplyChooser.Form.allCases
        let at = chooser.onSwitch ? forms.count : chooser.form.rawValue
        let next = (at + by + forms.count + 1) % (forms.count + 1)
        chooser.onSwitch = next == forms.count
        if !chooser.onSwitch { chooser.form = forms[next] }
        chooser.scroll = Scroll()
    }
}

extension ApplyChooser {
    /// What a dry run found under a name: paths, or what speaks against it.
    func found(_ name: String) -> [String] {
        guard case .success(let reply) = told[form] else { return [] }
        return (reply.value?[name]?.array ?? []).compactMap(\.string)
    }

    /// Whether the way that is chosen was tried and nothing speaks against it.
    var canApply: Bool {
        guard case .success(let reply) = told[form], reply.code == .done else { return false }
        return isUngated || found("redGates").isEmpty
    }

    /// The arguments of the command that is chosen.
    var arguments: [String: JSONValue] {
        var arguments: [String: JSONValue] = ["id": .string(sessionId.rawValue)]
        switch form {
        case .branch: break
        case .here: arguments["here"] = .bool(true)
        case .patch: arguments["patch"] = .string(path.text)
        }
        if isUngated { arguments["ungated"] = .bool(true) }
        return arguments
    }
}

/// Paths as text.
enum Paths {
    /// A path from a folder on: absolute, without `.`, `..` and `~`.
    static func resolve(_ path: String, from folder: String, home: String) -> String {
        if path == "~" { return home }
        if path.hasPrefix("~/") { return join(home, String(path.dropFirst(2))) }
        return path.hasPrefix("/") ? join("/", path) : join(folder, path)
    }

    /// A path beneath a folder.
    static func join(_ folder: String, _ path: String) -> String {
        var parts: [Substring] = []
        for part in "\(folder)/\(path)".split(separator: "/") {
            switch part {
            case ".": continue
            case "..": _ = parts.popLast()
            default: parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }
}
