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
        var (type, fields) = try parts()
        fields["sessionId"] = .string(id.rawValue)
        return NewEvent(type: type, payload: try JSONText.string(JSONValue.object(fields)))
    }

    private func parts() throws -> (String, [String: JSONValue]) {
        switch self {
        case .created(let config): return ("session.created", ["config": try JSONText.value(config)])
        case .queued(let attempt): return ("session.queued", ["attempt": .int(Int64(attempt))])
        case .started(let layer): return ("session.started", ["layer": .string(layer)])
        case .workspaceMade(let base): return ("session.workspace", ["base": try JSONText.value(base)])
        case .setupStarted(let callId): return ("session.setup.started", ["callId": .string(callId.rawValue)])
        case .setupFinished(let callId, let result):
            return ("session.setup.finished", try Self.object(result, ["callId": .string(callId.rawValue)]))
        case .progress(let step, let pct):
            return ("session.progress", ["step": .string(step), "pct": pct.map { .double($0) } ?? .null])
        case .modelStarted(let callId, let route, let reserved):
            return (
                "session.model.started",
                Self.clean([
                    "callId": .string(callId.rawValue), "route": .string(route),
                    "reserved": Self.money(reserved),
                ])
            )
        case .modelFinished(let callId, let reply, let cost):
            return (
                "session.model.finished",
                try Self.object(
                    reply, ["callId": .string(callId.rawValue), "cost": Self.money(cost) ?? .null])
            )
        case .modelFailed(let callId, let failure, let cost):
            return (
                "session.model.failed",
                try Self.object(
                    failure, ["callId": .string(callId.rawValue), "cost": Self.money(cost) ?? .null])
            )
        case .modelLost(let callId, let cost):
            return (
                "session.model.lost",
                Self.clean(["callId": .string(callId.rawValue), "cost": Self.money(cost)])
            )
        case .toolStarted(let intent): return ("session.tool.started", try Self.object(intent))
        case .toolFinished(let callId, let outcome, let result):
            return (
                "session.tool.finished",
                try Self.object(
                    result, ["callId": .string(callId.rawValue), "outcome": .string(outcome.rawValue)])
            )
        case .toolUndone(let callId, let checkpointId):
            return (
                "session.tool.undone",
                Self.clean([
                    "callId": .string(callId.rawValue),
                    "checkpointId": checkpointId.map { .string($0.rawValue) },
                ])
            )
        case .checkpointAsked(let name):
            return ("session.checkpoint.asked", Self.clean(["name": name.map { .string($0) }]))
        case .checkpointTaken(let checkpoint): return ("session.checkpoint", try Self.object(checkpoint))
        case .gateStarted(let gate, let tree, let attempt):
            return (
                "session.gate.started",
                ["gate": .string(gate), "tree": .string(tree.rawValue), "attempt": .int(Int64(attempt))]
            )
        case .gatePassed(let outcome): return ("session.gate.passed", try Self.object(outcome))
        case .gateFailed(let outcome): return ("session.gate.failed", try Self.object(outcome))
        case .gateReturned(let text): return ("session.gate.returned", ["text": .string(text)])
        case .pauseAsked: return ("session.pause.asked", [:])
        case .paused(let reason): return ("session.paused", ["reason": .string(reason.description)])
        case .resumed: return ("session.resumed", [:])
        case .said(let messageId, let text):
            return ("session.said", ["messageId": .string(messageId.rawValue), "text": .string(text)])
        case .delivered(let ids): return ("session.said.delivered", ["messageIds": try JSONText.value(ids)])
        case .seen(let ids): return ("session.said.seen", ["messageIds": try JSONText.value(ids)])
        case .asked(let request): return ("session.asked", try Self.object(request))
        case .answered(let itemId, let answer):
            return (
                "session.answered",
                ["itemId": .string(itemId.rawValue), "answer": try JSONText.value(answer)]
            )
        case .rollbackStarted(let rollback): return ("session.rollback", try Self.object(rollback))
        case .rolledBack(let id, let files):
            return (
                "session.rolledback", ["checkpointId": .string(id.rawValue), "files": .int(Int64(files))]
            )
        case .undoStarted(let id): return ("session.undo.started", ["checkpointId": .string(id.rawValue)])
        case .undone(let id, let files):
            return ("session.undone", ["checkpointId": .string(id.rawValue), "files": .int(Int64(files))])
        case .limitsSet(let limits): return ("session.limits", ["limits": try JSONText.value(limits)])
        case .recovered(let undone): return ("session.recovered", ["undone": .int(Int64(undone))])
        case .completed(let outcome): return ("session.completed", ["result": try JSONText.value(outcome)])
        case .failed(let error): return ("session.failed", ["error": .string(error)])
        case .cancelled: return ("session.cancelled", [:])
        case .applying(let record): return ("session.applying", ["record": record])
        case .applied(let form, let branch, let commit, let files, let record):
            return (
                "session.applied",
                Self.clean([
                    "form": .string(form), "branch": branch.map { .string($0) },
                    "commit": commit.map { .string($0) },
                    "files": .int(Int64(files)), "record": record,
                ])
            )
        case .deliveryUndone: return ("session.delivery.undone", [:])
        case .allowed(let rule): return ("session.allowed", ["rule": .string(rule)])
        case .unapplied: return ("session.unapplied", [:])
        case .exported(let to): return ("session.exported", ["to": .string(to)])
        case .discarded: return ("session.discarded", [:])
        }
    }

    private static func clean(_ fields: [String: JSONValue?]) -> [String: JSONValue] {
        fields.compactMapValues { $0 }
    }

    private static func money(_ amount: Money?) -> JSONValue? { amount.map { .string($0.description) } }

    private static func object(_ value: some Encodable, _ more: [String: JSONValue] = [:]) throws -> [String:
        JSONValue]
    {
        (try JSONText.value(value).object ?? [:]).merging(more) { $1 }
    }

    /// Reads a stored event; nil for a type of a newer program, which a reader ignores.
    ///
    /// Throws a `DecodingError` when the fields are not those of the type.
    public init?(type: String, payload: String) throws {
        let all = try JSONText.decode(JSONValue.self, from: payload)
        guard let event = try Self.read(type, Fields(all: all)) else { return nil }
        self = event
    }

    private static func read(_ type: String, _ fields: Fields) throws -> SessionEvent? {
        switch type {
        case "session.created": .created(config: try fields.get("config"))
        case "session.queued": .queued(attempt: try fields.get("attempt"))
        case "session.started": .started(layer: try fields.get("layer"))
        case "session.workspace": .workspaceMade(try fields.get("base"))
        case "session.setup.started": .setupStarted(callId: try fields.get("callId"))
        case "session.setup.finished":
            .setupFinished(callId: try fields.get("callId"), result: try fields.whole())
        case "session.progress": .progress(step: try fields.get("step"), pct: try fields.find("pct"))
        case "session.model.started":
            .modelStarted(
                callId: try fields.get("callId"), route: try fields.get("route"),
                reserved: try fields.find("reserved"))
        case "session.model.finished":
            .modelFinished(
                callId: try fields.get("callId"), reply: try fields.whole(), cost: try fields.find("cost"))
        case "session.model.failed":
            .modelFailed(
                callId: try fields.get("callId"), failure: try fields.whole(), cost: try fields.find("cost"))
        case "session.model.lost": .modelLost(callId: try fields.get("callId"), cost: try fields.find("cost"))
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

    private static func readCourse(_ type: String, _ fields: Fields) throws -> SessionEvent? {
        switch type {
        case "session.pause.asked": .pauseAsked
        case "session.paused": .paused(reason: try fields.get("reason"))
        case "session.resumed": .resumed
        case "session.said": .said(messageId: try fields.get("messageId"), text: try fields.get("text"))
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
        case "session.recovered": .recovered(undone: try fields.get("undone"))
        case "session.completed": .completed(try fields.get("result"))
        case "session.failed": .failed(error: try fields.get("error"))
        case "session.cancelled": .cancelled
        case "session.applying": .applying(record: try fields.get("record"))
        case "session.applied":
            .applied(
                form: try fields.get("form"), branch: try fields.find("branch"),
                commit: try fields.find("commit"),
                files: try fields.get("files"), record: try fields.get("record"))
        case "session.delivery.undone": .deliveryUndone
        case "session.allowed": .allowed(rule: try fields.get("rule"))
        case "session.unapplied": .unapplied
        case "session.exported": .exported(to: try fields.get("to"))
        case "session.discarded": .discarded
        default: nil
        }
    }

    /// The fields of a stored event.
    private struct Fields {
        let all: JSONValue

        func get<Value: Decodable>(_ name: String) throws -> Value {
            guard let value = all[name] else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: [], debugDescription: "the event has no \(name)"))
            }
            return try JSONText.decode(Value.self, from: value)
        }

        func find<Value: Decodable>(_ name: String) throws -> Value? {
            guard let value = all[name], value != .null else { return nil }
            return try JSONText.decode(Value.self, from: value)
        }

        func whole<Value: Decodable>() throws -> Value { try JSONText.decode(Value.self, from: all) }
    }
}
