import AgentOSCore
import Terminal

/// The form for a session without a file.
struct FormBox: Widget {
    let form: NewSessionForm
    let model: ConsoleModel

    func draw(in rect: Rect, of frame: inout Frame) {
        let theme = model.options.theme
        let fields = NewSessionForm.Field.allCases
        let isRoomy = rect.height >= fields.count * 2 + 4
        let place = rect.centred(
            width: min(84, rect.width), height: min(rect.height, fields.count * (isRoomy ? 2 : 1) + 4))
        frame.fill(place, style: theme[.text])
        frame.draw(Box(StyledLine("New session", theme[.title]), style: theme[.border]), in: place)
        var inside = place.inset(2, 1)
        let outcome = outcome(theme)
        if isRoomy || !outcome.spans.isEmpty {
            frame.draw(outcome, in: inside.takeBottom(1))
        } else {
            let help = StyledLine(SafeText(form.focus.help), theme[.dim])
            let under = inside.takeBottom(max(0, min(2, inside.height - fields.count)))
            frame.draw(TextView(TextLayout([help], width: max(1, under.width))), in: under)
        }
        var cursor: Point?
        for field in fields {
            var row = inside.takeTop(1)
            let isFocused = field == form.focus
            let label = row.takeLeft(8)
            frame.draw(
                StyledLine(
                    SafeText((isFocused ? "▸" : " ") + field.title), isFocused ? theme[.accent] : theme[.text]
                ), in: label)
            var line = form[field]
            line.style = isFocused ? theme[.input] : .plain
            frame.draw(line, in: row)
            if isFocused { cursor = frame.cursor }
            guard isRoomy || form.faults[field] != nil else { continue }
            let under = isRoomy ? inside.takeTop(1).inset(8, 0) : row.takeRight(min(row.width, 28))
            let fault = form.faults[field].map { StyledLine(SafeText("✗ \($0)"), theme[.error]) }
            frame.draw(
                fault ?? StyledLine(SafeText(field.help), theme[.dim]),
                in: Rect(x: under.x, y: under.y, width: under.width + (isRoomy ? 8 : 0), height: under.height)
            )
        }
        frame.cursor = cursor
    }

    private func outcome(_ theme: Theme) -> StyledLine {
        if let refusal = form.refusal { return StyledLine(SafeText("✗ \(refusal)"), theme[.error]) }
        return form.isSent ? StyledLine("asking the host …", theme[.dim]) : StyledLine()
    }

    /// What the keys do now.
    var keys: [(String, String)] { [("Enter", "starts"), ("Tab", "next"), ("Esc", "cancels")] }
}

extension NewSessionForm.Field {
    /// What stands before it.
    fileprivate var title: String {
        switch self {
        case .goal: "goal"
        case .folder: "folder"
        case .model: "model"
        case .gate: "gate"
        case .cost: "cost"
        }
    }

    /// What it takes.
    fileprivate var help: String {
        switch self {
        case .goal: "what the agent is to do"
        case .folder: "it works on a copy of this folder; empty for an empty one"
        case .model: "a route of config.yaml, or provider/model"
        case .gate: "a command that must pass at the end, such as make test; may be empty"
        case .cost: "the most it may spend, in USD; empty for the configured limit"
        }
    }
}
