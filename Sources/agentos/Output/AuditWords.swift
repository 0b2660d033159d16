import AgentOSCore
import Pulse

/// The words that an audit's text and Markdown share.
struct AuditWords {
    let audit: AuditDocument

    /// Whether the chain holds, in one line.
    var verdict: String {
        guard audit.verified else { return "BROKEN: \(audit.damage ?? "no reason given")" }
        let held = audit.withheld
        return "\(audit.entries.count) entries, each as it was written"
            + (held > 0 ? "; \(held) hold a secret and are withheld, their hashes stand" : "")
    }

    /// What it cost: `0.12 USD`, or what is known of it.
    var cost: String {
        let totals = audit.totals
        guard totals.cost == nil else { return "\(totals.costKnown) USD" }
        return "≥\(totals.costKnown) USD, \(totals.unpriced) calls have no price"
    }

    /// A command-line agent: what is run, and what it is given.
    private func agent(_ agent: AgentConfig) -> [(String, String)] {
        var rows = [
            ("agent", agent.command.joined(separator: " ")), ("protocol", agent.talk.rawValue),
            ("given", agent.env.isEmpty ? "no variable" : agent.env.joined(separator: " ")),
        ]
        if !agent.readRoots.isEmpty { rows.append(("mounted", agent.readRoots.joined(separator: " "))) }
        if let reach = agent.network { rows.append(("reaches", network(reach))) }
        return rows
    }

    /// What the session was allowed: a name and its text each.
    var allowed: [(name: String, text: String)] {
        guard let config = audit.config else { return [] }
        var rows: [(String, String)] =
            config.agent.map(agent) ?? [
                ("model", config.model), ("tools", config.tools.joined(separator: " ")),
            ]
        rows += [
            ("ask", "\(config.ask.rawValue), unattended \(config.unattended.rawValue)"),
            ("network", network(config.network)),
            ("sandbox", audit.layers.isEmpty ? "not started" : audit.layers.joined(separator: ", ")),
        ]
        if !config.readRoots.isEmpty { rows.append(("reads", config.readRoots.joined(separator: " "))) }
        rows.append(("workspace", workspace(config)))
        if let setup = config.setup {
            let cache = setup.cache.isEmpty ? "" : ", cache \(setup.cache.joined(separator: " "))"
            rows.append(("setup", "\(setup.run), network \(network(setup.network))\(cache)"))
        }
        rows.append(("limits", config.limits.line))
        rows += config.allow.map { ("allow", $0) } + config.deny.map { ("deny", $0) }
        rows += config.gates.map { ("gate", $0.line) }
        if !config.gates.isEmpty {
            let attempts = "\(config.gateAttempts) attempt\(config.gateAttempts == 1 ? "" : "s")"
            rows.append(("gates", "\(attempts), then \(config.gateFailure.rawValue)"))
        }
        if let policy = config.onUnknownPrice { rows.append(("no price", policy.rawValue)) }
        rows += audit.granted.map {
            ("granted", "by \(who($0.actor)) \(clock($0.at)): \($0.what) \($0.detail)")
        }
        return rows
    }

    private func network(_ policy: NetworkPolicy) -> String {
        switch policy {
        case .none: "none"
        case .hosts(let hosts): hosts.joined(separator: " ")
        case .all: "all"
        }
    }

    private func workspace(_ config: SessionConfig) -> String {
        let form =
            switch config.workspace {
            case .empty: "empty"
            case .copy(let path, _): "a copy of \(path)"
            case .worktree(let path): "a clone of \(path)"
            case .inplace(let path): "\(path) itself"
            case .handed: "the files of the step before it"
            }
        guard let git = audit.base?.git else { return form }
        let head = git.head.map { " at \($0.prefix(12))" } ?? ""
        return form + ", \(git.branch ?? "no branch")\(head)"
    }

    // MARK: Calls

    /// A model call: who answered, tokens, cost and the table of prices it comes from.
    func model(_ call: AuditModelCall) -> String {
        var parts = [call.model?.description ?? call.route]
        if call.outcome != .answered { parts.append(call.outcome.rawValue) }
        if let usage = call.usage {
            let cached = usage.cacheRead > 0 ? " \(usage.cacheRead) cached" : ""
            parts.append("\(usage.prompt - usage.cacheRead) in \(usage.written) out\(cached)")
        }
        if call.outcome != .open { parts.append(call.cost.map { "\($0) USD" } ?? "no price") }
        if let prices = call.prices { parts.append("prices \(prices)") }
        if call.attempts > 1 { parts.append("\(call.attempts) requests") }
        if let model = call.model, model.description != call.route { parts.append("route \(call.route)") }
        return parts.joined(separator: " · ")
    }

