import AgentOSCore

/// A line typed after `:`, understood.
///
/// Only a whole name counts: what could mean two things, or is only the beginning of a name, never runs.
enum TypedCommand: Hashable {
    /// A command with its arguments by name; a missing session is filled in from the selection.
    case command(CommandSpec, [String: JSONValue])
    /// Why not, and what to write.
    case wrong(String)

    init(_ line: String, selected: SessionID?, item: ItemID?) {
        guard let words = Words.split(line) else {
            self = .wrong("a quote is not closed")
            return
        }
        guard let first = words.first else {
            self = .wrong("type a command; ? lists them")
            return
        }
        let (matches, used) = Self.named(first, words.dropFirst().first)
        guard let spec = matches.first(where: { $0.name.hasPrefix("session.") }) ?? matches.first else {
            let near = CommandCompletion.candidates(first).prefix(3).map(\.name).joined(separator: ", ")
            self = .wrong(
                "no command \(first)" + (near.isEmpty ? "; ? lists them" : "; did you mean \(near)?"))
            return
        }
        // A verb that chains have too means the session, unless its noun is said.
        let sessions = matches.filter { $0.name.hasPrefix("session.") }
        guard matches.count == 1 || sessions.count == 1 else {
            self = .wrong("\(first) could be \(matches.map(\.name).joined(separator: " or "))")
            return
        }
        do throws(Fault) {
            let arguments = try Self.arguments(
                Array(words.dropFirst(used)), of: spec, selected: selected, item: item)
            self = .command(spec, arguments)
        } catch {
            self = .wrong(error.description)
        }
    }

    /// `session.pause`, `session pause` or, where only one noun has it, `pause`; with the number of words read.
    private static func named(_ first: String, _ second: String?) -> ([CommandSpec], Int) {
        if let spec = CommandCatalogue.spec(first) { return ([spec], 1) }
        if let second, let spec = CommandCatalogue.spec("\(first).\(second)") { return ([spec], 2) }
        return (
            CommandCatalogue.all.filter { $0.name.split(separator: ".").last.map(String.init) == first }, 1
        )
    }

    private static func arguments(
        _ words: [String], of spec: CommandSpec, selected: SessionID?, item: ItemID?
    )
        throws(Fault) -> [String: JSONValue]
    {
        var found: [String: JSONValue] = [:]
        var plain: [String] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("--"), let option = spec.arguments.first(where: { "--\($0.name)" == word })
            else {
                if word.hasPrefix("--") { throw .usage("\(spec.name) has no option \(word)") }
                plain.append(word)
                continue
            }
            guard option.kind != .flag else {
                found[option.name] = .bool(true)
                continue
            }
            guard let value = rest.popFirst() else { throw .usage("\(word) needs a value") }
            found[option.name] =
                option.kind == .words
                ? .array((found[option.name]?.array ?? []) + [.string(value)]) : .string(value)
        }
        try place(plain, of: spec, selected: selected, item: item, in: &found)
        return found
    }

    private static func place(
        _ words: [String], of spec: CommandSpec, selected: SessionID?, item: ItemID?,
        in found: inout [String: JSONValue]
    ) throws(Fault) {
        var words = words[...]
        let open = spec.arguments.filter {
            found[$0.name] == nil && ($0.isRequired || [.checkpoint, .word].contains($0.kind))
        }
        let required = open.filter(\.isRequired)
        if let first = required.first, words.count < required.count {
            let filled =
                first.kind == .session ? selected?.rawValue : first.kind == .item ? item?.rawValue : nil
            if let filled { words.insert(filled, at: words.startIndex) }
        }
        for argument in open {
            guard !words.isEmpty else {
                if argument.isRequired {
                    throw .usage("\(spec.name) needs \(argument.name): \(argument.help)")
                }
                continue
            }
            if argument.kind == .text {
                found[argument.name] = .string(words.joined(separator: " "))
                words = []
            } else {
                found[argument.name] = words.popFirst().map { .string($0) }
            }
        }
        if let extra = words.first { throw .usage("\(spec.name) does not take \(extra)") }
    }
}

/// What could stand where a line after `:` ends.
enum CommandCompletion {
    /// The commands whose name, or verb, begins with the text; then those that hold it.
    ///
    /// Those that match as well stand by `order`, lowest first, and then as the catalogue has them.
    static func candidates(_ text: String, order: (CommandSpec) -> Int = { _ in 0 }) -> [CommandSpec] {
        let wanted = text.lowercased()
        func rank(_ spec: CommandSpec) -> Int? {
            guard !wanted.isEmpty else { return 0 }
            let verb = spec.name.split(separator: ".").last.map(String.init) ?? spec.name
            if spec.name == wanted || verb == wanted { return 0 }
            if verb.hasPrefix(wanted) { return 1 }
            if spec.name.hasPrefix(wanted) { return 2 }
            return spec.name.contains(wanted) ? 3 : nil
        }
        return CommandCatalogue.all.enumerated()
            .compactMap { at, spec in rank(spec).map { ($0, order(spec), at, spec) } }
            .sorted { ($0.0, $0.1, $0.2) < ($1.0, $1.1, $1.2) }.map(\.3)
    }
}

extension ConsoleModel {
    /// What could stand where a line after `:` ends: what matters here first, moving and what cannot be done last.
    func completions(_ text: String) -> [CommandSpec] {
        let here = offered.map(\.0)
        return CommandCompletion.candidates(text) { spec in
            if reason(against: spec) != nil { return 300 }
            return here.firstIndex(of: spec.name) ?? (HelpText.moves.contains(spec.name) ? 200 : 100)
        }
    }
}

/// Words of a command line.
enum Words {
    /// Splits at spaces, honouring single and double quotes; nil when a quote is not closed.
    static func split(_ line: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var quote: Character?
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character == " " {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let done = word { words.append(done) }
        return quote == nil ? words : nil
    }

    /// The word as a shell reads it back.
    static func quoted(_ word: String) -> String {
        let plain = word.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", "/", ":", "=", ",", "+", "@", "%": true
            default: false
            }
        }
        return plain && !word.isEmpty
            ? word
            : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
                + "'"
    }
}

extension Command {
    /// The line that does the same from a shell: `agentos session pause 7k2m`.
    var shellLine: String {
        guard let spec = CommandRegistry.spec(name) else { return "agentos do \(name)" }
        // A configuration is a file on the command line; as it is, it goes through `do`.
        var words =
            name == "session.create"
            ? ["agentos", "do", name] : ["agentos"] + name.split(separator: ".").map(String.init)
        for argument in spec.arguments {
            guard let value = arguments[argument.name] else { continue }
            let isOption =
                !argument.isRequired && ![.checkpoint, .word].contains(argument.kind)
                || argument.name == "branch" || argument.name == "always" || argument.name == "to"
            switch value {
            case .bool(let isSet): if isSet { words.append("--\(argument.name)") }
            case .array(let values):
                for value in values { words += ["--\(argument.name)", Words.quoted(value.string ?? "")] }
            case .string(let text): words += (isOption ? ["--\(argument.name)"] : []) + [Words.quoted(text)]
            case .null, .int, .double, .object:
                words.append(Words.quoted((try? JSONText.string(value)) ?? ""))
            }
        }
        return words.joined(separator: " ")
    }
}
