import AgentOSCore
import Terminal

/// How far to move.
enum Move: Hashable {
    /// So many rows.
    case rows(Int)
    /// So many screenfuls.
    case pages(Int)
    /// To the first row.
    case first
    /// To the last row.
    case last

    /// The row arrived at.
    func row(from index: Int, count: Int, height: Int) -> Int {
        switch self {
        case .rows(let rows): index + rows
        case .pages(let pages): index + pages * max(1, height - 1)
        case .first: 0
        case .last: count - 1
        }
    }
}

extension ConsoleModel {
    /// Moves in the place.
    mutating func move(_ move: Move) -> [ConsoleEffect] {
        if scrollPanel(move) { return [] }
        let height = listHeight
        switch place {
        case .inbox(var pane):
            let rows = inbox?.rows(filter: pane.filter) ?? []
            let row = move.row(from: pane.place.index, count: rows.count, height: height)
            pane.place.move(to: row, count: rows.count, height: height) {
                rows.indices.contains($0) ? rows[$0].itemId : nil
            }
            pane.panelOffset = 0
            place = .inbox(pane)
            return lookAtSelected()
        case .sessions(var pane):
            let row = move.row(from: pane.place.index, count: pane.count, height: height)
            let effects = pane.move(to: row, height: height)
            place = .sessions(pane)
            return effects
        case .events(var pane):
            let row = move.row(from: pane.place.index, count: pane.records.count, height: height)
            let effects = pane.move(to: row, height: height)
            place = .events(pane)
            return effects
        case .chains(var pane):
            let count = pane.chains?.count ?? 0
            pane.move(to: move.row(from: pane.place.index, count: count, height: height), height: height)
            place = .chains(pane)
            return []
        case .chain(var pane):
            let count = pane.chain?.steps.count ?? 0
            pane.move(to: move.row(from: pane.place.index, count: count, height: height), height: height)
            place = .chain(pane)
            return []
        case .session(var pane):
            moveSession(&pane, move, height)
            place = .session(pane)
            return []
        }
    }

    /// A request that is longer than its room is read on with page keys; true when that was meant.
    private mutating func scrollPanel(_ move: Move) -> Bool {
        guard case .pages(let pages) = move, let panel = requestPanel else { return false }
        let height = panel.visible(panel.height(in: layout.body))
        guard panel.rows.count > height else { return false }
        var scroll = Scroll(offset: panel.offset)
        scroll.move(by: pages * max(1, height - 1), count: panel.rows.count, height: height)
        guard scroll.offset != panel.offset else { return false }
        switch place {
        case .inbox(var pane):
            pane.panelOffset = scroll.offset
            place = .inbox(pane)
        case .session(var pane):
            pane.panelOffset = scroll.offset
            place = .session(pane)
        case .sessions, .events, .chains, .chain: return false
        }
        return true
    }

    private func moveSession(_ pane: inout SessionPane, _ move: Move, _ height: Int) {
        switch pane.tab {
        case .transcript: moveTranscript(&pane, move, height)
        case .checkpoints:
            let checkpoints = pane.checkpoints ?? []
            let row = move.row(from: pane.checkpoint.index, count: checkpoints.count, height: height)
            pane.checkpoint.move(to: row, count: checkpoints.count, height: height) {
                checkpoints.indices.contains($0) ? checkpoints[$0].checkpointId : nil
            }
        case .diff:
            guard let diff = pane.diff else { return }
            pane.diffScroll.offset = layout(diff).top(from: pane.diffScroll.offset, move)
        }
    }

    private func moveTranscript(_ pane: inout SessionPane, _ move: Move, _ height: Int) {
        let entries = pane.shown
        guard !entries.isEmpty else { return }
        let at = pane.cursor.flatMap { seq in entries.firstIndex { $0.seq == seq } }
        switch move {
        case .first: (pane.cursor, pane.offset) = (entries.first?.seq, 0)
        case .last: pane.follow()
        case .rows(let rows):
            // From the end, the first step up selects the last entry.
            let next = at.map { $0 + rows } ?? (rows < 0 ? entries.count - 1 : entries.count)
            if next >= entries.count {
                pane.follow()
            } else {
                (pane.cursor, pane.offset) = (entries[max(0, next)].seq, 0)
            }
        case .pages(let pages):
            scroll(&pane, entries, from: at ?? entries.count - 1, by: pages * max(1, height - 2))
        }
    }

    /// A difference on the screen as it is now.
    func layout(_ diff: DiffText) -> DiffLayout {
        DiffLayout(diff, in: Size(columns: layout.body.width, rows: listHeight))
    }

    /// Moves by rows, through entries that may be taller than the screen.
    private func scroll(
        _ pane: inout SessionPane, _ entries: [TranscriptEntry], from start: Int, by rows: Int
    ) {
        let layout = TranscriptLayout(pane, width: self.layout.body.width, model: self)
        var index = start
        var offset = (pane.cursor == nil ? 0 : pane.offset) + rows
        while offset < 0, index > 0 {
            index -= 1
            offset += layout.height(of: entries[index])
        }
        while index < entries.count, offset >= layout.height(of: entries[index]) {
            offset -= layout.height(of: entries[index])
            index += 1
        }
        if index >= entries.count {
            pane.follow()
        } else {
            (pane.cursor, pane.offset) = (entries[index].seq, max(0, offset))
        }
    }

    /// Goes to the next or the previous file of a difference.
    mutating func moveFile(_ by: Int) -> [ConsoleEffect] {
        guard case .session(var pane) = place, pane.tab == .diff, let diff = pane.diff else { return [] }
        let at = pane.diffScroll.offset
        let next = by > 0 ? diff.starts.first { $0 > at } : diff.starts.last { $0 < at }
        guard let next else { return [] }
        pane.diffScroll.offset = min(next, layout(diff).last)
        place = .session(pane)
        return []
    }
}

extension SessionPane {
    /// Goes along with the end again.
    mutating func follow() {
        cursor = nil
        offset = 0
        unread = 0
    }
}

extension TranscriptEntry {
    /// Whether there is something beneath its title.
    var canFold: Bool { !body.isEmpty && body != title }

    /// Whether it is folded until the person unfolds it.
    var isFolded: Bool {
        switch kind {
        case .tool, .gate, .checkpoint, .request, .note: true
        case .goal, .said, .text: false
        }
    }
}
