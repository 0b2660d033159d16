import AgentOSCore
import Terminal

/// Keys that came at once: pasted without marks, or typed ahead on a slow link; nobody can tell which.
struct Burst: Hashable, Sendable {
    /// When its last key came.
    var at: Int64
    /// Whether it has more than one key.
    var isMany = false
    /// Whether a key of it was refused: nothing after it counts.
    var isSpent = false
    /// Whether it opened the line that is typed in.
    var hasOpened = false

    /// How long after its last key another one still belongs to it: no finger is that fast, and a paste that is longer
    /// than what a terminal hands over at once comes in pieces.
    var patience: Int64 { isMany ? 100 : 2 }

    /// Whether a key at this time belongs to it.
    func holds(_ time: Int64) -> Bool { time - at <= patience }
}

/// What takes the keys of a burst.
enum BurstPlace: Hashable, CaseIterable {
    /// The pane.
    case pane
    /// A text that is read, or a list that is only looked at.
    case reading
    /// The line of a filter.
    case filter
    /// A line that sends something: a command, what is said.
    case line
    /// The line of an answer.
    case answer
    /// The form of a new session.
    case form
    /// A dialog whose Enter acts.
    case dialog
}

/// What a key of a burst may do.
enum BurstVerdict: Hashable {
    /// What it always does.
    case acts
    /// It is part of the text that is typed.
    case isText
    /// Nothing, and what was typed stays; pressed alone it acts.
    case waits
    /// Nothing, and nothing after it counts.
    case ends
}

/// Decides what a key of a burst may do: move, look and type; never answer, pause, apply, send or leave.
///
/// `spec` is what the key means in a pane. An Enter with more behind it is a line break of a paste; the last one is
/// taken where the line was open before and sends no answer.
func verdict(on key: Key, _ spec: CommandSpec?, in place: BurstPlace, isLast: Bool, hasOpened: Bool)
    -> BurstVerdict
{
    switch (place, key) {
    case (.pane, _):
        guard let spec, !spec.changes, spec.name != "view.leave" else { return .ends }
        return .acts
    case (.reading, _): return .acts
    case (.filter, .enter): return isLast ? .acts : .isText
    case (.line, .enter): return !isLast ? .isText : hasOpened ? .waits : .acts
    case (.answer, .enter), (.form, .enter): return isLast ? .waits : .isText
    case (.dialog, .enter): return .ends
    case (.filter, _), (.line, _), (.answer, _), (.form, _), (.dialog, _): return .acts
    }
}

extension ConsoleModel {
    /// A key; soon after another one it belongs to the same burst.
    mutating func take(_ stroke: KeyStroke, at: Int64) -> [ConsoleEffect] {
        guard var last = burst, last.holds(at) else {
            burst = Burst(at: at)
            return press(stroke, at: at)
        }
        last.at = at
        last.isMany = true
        burst = last
        return pressTogether([stroke], at: at)
    }

    /// Several keys at once.
    mutating func take(_ strokes: [KeyStroke], at: Int64) -> [ConsoleEffect] {
        var now = burst.flatMap { $0.holds(at) ? $0 : nil } ?? Burst(at: at)
        now.at = at
        now.isMany = true
        burst = now
        return pressTogether(strokes, at: at)
    }

    private mutating func pressTogether(_ strokes: [KeyStroke], at: Int64) -> [ConsoleEffect] {
        var effects: [ConsoleEffect] = []
        for (index, stroke) in strokes.enumerated() {
            guard burst?.isSpent != true else { return effects }
            let spec = options.keymap.command(for: stroke, in: place.context).flatMap(CommandCatalogue.spec)
            let isLast = index == strokes.count - 1
            let verdict = verdict(
                on: stroke.key, spec, in: burstPlace, isLast: isLast, hasOpened: burst?.hasOpened ?? false)
            let before = overlay == nil
            switch verdict {
            case .acts: effects += press(stroke, at: at)
            case .isText: effects += paste("\n")
            case .waits: tell(.refused, "came at once: \(stroke.label) alone sends it")
            case .ends:
                burst?.isSpent = true
                tell(.refused, "came at once: press \(stroke.label) alone")
            }
            if before != (overlay == nil) { burst?.hasOpened = before }
        }
        return effects
    }

    private var burstPlace: BurstPlace {
        switch overlay {
        case nil: .pane
        case .help, .notices, .search: .reading
        case .line(let prompt):
            switch prompt.purpose {
            case .filter: .filter
            case .command, .say: .line
            case .answer, .fork: .answer
            }
        case .form: .form
        case .confirm, .rollback, .apply, .leave: .dialog
        }
    }
}
