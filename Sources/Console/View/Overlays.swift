import AgentOSCore
import Terminal

extension ConsoleModel {
    /// The rows of an overlay that is read, broken to the screen.
    var overlayRows: [StyledLine] {
        let width = max(1, layout.body.width - 2)
        switch overlay {
        case .help: return HelpText.rows(self, width: width)
        case .notices:
            let theme = options.theme
            let lines = notices.reversed().map { notice in
                StyledLine(SafeText("\(clock(notice.at))  "), theme[.dim])
                    + StyledLine(
                        notice.text,
                        theme[notice.level == .done ? .success : notice.level == .refused ? .warning : .error]
                    )
            }
            return TextLayout(lines.isEmpty ? [StyledLine("Nothing was told yet.")] : lines, width: width)
                .rows
        case .line, .confirm, .form, .rollback, .apply, .search, .leave, nil: return []
        }
    }

    func drawOverlay(in frame: inout Frame) {
        let theme = options.theme
        switch overlay {
        case .help(let scroll): drawText("Keys and commands", scroll, in: &frame)
        case .notices(let scroll): drawText("Notices", scroll, in: &frame)
        case .line(let prompt): drawLine(prompt, in: &frame)
        case .confirm(let confirmation): drawConfirm(confirmation, in: &frame)
        case .leave(let choice):
            let lines: [StyledLine] = [
                StyledLine(SafeText("\(Amounts.count(liveCount, "session")) at work.")),
                "Detach: the work goes on without a screen.",
                "Stop: what runs is checkpointed, the engine ends; the next start goes on.",
            ]
            frame.draw(
                Modal(
                    StyledLine("Leave?", theme[.title]), lines: lines, footer: buttons(choice),
                    style: theme[.text]), in: layout.full)
        case .form(let form): frame.draw(FormBox(form: form, model: self), in: layout.full)
        case .rollback(let chooser): frame.draw(RollbackBox(chooser: chooser, model: self), in: layout.full)
        case .apply(let chooser): frame.draw(ApplyBox(chooser: chooser, model: self), in: layout.full)
        case .search(let chooser): frame.draw(SearchBox(chooser: chooser, model: self), in: layout.full)
        case nil: break
        }
        drawKeys(in: &frame)
    }

    /// While something is chosen or asked, the bottom line tells its keys and no others.
    private func drawKeys(in frame: inout Frame) {
        let keys: [(String, String)]
        switch overlay {
        case .rollback(let chooser): keys = RollbackBox(chooser: chooser, model: self).keys
        case .apply(let chooser): keys = ApplyBox(chooser: chooser, model: self).keys
        case .form(let form): keys = FormBox(form: form, model: self).keys
        case .confirm(let confirmation): keys = confirmation.choice.keys
        case .leave(let choice): keys = choice.keys
        case .help, .notices, .line, .search, nil: return
        }
        drawKeys(keys, in: &frame)
    }

    private func drawKeys(
        _ keys: [(String, String)], after start: StyledLine = StyledLine(), in frame: inout Frame
    ) {
        let theme = options.theme
        let parts = keys.map {
            StyledLine(SafeText($0.0), theme[.key]) + StyledLine(SafeText(" \($0.1)"), theme[.dim])
        }
        let line = parts.dropFirst().reduce(parts.first ?? StyledLine()) { $0 + "  " + $1 }
        frame.fill(layout.footer)
        frame.draw(start + line, in: layout.footer.inset(1, 0))
    }

    private func drawText(_ title: String, _ scroll: Scroll, in frame: inout Frame) {
        let theme = options.theme
        let rect = layout.isCompact ? layout.body : layout.box
        frame.fill(rect, style: theme[.text])
        var inside = rect.inset(1, 0)
        if !layout.isCompact {
            frame.draw(Box(StyledLine(SafeText(title), theme[.title]), style: theme[.border]), in: rect)
            inside = layout.body.inset(1, 0)
        }
        let rows = overlayRows
        let layout = TextLayout(rows, width: .max, wraps: false)
        frame.draw(TextView(layout, scroll: scroll), in: inside)
        let position = scroll.position(count: rows.count, height: inside.height)
        drawKeys(
            [("↑↓ PgUp PgDn", "read"), ("Esc", "closes")],
            after: StyledLine(SafeText("\(position)  "), theme[.dim]),
            in: &frame)
    }