    /// A tool call: how far it reached, what enforced that, how it ended.
    func tool(_ call: AuditToolCall) -> String {
        var parts = [call.effect?.rawValue ?? (call.outcome == "denied" ? "not run" : "no class")]
        if call.effect != nil || call.layer != nil { parts.append(call.layer ?? "in the engine") }
        parts.append(call.outcome ?? "not ended")
        if let status = call.exitStatus { parts.append("exit \(status)") }
        if call.milliseconds > 0 { parts.append(DurationText.short(call.milliseconds)) }
        if let item = call.approval { parts.append("asked as \(item)") }
        if let files = files(call) { parts.append(files) }
        return parts.joined(separator: " · ")
    }

    /// What a row about a call is named by: its id, or the entry of one that never began and so has none.
    func name(_ call: AuditToolCall) -> String {
        call.effect == nil && call.tool != "setup" ? "entry \(call.seq)" : call.callId.rawValue
    }

    private func files(_ call: AuditToolCall) -> String? {
        guard let index = call.change, audit.changes.indices.contains(index) else {
            return call.effect == nil || call.effect == .read ? nil : "files not told: no checkpoint followed"
        }
        let change = audit.changes[index]
        guard let files = change.files else { return "files not told: the trees are not kept" }
        if files.isEmpty { return "no file changed" }
        let alone = change.calls.count == 1
        return alone
            ? AuditText.counted(files.count, "file")
            : AuditText.counted(files.count, "file") + " with "
                + AuditText.counted(change.calls.count - 1, "other call")
    }

    /// The paths that a call changed, where no other call ran in the same stretch.
    func paths(_ call: AuditToolCall) -> [String] {
        guard let index = call.change, audit.changes.indices.contains(index),
            audit.changes[index].calls.count == 1
        else { return [] }
        return (audit.changes[index].files ?? []).map(path)
    }

    /// A path with what became of it.
    func path(_ file: AuditChange.File) -> String {
        "\(file.change.rawValue) +\(file.added) −\(file.removed) \(quotedPath(file.path))"
    }

    /// The stretches that several calls share.
    var shared: [AuditChange] { audit.changes.filter { $0.calls.count > 1 && $0.files?.isEmpty == false } }

    /// A gate's result with its hashes; why it is red stands last, so that nothing of it passes for one of them.
    func gate(_ gate: AuditGate) -> String {
        "\(gate.gate) \(gate.passed ? "green" : "red")" + (gate.required ? "" : " (advisory)")
            + " · attempt \(gate.attempt) · gate \(gate.gateHash) · tree \(gate.tree)"
            + (gate.passed ? "" : gate.reason.map { " · \($0)" } ?? "")
    }

    /// A request with its answer.
    func approval(_ request: AuditApproval) -> String {
        let by = request.by.map { "answered by \(who($0)) \(request.answeredAt.map(clock) ?? "")" }
        let answer = request.answer.map { " · answer: \($0)" } ?? ""
        return "\(request.itemId) · \(by ?? "not answered") · asked: \(request.text)\(answer)"
    }

    /// Something that left the workspace.
    func act(_ act: AuditAct) -> String {
        let place = [act.branch.map { "branch \($0)" }, act.commit.map { "commit \($0)" }].compactMap { $0 }
        let files = act.files.map { [AuditText.counted($0, "file")] } ?? []
        let rest = ["by \(who(act.actor)) \(clock(act.at))"] + files + place + [act.detail]
        return "\(act.what) · " + rest.filter { !$0.isEmpty }.joined(separator: " · ")
    }

    /// An actor with where they came from.
    func who(_ actor: Actor) -> String {
        let more = [actor.uid.map { "uid \($0)" }, actor.peer.map { "from \($0)" }].compactMap { $0 }
        return actor.description + (more.isEmpty ? "" : " (\(more.joined(separator: ", ")))")
    }

    /// A moment without its fraction.
    func clock(_ at: Timestamp) -> String { SessionText.clock(at) }

    /// Arguments on one line, at most so many characters.
    func arguments(_ value: JSONValue, limit: Int) -> String {
        let text = (try? JSONText.string(value)) ?? ""
        return text.count > limit ? text.prefix(limit - 1) + "…" : text
    }
}
