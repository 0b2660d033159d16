import AgentOSCore
import Terminal

/// The choice of a checkpoint with what going back would do.
struct RollbackBox: Widget {
    let chooser: RollbackChooser
    let model: ConsoleModel

    /// How many checkpoints are in view on a screen of this height.
    static func listHeight(_ height: Int) -> Int { max(1, min(8, (height - 4) / 3)) }

    private func box(_ height: Int) -> ChooserBox {
        let theme = model.options.theme
        let checkpoints = chooser.checkpoints ?? []
        let rows = min(checkpoints.count, Self.listHeight(height))
        var place = chooser.place
        place.scroll.reveal(place.index, count: checkpoints.count, height: rows)
        return ChooserBox(
            title: SafeText("Roll back \(chooser.sessionId) \(chooser.name)"),
            list: CheckpointList(checkpoints: checkpoints, place: place, model: model)
                .table(showsHeader: rows > 4),
            rows: rows, heading: "what it would do",
            text: chooser.checkpoints == nil ? [StyledLine("reading the log …", theme[.dim])] : preview,
            scroll: chooser.scroll, buttons: chooser.confirm.map(model.buttons), theme: theme)
    }

    func scrolled(by pages: Int, in rect: Rect) -> Scroll { box(rect.height).scrolled(by: pages, in: rect) }

    func draw(in rect: Rect, of frame: inout Frame) { frame.draw(box(rect.height), in: rect) }

    /// What the keys do now.
    var keys: [(String, String)] {
        if let confirm = chooser.confirm { return confirm.keys }
        return (chooser.preview == nil ? [] : [("Enter", "goes on")]) + [
            ("↑↓", "choose"), ("Esc", "cancels"),
        ]
    }

    private var preview: [StyledLine] {
        let theme = model.options.theme
        if let fault = chooser.fault { return [StyledLine(SafeText(fault.description), theme[.error])] }
        guard let preview = chooser.preview else { return [StyledLine("asking the host …", theme[.dim])] }
        let diff = preview.diff
        let files =
            diff.files.isEmpty
            ? "no file changes"
            : "\(Amounts.count(diff.files.count, "file changes", plural: "files change"))"
                + " (+\(diff.added) −\(diff.removed) lines)"
        let entries =
            preview.messages == 0
            ? "the conversation stays"
            : "\(Amounts.count(preview.messages, "entry leaves", plural: "entries leave")) the conversation"
        var lines = [StyledLine(SafeText("\(files); \(entries)"))]
        lines += preview.cannotUndo.map { StyledLine(SafeText("✗ stays done: \($0)"), theme[.warning]) }
        lines += preview.notes.map { StyledLine(SafeText("! \($0)"), theme[.warning]) }
        lines.append(
            StyledLine(
                SafeText("Cost and usage stay spent. \(model.key("session.undo")) undoes it."), theme[.dim]))
        for file in diff.files.prefix(500) {
            let counts = file.isBinary ? "binary" : "+\(file.added) −\(file.removed)"
            lines.append(
                StyledLine(SafeText("  \(file.change.rawValue)  \(file.path)  \(counts)"), theme[.dim]))
        }
        if diff.files.count > 500 {
            lines.append(StyledLine(SafeText("  … \(diff.files.count - 500) more"), theme[.dim]))
        }
        return lines
    }
}
