import AgentOSCore
import Terminal

/// A text in a box that may be longer than its room.
struct BoxText {
    let rows: [StyledLine]
    let scroll: Scroll

    init(_ lines: [StyledLine], width: Int, scroll: Scroll) {
        rows = TextLayout(lines, width: max(1, width)).rows
        self.scroll = scroll
    }

    /// Draws what is in view, and how much more there is.
    func draw(in rect: Rect, of frame: inout Frame, more: Style) {
        var rest = rect
        let isLong = rows.count > rect.height
        if isLong, rect.height > 1 {
            let left = max(0, rows.count - scroll.offset - (rect.height - 1))
            frame.draw(
                StyledLine(SafeText(left > 0 ? "↓ \(left) more: PgDn" : "↑ PgUp"), more),
                in: rest.takeBottom(1))
        }
        frame.draw(TextView(TextLayout(rows, width: .max, wraps: false), scroll: scroll), in: rest)
    }

    /// Where a page further is.
    func scrolled(by pages: Int, height: Int) -> Scroll {
        var scroll = scroll
        let room = rows.count > height ? height - 1 : height
        scroll.move(by: pages * max(1, room - 1), count: rows.count, height: room)
        return scroll
    }
}

/// The choice of a checkpoint with what going back would do.
struct RollbackBox: Widget {
    let chooser: RollbackChooser
    let model: ConsoleModel

    private struct Areas {
        var box: Rect
        var list: Rect
        var line: Rect
        var text: Rect
        var foot: Rect
    }

    /// How many checkpoints are in view on a screen of this height.
    static func listHeight(_ height: Int) -> Int { max(1, min(8, (height - 4) / 3)) }

    private func areas(_ rect: Rect) -> Areas {
        let rows = min(chooser.checkpoints?.count ?? 0, Self.listHeight(rect.height))
        let box = rect.centred(width: min(100, rect.width), height: min(rect.height, rows + 16))
        var inside = box.inset(2, 1)
        let foot = inside.takeBottom(1)
        let list = inside.takeTop(rows + (rows > 4 ? 1 : 0))
        let line = inside.takeTop(1)
        return Areas(box: box, list: list, line: line, text: inside, foot: foot)
    }

    private func text(_ area: Rect) -> BoxText { BoxText(preview, width: area.width, scroll: chooser.scroll) }

    func scrolled(by pages: Int, in rect: Rect) -> Scroll {
        let area = areas(rect).text
        return text(area).scrolled(by: pages, height: area.height)
    }

    func draw(in rect: Rect, of frame: inout Frame) {
        let theme = model.options.theme
        let areas = areas(rect)
        frame.fill(areas.box, style: theme[.text])
        let title = StyledLine(SafeText("Roll back \(chooser.sessionId) \(chooser.name)"), theme[.title])
        frame.draw(Box(title, style: theme[.border]), in: areas.box)
        guard let checkpoints = chooser.checkpoints else {
            frame.draw("reading the log …", in: areas.text)
            return
        }
        var place = chooser.place
        place.scroll.reveal(
            place.index, count: checkpoints.count,
            height: min(checkpoints.count, Self.listHeight(rect.height)))
        frame.draw(CheckpointList(checkpoints: checkpoints, place: place, model: model), in: areas.list)
        frame.draw(
            Separator(StyledLine("what it would do", theme[.dim]), style: theme[.border]), in: areas.line)
        text(areas.text).draw(in: areas.text, of: &frame, more: theme[.warning])
        frame.draw(footer(theme), in: areas.foot)
        frame.cursor = nil
    }

    private func footer(_ theme: Theme) -> StyledLine {
        if let confirm = chooser.confirm { return model.buttons(confirm) }
        return StyledLine(
            chooser.preview == nil ? "Esc cancels" : "Enter goes on · ↑↓ choose · Esc cancels", theme[.dim])
    }

