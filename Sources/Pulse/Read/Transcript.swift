import AgentOSCore

/// Turns a session's events into the lines of its transcript.
///
/// A value that is fed event by event; a call's line is the one of its start, completed when its end comes.
struct TranscriptFold {
    private(set) var entries: [TranscriptEntry] = []
    private var openCalls: [CallID: Int] = [:]
    private var openRequests: [ItemID: Int] = [:]
    /// The model's own ids of the calls that were started.
    private var calls: [CallID: String] = [:]
    /// What calls of judges vote on.
    private var seats: [CallID: JudgeSeat] = [:]
    private var sayings: [MessageID: Int] = [:]
    private var checkpoints: [CheckpointID: Int] = [:]
    /// Whether the next answer is a summary.
    private var isCompacting = false
    /// Notes of what was cut and may be done again, by what that would be.
    private var cut: [Again: Int] = [:]

    /// What is done again after a cut, if the session goes on.
    private enum Again: Hashable {
        /// The call that the model made under this id.
        case tool(String)
        /// The call of the model.
        case model
        /// The workspace, for its setup.
        case workspace
    }

    mutating func add(_ event: SessionEvent, seq: Int64, at: Timestamp) {
        func entry(_ kind: TranscriptEntry.Kind, _ title: String, body: String = "", isError: Bool = false)
            -> TranscriptEntry
        {
            TranscriptEntry(seq: seq, at: at, kind: kind, title: title, body: body, isError: isError)
        }
        switch event {
        case .created(let config): entries.append(entry(.goal, config.goal))
        case .forked(let fork):
            entries.append(
                entry(
                    .note, "goes on from \(fork.checkpointId) of \(fork.parent)",
                    body: conversationText(fork.messages)))
        case .started(let layer): entries.append(entry(.note, "running, sandbox: \(layer)"))
        case .workspaceMade(let base):
            again(.workspace, "; its workspace is made anew")
            entries.append(entry(.note, workspaceNote(base)))
        case .setupStarted(let callId): open(callId, entry(.tool, "setup"))
        case .setupFinished(let callId, let result): close(callId, result, outcome: nil)
        case .setupCut(let callId, let undone):
            close(callId, ToolResult(text: "cut by the end of its host", isError: true), outcome: nil)
            if undone { cut[.workspace] = entries.count }
            entries.append(
                entry(
                    .note, undone ? "setup was cut" : "setup was cut; nobody knows what it did",
                    isError: !undone))
        case .modelFinished(let callId, let reply, _):
            if let seat = seats.removeValue(forKey: callId) {
                entries.append(voteEntry(JudgeVote.read(reply, seat: seat), entry))
                return
            }
            if let tried = reply.tried { entries.append(entry(.note, whyModel(reply.model, tried))) }
            // A summary is shown with what became of it.
            if !reply.text.isEmpty, !isCompacting { entries.append(entry(.text, reply.text)) }
        case .modelFailed(_, let failure, _):
            if let tried = failure.tried { entries.append(entry(.note, "tried " + steps(tried))) }
            entries.append(entry(.note, failure.message, isError: true))
        case .modelLost:
            cut[.model] = entries.count
            entries.append(entry(.note, "a model call was cut"))
        case .modelStarted(let callId, _, _, let judge):
            again(.model, " and made again")
            if let judge { seats[callId] = judge }
        case .toolStarted(let intent):
            again(.tool(intent.call.id), " and run again")
            calls[intent.callId] = intent.call.id
            open(
                intent.callId,
                entry(.tool, "\(intent.call.name) \(callSubject(intent.call))", body: arguments(intent.call)))
        case .toolFinished(let callId, let outcome, let result):
            // An answered question has a line of its own already; a call that was refused never had one.
            if openCalls[callId] == nil, outcome != .done {
                let word = outcome == .cancelled ? "left out" : "refused"
                open(callId, entry(.tool, "\(word): \(line(result.text))"))
            }
            close(callId, result, outcome: outcome)
        case .toolUndone(let callId, let checkpointId):
            close(callId, ToolResult(text: "cut by the end of its host"), outcome: nil)
            if let call = calls[callId] { cut[.tool(call)] = entries.count }
            entries.append(
                entry(.note, checkpointId.map { "undone to \($0)" } ?? "cut, it had changed nothing"))
        case .checkpointTaken(let checkpoint):
            checkpoints[checkpoint.checkpointId] = entries.count
            let name = checkpoint.name.map { " “\($0)”" } ?? ""
            entries.append(
                entry(
                    .checkpoint,
                    "checkpoint c\(checkpoint.number)\(name) · \(checkpoint.cause) · \(checkpoint.files) files"
                ))
            entries += checkpoint.notes.map { entry(.note, $0, isError: true) }
        case .gatePassed(let outcome): entries.append(gateEntry(outcome, entry))
        case .gateFailed(let outcome): entries.append(gateEntry(outcome, entry))
        case .gateReturned(let text):
            entries.append(entry(.note, "the output of the red gates went back to the agent", body: text))
        case .queued, .progress, .gateStarted, .applying, .checkpointAsked, .undoStarted,
            .deliveryUndone:
            break
        case .compacting: isCompacting = true
        case .pauseAsked, .paused, .callRefused, .compacted, .contextFull, .loopFound, .resumed, .said,
            .delivered, .seen, .asked,
            .answered,
            .rollbackStarted, .rolledBack, .undone, .allowed, .limitsSet, .recovered, .budgetReached,
            .clockSet,
            .completed,
            .failed, .cancelled, .applied, .unapplied, .exported, .discarded, .evicted:
            addTalk(event, entry)
        }
    }

