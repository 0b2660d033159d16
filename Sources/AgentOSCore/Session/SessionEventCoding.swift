/// How a session's events are stored: the type and the fields of each, `sessionId` always among them.
extension SessionEvent {
    /// The stream that holds a session's events.
    public static func stream(_ id: SessionID) -> String { "session/\(id)" }

    /// The session of a stream; nil for streams of other things.
    public static func session(ofStream stream: String) -> SessionID? {
        stream.hasPrefix("session/") ? SessionID(String(stream.dropFirst(8))) : nil
    }

    /// The event as the log stores it.
    public func encoded(for id: SessionID) throws -> NewEvent {
        NewEvent(type: storedType, payload: try JSONText.string(Written(event: self, id: id)))
    }

    private struct Written: Encodable {
        let event: SessionEvent
        let id: SessionID

        func encode(to encoder: any Encoder) throws {
            var fields = WrittenFields(encoder)
            try event.write(&fields)
            try fields.put("sessionId", id)
        }
    }

    private var storedType: String {
        switch self {
        case .created: "session.created"
        case .forked: "session.forked"
        case .queued: "session.queued"
        case .started: "session.started"
        case .workspaceMade: "session.workspace"
        case .setupStarted: "session.setup.started"
        case .setupFinished: "session.setup.finished"
        case .setupCut: "session.setup.cut"
        case .progress: "session.progress"
        case .modelStarted: "session.model.started"
        case .modelFinished: "session.model.finished"
        case .modelFailed: "session.model.failed"
        case .modelLost: "session.model.lost"
        case .callRefused: "session.model.refused"
        case .compacting: "session.compaction.started"
        case .compacted: "session.compacted"
        case .contextFull: "session.context"
        case .toolStarted: "session.tool.started"
        case .toolFinished: "session.tool.finished"
        case .toolUndone: "session.tool.undone"
        case .checkpointAsked: "session.checkpoint.asked"
        case .checkpointTaken: "session.checkpoint"
        case .gateStarted: "session.gate.started"
        case .gatePassed: "session.gate.passed"
        case .gateFailed: "session.gate.failed"
        case .gateReturned: "session.gate.returned"
        case .pauseAsked: "session.pause.asked"
        case .paused: "session.paused"
        case .loopFound: "session.loop"
        case .resumed: "session.resumed"
        case .said: "session.said"
        case .delivered: "session.said.delivered"
        case .seen: "session.said.seen"
        case .asked: "session.asked"
        case .answered: "session.answered"
        case .rollbackStarted: "session.rollback"
        case .rolledBack: "session.rolledback"
        case .undoStarted: "session.undo.started"
        case .undone: "session.undone"
        case .limitsSet: "session.limits"
        case .recovered: "session.recovered"
        case .budgetReached: "session.budget"
        case .clockSet: "session.clock"
        case .completed: "session.completed"
        case .failed: "session.failed"
        case .cancelled: "session.cancelled"
        case .applying: "session.applying"
        case .applied: "session.applied"
        case .deliveryUndone: "session.delivery.undone"
        case .allowed: "session.allowed"
        case .unapplied: "session.unapplied"
        case .exported: "session.exported"
        case .discarded: "session.discarded"
        case .evicted: "session.evicted"
        }
    }

    private func write(_ fields: inout WrittenFields) throws {
        switch self {
        case .created(let config): try fields.put("config", config)
        case .forked(let fork): try fields.whole(fork)
        case .queued(let attempt, let notBefore):
            try fields.put("attempt", attempt)
            try fields.putIfAny("notBefore", notBefore)
        case .started(let layer): try fields.put("layer", layer)
        case .workspaceMade(let base): try fields.put("base", base)
        case .setupStarted(let callId): try fields.put("callId", callId)
        case .setupFinished(let callId, let result):
            try fields.whole(result)
            try fields.put("callId", callId)
        case .setupCut(let callId, let undone):
            try fields.put("callId", callId)
            try fields.put("undone", undone)
        case .progress(let step, let pct):
            try fields.put("step", step)
            try fields.put("pct", pct)
        case .modelStarted(let callId, let route, let reserved, let judge):
            try fields.put("callId", callId)
            try fields.put("route", route)
            try fields.putIfAny("reserved", reserved)
            try fields.putIfAny("judge", judge)
        case .modelFinished(let callId, let reply, let cost):
            try fields.whole(reply)
            try fields.put("callId", callId)
            try fields.put("cost", cost)
        case .modelFailed(let callId, let failure, let cost):
            try fields.whole(failure)
            try fields.put("callId", callId)
            try fields.put("cost", cost)
        case .modelLost(let callId, let cost):
            try fields.put("callId", callId)
            try fields.putIfAny("cost", cost)
        case .callRefused(let refusal): try fields.whole(refusal)
        case .compacting(let plan): try fields.whole(plan)
        case .compacted(let compaction): try fields.whole(compaction)
        case .contextFull(let evidence): try fields.whole(evidence)
        case .toolStarted(let intent): try fields.whole(intent)
        case .toolFinished(let callId, let outcome, let result):
            try fields.whole(result)
            try fields.put("callId", callId)
            try fields.put("outcome", outcome)
        case .toolUndone(let callId, let checkpointId):
            try fields.put("callId", callId)
            try fields.putIfAny("checkpointId", checkpointId)
        case .checkpointAsked(let name): try fields.putIfAny("name", name)
        case .checkpointTaken(let checkpoint): try fields.whole(checkpoint)
        case .gateStarted(let gate, let tree, let attempt):
            try fields.put("gate", gate)
            try fields.put("tree", tree)
            try fields.put("attempt", attempt)
        case .gatePassed(let outcome), .gateFailed(let outcome): try fields.whole(outcome)
        case .gateReturned(let text): try fields.put("text", text)
        case .pauseAsked, .paused, .loopFound, .resumed, .said, .delivered, .seen, .asked, .answered,
            .rollbackStarted,
            .rolledBack, .undoStarted, .undone, .limitsSet, .recovered, .budgetReached, .clockSet, .completed,
            .failed, .cancelled,
            .applying, .applied, .deliveryUndone, .allowed, .unapplied, .exported, .discarded, .evicted:
            try writeCourse(&fields)
        }
    }

