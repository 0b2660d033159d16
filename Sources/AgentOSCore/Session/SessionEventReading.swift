import FoundationEssentials

/// How a stored event of a session is read: straight from its text.
extension SessionEvent {
    /// Reads a stored event; nil for a type of a newer program, which a reader ignores.
    ///
    /// Throws a `DecodingError` when the fields are not those of the type.
    public init?(type: String, payload: String) throws {
        let read = try JSONDecoder().decode(Read.self, from: Data(payload.utf8), configuration: type)
        guard let event = read.event else { return nil }
        self = event
    }

    private struct Read: DecodableWithConfiguration {
        let event: SessionEvent?

        init(from decoder: any Decoder, configuration type: String) throws {
            event = try SessionEvent.read(type, ReadFields(decoder))
        }
    }

    private static func read(_ type: String, _ fields: ReadFields) throws -> SessionEvent? {
        switch type {
        case "session.created": .created(config: try fields.get("config"))
        case "session.forked": .forked(try fields.whole())
        case "session.queued":
            .queued(attempt: try fields.get("attempt"), notBefore: try fields.find("notBefore"))
        case "session.started": .started(layer: try fields.get("layer"))
        case "session.workspace": .workspaceMade(try fields.get("base"))
        case "session.setup.started": .setupStarted(callId: try fields.get("callId"))
        case "session.setup.finished":
            .setupFinished(callId: try fields.get("callId"), result: try fields.whole())
        case "session.setup.cut":
            .setupCut(callId: try fields.get("callId"), undone: try fields.get("undone"))
        case "session.progress": .progress(step: try fields.get("step"), pct: try fields.find("pct"))
        case "session.model.started":
            .modelStarted(
                callId: try fields.get("callId"), route: try fields.get("route"),
                reserved: try fields.find("reserved"), judge: try fields.find("judge"))
        case "session.model.finished":
            .modelFinished(
                callId: try fields.get("callId"), reply: try fields.whole(), cost: try fields.find("cost"))
        case "session.model.failed":
            .modelFailed(
                callId: try fields.get("callId"), failure: try fields.whole(), cost: try fields.find("cost"))
        case "session.model.lost": .modelLost(callId: try fields.get("callId"), cost: try fields.find("cost"))
        case "session.model.refused": .callRefused(try fields.whole())
        case "session.compaction.started": .compacting(try fields.whole())
        case "session.compacted": .compacted(try fields.whole())
        case "session.context": .contextFull(try fields.whole())
        case "session.tool.started": .toolStarted(try fields.whole())
        case "session.tool.finished":
            .toolFinished(
                callId: try fields.get("callId"), outcome: try fields.get("outcome"),
                result: try fields.whole())
        case "session.tool.undone":
            .toolUndone(callId: try fields.get("callId"), checkpointId: try fields.find("checkpointId"))
        case "session.checkpoint.asked": .checkpointAsked(name: try fields.find("name"))
        case "session.checkpoint": .checkpointTaken(try fields.whole())
        case "session.gate.started":
            .gateStarted(
                gate: try fields.get("gate"), tree: try fields.get("tree"), attempt: try fields.get("attempt")
            )
        case "session.gate.passed": .gatePassed(try fields.whole())
        case "session.gate.failed": .gateFailed(try fields.whole())
        case "session.gate.returned": .gateReturned(text: try fields.get("text"))
        default: try readCourse(type, fields)
        }
    }

    private static func readCourse(_ type: String, _ fields: ReadFields) throws -> SessionEvent? {
        switch type {
        case "session.pause.asked": .pauseAsked
        case "session.paused": .paused(reason: try fields.get("reason"))
        case "session.loop": .loopFound(try fields.whole())
        case "session.resumed": .resumed
        case "session.said":
            .said(
                messageId: try fields.get("messageId"), text: try fields.get("text"),
                afterTurn: try fields.find("afterTurn") ?? false)
        case "session.said.delivered": .delivered(messageIds: try fields.get("messageIds"))
        case "session.said.seen": .seen(messageIds: try fields.get("messageIds"))
        case "session.asked": .asked(try fields.whole())
        case "session.answered": .answered(itemId: try fields.get("itemId"), answer: try fields.get("answer"))
        case "session.rollback": .rollbackStarted(try fields.whole())
        case "session.rolledback":
            .rolledBack(checkpointId: try fields.get("checkpointId"), files: try fields.get("files"))
        case "session.undo.started": .undoStarted(checkpointId: try fields.get("checkpointId"))
        case "session.undone":
            .undone(checkpointId: try fields.get("checkpointId"), files: try fields.get("files"))
        case "session.limits": .limitsSet(try fields.get("limits"))
        case "session.recovered": .recovered(undone: try fields.get("undone"), from: try fields.find("from"))
        case "session.budget":
            .budgetReached(
                share: try fields.get("share"), spent: try fields.get("spent"), limit: try fields.get("limit")
            )
        case "session.clock": .clockSet(by: try fields.get("by"))
        case "session.completed": .completed(try fields.get("result"))
        case "session.failed": .failed(error: try fields.get("error"))
        case "session.cancelled": .cancelled
        case "session.applying": .applying(record: try fields.get("record"))
        case "session.applied":
            .applied(
                form: try fields.get("form"), branch: try fields.find("branch"),
                commit: try fields.find("commit"),
                files: try fields.get("files"), record: try fields.get("record"),
                rest: try fields.find("rest"))
        case "session.delivery.undone": .deliveryUndone
        case "session.allowed": .allowed(rule: try fields.get("rule"))
        case "session.unapplied": .unapplied
        case "session.exported": .exported(to: try fields.get("to"))
        case "session.discarded": .discarded
        case "session.evicted": .evicted(try fields.whole())
        default: nil
        }
    }
}

/// The fields of a stored event.
private struct ReadFields {
    private let decoder: any Decoder
    private let container: KeyedDecodingContainer<FieldName>

    init(_ decoder: any Decoder) throws {
        self.decoder = decoder
        container = try decoder.container(keyedBy: FieldName.self)
    }

    func get<Value: Decodable>(_ name: String) throws -> Value {
        try container.decode(Value.self, forKey: FieldName(name))
    }

    func find<Value: Decodable>(_ name: String) throws -> Value? {
        try container.decodeIfPresent(Value.self, forKey: FieldName(name))
    }

    func whole<Value: Decodable>() throws -> Value { try Value(from: decoder) }
}
