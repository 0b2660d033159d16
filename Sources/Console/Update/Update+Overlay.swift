import AgentOSCore
import Terminal

extension ConsoleModel {
    /// What a key does in what lies over the place.
    mutating func pressOverlay(_ stroke: KeyStroke) -> [ConsoleEffect] {
        switch overlay {
        case .help(let scroll): return scrollText(scroll, stroke) { .help($0) }
        case .notices(let scroll): return scrollText(scroll, stroke) { .notices($0) }
        case .line(let prompt): return press(stroke, in: prompt)
        case .confirm(let confirmation): return press(stroke, in: confirmation)
        case .form(let form): return press(stroke, in: form)
        case .rollback(let chooser): return press(stroke, in: chooser)
        case .apply(let chooser): return press(stroke, in: chooser)
        case .search(let chooser): return press(stroke, in: chooser)
        case .leave(let choice): return press(stroke, in: choice)
        case nil: return []
        }
    }

    private mutating func scrollText(_ scroll: Scroll, _ stroke: KeyStroke, _ again: (Scroll) -> Overlay)
        -> [ConsoleEffect]
    {
        var scroll = scroll
        let height = max(1, layout.body.height)
        switch (stroke.key, options.keymap.command(for: stroke, in: "global")) {
        case (_, "view.up"): scroll.offset -= 1
        case (_, "view.down"): scroll.offset += 1
        case (_, "view.page-up"): scroll.offset -= height - 1
        case (_, "view.page-down"), (.character(" "), _): scroll.offset += height - 1
        case (_, "view.first"): scroll.offset = 0
        case (_, "view.last"): scroll.offset = .max / 2
        default:
            overlay = nil
            return []
        }
        overlay = again(scroll)
        let count = overlayRows.count
        scroll.clamp(count: count, height: height)
        overlay = again(scroll)
        return []
    }

    private mutating func press(_ stroke: KeyStroke, in prompt: LinePrompt) -> [ConsoleEffect] {
        var prompt = prompt
        switch (stroke.key, stroke.modifiers) {
        case (.escape, _), (.character("c"), .control):
            overlay = nil
            if case .filter(let before) = prompt.purpose { return setFilter(before) }
            return []
        case (.enter, _):
            overlay = nil
            return accept(prompt)
        case (.tab, []) where prompt.purpose == .command, (.down, []) where prompt.purpose == .command:
            complete(&prompt, 1)
        case (.tab, .shift) where prompt.purpose == .command, (.up, []) where prompt.purpose == .command:
            complete(&prompt, -1)
        case (.backspace, []) where prompt.line.text.isEmpty:
            overlay = nil
            if case .filter(let before) = prompt.purpose { return setFilter(before) }
            return []
        default:
            guard prompt.line.apply(stroke) else { return [] }
            prompt.completion = nil
        }
        overlay = .line(prompt)
        return typed(prompt)
    }

    /// A filter works while it is typed.
    mutating func typed(_ prompt: LinePrompt) -> [ConsoleEffect] {
        guard case .filter = prompt.purpose else { return [] }
        return setFilter(prompt.line.text)
    }

    private func complete(_ prompt: inout LinePrompt, _ by: Int) {
        if prompt.completion == nil { prompt.typed = prompt.line.text }
        let candidates = completions(prompt.typed.trimmed)
        guard !candidates.isEmpty, !prompt.typed.trimmed.contains(" ") else { return }
        let next = prompt.completion.map { $0 + by } ?? (by > 0 ? 0 : candidates.count - 1)
        let index = (next + candidates.count) % candidates.count
        prompt.completion = index
        prompt.line.set(candidates[index].name + (candidates[index].arguments.isEmpty ? "" : " "))
    }

    private mutating func accept(_ prompt: LinePrompt) -> [ConsoleEffect] {
        let text = prompt.line.text
        switch prompt.purpose {
        case .filter: return setFilter(text)
        case .say(let id):
            guard !text.trimmed.isEmpty else { return [] }
            return send("session.say", ["id": .string(id.rawValue), "text": .string(text)])
        case .fork(let id, let checkpoint):
            var arguments: [String: JSONValue] = [
                "id": .string(id.rawValue), "checkpoint": .string(checkpoint.rawValue), "start": true,
            ]
            if !text.trimmed.isEmpty { arguments["say"] = .string(text) }
            return send("session.fork", arguments)
        case .answer(let id):
            guard !text.trimmed.isEmpty else { return [] }
            return send("inbox.answer", ["id": .string(id.rawValue), "answer": .string(text)])
        case .command:
            guard !text.trimmed.isEmpty else { return [] }
            return runTyped(text)
        }
    }

    /// Does a typed command: alone it does what its key does, with arguments it goes to the host.
    private mutating func runTyped(_ line: String) -> [ConsoleEffect] {
        switch TypedCommand(line, selected: target, item: shownItem?.itemId) {
        case .wrong(let why):
            tell(.refused, why)
            return []
        case .command(let spec, let arguments):
            if spec.name == "session.search", let text = arguments["text"]?.string { return search(text) }
            let onTarget = arguments.allSatisfy { $0.key == "id" && $0.value.string == target?.rawValue }
            let asks = ["session.rollback", "session.apply", "session.fork"].contains(spec.name)
            if onTarget, asks || CommandCatalogue.screen.contains(spec) { return run(spec.name) }
            if spec.changes, options.isReadOnly || isLinked == false,
                let reason = disabledReason(spec, on: subject)
            {
                tell(.refused, reason)
                return []
            }
            return send(spec, arguments)
        }
    }

    private mutating func press(_ stroke: KeyStroke, in confirmation: Confirmation) -> [ConsoleEffect] {
        var confirmation = confirmation
        switch (stroke.key, stroke.modifiers) {
        case (.escape, _): overlay = nil
        case (.enter, _):
            let isNamed = confirmation.name.map { $0 == confirmation.typed.text } ?? true
            if confirmation.choice.focus == 1, !isNamed { return [] }
            overlay = nil
            if confirmation.choice.focus == 1 { return perform(confirmation.command) }
        case (.left, _), (.up, _), (.tab, .shift): confirmation.choice.step(-1)
        case (.right, _), (.down, _), (.tab, _): confirmation.choice.step(1)
        default: if confirmation.name != nil { _ = confirmation.typed.apply(stroke) }
        }
        if overlay != nil { overlay = .confirm(confirmation) }
        return []
    }

    private mutating func press(_ stroke: KeyStroke, in choice: Choice) -> [ConsoleEffect] {
        var choice = choice
        switch stroke.key {
        case .escape: overlay = nil
        case .enter:
            overlay = nil
            switch choice.focus {
            case 0: return [.leave(.detach)]
            case 1: return [.leave(.stop)]
            default: return []
            }
        case .left, .up: choice.step(-1)
        case .right, .down, .tab: choice.step(1)
        default: break
        }
        if overlay != nil { overlay = .leave(choice) }
        return []
    }
}

extension String {
    /// With a capital at its start.
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }

    /// Without blanks at either end.
    var trimmed: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
