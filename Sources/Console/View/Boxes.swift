import AgentOSCore
import Terminal

/// The form for a session without a file.
struct FormBox: Widget {
    let form: NewSessionForm
    let model: ConsoleModel

    func draw(in rect: Rect, of frame: inout Frame) {
        let theme = model.options.theme
        let fields = NewSessionForm.Field.allCases
        let isRoomy = rect.height >= fields.count * 2 + 4
        let place = rect.centred(
            width: min(84, rect.width), height: min(rect.height, fields.count * (isRoomy ? 2 : 1) + 4))
        frame.fill(place, style: theme[.text])
        frame.draw(Box(StyledLine("New session", theme[.title]), style: theme[.border]), in: place)
        var inside = place.inset(2, 1)
        frame.draw(footer(theme), in: inside.takeBottom(1))
        var cursor: Point?
        for field in fields {
            var row = inside.takeTop(1)
            let isFocused = field == form.focus
            let label = row.takeLeft(8)
            frame.draw(
                StyledLine(
                    SafeText((isFocused ? "▸" : " ") + field.title), isFocused ? theme[.accent] : theme[.text]
                ), in: label)
            var line = form[field]
            line.style = isFocused ? theme[.input] : .plain
            frame.draw(line, in: row)
            if isFocused { cursor = frame.cursor }
            guard isRoomy || form.faults[field] != nil else { continue }
            let under = isRoomy ? inside.takeTop(1).inset(8, 0) : row.takeRight(min(row.width, 28))
            let fault = form.faults[field].map { StyledLine(SafeText("✗ \($0)"), theme[.error]) }
            frame.draw(
                fault ?? StyledLine(SafeText(field.help), theme[.dim]),
                in: Rect(x: under.x, y: under.y, width: under.width + (isRoomy ? 8 : 0), height: under.height)
            )
        }
        frame.cursor = cursor
    }

    private func footer(_ theme: Theme) -> StyledLine {
        if let refusal = form.refusal { return StyledLine(SafeText("✗ \(refusal)"), theme[.error]) }
        if form.isSent { return StyledLine("asking the host …", theme[.dim]) }
        return StyledLine("Enter starts · Tab next field · Esc cancels", theme[.dim])
    }
}

extension NewSessionForm.Field {
    /// What stands before it.
    fileprivate var title: String {
        switch self {
        case .goal: "goal"
        case .folder: "folder"
        case .model: "model"
        case .gate: "gate"
        case .cost: "cost"
        }
    }

    /// What it takes.
    fileprivate var help: String {
        switch self {
        case .goal: "what the agent is to do"
        case .folder: "it works on a copy of this folder; empty for an empty one"
        case .model: "a route of config.yaml, or provider/model"
        case .gate: "a command that must pass at the end, such as make test; may be empty"
        case .cost: "the most it may spend, in USD; empty for the configured limit"
        }
    }
}

/// The choice of a checkpoint with what going back would do.
struct RollbackBox: Widget {
    let chooser: RollbackChooser
    let model: ConsoleModel

    /// How many checkpoints are in view on a screen of this height.
    static func listHeight(_ height: Int) -> Int { max(1, min(8, height / 3)) }

    func draw(in rect: Rect, of frame: inout Frame) {
        let theme = model.options.theme
        let place = rect.centred(width: min(100, rect.width), height: rect.height > 30 ? 28 : rect.height)
        frame.fill(place, style: theme[.text])
        let title = StyledLine(SafeText("Roll back \(chooser.sessionId) \(chooser.name)"), theme[.title])
        frame.draw(Box(title, style: theme[.border]), in: place)
        var inside = place.inset(2, 1)
        let foot = inside.takeBottom(1)
        guard let checkpoints = chooser.checkpoints else {
            frame.draw("reading the log …", in: inside)
            return
        }
        let rows = min(checkpoints.count, Self.listHeight(inside.height))
        var list = CheckpointList(checkpoints: checkpoints, place: chooser.place, model: model)
        list = CheckpointList(
            checkpoints: checkpoints, place: list.place.revealed(checkpoints.count, rows), model: model)
        frame.draw(list, in: inside.takeTop(rows + (rows > 3 ? 1 : 0)))
        frame.draw(
            Separator(StyledLine("what it would do", theme[.dim]), style: theme[.border]),
            in: inside.takeTop(1))
        frame.draw(
            TextView(TextLayout(preview(theme, height: inside.height), width: max(1, inside.width))),
            in: inside)
        frame.draw(footer(theme), in: foot)
        frame.cursor = nil
    }