    private func drawLine(_ prompt: LinePrompt, in frame: inout Frame) {
        let theme = options.theme
        switch prompt.purpose {
        case .command: drawCompletions(prompt, in: &frame)
        case .fork:
            drawNote("starts a new session on a copy of its files; Enter alone says nothing", in: &frame)
        case .filter, .say, .answer: break
        }
        var line = prompt.line
        line.style = theme[.input]
        frame.fill(layout.footer, style: theme[.input])
        frame.draw(line, in: layout.footer)
    }

    /// A line above the one that is typed: what it leads to.
    private func drawNote(_ text: String, in frame: inout Frame) {
        let bottom = layout.isCompact ? layout.body.maxY : layout.footer.y
        guard bottom > 1 else { return }
        let area = Rect(x: 0, y: bottom - 1, width: size.columns, height: 1)
        frame.fill(area, style: options.theme[.text])
        frame.draw(StyledLine(SafeText(text), options.theme[.dim]), in: area)
    }

    private func drawCompletions(_ prompt: LinePrompt, in frame: inout Frame) {
        let theme = options.theme
        let text = (prompt.completion == nil ? prompt.line.text : prompt.typed).trimmed
        let word = String(text.prefix { $0 != " " })
        let candidates = completions(word)
        let rows = min(candidates.count, max(1, min(10, layout.body.height - 1)))
        guard !candidates.isEmpty, layout.body.height > 1 else { return }
        var scroll = Scroll()
        scroll.reveal(prompt.completion ?? 0, count: candidates.count, height: rows)
        let bottom = layout.isCompact ? layout.body.maxY : layout.footer.y
        let area = Rect(x: 0, y: bottom - rows, width: size.columns, height: rows)
        frame.fill(area, style: theme[.text])
        let table = Table(
            columns: [
                Column("", .flexible(min: 18, max: 24)),
                Column("", .flexible(min: 10, weight: 4), dropOrder: 1),
            ],
            count: candidates.count, selection: prompt.completion, scroll: scroll, showsHeader: false,
            look: Table.Look(row: theme[.text], selected: theme[.selection])
        ) { row in
            let spec = candidates[row]
            let reason = reason(against: spec)
            return [
                StyledLine(SafeText(spec.name), reason == nil ? theme[.key] : theme[.dim]),
                StyledLine(SafeText(reason ?? spec.help), reason == nil ? theme[.text] : theme[.dim]),
            ]
        }
        frame.draw(table, in: area)
    }

    private func drawConfirm(_ confirmation: Confirmation, in frame: inout Frame) {
        let theme = options.theme
        var lines = confirmation.lines.map { StyledLine($0) }
        if let name = confirmation.name {
            lines.append(
                StyledLine(
                    SafeText("This cannot be undone. Type \(name) to go on: \(confirmation.typed.text)"),
                    theme[.error]))
        }
        frame.draw(
            Modal(
                StyledLine(confirmation.title, theme[.warning]), lines: lines,
                footer: buttons(confirmation.choice), style: theme[.text]),
            in: layout.full)
    }

    /// Buttons in a row; the focused one is in brackets, not only in colour.
    func buttons(_ choice: Choice) -> StyledLine {
        let theme = options.theme
        var line = StyledLine()
        for (at, option) in choice.options.enumerated() {
            if at > 0 { line.append("  ") }
            let isFocused = at == choice.focus
            line.append(
                SafeText(isFocused ? "[ \(option) ]" : "  \(option)  "),
                isFocused ? theme[.selection] : theme[.text])
        }
        return line
    }
}

extension Choice {
    /// What the keys do.
    var keys: [(String, String)] { [("←→", "choose"), ("Enter", "does it"), ("Esc", "back")] }
}

extension Layout {
    /// All but the footer, for boxes in the middle.
    var full: Rect { Rect(x: 0, y: 0, width: size.columns, height: max(0, footer.y)) }
}