    private mutating func addTalk(
        _ event: SessionEvent, _ entry: (TranscriptEntry.Kind, String, String, Bool) -> TranscriptEntry
    ) {
        switch event {
        case .pauseAsked: entries.append(entry(.note, "a person asked to pause", "", false))
        case .paused(let reason): entries.append(entry(.note, "paused: \(reason)", "", false))
        case .callRefused(let refusal):
            entries.append(entry(.note, "not called: \(refusalText(refusal))", "", true))
        case .compacted(let compaction):
            isCompacting = false
            entries.append(entry(.note, compactionText(compaction), compaction.summary, false))
        case .contextFull(let evidence):
            isCompacting = false
            entries.append(entry(.note, contextText(evidence), "", true))
        case .loopFound(let evidence):
            entries.append(
                entry(
                    .note, "in circles: \(loopText(evidence))", evidence.lines.joined(separator: "\n"), true))
        case .resumed: entries.append(entry(.note, "goes on", "", false))
        case .said(let id, let text, _):
            sayings[id] = entries.count
            var said = entry(.said, text, "", false)
            said.detail = Session.Said.Receipt.queued.rawValue
            entries.append(said)
        case .delivered(let ids): mark(ids, .delivered)
        case .seen(let ids): mark(ids, .seen)
        case .asked(let request):
            openRequests[request.itemId] = entries.count
            var asked = entry(.request, request.text, arguments(request.call), false)
            asked.isOpen = true
            entries.append(asked)
        case .answered(let id, let answer):
            guard let index = openRequests.removeValue(forKey: id) else { return }
            entries[index].isOpen = false
            entries[index].detail = answerText(answer)
        case .rollbackStarted(let rollback):
            entries.append(entry(.note, "rolling back to \(rollback.checkpointId)", "", false))
        case .rolledBack(let id, let files):
            for index in (checkpoints[id] ?? entries.count)
                + 1..<max(entries.count, (checkpoints[id] ?? entries.count) + 1)
            {
                entries[index].isRewound = true
            }
            isCompacting = false
            entries.append(entry(.note, "rolled back to \(id) · \(Self.changed(files))", "", false))
        case .undone(let id, let files):
            for index in entries.indices { entries[index].isRewound = false }
            entries.append(entry(.note, "rollback undone, back at \(id) · \(Self.changed(files))", "", false))
        case .allowed(let rule): entries.append(entry(.note, "allowed from now on: \(rule)", "", false))
        case .limitsSet: entries.append(entry(.note, "limits changed", "", false))
        case .recovered(let undone, let from):
            let earlier = from.map { "the host with pid \($0.pid) of boot \($0.boot) on \($0.host) ended" }
            entries.append(
                entry(
                    .note, "taken over by a new host · \(undone) call\(undone == 1 ? "" : "s") undone",
                    earlier ?? "", false))
        case .clockSet(let by):
            entries.append(entry(.note, "the clock of the machine was set, by \(by / 1000) s", "", false))
        case .budgetReached(let share, let spent, let limit):
            entries.append(
                entry(
                    .note, "\(share) % of its cost limit are spent: \(spent.short) of \(limit.short) USD", "",
                    false))
        case .completed(let outcome):
            entries.append(
                entry(
                    .note,
                    "COMPLETE · +\(outcome.added) −\(outcome.removed) in \(outcome.files) file\(outcome.files == 1 ? "" : "s")",
                    "",
                    false))
        case .failed(let error): entries.append(entry(.note, "FAILED: \(error)", "", true))
        case .cancelled: entries.append(entry(.note, "CANCELLED", "", false))
        case .applied(let form, let branch, let commit, let files, _, _):
            let place = [branch, commit.map { String($0.prefix(12)) }].compactMap { $0 }.joined(
                separator: " ")
            entries.append(
                entry(.note, "applied: \(form) \(place) · \(files) file\(files == 1 ? "" : "s")", "", false))
        case .unapplied: entries.append(entry(.note, "what was applied was put back", "", false))
        case .exported(let to): entries.append(entry(.note, "exported to \(to)", "", false))
        case .discarded: entries.append(entry(.note, "result discarded", "", false))
        case .evicted(let eviction): entries.append(entry(.note, evictionNote(eviction), "", false))
        case .created, .forked, .queued, .started, .workspaceMade, .setupStarted, .setupFinished, .setupCut,
            .progress,
            .modelStarted, .modelFinished, .modelFailed, .modelLost, .compacting, .toolStarted, .toolFinished,
            .toolUndone,
            .checkpointTaken, .checkpointAsked, .gateStarted, .gatePassed, .gateFailed, .gateReturned,
            .undoStarted, .applying, .deliveryUndone:
            break
        }
    }