    private func writeCourse(_ fields: inout WrittenFields) throws {
        switch self {
        case .pauseAsked, .resumed, .cancelled, .deliveryUndone, .unapplied, .discarded: break
        case .loopFound(let evidence): try fields.whole(evidence)
        case .paused(let reason): try fields.put("reason", reason)
        case .said(let messageId, let text, let afterTurn):
            try fields.put("messageId", messageId)
            try fields.put("text", text)
            if afterTurn { try fields.put("afterTurn", true) }
        case .delivered(let ids), .seen(let ids): try fields.put("messageIds", ids)
        case .asked(let request): try fields.whole(request)
        case .answered(let itemId, let answer):
            try fields.put("itemId", itemId)
            try fields.put("answer", answer)
        case .rollbackStarted(let rollback): try fields.whole(rollback)
        case .rolledBack(let id, let files), .undone(let id, let files):
            try fields.put("checkpointId", id)
            try fields.put("files", files)
        case .undoStarted(let id): try fields.put("checkpointId", id)
        case .limitsSet(let limits): try fields.put("limits", limits)
        case .recovered(let undone, let from):
            try fields.put("undone", undone)
            try fields.putIfAny("from", from)
        case .budgetReached(let share, let spent, let limit):
            try fields.put("share", share)
            try fields.put("spent", spent)
            try fields.put("limit", limit)
        case .clockSet(let by): try fields.put("by", by)
        case .completed(let outcome): try fields.put("result", outcome)
        case .failed(let error): try fields.put("error", error)
        case .applying(let record): try fields.put("record", record)
        case .applied(let form, let branch, let commit, let files, let record, let rest):
            try fields.put("form", form)
            try fields.putIfAny("branch", branch)
            try fields.putIfAny("commit", commit)
            try fields.put("files", files)
            try fields.put("record", record)
            try fields.putIfAny("rest", rest)
        case .allowed(let rule): try fields.put("rule", rule)
        case .exported(let to): try fields.put("to", to)
        case .evicted(let eviction): try fields.whole(eviction)
        case .created, .forked, .queued, .started, .workspaceMade, .setupStarted, .setupFinished, .setupCut,
            .progress,
            .modelStarted, .modelFinished, .modelFailed, .modelLost, .callRefused, .compacting, .compacted,
            .contextFull, .toolStarted,
            .toolFinished, .toolUndone,
            .checkpointAsked, .checkpointTaken, .gateStarted, .gatePassed, .gateFailed, .gateReturned:
            break
        }
    }
}

/// The fields of an event that is being stored.
private struct WrittenFields {
    private let encoder: any Encoder
    private var container: KeyedEncodingContainer<FieldName>

    init(_ encoder: any Encoder) {
        self.encoder = encoder
        container = encoder.container(keyedBy: FieldName.self)
    }

    /// A field; nil is written as null.
    mutating func put(_ name: String, _ value: some Encodable) throws {
        try container.encode(value, forKey: FieldName(name))
    }

    /// A field that is left out where there is no value.
    mutating func putIfAny(_ name: String, _ value: (some Encodable)?) throws {
        try container.encodeIfPresent(value, forKey: FieldName(name))
    }

    /// All fields of a value, at the level of the event's own; those that are put later take precedence.
    func whole(_ value: some Encodable) throws { try value.encode(to: encoder) }
}

/// The name of a field.
struct FieldName: CodingKey {
    let stringValue: String

    init(_ name: String) { stringValue = name }
    init(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }

    var intValue: Int? { nil }
}
