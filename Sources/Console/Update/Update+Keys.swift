import AgentOSCore
import Terminal

extension ConsoleModel {
    /// What a key does: in what lies over the place first, else by the keymap.
    mutating func press(_ stroke: KeyStroke, at: Int64) -> [ConsoleEffect] {
        toast = nil
        if overlay != nil { return pressOverlay(stroke) }
        guard let name = options.keymap.command(for: stroke, in: place.context) else {
            if Keymap.name(of: stroke) != nil {
                tell(.refused, "\(stroke.label) means nothing here; ? shows the keys")
            }
            return []
        }
        return run(name, at: at)
    }

    /// Pasted text is typed where a line is open; anywhere else it does nothing.
    mutating func paste(_ text: String) -> [ConsoleEffect] {
        switch overlay {
        case .line(var prompt):
            prompt.line.insert(text)
            prompt.completion = nil
            overlay = .line(prompt)
            return typed(prompt)
        case .form(var form):
            form[form.focus].insert(text)
            overlay = .form(form)
        case .apply(var chooser) where chooser.form == .patch:
            chooser.path.insert(text)
            overlay = .apply(chooser)
        case .confirm(var confirmation) where confirmation.name != nil:
            confirmation.typed.insert(text)
            overlay = .confirm(confirmation)
        case .help, .notices, .rollback, .leave, .apply, .search, .confirm, nil:
            tell(.refused, "pasted text ignored here; i says something, : takes a command")
        }
        return []
    }

    /// Does a command that a key means.
    mutating func run(_ name: String, at: Int64 = 0) -> [ConsoleEffect] {
        guard let spec = CommandCatalogue.spec(name) else { return [] }
        if let reason = reason(against: spec) {
            tell(.refused, reason)
            return []
        }
        switch name {
        case "inbox.yes": return answer("yes", at: at)
        case "inbox.no": return answer("no", at: at)
        default: break
        }
        if let screen = Self.screenCommands[name] { return screen(&self) }
        guard spec.arguments.first?.kind == .session, let id = target else { return send(spec, [:]) }
        return send(spec, ["id": .string(id.rawValue)])
    }

    /// What the screen does by itself, and what asks before the host does it.
    private static let screenCommands: [String: @Sendable (inout ConsoleModel) -> [ConsoleEffect]] = [
        "view.up": { $0.move(.rows(-1)) },
        "view.down": { $0.move(.rows(1)) },
        "view.page-up": { $0.move(.pages(-1)) },
        "view.page-down": { $0.move(.pages(1)) },
        "view.first": { $0.move(.first) },
        "view.last": { $0.move(.last) },
        "view.enter": { $0.enter() },
        "view.back": { $0.back() },
        "view.tab": { $0.nextTab() },
        "view.next-file": { $0.moveFile(1) },
        "view.previous-file": { $0.moveFile(-1) },
        "pane.inbox": { $0.pane(1) },
        "pane.sessions": { $0.pane(2) },
        "pane.session": { $0.pane(3) },
        "pane.events": { $0.pane(4) },
        "pane.chains": { $0.pane(5) },
        "chain.toggle": { $0.toggleChain() },
        "chain.cancel": { $0.cancelChain() },
        "chain.apply": { $0.applyChain() },
        "inbox.next": { $0.nextRequest() },
        "session.new": { $0.open(.form(NewSessionForm($0.options))) },
        "session.toggle": { $0.toggle() },
        "session.diff": { $0.showDiff() },
        "session.rollback": { $0.chooseRollback() },
        "session.fork": { $0.fork() },
        "session.apply": { $0.chooseApply() },
        "session.say": { $0.say() },
        "session.search": { $0.open(.line(LinePrompt(.command, ":", text: "search "))) },
        "view.filter": { $0.openFilter() },
        "view.command": { $0.open(.line(LinePrompt(.command, ":"))) },
        "view.help": { $0.open(.help(Scroll())) },
        "view.notices": { $0.open(.notices(Scroll())) },
        "view.redraw": { _ in [.repaint] },
        "view.suspend": { _ in [.suspend] },
        "view.leave": { $0.leave() },
    ]

    /// Opens something over the place.
    mutating func open(_ overlay: Overlay) -> [ConsoleEffect] {
        self.overlay = overlay
        return []
    }

    private mutating func toggle() -> [ConsoleEffect] {
        guard let session = targetSummary else {
            return target.map { [.load(.session($0.rawValue))] } ?? []
        }
        let name = session.state.isWorking ? "session.pause" : "session.resume"
        return CommandCatalogue.spec(name).map { send($0, ["id": .string(session.sessionId.rawValue)]) } ?? []
    }

    private mutating func say() -> [ConsoleEffect] {
        if let item = shownItem, item.kind == .question {
            return open(.line(LinePrompt(.answer(item.itemId), "answer: ")))
        }
        guard let id = target else { return [] }
        return open(.line(LinePrompt(.say(id), StyledLine(SafeText("say to \(title(of: id)): ")))))
    }

    /// Asks what a new session is told that goes on from the selected checkpoint.
    private mutating func fork() -> [ConsoleEffect] {
        guard case .session(let pane) = place, pane.tab == .checkpoints, let session = pane.id,
            let id = pane.checkpoint.id,
            let checkpoint = pane.checkpoints?.first(where: { $0.checkpointId == id })
        else {
            tell(.refused, "cannot fork: no checkpoint is selected; \(key("view.tab")) shows a session's")
            return []
        }
        let name = checkpoint.checkpointId.rawValue.split(separator: ".").last ?? ""
        return open(
            .line(
                LinePrompt(
                    .fork(session, checkpoint.checkpointId), StyledLine(SafeText("fork at \(name), say: ")))))
    }

    private mutating func openFilter() -> [ConsoleEffect] {
        let before = filter
        return open(.line(LinePrompt(.filter(before: before), "/", text: before)))
    }

    private mutating func leave() -> [ConsoleEffect] {
        guard liveCount > 0, !options.isAttached, isLinked != false else { return [.leave(.leave)] }
        return open(.leave(Choice(options: ["Detach", "Stop", "Cancel"])))
    }
}
