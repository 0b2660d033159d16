/// How a chain's events are stored: the type and the fields of each, `chainId` always among them.
extension ChainEvent {
    /// The stream that holds a chain's events.
    public static func stream(_ id: ChainID) -> String { "chain/\(id)" }

    /// The chain of a stream; nil for streams of other things.
    public static func chain(ofStream stream: String) -> ChainID? {
        stream.hasPrefix("chain/") ? ChainID(String(stream.dropFirst(6))) : nil
    }

    /// The event as the log stores it; `each` tells what a place of a step is run for.
    public func encoded(for id: ChainID, each: (StepID) -> [String: String]?) throws -> NewEvent {
        var (type, fields) = try parts()
        fields["chainId"] = .string(id.rawValue)
        if let step = stepID {
            fields["step"] = .string(step.step)
            fields["index"] = .int(Int64(step.index))
            if let each = each(step) { fields["each"] = try JSONText.value(each) }
        }
        return NewEvent(type: type, payload: try JSONText.string(JSONValue.object(fields)))
    }

    /// The place of the step that it is about; nil for what is about the chain.
    public var stepID: StepID? {
        switch self {
        case .stepStarted(let start): start.id
        case .stepPaused(let id, _), .stepResumed(let id), .stepPassed(let id, _), .stepTimedOut(let id),
            .stepRetrying(let id, _, _), .stepFailed(let id, _, _, _), .stepSkipped(let id, _),
            .stepUnchanged(let id, _), .stepRolledBack(let id):
            id
        case .paused(_, _, let id): id
        case .created, .queued, .started, .resumed, .restarted, .budgetSet, .completed, .failed, .rolledBack,
            .cancelled, .discarded:
            nil
        }
    }

    private func parts() throws -> (String, [String: JSONValue]) {
        switch self {
        case .created(let config): return ("chain.created", ["config": try JSONText.value(config)])
        case .queued: return ("chain.queued", [:])
        case .started: return ("chain.started", [:])
        case .stepStarted(let start): return ("chain.step.started", try JSONText.value(start).object ?? [:])
        case .stepPaused(_, let reason): return ("chain.step.paused", ["reason": .string(reason)])
        case .stepResumed: return ("chain.step.resumed", [:])
        case .stepPassed(_, let product):
            return ("chain.step.passed", ["product": try JSONText.value(product)])
        case .stepTimedOut: return ("chain.step.timedout", [:])
        case .stepRetrying(_, let error, let at):
            return ("chain.step.retrying", ["error": .string(error), "retryAt": .string(at.description)])
        case .stepFailed(_, let error, let state, let product):
            var fields: [String: JSONValue] = ["error": .string(error), "state": .string(state.rawValue)]
            if let product { fields["product"] = try JSONText.value(product) }
            return ("chain.step.failed", fields)
        case .stepSkipped(_, let reason): return ("chain.step.skipped", ["reason": .string(reason)])
        case .stepUnchanged(_, let earlier):
            return ("chain.step.unchanged", ["earlier": try JSONText.value(earlier)])
        case .stepRolledBack: return ("chain.step.rolledback", [:])
        case .paused(let reason, let detail, _):
            return ("chain.paused", ["reason": .string(reason), "detail": .string(detail)])
        case .resumed(let prefer):
            return ("chain.resumed", prefer.map { ["prefer": .string($0)] } ?? [:])
        case .restarted: return ("chain.restarted", [:])
        case .budgetSet(let budget):
            return ("chain.budget", ["budget": budget.map { .string($0.description) } ?? .null])
        case .completed: return ("chain.completed", [:])
        case .failed(let error): return ("chain.failed", ["error": .string(error)])
        case .rolledBack(let error): return ("chain.rolledback", ["error": .string(error)])
        case .cancelled: return ("chain.cancelled", [:])
        case .discarded: return ("chain.discarded", [:])
        }
    }

    /// Reads a stored event; nil for a type of a newer program, which a reader ignores.
    ///
    /// Throws a `DecodingError` when the fields are not those of the type.
    public init?(type: String, payload: String) throws {
        guard type.hasPrefix("chain.") else { return nil }
        let all = try JSONText.decode(JSONValue.self, from: payload)
        guard let event = try Self.read(type, Fields(all: all)) else { return nil }
        self = event
    }

    private static func read(_ type: String, _ fields: Fields) throws -> ChainEvent? {
        switch type {
        case "chain.created": .created(config: try fields.get("config"))
        case "chain.queued": .queued
        case "chain.started": .started
        case "chain.step.started": .stepStarted(try JSONText.decode(StepStart.self, from: fields.all))
        case "chain.step.paused": .stepPaused(try fields.step(), reason: try fields.get("reason"))
        case "chain.step.resumed": .stepResumed(try fields.step())
        case "chain.step.passed": .stepPassed(try fields.step(), try fields.get("product"))
        case "chain.step.timedout": .stepTimedOut(try fields.step())
        case "chain.step.retrying":
            .stepRetrying(try fields.step(), error: try fields.get("error"), at: try fields.get("retryAt"))
        case "chain.step.failed":
            .stepFailed(
                try fields.step(), error: try fields.get("error"), state: try fields.get("state"),
                product: try fields.find("product"))
        case "chain.step.skipped": .stepSkipped(try fields.step(), reason: try fields.get("reason"))
        case "chain.step.unchanged": .stepUnchanged(try fields.step(), try fields.get("earlier"))
        case "chain.step.rolledback": .stepRolledBack(try fields.step())
        case "chain.paused":
            .paused(
                reason: try fields.get("reason"), detail: try fields.get("detail"),
                step: fields.all["step"] == nil ? nil : try fields.step())
        case "chain.resumed": .resumed(prefer: try fields.find("prefer"))
        case "chain.restarted": .restarted
        case "chain.budget": .budgetSet(try fields.find("budget"))
        case "chain.completed": .completed
        case "chain.failed": .failed(error: try fields.get("error"))
        case "chain.rolledback": .rolledBack(error: try fields.get("error"))
        case "chain.cancelled": .cancelled
        case "chain.discarded": .discarded
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

        func step() throws -> StepID { StepID(try get("step"), try get("index")) }
    }
}
