import AgentOSCore
import Terminal

extension ConsoleModel {
    /// Opens the choice of a checkpoint; what going back would do is shown before anything is done.
    ///
    /// It opens on the selected checkpoint of a timeline, else on checkpoint 0, as the command without more means.
    mutating func chooseRollback() -> [ConsoleEffect] {
        guard let id = target else { return [] }
        var chooser = RollbackChooser(sessionId: id, name: seen[id]?.name ?? "", place: ListPlace())
        if case .session(let pane) = place {
            chooser.checkpoints = pane.checkpoints
            if pane.tab == .checkpoints { chooser.place = pane.checkpoint }
            Self.settle(&chooser.place, pane.checkpoints ?? [], listHeight, opensAt: .first)
        }
        overlay = .rollback(chooser)
        return [.load(.checkpoints(id))] + loadPreview()
    }

    /// Asks what going back to the selected checkpoint would do.
    mutating func loadPreview() -> [ConsoleEffect] {
        guard case .rollback(var chooser) = overlay, let checkpoint = chooser.place.id else { return [] }
        chooser.preview = nil
        chooser.fault = nil
        chooser.scroll = Scroll()
        overlay = .rollback(chooser)
        return [.load(.preview(chooser.sessionId, checkpoint: checkpoint.rawValue))]
    }

    /// What a key does in the choice of a checkpoint.
    mutating func press(_ stroke: KeyStroke, in chooser: RollbackChooser) -> [ConsoleEffect] {
        if chooser.confirm != nil { return confirm(stroke, chooser) }
        var chooser = chooser
        switch (stroke.key, options.keymap.command(for: stroke, in: "global")) {
        case (.escape, _), (_, "view.leave"):
            overlay = nil
            return []
        case (.enter, _):
            // Nobody rolls back to what was not shown.
            guard chooser.preview != nil else { return [] }
            chooser.confirm = Choice(options: ["Roll back", "Cancel"])
            overlay = .rollback(chooser)
            return []
        case (_, "view.up"): return choose(&chooser, .rows(-1))
        case (_, "view.down"): return choose(&chooser, .rows(1))
        case (_, "view.page-up"), (_, "view.page-down"):
            let box = RollbackBox(chooser: chooser, model: self)
            chooser.scroll = box.scrolled(by: stroke.key == .pageUp ? -1 : 1, in: layout.full)
            overlay = .rollback(chooser)
            return []
        case (_, "view.first"): return choose(&chooser, .first)
        case (_, "view.last"): return choose(&chooser, .last)
        default: return []
        }
    }

    private mutating func choose(_ chooser: inout RollbackChooser, _ move: Move) -> [ConsoleEffect] {
        let checkpoints = chooser.checkpoints ?? []
        let height = RollbackBox.listHeight(layout.full.height)
        let row = move.row(from: chooser.place.index, count: checkpoints.count, height: height)
        let before = chooser.place.id
        chooser.place.move(to: row, count: checkpoints.count, height: height) {
            checkpoints.indices.contains($0) ? checkpoints[$0].checkpointId : nil
        }
        overlay = .rollback(chooser)
        return chooser.place.id == before ? [] : loadPreview()
    }

    private mutating func confirm(_ stroke: KeyStroke, _ chooser: RollbackChooser) -> [ConsoleEffect] {
        var chooser = chooser
        switch stroke.key {
        case .escape: chooser.confirm = nil
        case .left, .up: chooser.confirm?.step(-1)
        case .right, .down, .tab: chooser.confirm?.step(1)
        case .enter:
            guard chooser.confirm?.focus == 0, let checkpoint = chooser.preview?.checkpoint.checkpointId
            else {
                chooser.confirm = nil
                break
            }
            overlay = nil
            return send(
                "session.rollback",
                ["id": .string(chooser.sessionId.rawValue), "checkpoint": .string(checkpoint.rawValue)])
        default: break
        }
        overlay = .rollback(chooser)
        return []
    }
}