    /// Says of what was cut that it is done again, once it is.
    private mutating func again(_ what: Again, _ words: String) {
        if let index = cut.removeValue(forKey: what) { entries[index].title += words }
    }

    private static func changed(_ files: Int) -> String { "\(files) file\(files == 1 ? "" : "s") changed" }

    private mutating func open(_ callId: CallID, _ entry: TranscriptEntry) {
        var entry = entry
        entry.isOpen = true
        entry.callId = callId
        openCalls[callId] = entries.count
        entries.append(entry)
    }

    private mutating func close(_ callId: CallID, _ result: ToolResult, outcome: ToolOutcome?) {
        guard let index = openCalls.removeValue(forKey: callId) else { return }
        entries[index].isOpen = false
        entries[index].isError = result.isError
        entries[index].body += (entries[index].body.isEmpty ? "" : "\n") + result.text
        let parts = [
            outcome == .done ? nil : outcome?.rawValue, result.exitStatus.map { "exit \($0)" },
            result.milliseconds > 0 ? DurationText.short(result.milliseconds) : nil,
            result.totalBytes.map { "\($0) bytes" }, result.layer,
        ]
        entries[index].detail = parts.compactMap { $0 }.joined(separator: " · ")
    }

    private mutating func mark(_ ids: [MessageID], _ receipt: Session.Said.Receipt) {
        for id in ids { if let index = sayings[id] { entries[index].detail = receipt.rawValue } }
    }

    private func voteEntry(
        _ vote: JudgeVote, _ entry: (TranscriptEntry.Kind, String, String, Bool) -> TranscriptEntry
    ) -> TranscriptEntry {
        let who = vote.model.map { "\($0)" } ?? "nobody"
        let score = vote.score.map(hundredths) ?? "no score"
        return entry(
            .gate, "gate \(vote.seat.gate), vote \(vote.seat.vote) · \(who) · \(score)", vote.reason,
            vote.score == nil)
    }

    private func gateEntry(
        _ outcome: GateOutcome, _ entry: (TranscriptEntry.Kind, String, String, Bool) -> TranscriptEntry
    ) -> TranscriptEntry {
        let title =
            outcome.passed
            ? "gate \(outcome.gate) green" : "gate \(outcome.gate) red: \(outcome.reason ?? "")"
        var made = entry(.gate, title, outcome.output, !outcome.passed)
        made.detail =
            "attempt \(outcome.attempt) · \(DurationText.short(outcome.milliseconds)) · tree \(outcome.tree.rawValue.prefix(8))"
        return made
    }
}

/// The arguments of a call, a `name: value` line each, long texts whole.
private func arguments(_ call: ToolCall) -> String {
    guard let members = call.arguments.object else { return (try? JSONText.string(call.arguments)) ?? "" }
    return members.sorted { $0.key < $1.key }.map { key, value in
        let text = value.string ?? (try? JSONText.string(value)) ?? ""
        return text.contains("\n") ? "\(key):\n\(text)" : "\(key): \(text)"
    }.joined(separator: "\n")
}

func answerText(_ answer: Answer) -> String {
    switch answer {
    case .yes: "yes"
    case .no(let why): why.map { "no: \($0)" } ?? "no"
    case .text(let text): text
    case .unattended: "nobody answered"
    }
}

private func workspaceNote(_ base: WorkspaceBase) -> String {
    switch base.spec {
    case .empty: return "workspace: empty"
    case .copy(let path, _):
        return "workspace: a copy of \(path)" + (base.git?.branch.map { ", branch \($0)" } ?? "")
    case .worktree(let path):
        return "workspace: a clone of \(path)" + (base.git?.branch.map { ", branch \($0)" } ?? "")
    case .inplace(let path): return "workspace: \(path) itself"
    case .handed: return "workspace: the files of the step before it"
    }
}
