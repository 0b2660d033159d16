import AgentOSCore

/// Sessions in words.
enum SessionText {
    /// A session's cost: `0.12`, or `≥0.12` when a part has no price.
    static func cost(_ summary: SessionSummary) -> String {
        (summary.hasUnpriced ? "≥" : "") + summary.costKnown.short
    }

    /// A state with its reason: `PAUSED limit.cost`, `QUEUED #3 home`.
    static func state(_ summary: SessionSummary) -> String {
        if let place = summary.queue {
            return "\(summary.state.rawValue) #\(place.position) \(place.reason.rawValue)"
        }
        return summary.reason.map { "\(summary.state.rawValue) \($0)" } ?? summary.state.rawValue
    }

    /// Gates: `2/3`, empty without any.
    static func gates(_ summary: SessionSummary) -> String {
        summary.gates.isEmpty
            ? "" : "\(summary.gates.filter { $0.passed == true }.count)/\(summary.gates.count)"
    }

    /// A result: `+120 −14 in 6 files, pending`.
    static func result(_ summary: SessionSummary) -> String {
        let result = summary.result
        guard result.state != .none else { return "none" }
        let files = result.files == 1 ? "1 file" : "\(result.files) files"
        let place = [result.branch, result.commit.map { String($0.prefix(12)) }].compactMap { $0 }
        let part = result.applied.map { ", \($0) of them applied" } ?? ""
        return "+\(result.added) −\(result.removed) in \(files), \(result.state.rawValue)\(part)"
            + (place.isEmpty ? "" : " on " + place.joined(separator: " at "))
    }

    /// Sessions as a table.
    static func table(_ sessions: [SessionSummary]) -> TextTable {
        var table = TextTable("ID", "STATE", "TURNS", "COST", "GATES", "CREATED", "NAME")
        for session in sessions {
            table.add(
                session.sessionId.rawValue, state(session), String(session.turns), cost(session),
                gates(session),
                clock(session.createdAt),
                session.name + (session.forkOf.map { " (fork of \($0.sessionId))" } ?? ""))
        }
        return table
    }

    /// A session in full.
    static func lines(_ detail: SessionShow.Detail) -> [String] {
        let summary = detail.summary
        var lines = [
            "session    \(summary.sessionId) \(summary.name)", "state      \(state(summary))",
            "goal       \(detail.config.goal)",
            "model      \(summary.model)" + (summary.isRehearsal ? " (rehearsal)" : ""),
            "workspace  \(summary.workspace)", "sandbox    \(detail.layer ?? "not started")",
            "created    \(summary.createdAt)",
        ]
        if let place = summary.queue { lines.append("queue      #\(place.position), \(place.text)") }
        if let fork = summary.forkOf {
            let root = fork.root == fork.sessionId ? "" : ", first \(fork.root)"
            lines.append("fork of    \(fork.sessionId) at \(fork.checkpointId)\(root)")
        }
        if let at = summary.startedAt { lines.append("started    \(at)") }
        if let at = summary.endedAt { lines.append("ended      \(at)") }
        lines.append(
            "turns      \(summary.turns), running time \(DurationText.short(detail.ranMilliseconds))")
        lines.append(
            "cost       \(cost(summary)) USD" + (summary.budget.map { " of \($0.short)" } ?? "")
                + (summary.hasUnpriced ? ", a part has no price" : ""))
        if let lost = summary.costLost {
            lines.append("           \(lost.short) of it held for lost answers: the most they can have cost")
        }
        if let held = summary.costHeld {
            lines.append("           \(held.short) more held for the call under way")
        }
        let usage = summary.usage
        let share =
            usage.cacheRead > 0 ? " (\(usage.cacheRead * 100 / max(1, usage.prompt)) % of the prompts)" : ""
        lines.append(
            "tokens     \(usage.prompt - usage.cacheRead) in, \(usage.written) out, "
                + "\(usage.cacheRead) cached\(share)")
        for gate in summary.gates {
            let word = gate.passed.map { $0 ? "green" : "red" } ?? "not run"
            lines.append("gate       \(gate.gate) \(word)" + (gate.reason.map { ": \($0)" } ?? ""))
        }
        lines.append("result     \(result(summary))")
        for path in detail.quarantined ?? [] { lines.append("quarantine \(path)") }
        if let error = summary.error { lines.append("error      \(error)") }
        for request in detail.requests { lines.append("waits      \(request.itemId) \(request.text)") }
        for said in detail.said { lines.append("said       \(said.text) (\(said.receipt.rawValue))") }
        return lines
    }

    /// A moment without its fraction: `2026-11-22T13:16:25Z`.
    static func clock(_ moment: Timestamp) -> String { String(moment.description.prefix(19)) + "Z" }

    /// A transcript entry as lines.
    static func lines(_ entry: TranscriptEntry) -> [String] {
        let mark = entry.isRewound ? "~" : entry.isError ? "!" : " "
        let detail = entry.detail.map { " (\($0))" } ?? ""
        let head = "\(clock(entry.at))\(mark)\(entry.kind.rawValue): \(entry.title)\(detail)"
        let body = entry.body.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return [head] + (entry.body.isEmpty ? [] : body.map { "    " + $0 })
    }
}
