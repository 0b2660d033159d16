import AgentOSCore
import Terminal

extension ConsoleModel {
    /// Takes in what was asked for.
    mutating func show(_ loaded: Loaded, of load: Load) -> [ConsoleEffect] {
        switch (loaded, load) {
        case (.overview(let header), _):
            self.header = header
            return []
        case (.inbox(let inbox), _): return show(inbox)
        case (.sessions(let page), .sessions(let filter, let offset, _)):
            if seen.count > 1000 { seen = [:] }
            for summary in page.sessions { seen[summary.sessionId] = summary }
            guard case .sessions(var pane) = place, pane.filter == filter, pane.wanted == offset else {
                return []
            }
            pane.show(page, offset: offset, height: listHeight)
            let more = pane.loadMissing(height: listHeight)
            place = .sessions(pane)
            return more
        case (.session(let detail), .session(let wanted)): return show(detail, wanted)
        case (.transcript(let entries), .transcript(let id, let after)):
            changeSession(id) { $0.show(entries, after: after) }
            return []
        case (.checkpoints(let checkpoints), .checkpoints(let id)): return show(checkpoints, of: id)
        case (.diff(let diff), .diff(let id, let from)):
            let text = DiffText(diff)
            let last = layout(text).last
            changeSession(id) { pane in
                guard pane.diffFrom == from else { return }
                pane.diff = text
                pane.diffFault = nil
                pane.diffScroll.offset = max(0, min(pane.diffScroll.offset, last))
            }
            return []
        case (.preview(let preview), .preview(let id, let checkpoint)):
            guard case .rollback(var chooser) = overlay, chooser.sessionId == id,
                chooser.place.id?.rawValue == checkpoint
            else { return [] }
            chooser.preview = preview
            overlay = .rollback(chooser)
            return []
        case (.events(let records), .events(_, _, let type)):
            guard case .events(var pane) = place, pane.type == type else { return [] }
            pane.add(records, height: listHeight)
            place = .events(pane)
            return []
        case (.chains(let page), .chains(let filter, _)): return show(page.chains, filter: filter)
        case (.chain(let chain), .chain(let wanted)): return show(chain, wanted: wanted)
        case (.search(let hits), .search(let text)): return show(hits, for: text)
        case (.chains, _), (.chain, _), (.sessions, _), (.session, _), (.transcript, _), (.checkpoints, _),
            (.diff, _), (.preview, _), (.events, _), (.search, _):
            return []
        }
    }

    /// Changes the pane of a session wherever it lies in the stack.
    mutating func changeSession(_ id: SessionID, _ change: (inout SessionPane) -> Void) {
        for index in places.indices {
            guard case .session(var pane) = places[index], pane.id == id else { continue }
            change(&pane)
            places[index] = .session(pane)
        }
    }

    private mutating func show(_ inbox: InboxList.Inbox) -> [ConsoleEffect] {
        let grown = inbox.waiting.count > (self.inbox?.waiting.count ?? inbox.waiting.count)
        self.inbox = inbox
        if case .inbox(var pane) = place {
            let before = pane.place.id
            settle(&pane, listHeight)
            if pane.place.id != before { pane.panelOffset = 0 }
            place = .inbox(pane)
        }
        return (grown ? [.ring] : []) + lookAtSelected()
    }

    private mutating func show(_ detail: SessionShow.Detail, _ wanted: String) -> [ConsoleEffect] {
        let id = detail.summary.sessionId
        seen[id] = detail.summary
        var effects: [ConsoleEffect] = []
        for index in places.indices {
            guard case .session(var pane) = places[index], pane.wanted == wanted || pane.id == id else {
                continue
            }
            let isNew = pane.id == nil
            pane.detail = detail
            pane.fault = nil
            pane.wanted = id.rawValue
            places[index] = .session(pane)
            if isNew, index == places.count - 1 {
                effects = [.load(.transcript(id, after: 0))] + pane.tabLoads
            }
        }
        return effects
    }

    private mutating func show(_ checkpoints: [CheckpointReading], of id: SessionID) -> [ConsoleEffect] {
        let height = listHeight
        changeSession(id) { pane in
            pane.checkpoints = checkpoints
            Self.settle(&pane.checkpoint, checkpoints, height)
        }
        guard case .rollback(var chooser) = overlay, chooser.sessionId == id else { return [] }
        chooser.checkpoints = checkpoints
        let before = chooser.place.id
        Self.settle(&chooser.place, checkpoints, height, opensAt: .first)
        overlay = .rollback(chooser)
        return chooser.place.id == before && chooser.preview != nil ? [] : loadPreview()
    }

