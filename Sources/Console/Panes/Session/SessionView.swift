import AgentOSCore
import Terminal

/// Draws one session.
struct SessionView: Widget {
    let pane: SessionPane
    let model: ConsoleModel

    func draw(in rect: Rect, of frame: inout Frame) {
        let theme = model.options.theme
        guard let detail = pane.detail else {
            let line =
                pane.fault.map { StyledLine(SafeText($0.description), theme[.error]) }
                ?? StyledLine("asking the host …")
            frame.draw(TextView(TextLayout([line], width: max(1, rect.width - 2))), in: rect.inset(1, 0))
            return
        }
        var rest = rect
        frame.draw(
            SessionHead(detail: detail, pane: pane, model: model),
            in: rest.takeTop(SessionHead.rows(in: rect)))
        switch pane.tab {
        case .transcript: drawTranscript(in: rest, of: &frame)
        case .checkpoints: drawCheckpoints(in: rest, of: &frame, theme)
        case .diff: drawDiff(in: rest, of: &frame, theme)
        }
    }

    private func drawTranscript(in rect: Rect, of frame: inout Frame) {
        guard pane.entries != nil else {
            frame.draw("reading the log …", in: rect.inset(1, 0))
            return
        }
        var pane = pane
        // The request stands beneath already; at the end of a transcript that is followed it would only take room.
        if pane.cursor == nil, model.requestPanel?.item.wantsAnswer == true {
            pane.entries?.removeAll { $0.kind == .request && $0.isOpen }
        }
        let rows = TranscriptLayout(pane, width: rect.width, model: model).visible(height: rect.height)
        for (at, row) in rows.enumerated() { frame.draw(row, in: rect.row(at)) }
    }

    private func drawCheckpoints(in rect: Rect, of frame: inout Frame, _ theme: Theme) {
        guard let checkpoints = pane.checkpoints else {
            frame.draw("reading the log …", in: rect.inset(1, 0))
            return
        }
        guard !checkpoints.isEmpty else {
            frame.draw(
                StyledLine("No checkpoint yet: the first is taken when it starts.", theme[.dim]),
                in: rect.inset(1, 0))
            return
        }
        frame.draw(
            CheckpointList(checkpoints: checkpoints, place: pane.checkpoint, model: model), in: rect)
    }

    /// What stands where a difference will.
    private func noDiff(_ theme: Theme) -> StyledLine {
        if pane.detail?.summary.startedAt == nil {
            return StyledLine("No files yet: it has not run.", theme[.dim])
        }
        guard let fault = pane.diffFault else { return StyledLine("comparing the files …", theme[.dim]) }
        return StyledLine(SafeText("No difference: \(fault)"), theme[.warning])
    }

    private func drawDiff(in rect: Rect, of frame: inout Frame, _ theme: Theme) {
        guard let diff = pane.diff else {
            frame.draw(
                TextView(TextLayout([noDiff(theme)], width: max(1, rect.width - 2))), in: rect.inset(1, 0))
            return
        }
        guard diff.files > 0 else {
            frame.draw(StyledLine("No file differs.", theme[.dim]), in: rect.inset(1, 0))
            return
        }
        let layout = DiffLayout(diff, in: Size(columns: rect.width, rows: rect.height))
        var rest = rect
        for index in min(pane.diffScroll.offset, layout.last)..<diff.lines.count {
            guard rest.height > 0 else { break }
            let style = theme[diff.lines[index].kind.role]
            let rows = layout.rows(of: index)
            for (at, row) in rows.prefix(rest.height).enumerated() {
                var line = StyledLine(row.text, style)
                // The screen ends within the line.
                if rest.height == 1, at < rows.count - 1 { line.append(" …", style) }
                frame.draw(line, in: rest.takeTop(1).inset(1, 0))
            }
        }
    }
}

extension DiffText.Line.Kind {
    /// How the line looks; the sign at its start says the same without colours.
    var role: Role {
        switch self {
        case .file: .title
        case .hunk: .diffHunk
        case .added: .diffAdded
        case .removed: .diffRemoved
        case .context: .text
        }
    }
}

/// Checkpoints as a timeline.
struct CheckpointList: Widget {
    let checkpoints: [CheckpointReading]
    let place: ListPlace<CheckpointID>
    let model: ConsoleModel

    func draw(in rect: Rect, of frame: inout Frame) {
        frame.draw(table(showsHeader: rect.height > 4), in: rect)
    }

    /// The list as rows of a table.
    func table(showsHeader: Bool) -> Table {
        let theme = model.options.theme
        let offset = model.header?.zoneOffset ?? 0
        return Table(
            columns: [
                Column("", .fixed(5)), Column("at", .fixed(8), dropOrder: 2),
                Column("turn", .fixed(4), align: .trailing, dropOrder: 3),
                Column("files", .fixed(6), align: .trailing, dropOrder: 4), Column("why", .flexible(min: 20)),
            ], count: checkpoints.count, selection: place.index, scroll: place.scroll,
            showsHeader: showsHeader,
            look: Table.Look(
                header: theme[.header], row: theme[.text], selected: theme[.selection], barColumns: 2)
        ) { row in
            let checkpoint = checkpoints[row]
            let name = checkpoint.name.map { "\($0) · " } ?? ""
            let start = checkpoint.turn == 0 ? ": before the first turn" : ""
            return [
                StyledLine(SafeText(checkpoint.short)),
                StyledLine(SafeText(Amounts.clockSeconds(checkpoint.at, offset: offset)), theme[.dim]),
                StyledLine(SafeText(String(checkpoint.turn)), theme[.dim]),
                StyledLine(SafeText(String(checkpoint.files)), theme[.dim]),
                StyledLine(SafeText("\(name)\(checkpoint.cause)\(start)"), theme[.dim]),
            ]
        }
    }
}

