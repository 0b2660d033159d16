import AgentOSCore

/// Tool names as wires allow them: letters, digits, `_` and `-`, at most 64; and back.
struct WireNames: Sendable {
    private let byTool: [String: String]

    init(_ tools: [ToolSpec]) {
        var names: [String: String] = [:]
        var taken: Set<String> = []
        for tool in tools where names[tool.name] == nil {
            var name = Self.allowed(tool.name)
            var number = 2
            while taken.contains(name) {
                name = String(Self.allowed(tool.name).prefix(60)) + "_\(number)"
                number += 1
            }
            taken.insert(name)
            names[tool.name] = name
        }
        byTool = names
    }

    /// The name on the wire, also of a tool that is no longer given.
    func wire(_ tool: String) -> String { byTool[tool] ?? Self.allowed(tool) }

    /// The tool that goes by this name on the wire; a name nobody gave out stays as it is.
    func tool(_ wire: String) -> String { byTool.first { $0.value == wire }?.key ?? wire }

    /// The text in letters that wires allow.
    static func allowed(_ name: String) -> String {
        let letters = name.unicodeScalars.map { scalar -> Character in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                    || "_-".unicodeScalars.contains(scalar))
                ? Character(scalar) : "_"
        }
        return letters.isEmpty ? "_" : String(letters.prefix(64))
    }
}

/// Ids of calls that are unique within a conversation, whatever the vendor sent.
struct CallIDs {
    private var taken: Set<String>
    private let replyIndex: Int

    /// - Parameter replyIndex: Part of the ids made up for calls that come without.
    init(_ request: ModelRequest, replyIndex: Int) {
        self.replyIndex = replyIndex
        taken = Set(
            request.messages.flatMap { message -> [String] in
                guard case .assistant(_, let calls) = message else { return [] }
                return calls.map(\.id)
            })
    }

    /// The vendor's id where it is one of its own; else one that is made up for the call of this number, from 1.
    mutating func unique(_ vendors: String, number: Int) -> String {
        var id = vendors
        if id.isEmpty || id == "null" || taken.contains(id) { id = "call_\(replyIndex + 1)_\(number)" }
        while taken.contains(id) { id += "_" }
        taken.insert(id)
        return id
    }
}

/// Arguments of calls as models write them.
enum CallArguments {
    /// The object that the text holds; the text itself where it is not an object.
    static func read(_ text: String) -> JSONValue {
        guard text.contains(where: { !$0.isWhitespace }) else { return [:] }
        switch try? JSONText.decode(JSONValue.self, from: text) {
        case .object(let members): return .object(members)
        case .null: return [:]
        case .string(let inner):
            guard case .object(let members) = try? JSONText.decode(JSONValue.self, from: inner) else {
                return .string(text)
            }
            return .object(members)
        case .bool, .int, .double, .array, nil: return .string(text)
        }
    }

    /// The arguments as an object, for wires that take nothing else.
    static func object(_ arguments: JSONValue) -> JSONValue {
        arguments.object == nil ? ["unreadable": .string(text(arguments))] : arguments
    }

    /// The arguments as text.
    static func text(_ arguments: JSONValue) -> String {
        if case .string(let raw) = arguments { return raw }
        // A JSONValue without NaN always encodes, and NaN cannot come out of JSON.
        return (try? JSONText.string(arguments)) ?? "{}"
    }
}

extension KeyedDecodingContainer {
    /// What is under a key where it can be read; a field that is of another kind than expected is as absent.
    func ifReadable<Value: Decodable>(_ type: Value.Type, _ key: Key) -> Value? {
        guard contains(key) else { return nil }
        return (try? decodeIfPresent(type, forKey: key)) ?? nil
    }
}

/// What a vendor can have counted; more is a slip, and sums of it would not fit.
enum TokenCount {
    private static let most = 1_000_000_000_000

    /// Whether each count that is given can be one.
    static func arePossible(_ counts: [Int?]) -> Bool { counts.allSatisfy { (0...most).contains($0 ?? 0) } }
}
