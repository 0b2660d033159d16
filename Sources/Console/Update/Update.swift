import AgentOSCore
import Terminal

/// Changes the model by one message and says what must be done; reads no clock and waits for nothing.
public func update(_ model: inout ConsoleModel, _ message: ConsoleMessage) -> [ConsoleEffect] {
    var effects = model.take(message)
    // An answer is bound to the request that was drawn: another one starts its own time.
    if model.answerShown?.item != model.answerable?.itemId { model.answerShown = nil }
    if let item = model.toast?.item, item != model.requestPanel?.item.itemId { model.toast = nil }
    switch message {
    case .tick, .shown: break
    case .key, .keys, .paste, .resized, .news, .loaded, .loadFailed, .performed, .linked, .cue:
        effects.append(.askFrame)
    }
    return effects
}

extension ConsoleModel {
    fileprivate mutating func take(_ message: ConsoleMessage) -> [ConsoleEffect] {
        switch message {
        case .key(let stroke, let at): return take(stroke, at: at)
        case .keys(let strokes, let at): return take(strokes, at: at)
        case .paste(let text): return paste(text)
        case .resized(let size):
            self.size = size
            return resettle()
        case .news(let news): return hear(news)
        case .loaded(let load, let loaded): return show(loaded, of: load)
        case .loadFailed(let load, let fault): return fail(load, fault)
        case .performed(let id, let result): return answered(id, result)
        case .linked(let isLinked): return link(isLinked)
        case .shown(let item, let at):
            if let item, item == answerable?.itemId, answerShown == nil {
                answerShown = ShownRequest(item: item, since: at)
            }
            return []
        case .tick(let now):
            self.now = now
            return []
        case .cue(let cue): return follow(cue)
        }
    }

    private mutating func follow(_ cue: ConsoleCue) -> [ConsoleEffect] {
        switch cue {
        case .guide(let line):
            guide = line
            return resettle()
        case .show(let opening):
            overlay = nil
            // What was told is of the place that is left; with no key pressed it would stay.
            toast = nil
            let next = led(to: opening)
            // Where Esc leaves, a place to which somebody else has led is not one to come back from.
            if options.escapeLeaves { places.removeAll() }
            return go(to: next)
        case .leave: return [.leave(.leave)]
        }
    }

    private mutating func link(_ isLinked: Bool) -> [ConsoleEffect] {
        let was = self.isLinked
        self.isLinked = isLinked
        guard was != isLinked else { return [] }
        guard isLinked else {
            tell(.failed, "the link to the host is lost; what is shown may be old")
            return []
        }
        guard was == false else { return [] }
        tell(.done, "the link to the host is there again")
        return [.load(.overview), .load(.inbox)] + loads(of: place)
    }

    /// Tells something in the status line and keeps it.
    mutating func tell(_ level: Notice.Level, _ text: String, about item: ItemID? = nil) {
        let notice = Notice(at: now, level: level, text: SafeText(text), item: item)
        toast = notice
        notices.append(notice)
        if notices.count > Self.noticeCapacity { notices.removeFirst(notices.count - Self.noticeCapacity) }
    }

    /// Brings selections back into view after the screen has changed.
    mutating func resettle() -> [ConsoleEffect] {
        let height = listHeight
        switch place {
        case .inbox(var pane):
            settle(&pane, height)
            place = .inbox(pane)
            return []
        case .sessions(var pane):
            let effects = pane.move(to: pane.place.index, height: height)
            place = .sessions(pane)
            return effects
        case .events(var pane):
            let effects = pane.move(to: pane.place.index, height: height)
            place = .events(pane)
            return effects
        case .chains(var pane):
            pane.settle(height: height)
            place = .chains(pane)
            return []
        case .chain(var pane):
            pane.settle(height: height)
            place = .chain(pane)
            return []
        case .session: return []
        }
    }

    /// Keeps the inbox's selection with its id.
    func settle(_ pane: inout InboxPane, _ height: Int) {
        let rows = inbox?.rows(filter: pane.filter) ?? []
        pane.place.settle(
            count: rows.count, height: height, find: { id in rows.firstIndex { $0.itemId == id } },
            ids: { rows.indices.contains($0) ? rows[$0].itemId : nil })
    }
}
