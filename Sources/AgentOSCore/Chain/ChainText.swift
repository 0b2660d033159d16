/// `${each.NAME}`, `${STEP.output.KEY}` and `${step.attempt}` in the strings of a step's session; any other `${…}` is the shell's.
public enum ChainText {
    /// A name that stands in a text.
    public enum Name: Hashable, Sendable {
        /// `${each.NAME}`
        case each(String)
        /// `${STEP.output.KEY}`, the key's parts joined by dots.
        case output(step: String, key: String)

        /// `${step.attempt}`: the try, from 1.
        case attempt

        /// As it is written.
        public var text: String {
            switch self {
            case .each(let name): "${each.\(name)}"
            case .output(let step, let key): "${\(step).output.\(key)}"
            case .attempt: "${step.attempt}"
            }
        }
    }

    /// The names in a text, in order.
    public static func names(in text: String) -> [Name] {
        var found: [Name] = []
        _ = replace(in: text) { name in
            found.append(name)
            return ""
        }
        return found
    }

    /// The names in all strings of a session.
    public static func names(in session: SessionConfig) throws -> [Name] {
        var found: [Name] = []
        func walk(_ value: JSONValue) {
            switch value {
            case .string(let text): found += names(in: text)
            case .array(let values): for value in values { walk(value) }
            case .object(let members):
                for (_, value) in members.sorted(by: { $0.key < $1.key }) { walk(value) }
            case .null, .bool, .int, .double: break
            }
        }
        walk(try JSONText.value(session))
        return found
    }

    /// The session with the names in its strings replaced; throws the `Fault` of the first that has no value.
    public static func expand(
        _ session: SessionConfig, _ value: (Name) throws(Fault) -> String
    ) throws -> SessionConfig {
        func walk(_ json: JSONValue) throws -> JSONValue {
            switch json {
            case .string(let text):
                var failure: Fault?
                let replaced = replace(in: text) { name in
                    do throws(Fault) { return try value(name) } catch {
                        failure = failure ?? error
                        return ""
                    }
                }
                if let failure { throw failure }
                return .string(replaced)
            case .array(let values): return .array(try values.map(walk))
            case .object(let members): return .object(try members.mapValues(walk))
            case .null, .bool, .int, .double: return json
            }
        }
        return try JSONText.decode(SessionConfig.self, from: walk(JSONText.value(session)))
    }

    /// The text of an output's value: a text as it is, anything else as JSON.
    public static func text(of value: JSONValue) throws -> String {
        if case .string(let text) = value { return text }
        return try JSONText.string(value)
    }

    /// The value at a key like `targets.0.name`; nil where there is none.
    public static func value(at key: String, in output: JSONValue) -> JSONValue? {
        var value = output
        for part in key.split(separator: ".", omittingEmptySubsequences: false) {
            switch value {
            case .object(let members):
                guard let member = members[String(part)] else { return nil }
                value = member
            case .array(let values):
                guard let index = Int(part), values.indices.contains(index) else { return nil }
                value = values[index]
            case .null, .bool, .int, .double, .string: return nil
            }
        }
        return value
    }

    private static func replace(in text: String, _ value: (Name) -> String) -> String {
        guard text.contains("${") else { return text }
        var result = ""
        var rest = Substring(text)
        while let mark = rest.firstRange(of: "${") {
            result += rest[..<mark.lowerBound]
            let inside = rest[mark.upperBound...]
            if let end = inside.firstIndex(of: "}"), let name = name(inside[..<end]) {
                result += value(name)
                rest = inside[inside.index(after: end)...]
            } else {
                result += "${"
                rest = inside
            }
        }
        return result + rest
    }

    private static func name(_ text: Substring) -> Name? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 200, parts.allSatisfy({ isWord($0) }) else { return nil }
        if parts.count == 2, parts[0] == "each" { return .each(String(parts[1])) }
        if parts.count == 2, parts[0] == "step", parts[1] == "attempt" { return .attempt }
        guard parts.count >= 3, parts[1] == "output" else { return nil }
        return .output(step: String(parts[0]), key: parts[2...].joined(separator: "."))
    }

    private static func isWord(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "-" || $0 == "_"
            }
    }
}
