import AgentOSCore
import Terminal

/// What was looked for in all transcripts, and where it was found.
public struct SearchChooser: Hashable, Sendable {
    /// What was looked for.
    public var text: String
    /// The newest first; nil before they are loaded.
    public var hits: [SearchHit]?
    /// The selected one, by its place in the log.
    public var place = ListPlace<Int64>()
    /// Why there are none.
    public var fault: Fault?
}

extension ConsoleModel {
    /// Looks for words in all transcripts.
    mutating func search(_ text: String) -> [ConsoleEffect] {
        overlay = .search(SearchChooser(text: text))
        return [.load(.search(text))]
    }

    /// Takes in where it was found.
    mutating func show(_ hits: [SearchHit], for text: String) -> [ConsoleEffect] {
        guard case .search(var chooser) = overlay, chooser.text == text else { return [] }
        chooser.hits = hits
        chooser.place.move(to: 0, count: hits.count, height: SearchBox.listHeight(layout.full.height)) {
            hits.indices.contains($0) ? hits[$0].seq : nil
        }
        overlay = .search(chooser)
        return []
    }

    /// What a key does in what was found: Enter goes to the line of the transcript.
    mutating func press(_ stroke: KeyStroke, in chooser: SearchChooser) -> [ConsoleEffect] {
        let move: Move
        switch (stroke.key, options.keymap.command(for: stroke, in: "global")) {
        case (.escape, _), (_, "view.leave"):
            overlay = nil
            return []
        case (.enter, _):
            guard let hit = chooser.hits?.first(where: { $0.seq == chooser.place.id }) else { return [] }
            overlay = nil
            var pane = session(hit.sessionId, request: nil)
            pane.cursor = hit.seq
            return go(to: .session(pane))
        case (_, "view.up"): move = .rows(-1)
        case (_, "view.down"): move = .rows(1)
        case (_, "view.page-up"): move = .pages(-1)
        case (_, "view.page-down"): move = .pages(1)
        case (_, "view.first"): move = .first
        case (_, "view.last"): move = .last
        default: return []
        }
        var chooser = chooser
        let hits = chooser.hits ?? []
        let height = SearchBox.listHeight(layout.full.height)
        let row = move.row(from: chooser.place.index, count: hits.count, height: height)
        chooser.place.move(to: row, count: hits.count, height: height) {
            hits.indices.contains($0) ? hits[$0].seq : nil
        }
        overlay = .search(chooser)
        return []
    }
}
