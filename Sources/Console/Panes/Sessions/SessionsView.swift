import AgentOSCore
import Terminal

/// Draws the list of sessions.
struct SessionsView: Widget {
    let pane: SessionsPane
    let model: ConsoleModel

    func draw(in rect: Rect, of frame: inout Frame) {
        let theme = model.options.theme
        guard pane.window.total != nil else {
            frame.draw("asking the host …", in: rect.inset(1, 0))
            return
        }
        guard pane.count > 0 else {
            let line =
                pane.filter.isEmpty
                ? StyledLine("No sessions yet.  ") + model.hints([("session.new", "starts one")])
                : StyledLine(SafeText("No session holds \(pane.filter)."), theme[.dim])
            frame.draw(line, in: rect.inset(1, min(1, rect.height / 4)))
            return
        }
        let table = Table(
            columns: Self.columns, count: pane.count, selection: pane.place.index, scroll: pane.place.scroll,
            look: Table.Look(
                header: theme[.header], row: theme[.text], selected: theme[.selection],
                barColumns: 2)
        ) { index in
            pane.window[index].map { cells($0, theme) } ?? [StyledLine("…", theme[.dim])]
        }
        frame.draw(table, in: rect)
    }

    private static let columns = [
        Column("id", .fixed(6)), Column("name", .flexible(min: 10, max: 30, weight: 2), dropOrder: 1),
        Column("state", .fixed(21)),
        Column("doing", .flexible(min: 18, weight: 4), dropOrder: 4),
        Column("gates", .fixed(5), align: .trailing, dropOrder: 3),
        Column("cost", .fixed(9), align: .trailing, dropOrder: 2),
        Column("turns", .fixed(5), align: .trailing, dropOrder: 7),
        Column("model", .flexible(min: 10, max: 24), dropOrder: 8),
        Column("active", .fixed(11), align: .trailing, dropOrder: 6),
        Column("took", .fixed(8), align: .trailing, dropOrder: 5),
    ]

    private func cells(_ session: SessionSummary, _ theme: Theme) -> [StyledLine] {
        let waits = session.waiting > 0 ? " !" : ""
        return [
            StyledLine(SafeText(session.sessionId.rawValue)),
            StyledLine(SafeText(session.name)),
            StateWord(session.state, reason: session.reason).line(theme)
                + StyledLine(SafeText(waits), theme[.warning]),
            StyledLine(
                SafeText(session.state == .failed ? session.error ?? session.activity : session.activity),
                theme[.dim]),
            session.gateTally(theme),
            StyledLine(
                SafeText(Amounts.money(session.costKnown, hasUnpriced: session.hasUnpriced)),
                theme[session.shareSpent >= 100 ? .error : session.shareSpent >= 80 ? .warning : .money]),
            StyledLine(SafeText(String(session.turns)), theme[.dim]),
            StyledLine(
                SafeText(session.isRehearsal ? "rehearsal" : session.model),
                session.isRehearsal ? theme[.rehearsal] : theme[.dim]),
            StyledLine(SafeText(model.progress(of: session)), theme[.dim]),
            StyledLine(SafeText(model.took(session)), theme[.dim]),
        ]
    }
}

extension SessionSummary {
    /// How much of what it may cost is spent, in percent; 0 without a limit.
    var shareSpent: Int64 {
        guard let budget = budget?.picodollars, budget > 0 else { return 0 }
        return costKnown.picodollars / max(1, budget / 100)
    }

    /// `2/3`, with a cross where a required gate is red; a dash without gates.
    func gateTally(_ theme: Theme) -> StyledLine {
        guard !gates.isEmpty else { return StyledLine("—", theme[.dim]) }
        let green = gates.count { $0.passed == true }
        let isRed = gates.contains { $0.passed == false && $0.required }
        return StyledLine(
            SafeText("\(isRed ? "✗ " : "")\(green)/\(gates.count)"),
            theme[isRed ? .error : green == gates.count ? .success : .dim])
    }
}

extension ConsoleModel {
    /// Since when nothing has moved: an age while it works, a time of day once it stands still.
    func progress(of session: SessionSummary) -> String {
        session.state.isWorking ? Amounts.duration(now.since(session.touchedAt)) : clock(session.touchedAt)
    }

    /// How long it has been at it, or took in all.
    func took(_ session: SessionSummary) -> String {
        guard let started = session.startedAt else { return "—" }
        let end = session.endedAt ?? (session.state.isWorking ? now : session.touchedAt)
        return Amounts.duration(end.since(started))
    }

    /// How long until something on the screen reads otherwise by itself; nil when nothing will.
    ///
    /// Only ages of what works change by themselves; ended things show times of day.
    public var nextTick: Duration? {
        guard !layout.isTiny, isLinked != false else { return nil }
        let isLive: Bool
        switch place {
        case .inbox, .events, .chains, .chain: isLive = false
        case .sessions(let pane):
            isLive = pane.place.scroll.visible(count: pane.count, height: listHeight).contains {
                pane.window[$0]?.state.isWorking == true
            }
        case .session(let pane): isLive = pane.detail?.summary.state.isWorking ?? false
        }
        return isLive ? .seconds(1) : nil
    }
}
