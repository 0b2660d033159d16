import AgentOSCore

extension ConsoleModel {
    /// The session that keys act on.
    var target: SessionID? {
        switch place {
        case .inbox: return shownItem?.sessionId
        case .sessions(let pane): return pane.place.id
        case .session(let pane): return pane.id
        case .chains: return nil
        case .chain(let pane): return pane.step?.sessionId
        case .events(let pane):
            guard let record = pane.records.first(where: { $0.seq == pane.place.id }),
                record.stream.hasPrefix("session/")
            else { return nil }
            return SessionID(String(record.stream.dropFirst(8)))
        }
    }

    /// What is known of the session that keys act on.
    var targetSummary: SessionSummary? {
        if case .session(let pane) = place { return pane.detail?.summary }
        return target.flatMap { seen[$0] }
    }

    /// What commands would act on.
    var subject: Subject {
        var subject = Subject(session: targetSummary)
        if case .session(let pane) = place { subject.canUndo = pane.detail?.canUndo }
        if case .session = place { subject.item = shownItem }
        if case .inbox = place { subject.item = shownItem }
        subject.isReadOnly = options.isReadOnly
        subject.isLinked = isLinked != false
        return subject
    }

    /// Why a command cannot be done now; nil when it can, or when only the host can tell.
    func reason(against spec: CommandSpec) -> String? {
        let subject = subject
        if let reason = chainReason(spec.name) {
            return spec.changes ? "cannot \(spec.title): \(reason)" : reason
        }
        if subject.session == nil, target != nil, spec.name.hasPrefix("session."), subject.isLinked,
            !subject.isReadOnly
        {
            return nil
        }
        return disabledReason(spec, on: subject)
    }

    /// Names a session in a sentence: `7k2m fix-flaky`.
    func title(of id: SessionID) -> String {
        guard let name = seen[id]?.name, !name.isEmpty else { return id.rawValue }
        return "\(id) \(name)"
    }

    /// A time of day in the home's zone.
    func clock(_ at: Timestamp) -> String { Amounts.clock(at, now: now, offset: header?.zoneOffset ?? 0) }

    /// How many sessions work or will by themselves.
    var liveCount: Int {
        guard let header else { return 0 }
        return SessionState.allCases.filter(\.isWorking).reduce(0) {
            $0 + (header.sessions[$1.rawValue] ?? 0)
        }
    }

    /// How many sessions have not ended.
    var openCount: Int {
        guard let header else { return 0 }
        return SessionState.allCases.filter { !$0.isEnded && $0 != .created }.reduce(0) {
            $0 + (header.sessions[$1.rawValue] ?? 0)
        }
    }
}
