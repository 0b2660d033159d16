import AgentOSCore

/// The arguments of a command, read with the errors that a person can act on.
struct Arguments {
    let command: Command

    /// A text that must be there.
    func text(_ name: String) throws(Fault) -> String {
        guard let value = try find(name), !value.isEmpty else {
            throw Fault.usage(
                "\(command.name) needs \(name)",
                hint: "see: agentos help \(command.name.replacing(".", with: " "))")
        }
        return value
    }

    /// A text, if it is there.
    func find(_ name: String) throws(Fault) -> String? {
        switch command.arguments[name] {
        case .string(let text): return text
        case .int(let number): return String(number)
        case .double(let number): return String(number)
        case .null, nil: return nil
        case .bool, .array, .object: throw Fault.usage("\(command.name): \(name) is a text")
        }
    }

    /// Whether a flag is set.
    func flag(_ name: String) throws(Fault) -> Bool {
        switch command.arguments[name] {
        case .bool(let value): return value
        case .null, nil: return false
        case .int, .double, .string, .array, .object:
            throw Fault.usage("\(command.name): \(name) is true or false")
        }
    }

    /// Texts; one alone stands for a list of one.
    func list(_ name: String) throws(Fault) -> [String] {
        switch command.arguments[name] {
        case .null, nil: return []
        case .string(let text): return [text]
        case .array(let values):
            var texts: [String] = []
            for value in values {
                guard let text = value.string else {
                    throw Fault.usage("\(command.name): \(name) is a list of texts")
                }
                texts.append(text)
            }
            return texts
        case .bool, .int, .double, .object: throw Fault.usage("\(command.name): \(name) is a list of texts")
        }
    }

    /// Refuses arguments that the command does not have.
    func check() throws(Fault) {
        guard let spec = CommandRegistry.spec(command.name) else {
            throw Fault.usage("there is no command \(command.name)", hint: "see: agentos help")
        }
        let known = Set(spec.arguments.map(\.name))
        if let unknown = command.arguments.keys.sorted().first(where: { !known.contains($0) }) {
            throw Fault.usage(
                "\(command.name) has no argument \(unknown)",
                hint: "it has \(spec.arguments.map(\.name).joined(separator: ", "))")
        }
    }
}

/// Refuses an id without a character: as a prefix it would stand for everything.
func requireID(_ text: String, of what: String) throws(Fault) {
    guard !text.contains(where: { !$0.isWhitespace }) else { return }
    throw Fault.usage(
        "the id of a \(what) is empty",
        hint: "see: agentos \(what == "checkpoint" ? "session checkpoints ID" : "\(what) list")")
}
