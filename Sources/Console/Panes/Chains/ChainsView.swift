import AgentOSCore
import Terminal

/// Draws the list of chains.
struct ChainsView: Widget {
    let pane: ChainsPane
    let model: ConsoleModel

    func draw(in rect: Rect, of frame: inout Frame) {
        let theme = model.options.theme
        guard let chains = pane.chains else {
            frame.draw("asking the host …", in: rect.inset(1, 0))
            return
        }
        guard !chains.isEmpty else {
            let text =
                pane.filter.isEmpty
                ? "No chains yet.  agentos chain run FILE starts one" : "No chain holds \(pane.filter)."
            frame.draw(StyledLine(SafeText(text), theme[.dim]), in: rect.inset(1, min(1, rect.height / 4)))
            return
        }
        let table = Table(
            columns: Self.columns, count: chains.count, selection: pane.place.index,
            scroll: pane.place.scroll,
            look: Table.Look(
                header: theme[.header], row: theme[.text], selected: theme[.selection], barColumns: 2)
        ) { row in
            let chain = chains[row]
            return [
                StyledLine(SafeText(chain.chainId.rawValue)), StyledLine(SafeText(chain.name)),
                StateWord(chain.state, reason: chain.reason).line(theme),
                StyledLine(SafeText(chain.doing), theme[.dim]),
                StyledLine(SafeText("\(chain.progress.done)/\(chain.progress.of)"), theme[.dim]),
                StyledLine(
                    SafeText(Amounts.money(chain.costKnown, hasUnpriced: chain.hasUnpriced)), theme[.money]),
                StyledLine(SafeText(model.clock(chain.createdAt)), theme[.dim]),
            ]
        }
        frame.draw(table, in: rect)
    }

    private static let columns = [
        Column("id", .fixed(6)), Column("name", .flexible(min: 10, max: 24, weight: 2), dropOrder: 1),
        Column("state", .fixed(19)), Column("doing", .flexible(min: 18, weight: 4), dropOrder: 3),
        Column("steps", .fixed(6), align: .trailing),
        Column("cost", .fixed(9), align: .trailing, dropOrder: 2),
        Column("made", .fixed(11), align: .trailing, dropOrder: 4),
    ]
}

/// Draws one chain: what it is, its steps as lanes, and more of the selected one.
struct ChainView: Widget {
    let pane: ChainPane
    let model: ConsoleModel

    /// Rows above the steps.
    static func headRows(in rect: Rect) -> Int { rect.height < 12 ? 1 : 2 }

    func draw(in rect: Rect, of frame: inout Frame) {
        let theme = model.options.theme
        guard let chain = pane.chain else {
            let line =
                pane.fault.map { StyledLine(SafeText($0.description), theme[.error]) }
                ?? StyledLine("asking the host …")
            frame.draw(TextView(TextLayout([line], width: max(1, rect.width - 2))), in: rect.inset(1, 0))
            return
        }
        var rest = rect
        drawHead(chain, in: rest.takeTop(Self.headRows(in: rect)).inset(1, 0), of: &frame, theme)
        let lanes = ChainLanes.rows(chain.steps)
        let laneWidth = lanes.first?.count ?? 0
        let nameWidth = chain.steps.map(\.title.count).max() ?? 4
        let table = Table(
            columns: columns(laneWidth + 1 + nameWidth), count: chain.steps.count,
            selection: pane.place.index,
            scroll: pane.place.scroll,
            look: Table.Look(
                header: theme[.header], row: theme[.text], selected: theme[.selection], barColumns: 2)
        ) { row in cells(chain.steps[row], lanes[row], theme) }
        frame.draw(table, in: rest)
    }

    private func drawHead(_ chain: ChainSummary, in rect: Rect, of frame: inout Frame, _ theme: Theme) {
        var line = StateWord(chain.state, reason: chain.reason).line(theme)
        let budget = chain.budget.map { " of \($0.short)" } ?? ""
        let cost = Amounts.money(chain.costKnown, hasUnpriced: chain.hasUnpriced)
        line.append(
            SafeText("  \(chain.progress.done)/\(chain.progress.of) steps  \(cost)\(budget)"), theme[.dim])
        frame.draw(line, in: rect.row(0))
        guard rect.height > 1 else { return }
        let more = chain.error ?? chain.detail.flatMap { $0.isEmpty ? nil : $0 }
        if let more { frame.draw(StyledLine(SafeText(more), theme[.warning]), in: rect.row(1)) }
    }

    private func columns(_ width: Int) -> [Column] {
        [
            Column("step", .flexible(min: min(16, width), max: max(16, width), weight: 3)),
            Column("state", .fixed(19)), Column("session", .fixed(7), dropOrder: 3),
            Column("tries", .fixed(5), align: .trailing, dropOrder: 4),
            Column("cost", .fixed(9), align: .trailing, dropOrder: 2),
            Column("why", .flexible(min: 14, weight: 4), dropOrder: 1),
        ]
    }

    private func cells(_ step: ChainSummary.Step, _ lanes: String, _ theme: Theme) -> [StyledLine] {
        let why = step.reason ?? (step.state == .running ? step.activity ?? "" : "")
        return [
            StyledLine(SafeText(lanes), theme[.dim]) + StyledLine(SafeText(" \(step.title)")),
            StateWord(step.state, reason: nil).line(theme),
            StyledLine(SafeText(step.sessionId?.rawValue ?? ""), theme[.dim]),
            StyledLine(SafeText(step.attempts == 0 ? "" : String(step.attempts)), theme[.dim]),
            StyledLine(
                SafeText(step.sessionId == nil ? "" : Amounts.money(step.costKnown, hasUnpriced: false)),
                theme[.money]),
            StyledLine(SafeText(why), theme[.dim]),
        ]
    }
}

extension ChainSummary {
    /// What it does now, in a few words.
    var doing: String {
        if let error { return error }
        if let detail, !detail.isEmpty { return detail }
        let running = steps.filter { $0.state == .running || $0.state == .paused }
        return running.map(\.title).joined(separator: ", ")
    }
}

extension StateWord {
    /// How the state of a chain or of its step is written.
    init(_ state: ChainState, reason: String?) {
        let session: SessionState =
            switch state {
            case .created: .created
            case .queued: .queued
            case .running: .running
            case .paused: .paused
            case .complete: .complete
            case .failed: .failed
            case .rolledBack: .rolledBack
            case .cancelled, .skipped: .cancelled
            }
        self.init(
            glyph: StateWord(session).glyph, word: reason.map { "\(state.rawValue) \($0)" } ?? state.rawValue,
            role: StateWord(session).role)
    }
}
