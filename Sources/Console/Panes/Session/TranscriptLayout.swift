import AgentOSCore
import Terminal

/// Breaks entries of a transcript into rows of one width; only those that are looked at.
struct TranscriptLayout {
    let pane: SessionPane
    let width: Int
    let model: ConsoleModel
    private var theme: Theme { model.options.theme }
    private var indent: Int { width >= 60 ? 8 : 2 }

    init(_ pane: SessionPane, width: Int, model: ConsoleModel) {
        self.pane = pane
        self.width = max(4, width)
        self.model = model
    }

    /// Whether what is beneath the title is shown.
    func isUnfolded(_ entry: TranscriptEntry) -> Bool { entry.isFolded == pane.turned.contains(entry.seq) }

    /// How many rows an entry takes.
    func height(of entry: TranscriptEntry) -> Int { rows(of: entry).count }

    /// An entry in rows.
    func rows(of entry: TranscriptEntry) -> [StyledLine] {
        let isSelected = entry.seq == pane.cursor
        let unfolded = isUnfolded(entry)
        var lines = titleLines(entry, unfolded: unfolded)
        if unfolded, entry.canFold, !repeats(entry) { lines += body(entry) }
        let room = max(1, width - indent - 1)
        let rows = TextLayout(lines, width: room).rows
        return rows.enumerated().map { at, row in
            lead(entry, isFirst: at == 0, isSelected: isSelected)
                + (entry.isRewound ? row.over(theme[.dim]) : row)
        }
    }

    /// What the call under way has written so far, its last rows.
    func liveRows(height: Int) -> [StyledLine] {
        guard let live = pane.live, !live.text.isEmpty else { return [] }
        let lines = SafeText.lines(live.text).suffix(height).map { StyledLine($0, theme[.text]) }
        let source = live.source == "model" ? "writes" : live.source
        let head = StyledLine(SafeText("\(Glyph.filledDot.scalar) \(source) …"), theme[.stateRunning])
        let rows = TextLayout([head] + lines, width: max(1, width - indent - 1)).rows
        return rows.suffix(height).map {
            StyledLine(SafeText(String(repeating: " ", count: indent + 1))) + $0
        }
    }

    /// The rows in view: from the end up, or around the selected entry.
    func visible(height: Int) -> [StyledLine] {
        let entries = pane.shown
        guard let cursor = pane.cursor, let at = entries.firstIndex(where: { $0.seq == cursor }) else {
            return above(entries[...], liveRows(height: max(1, height / 2)), height)
        }
        let own = rows(of: entries[at])
        var below = Array(own.dropFirst(pane.offset).prefix(height))
        for entry in entries[(at + 1)...] {
            if below.count >= height { break }
            below += rows(of: entry)
        }
        if below.count < height { below += liveRows(height: height - below.count) }
        // The selected entry stands in the upper third, so that what follows is seen.
        let lead = max(height / 3, height - below.count)
        let before = above(entries[..<at], Array(own.prefix(pane.offset)), lead)
        return Array((before + below).prefix(height))
    }

    /// The last rows of entries with further rows after them.
    private func above(_ entries: ArraySlice<TranscriptEntry>, _ after: [StyledLine], _ height: Int)
        -> [StyledLine]
    {
        var groups = [after]
        var count = after.count
        for entry in entries.reversed() {
            if count >= height { break }
            let rows = rows(of: entry)
            groups.append(rows)
            count += rows.count
        }
        if count < height, pane.hasEarlier, pane.filter.isEmpty {
            groups.append([StyledLine("  … earlier entries: agentos session log ID", theme[.dim])])
        }
        return Array(groups.reversed().joined().suffix(height))
    }

    private func lead(_ entry: TranscriptEntry, isFirst: Bool, isSelected: Bool) -> StyledLine {
        let mark =
            isSelected && isFirst
            ? StyledLine(SafeText(String(Glyph.marker.scalar)), theme[.accent]) : StyledLine(" ")
        guard isFirst, indent == 8 else {
            return mark + StyledLine(SafeText(String(repeating: " ", count: indent)))
        }
        let time = Amounts.clockSeconds(entry.at, offset: model.header?.zoneOffset ?? 0).prefix(5)
        return mark + StyledLine(SafeText("\(time)   "), theme[.dim])
    }

    /// A text whose first line is the title already says it.
    private func repeats(_ entry: TranscriptEntry) -> Bool {
        switch entry.kind {
        case .goal, .said, .text: true
        case .tool, .gate, .checkpoint, .request, .note: false
        }
    }

    private func titleLines(_ entry: TranscriptEntry, unfolded: Bool) -> [StyledLine] {
        let whole =
            entry.canFold && repeats(entry) && unfolded
            ? (entry.body.hasPrefix(entry.title) ? entry.body : "\(entry.title)\n\(entry.body)") : entry.title
        let (glyph, word, role) = mark(entry, unfolded: unfolded)
        var lines = SafeText.lines(whole).map {
            StyledLine($0, theme[entry.isError ? .error : entry.kind == .text ? .text : role])
        }
        if lines.isEmpty { lines = [StyledLine()] }
        let start = "\(glyph.scalar) " + (word.isEmpty ? "" : "\(word) ")
        if entry.kind != .text {
            lines[0] = StyledLine(SafeText(start), theme[entry.isError ? .error : role]) + lines[0]
        }
        if let detail = entry.detail, !detail.isEmpty {
            lines[lines.count - 1].append(SafeText("  \(detail)"), theme[.dim])
        }
        if entry.isOpen, entry.kind == .tool || entry.kind == .gate {
            lines[lines.count - 1].append("  running", theme[.stateRunning])
        }
        if entry.isRewound { lines[0].append("  rewound", theme[.dim]) }
        return lines
    }

    /// A glyph, and a word where the glyph alone would not say it.
    private func mark(_ entry: TranscriptEntry, unfolded: Bool) -> (Glyph, String, Role) {
        switch entry.kind {
        case .goal: (.right, "goal:", .title)
        case .said: (.right, "you:", .accent)
        case .text: (.blank, "", .text)
        case .tool: (!entry.canFold ? .dot : unfolded ? .opened : .marker, "", .dim)
        case .gate:
            (
                entry.isOpen ? .right : entry.isError ? .fail : .check, "",
                entry.isOpen ? .stateGateCheck : entry.isError ? .error : .success
            )
        case .checkpoint: (.emptyDot, "", .dim)
        case .request: (entry.isOpen ? .filledDot : .dot, "", .warning)
        case .note: (.dot, "", .dim)
        }
    }

    private func body(_ entry: TranscriptEntry) -> [StyledLine] {
        let lines = SafeText.lines(entry.body)
        let most = 400
        var shown = lines.prefix(most).map {
            StyledLine(spans: [StyledLine.Span("  "), StyledLine.Span($0, theme[.text])])
        }
        if lines.count > most {
            shown.append(
                StyledLine(
                    SafeText("  … \(lines.count - most) more lines: agentos session log ID"), theme[.dim]))
        }
        return shown
    }
}