    private var preview: [StyledLine] {
        let theme = model.options.theme
        if let fault = chooser.fault { return [StyledLine(SafeText(fault.description), theme[.error])] }
        guard let preview = chooser.preview else { return [StyledLine("asking the host …", theme[.dim])] }
        let diff = preview.diff
        let files =
            "\(Amounts.count(diff.files.count, "file")) change (+\(diff.added) −\(diff.removed) lines)"
        let entries = "\(Amounts.count(preview.messages, "entry", plural: "entries")) leave the conversation"
        var lines = [StyledLine(SafeText("\(files); \(entries)"))]
        lines += preview.cannotUndo.map { StyledLine(SafeText("✗ stays done: \($0)"), theme[.warning]) }
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

/// The choice of how to take a result, with what each way would write.
struct ApplyBox: Widget {
    let chooser: ApplyChooser
    let model: ConsoleModel

    private struct Areas {
        var box: Rect
        var top: Rect
        var text: Rect
        var foot: Rect
    }

    private func areas(_ rect: Rect) -> Areas {
        let box = rect.centred(width: min(100, rect.width), height: min(rect.height, 18))
        var inside = box.inset(2, 1)
        let foot = inside.takeBottom(1)
        // The line between is given up where the text beneath it would have no room.
        let top = inside.takeTop(ApplyChooser.Form.allCases.count + (inside.height < 9 ? 1 : 2))
        return Areas(box: box, top: top, text: inside, foot: foot)
    }

    private func text(_ area: Rect) -> BoxText { BoxText(told, width: area.width, scroll: chooser.scroll) }

    func scrolled(by pages: Int, in rect: Rect) -> Scroll {
        let area = areas(rect).text
        return text(area).scrolled(by: pages, height: area.height)
    }

    func draw(in rect: Rect, of frame: inout Frame) {
        let theme = model.options.theme
        let areas = areas(rect)
        frame.fill(areas.box, style: theme[.text])
        let title = StyledLine(SafeText("Apply \(chooser.sessionId) \(chooser.name)"), theme[.title])
        frame.draw(Box(title, style: theme[.border]), in: areas.box)
        var top = areas.top
        var cursor: Point?
        for form in ApplyChooser.Form.allCases {
            cursor = draw(form, in: top.takeTop(1), of: &frame) ?? cursor
        }
        let mark = chooser.onSwitch ? "▸" : " "
        let ungated =
            "\(mark)[\(chooser.isUngated ? "x" : " ")] although a required gate is not green (Space)"
        frame.draw(
            StyledLine(SafeText(ungated), theme[chooser.isUngated ? .warning : .dim]), in: top.takeTop(1))
        frame.draw(
            Separator(StyledLine("what it would write", theme[.dim]), style: theme[.border]),
            in: top.takeTop(1))
        text(areas.text).draw(in: areas.text, of: &frame, more: theme[.warning])
        frame.draw(footer(theme), in: areas.foot)
        frame.cursor = cursor
    }

    /// Draws a way; gives the cursor where its path is being typed.
    private func draw(_ form: ApplyChooser.Form, in row: Rect, of frame: inout Frame) -> Point? {
        let theme = model.options.theme
        var row = row
        let isChosen = form == chooser.form
        let mark = isChosen && !chooser.onSwitch ? "▸" : " "
        let label = SafeText("\(mark)\(isChosen ? "●" : "○") \(form.title)")
        let used = frame.draw(StyledLine(label, theme[isChosen ? .accent : .text]), in: row)
        guard form == .patch, isChosen else { return nil }
        _ = row.takeLeft(used + 1)
        var path = chooser.path
        path.style = theme[.input]
        frame.draw(path, in: row)
        return chooser.onSwitch ? nil : frame.cursor
    }

    private var told: [StyledLine] {
        let theme = model.options.theme
        switch chooser.told[chooser.form] {
        case nil: return [StyledLine("asking the host …", theme[.dim])]
        case .success(let reply):
            func lines(_ name: String, _ words: String, _ role: Role) -> [StyledLine] {
                chooser.found(name).map { StyledLine(SafeText("\(words)\($0)"), theme[role]) }
            }
            return SafeText.lines(reply.message).map { StyledLine($0) }
                + lines(
                    "redGates", "✗ not green for these files: gate ", chooser.isUngated ? .warning : .error)
                + lines("conflicts", "✗ conflict: ", .error)
                + lines("leftOut", "· left out, runs by itself, --only takes it: ", .warning)
                + lines("paths", "  ", .dim)
        case .failure(let fault): return [StyledLine(SafeText("✗ \(fault)"), theme[.error])]
        }
    }

    private func footer(_ theme: Theme) -> StyledLine {
        guard chooser.canApply else {
            return StyledLine("↑↓ choose · Esc cancels", theme[.dim])
        }
        return StyledLine("Enter applies · ↑↓ choose · Esc cancels", theme[.dim])
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
