import AgentOSCore
import Terminal

/// The pane of one session: its transcript, its checkpoints as a timeline, what it has changed.
public struct SessionPane: Hashable, Sendable {
    /// What is shown of the session.
    public enum Tab: Hashable, Sendable, CaseIterable {
        /// What happened, with the text under way.
        case transcript
        /// The timeline.
        case checkpoints
        /// What changed.
        case diff
    }

    /// What was asked for: an id, a prefix of one, or a name; the full id once it is known.
    public internal(set) var wanted: String
    private var known: SessionID?
    /// The session, once known.
    public internal(set) var detail: SessionShow.Detail?
    /// Why it could not be had.
    public internal(set) var fault: Fault?
    /// What is shown.
    public internal(set) var tab = Tab.transcript
    /// The transcript, oldest first; nil before it was loaded.
    public internal(set) var entries: [TranscriptEntry]?
    /// What the call under way has written.
    public internal(set) var live: LiveText?
    /// Whether that call has ended, so that the next transcript holds what it wrote.
    var liveHasEnded = false
    /// The selected entry; nil follows the end.
    public internal(set) var cursor: Int64?
    /// How many rows of the selected entry are scrolled out at the top.
    public internal(set) var offset = 0
    /// Entries whose fold the person has turned over.
    public internal(set) var turned: Set<Int64> = []
    /// Only entries that hold this text.
    public internal(set) var filter = ""
    /// Entries that came since the person left the end.
    public internal(set) var unread = 0
    /// The timeline, oldest first.
    public internal(set) var checkpoints: [CheckpointReading]?
    /// The selected checkpoint.
    public internal(set) var checkpoint = ListPlace<CheckpointID>()
    /// What changed.
    public internal(set) var diff: DiffText?
    /// Why that is not known.
    public internal(set) var diffFault: Fault?
    /// Since which checkpoint; nil is the start.
    public internal(set) var diffFrom: String?
    /// The first row of the difference in view.
    public internal(set) var diffScroll = Scroll()
    /// The request that was jumped to; nil is the first that waits.
    public internal(set) var request: ItemID?
    /// How far the request is scrolled.
    public internal(set) var panelOffset = 0

    /// The pane of a session by id, prefix or name.
    public init(_ wanted: String) { self.wanted = wanted }

    /// The pane of a session whose full id is known.
    init(_ id: SessionID) {
        wanted = id.rawValue
        known = id
    }

    /// The session's id, once known.
    var id: SessionID? { detail?.summary.sessionId ?? known }

    /// The entries that hold the filter's text.
    var shown: [TranscriptEntry] {
        guard let entries else { return [] }
        guard !filter.isEmpty else { return entries }
        let wanted = filter.lowercased()
        return entries.filter {
            $0.title.lowercased().contains(wanted) || $0.body.lowercased().contains(wanted)
        }
    }

    /// Everything that the pane shows now.
    var loads: [ConsoleEffect] {
        guard let id else { return [.load(.session(wanted))] }
        return [.load(.session(id.rawValue)), .load(.transcript(id, after: 0))] + tabLoads
    }

    /// What the tab shows beside.
    var tabLoads: [ConsoleEffect] {
        guard let id else { return [] }
        switch tab {
        case .transcript: return []
        case .checkpoints: return [.load(.checkpoints(id))]
        case .diff: return [.load(.diff(id, from: diffFrom))]
        }
    }

    /// After which place the transcript has to be read again: before the first entry that can still change.
    var stableUntil: Int64 {
        guard let entries, let last = entries.last else { return 0 }
        let open = entries.first { entry in
            entry.isOpen || entry.kind == .said && ["queued", "delivered"].contains(entry.detail)
        }
        return min(last.seq, (open?.seq ?? .max) - 1)
    }

    /// Takes in what the call under way has written so far.
    mutating func show(_ text: LiveText) {
        live = text
        liveHasEnded = false
    }

    /// Notes that the call whose text is shown has ended, if these events say so.
    mutating func noteEnd(_ events: [EventRecord]) {
        guard let live else { return }
        if events.contains(where: { event in
            Self.endings.contains(event.type) && event.payload.contains("\"callId\":\"\(live.callId)\"")
        }) {
            liveHasEnded = true
        }
    }

    private static let endings: Set<String> = [
        "session.model.finished", "session.model.failed", "session.model.lost", "session.tool.finished",
        "session.tool.undone", "session.setup.finished",
    ]

    /// The most entries that are held; the log holds all.
    static let capacity = 4000

    /// Whether the log holds earlier entries than those that are held.
    var hasEarlier: Bool { entries?.first.map { $0.kind != .goal } ?? false }

    /// Takes in the transcript after a place.
    mutating func show(_ more: [TranscriptEntry], after: Int64) {
        let kept = (entries ?? []).filter { $0.seq <= after }
        let before = entries?.count ?? 0
        entries = Array((kept + more).suffix(Self.capacity))
        if cursor != nil { unread += max(0, (entries?.count ?? 0) - before) }
        if let cursor, !(entries ?? []).contains(where: { $0.seq == cursor }) {
            self.cursor = (entries ?? []).last { $0.seq <= cursor }?.seq
        }
        if liveHasEnded {
            live = nil
            liveHasEnded = false
        }
    }
}

/// A difference as lines, made once when it is loaded.
public struct DiffText: Hashable, Sendable {
    /// A line and what it is.
    public struct Line: Hashable, Sendable {
        /// What a line of a difference is.
        public enum Kind: Hashable, Sendable {
            /// The heading of a file.
            case file
            /// The heading of a hunk.
            case hunk
            /// A line that came.
            case added
            /// A line that went.
            case removed
            /// A line that stayed, or anything else.
            case context
        }
        /// What it is.
        public var kind: Kind
        /// What it says.
        public var text: SafeText
    }

    /// The most lines that are shown.
    static let capacity = 20_000

    /// How many files differ.
    public let files: Int
    /// Lines added.
    public let added: Int
    /// Lines removed.
    public let removed: Int
    /// The lines.
    public let lines: [Line]
    /// Where files begin.
    public let starts: [Int]

    /// Breaks a difference into lines.
    public init(_ diff: TreeDiff) {
        files = diff.files.count
        added = diff.added
        removed = diff.removed
        var lines: [Line] = []
        var starts: [Int] = []
        for file in diff.files where lines.count < Self.capacity {
            starts.append(lines.count)
            let counts = file.isBinary ? "binary" : "+\(file.added) −\(file.removed)"
            lines.append(
                Line(kind: .file, text: SafeText("\(file.path)  \(file.change.rawValue)  \(counts)")))
            lines += Self.body(file.text)
        }
        let left = lines.count - Self.capacity
        if left > 0 || starts.count < files {
            lines = Array(lines.prefix(Self.capacity))
            lines.append(
                Line(kind: .file, text: "… the rest is not shown here: agentos session diff ID shows it all"))
        }
        self.lines = lines
        self.starts = starts
    }

    private static func body(_ text: String) -> [Line] {
        var seenHunk = false
        var lines = SafeText.lines(text)
        if lines.last?.text.isEmpty == true { lines.removeLast() }
        return lines.compactMap { line in
            if line.text.hasPrefix("@@") {
                seenHunk = true
                return Line(kind: .hunk, text: line)
            }
            // The heading of the file already says what the lines before the first hunk say.
            guard seenHunk else { return nil }
            switch line.text.first {
            case "+": return Line(kind: .added, text: line)
            case "-": return Line(kind: .removed, text: line)
            default: return Line(kind: .context, text: line)
            }
        }
    }
}