    static func settle(
        _ place: inout ListPlace<CheckpointID>, _ checkpoints: [CheckpointReading], _ height: Int,
        opensAt end: ListEnd = .last
    ) {
        if place.id == nil { place.index = end == .last ? checkpoints.count - 1 : 0 }
        place.settle(
            count: checkpoints.count, height: height,
            find: { id in checkpoints.firstIndex { $0.checkpointId == id } },
            ids: { checkpoints.indices.contains($0) ? checkpoints[$0].checkpointId : nil })
    }

    /// Says why something could not be had; a lost link is told once, by the link.
    mutating func fail(_ load: Load, _ fault: Fault) -> [ConsoleEffect] {
        if isLinked == false { return [] }
        switch load {
        case .session(let wanted):
            if case .session(var pane) = place, pane.wanted == wanted, pane.detail == nil {
                pane.fault = fault
                place = .session(pane)
            }
        case .diff(let id, let from):
            // The view says it, where the difference would be; one that was shown stays.
            changeSession(id) { if $0.diffFrom == from, $0.diff == nil { $0.diffFault = fault } }
            if case .session(let pane) = place, pane.id == id, pane.diff == nil { return [] }
        case .preview(let id, let checkpoint):
            if case .rollback(var chooser) = overlay, chooser.sessionId == id,
                chooser.place.id?.rawValue == checkpoint
            {
                chooser.fault = fault
                overlay = .rollback(chooser)
            }
        case .chain(let wanted):
            if case .chain(var pane) = place, pane.wanted == wanted, pane.chain == nil {
                pane.fault = fault
                place = .chain(pane)
            }
        case .search(let text):
            if case .search(var chooser) = overlay, chooser.text == text {
                chooser.fault = fault
                overlay = .search(chooser)
            }
        case .chains, .overview, .inbox, .sessions, .transcript, .checkpoints, .events: break
        }
        tell(.failed, fault.description)
        return []
    }

    /// Asks anew for what the news may have changed, and for nothing else.
    mutating func hear(_ news: EngineNews) -> [ConsoleEffect] {
        if isLinked != true { isLinked = true }
        for (id, live) in news.live { changeSession(id) { $0.show(live) } }
        guard !news.streams.isEmpty else { return [] }
        for case .session(let pane) in places {
            if let id = pane.id { changeSession(id) { $0.noteEnd(news.events) } }
        }
        var effects: [ConsoleEffect] = [.refresh(.overview), .refresh(.inbox)]
        switch place {
        case .inbox:
            if let id = target, news.streams.contains("session/\(id)") { effects += lookAtSelected() }
        case .sessions(let pane): effects.append(.refresh(pane.load(from: pane.wanted)))
        case .session(let pane): effects += refresh(pane, news)
        case .chains(let pane): effects.append(.refresh(pane.load))
        case .chain(let pane): effects.append(.refresh(pane.load))
        case .events(var pane):
            if pane.type == nil, news.left == 0 {
                pane.add(news.events, height: listHeight)
                place = .events(pane)
            } else if pane.follows {
                effects.append(.refresh(pane.load))
            }
        }
        if case .rollback(let chooser) = overlay, news.streams.contains("session/\(chooser.sessionId)"),
            chooser.confirm == nil
        {
            effects.append(.refresh(.checkpoints(chooser.sessionId)))
        }
        return effects
    }

    private func refresh(_ pane: SessionPane, _ news: EngineNews) -> [ConsoleEffect] {
        guard let id = pane.id else { return [] }
        guard news.streams.contains("session/\(id)") else {
            // Its place in the queue moves with the others.
            return pane.detail?.summary.state == .queued ? [.refresh(.session(id.rawValue))] : []
        }
        // A rollback marks entries that are long past; so may what was not kept.
        let isRewound =
            news.left > 0 || news.events.contains { $0.type.contains("roll") || $0.type.contains("undo") }
        var effects: [ConsoleEffect] = [
            .refresh(.session(id.rawValue)),
            .refresh(.transcript(id, after: isRewound ? 0 : pane.stableUntil)),
        ]
        // Files are compared only where one of the events may have changed them.
        let touched = news.left > 0 || news.events.contains { Self.touchesFiles.contains($0.type) }
        for case .load(let load) in pane.tabLoads where touched || pane.tab != .diff {
            effects.append(.refresh(load))
        }
        return effects
    }

    private static let touchesFiles: Set<String> = [
        "session.tool.finished", "session.tool.undone", "session.setup.finished", "session.checkpoint",
        "session.rolledback", "session.undone", "session.completed",
    ]

    /// What keys can do with the selected item depends on its session.
    func lookAtSelected() -> [ConsoleEffect] {
        guard case .inbox = place, let id = target else { return [] }
        return [.refresh(.session(id.rawValue))]
    }
}