    private func footer(_ theme: Theme) -> StyledLine {
        if let confirm = chooser.confirm { return model.buttons(confirm) }
        return StyledLine(
            chooser.preview == nil ? "Esc cancels" : "↑↓ choose · Enter goes on · Esc cancels", theme[.dim])
    }

    private func preview(_ theme: Theme, height: Int) -> [StyledLine] {
        if let fault = chooser.fault { return [StyledLine(SafeText(fault.description), theme[.error])] }
        guard let preview = chooser.preview else { return [StyledLine("asking the host …", theme[.dim])] }
        let diff = preview.diff
        var lines = [
            StyledLine(
                SafeText(
                    "\(Amounts.count(diff.files.count, "file")) change (+\(diff.added) −\(diff.removed) lines); \(Amounts.count(preview.messages, "entry", plural: "entries")) leave the conversation"
                ))
        ]
        for line in preview.cannotUndo {
            lines.append(StyledLine(SafeText("✗ stays done: \(line)"), theme[.warning]))
        }
        let room = max(1, height - lines.count - 2)
        for file in diff.files.prefix(room) {
            let counts = file.isBinary ? "binary" : "+\(file.added) −\(file.removed)"
            lines.append(
                StyledLine(SafeText("  \(file.change.rawValue)  \(file.path)  \(counts)"), theme[.dim]))
        }
        if diff.files.count > room {
            lines.append(StyledLine(SafeText("  … \(diff.files.count - room) more"), theme[.dim]))
        }
        lines.append(
            StyledLine(
                SafeText("Cost and usage stay spent. \(model.key("session.undo")) undoes it."), theme[.dim]))
        return lines
    }
}

extension ListPlace {
    /// The same place with its selection in view at another height.
    func revealed(_ count: Int, _ height: Int) -> ListPlace {
        var place = self
        place.scroll.reveal(index, count: count, height: height)
        return place
    }
}

/// The choice of how to take a result, with what each way would write.
struct ApplyBox: Widget {
    let chooser: ApplyChooser
    let model: ConsoleModel

    func draw(in rect: Rect, of frame: inout Frame) {
        let theme = model.options.theme
        let place = rect.centred(width: min(100, rect.width), height: rect.height > 24 ? 22 : rect.height)
        frame.fill(place, style: theme[.text])
        let title = StyledLine(SafeText("Apply \(chooser.sessionId) \(chooser.name)"), theme[.title])
        frame.draw(Box(title, style: theme[.border]), in: place)
        var inside = place.inset(2, 1)
        let foot = inside.takeBottom(1)
        var cursor: Point?
        for form in ApplyChooser.Form.allCases {
            var row = inside.takeTop(1)
            let isChosen = form == chooser.form
            let mark = isChosen && !chooser.onSwitch ? "▸" : " "
            let label = StyledLine(
                SafeText("\(mark)\(isChosen ? "●" : "○") \(form.title)"),
                isChosen ? theme[.accent] : theme[.text])
            let used = frame.draw(label, in: row)
            guard form == .patch, isChosen else { continue }
            _ = row.takeLeft(used + 1)
            var path = chooser.path
            path.style = theme[.input]
            frame.draw(path, in: row)
            if !chooser.onSwitch { cursor = frame.cursor }
        }
        let mark = chooser.onSwitch ? "▸" : " "
        frame.draw(
            StyledLine(
                SafeText(
                    "\(mark)[\(chooser.isUngated ? "x" : " ")] although a required gate is not green (Space)"),
                theme[chooser.isUngated ? .warning : .dim]), in: inside.takeTop(1))
        frame.draw(
            Separator(StyledLine("what it would write", theme[.dim]), style: theme[.border]),
            in: inside.takeTop(1))
        frame.draw(TextView(TextLayout(told(theme), width: max(1, inside.width))), in: inside)
        frame.draw(footer(theme), in: foot)
        frame.cursor = cursor
    }

    private func told(_ theme: Theme) -> [StyledLine] {
        switch chooser.told[chooser.form] {
        case nil: [StyledLine("asking the host …", theme[.dim])]
        case .success(let reply): SafeText.lines(reply.message).map { StyledLine($0) }
        case .failure(let fault): [StyledLine(SafeText("✗ \(fault)"), theme[.error])]
        }
    }

    private func footer(_ theme: Theme) -> StyledLine {
        guard case .success = chooser.told[chooser.form] else {
            return StyledLine("↑↓ choose · Esc cancels", theme[.dim])
        }
        return StyledLine("↑↓ choose · Enter applies · Esc cancels", theme[.dim])
    }
}

extension ApplyChooser.Form {
    fileprivate var title: String {
        switch self {
        case .branch: "branch  one commit on a branch of its own; your files stay as they are"
        case .here: "here    merged into your files, unstaged"
        case .patch: "patch "
        }
    }
}
