import AgentOSCore

/// A line of a client.
public enum WireRequest: Hashable, Sendable {
    /// Who it is; only as the first line.
    case hello(ClientHello)
    /// A command to do.
    case command(Command)
    /// A question, by the query's name.
    case query(id: String, name: String, arguments: [String: JSONValue])
    /// A wish to hear of events: as updates that carry the record, or as the lines that `agentos events` prints.
    case follow(id: String, FollowRequest, asLines: Bool)
    /// The end of a follow.
    case unfollow(id: String)

    /// A line that means nothing, with the id that it may carry.
    public struct Rejection: Error, Hashable, Sendable {
        /// The line's id, for the reply.
        public var id: String?
        /// What is wrong.
        public var fault: Fault
    }

    /// Reads a line.
    public static func parse(_ line: [UInt8]) throws(Rejection) -> WireRequest {
        let value: JSONValue
        do {
            value = try JSONText.decode(JSONValue.self, from: line)
        } catch {
            throw Rejection(
                fault: .usage(
                    "the line is not JSON",
                    hint: #"send one object a line, as {"id":"1","do":"session.pause","args":{"id":"…"}}"#))
        }
        guard case .object(let members) = value else {
            throw Rejection(fault: .usage("the line is not a JSON object"))
        }
        if let hello = members["hello"] {
            do {
                return .hello(try JSONText.decode(ClientHello.self, from: hello))
            } catch {
                throw Rejection(
                    fault: .usage(
                        "the hello is not understood",
                        hint: #"send {"hello":{"protocol":\#(WireProtocol.version)}}"#))
            }
        }
        guard let id = identifier(members["id"]) else {
            throw Rejection(
                fault: .usage("the line has no id", hint: "give it a string of at most 200 bytes"))
        }
        do {
            return try parse(members, id: id)
        } catch {
            throw Rejection(id: id, fault: error)
        }
    }

    private static func parse(_ members: [String: JSONValue], id: String) throws(Fault) -> WireRequest {
        let verbs = ["do", "get", "follow", "unfollow"].filter { members[$0] != nil }
        guard verbs.count == 1, let verb = verbs.first, let value = members[verb] else {
            throw .usage(
                "a line holds one of do, get, follow, unfollow",
                hint: "this one holds \(verbs.isEmpty ? "none" : verbs.joined(separator: ", "))")
        }
        if let arguments = members["args"], arguments.object == nil {
            throw .usage("args is not an object", hint: "name each argument")
        }
        let arguments = members["args"]?.object ?? [:]
        switch verb {
        case "do":
            guard let name = value.string else {
                throw .usage("do is not a string", hint: "name a command, as session.pause")
            }
            return .command(Command(id: id, name: name, arguments: arguments))
        case "get":
            guard let name = value.string else {
                throw .usage("get is not a string", hint: "name a query, as session.list")
            }
            return .query(id: id, name: name, arguments: arguments)
        case "follow":
            return try follow(value, id: id)
        default:
            return .unfollow(id: id)
        }
    }

    private static func follow(_ value: JSONValue, id: String) throws(Fault) -> WireRequest {
        guard let members = value.object else {
            throw .usage("follow is not an object", hint: "send {} for everything new")
        }
        var request = FollowRequest(after: nil)
        for (key, value) in members {
            switch (key, value) {
            case ("after", .int(let place)): request.after = place
            case ("after", .null), ("type", .null), ("lines", .bool): break
            case ("type", .string(let glob)): request.type = glob
            case ("signals", .bool(let wanted)): request.signals = wanted
            default:
                throw .usage(
                    "follow does not understand \(key)", hint: "it has after, type, signals and lines")
            }
        }
        return .follow(id: id, request, asLines: members["lines"]?.bool ?? false)
    }

    /// A string, or a whole number as people write by hand.
    private static func identifier(_ value: JSONValue?) -> String? {
        switch value {
        case .string(let text): (1...200).contains(text.utf8.count) ? text : nil
        case .int(let number): String(number)
        case .null, .bool, .double, .array, .object, nil: nil
        }
    }

    /// The line's bytes with its end, as a client sends it.
    public func line() throws -> [UInt8] {
        let members: [String: JSONValue] =
            switch self {
            case .hello(let hello): ["hello": try JSONText.value(hello)]
            case .command(let command): try JSONText.value(command).object ?? [:]
            case .query(let id, let name, let arguments):
                ["id": .string(id), "get": .string(name), "args": .object(arguments)]
            case .follow(let id, let request, let asLines):
                [
                    "id": .string(id),
                    "follow": [
                        "after": request.after.map { .int($0) } ?? .null,
                        "type": request.type.map { .string($0) } ?? .null,
                        "signals": .bool(request.signals), "lines": .bool(asLines),
                    ],
                ]
            case .unfollow(let id): ["id": .string(id), "unfollow": true]
            }
        return try JSONText.encode(JSONValue.object(members)) + [0x0A]
    }
}