extension CheckpointReading {
    /// `c3`.
    var short: String {
        checkpointId.rawValue.split(separator: ".").last.map(String.init) ?? checkpointId.rawValue
    }
}

/// What stands above a session's views: state, both clocks, money, gates; and which view is shown.
struct SessionHead: Widget {
    let detail: SessionShow.Detail
    let pane: SessionPane
    let model: ConsoleModel

    /// One line on a small screen, else three.
    static func rows(in rect: Rect) -> Int { rect.height < 12 ? 1 : rect.width < 60 ? 2 : 3 }

    func draw(in rect: Rect, of frame: inout Frame) {
        let theme = model.options.theme
        let row = rect.inset(1, 0)
        frame.draw(first(theme, isAlone: rect.height < 3), in: row.row(0))
        guard rect.height > 1 else { return }
        if rect.height > 2 { frame.draw(second(theme), in: row.row(1)) }
        frame.draw(Separator(tabs(theme), style: theme[.border]), in: rect.row(rect.height - 1))
    }

    private func first(_ theme: Theme, isAlone: Bool) -> StyledLine {
        let session = detail.summary
        var line = StateWord(session.state, reason: session.reason).line(theme)
        let times: String
        if session.state.isWorking, model.isLinked == false {
            times = " when the link was lost"
        } else if session.state.isWorking {
            // Two clocks: that it is alive, and that it gets on.
            times = " for \(model.took(session)), last progress \(model.progress(of: session)) ago"
        } else if let ended = session.endedAt {
            times = " \(model.clock(ended)) after \(model.took(session))"
        } else {
            times = " since \(model.clock(session.touchedAt))"
        }
        if isAlone, detail.summary.shareSpent >= 80 { line = line + "  " + money(theme) }
        line.append(SafeText(times), theme[.dim])
        // What it asks stands beneath, in full.
        let isAsked = session.state == .paused && model.requestPanel?.item.wantsAnswer == true
        let doing =
            isAsked ? "" : session.state == .failed ? session.error ?? session.activity : session.activity
        if !doing.isEmpty {
            line.append(SafeText(" · \(doing)"), theme[session.state == .failed ? .error : .text])
        }
        return line
    }

    private func second(_ theme: Theme) -> StyledLine {
        let session = detail.summary
        var line = money(theme)
        line.append(SafeText(" · \(Amounts.count(session.turns, "turn"))"), theme[.dim])
        line.append(
            SafeText(
                " · \(detail.layer.map { "sandbox \($0)" } ?? (session.startedAt == nil ? "not started" : "no sandbox"))"
            ), theme[.dim])
        for gate in session.gates {
            let (glyph, role): (Glyph, Role) =
                gate.passed.map { $0 ? (.check, .success) : (.fail, .error) } ?? (.emptyDot, .dim)
            line.append(SafeText("  \(glyph.scalar) \(gate.gate)"), theme[role])
        }
        if let result = result(session) { line.append(SafeText("  \(result)"), theme[.accent]) }
        // Last, as it is what a narrow screen can best do without.
        line.append(
            SafeText("  \(session.model)\(session.isRehearsal ? " (rehearsal)" : "")"),
            theme[session.isRehearsal ? .rehearsal : .dim])
        return line
    }

    private func money(_ theme: Theme) -> StyledLine {
        let session = detail.summary
        let budget = session.budget.map { " of $\($0.short)" } ?? ""
        let spent = Amounts.money(session.costKnown, hasUnpriced: session.hasUnpriced) + budget
        let share = session.shareSpent
        return StyledLine(
            SafeText(share >= 100 ? "\(spent) used up" : spent),
            theme[share >= 100 ? .error : share >= 80 ? .warning : .money])
    }

    private func result(_ session: SessionSummary) -> String? {
        let counts =
            "+\(session.result.added) −\(session.result.removed) in \(Amounts.count(session.result.files, "file"))"
        switch session.result.state {
        case .none: return nil
        case .pending: return counts
        case .applied: return "applied" + (session.result.branch.map { " to \($0)" } ?? "")
        case .discarded: return "discarded"
        }
    }

    private func tabs(_ theme: Theme) -> StyledLine {
        var line = StyledLine()
        for tab in SessionPane.Tab.allCases {
            if !line.spans.isEmpty { line.append("  ") }
            let isHere = tab == pane.tab
            line.append(
                SafeText(isHere ? "[\(name(tab))]" : name(tab)), isHere ? theme[.accent] : theme[.dim])
        }
        if pane.tab == .transcript, pane.cursor != nil {
            line.append(
                SafeText(
                    pane.unread > 0
                        ? "  ↓ \(pane.unread) new, \(model.key("view.last")) follows"
                        : "  \(model.key("view.last")) follows"), theme[.warning])
        }
        return line
    }

    private func name(_ tab: SessionPane.Tab) -> String {
        switch tab {
        case .transcript: return "transcript"
        case .checkpoints: return pane.checkpoints.map { "checkpoints \($0.count)" } ?? "checkpoints"
        case .diff:
            let since = pane.diffFrom.flatMap { $0.split(separator: ".").last }.map { " since \($0)" } ?? ""
            guard pane.tab == .diff, let diff = pane.diff else { return "diff" + since }
            return "diff\(since) +\(diff.added) −\(diff.removed) in \(Amounts.count(diff.files, "file"))"
        }
    }
}
