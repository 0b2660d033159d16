import AgentOSCore
import Terminal

/// One frame of a pane, asked for and drawn once: `agentos look`.
public enum Look {
    /// The panes that can be asked for.
    public static let panes = ["inbox", "sessions", "session", "chains", "chain", "events"]

    /// Draws a pane as the console would show it on a screen of this size.
    ///
    /// `pane` is one of `panes`; a session or chain needs its id, a prefix
    /// of it or its name. `note` stands above the footer, on a small
    /// screen in its place.
    public static func frame(
        pane: String, id: String?, size: Size, client: EngineClient,
        options: ConsoleOptions = ConsoleOptions(), note: SafeText? = nil, now: Timestamp
    ) async throws -> Frame {
        // A small screen has no row to spare for the note; it takes the keys' row, as nobody presses any here.
        let isSmall = Layout(size, hasGuide: false).isCompact
        var frame = try await frame(
            opening: try opening(pane, id), size: size, client: client, options: options,
            guide: isSmall ? nil : note, now: now)
        if isSmall, let note {
            let row = frame.bounds.row(size.rows - 1)
            frame.fill(row, style: options.theme[.guide])
            frame.draw(StyledLine(note, options.theme[.guide]), in: row.inset(1, 0))
        }
        return frame
    }

    /// Draws a place as the console would show it, with a line of a guide above the footer.
    public static func frame(
        opening: ConsoleOptions.Opening, size: Size, client: EngineClient, options: ConsoleOptions,
        guide: SafeText? = nil, now: Timestamp
    ) async throws -> Frame {
        var options = options
        options.opening = opening
        var model = ConsoleModel(size: size, options: options, now: now)
        var effects = model.openingEffects
        var asked: Set<Load> = []
        while !effects.isEmpty {
            var next: [ConsoleEffect] = []
            for effect in effects {
                switch effect {
                case .load(let load), .refresh(let load):
                    guard asked.insert(load).inserted else { continue }
                    next += update(&model, .loaded(load, try await load.perform(client)))
                case .perform, .askFrame, .repaint, .suspend, .ring, .leave: continue
                }
            }
            effects = next
        }
        _ = update(&model, .linked(true))
        _ = update(&model, .cue(.guide(guide)))
        return view(model, size: size)
    }

    private static func opening(_ pane: String, _ id: String?) throws(Fault) -> ConsoleOptions.Opening {
        switch pane {
        case "inbox": return .inbox
        case "sessions": return .sessions
        case "events": return .events
        case "chains": return .chains
        case "chain":
            guard let id else {
                throw .usage("look chain needs a chain", hint: "agentos look chain ID")
            }
            return .chain(id)
        case "session":
            guard let id else {
                throw .usage("look session needs a session", hint: "agentos look session ID")
            }
            return .session(id)
        default:
            throw .usage(
                "there is no pane \(pane)", hint: "the panes are \(panes.joined(separator: " "))")
        }
    }
}
