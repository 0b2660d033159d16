/// Something a person, a program or another engine wants done.
///
/// The only way in.
public struct Command: Hashable, Sendable, Codable {
    /// Chosen by the sender; the same id again is answered as the first time and done once.
    public var id: String
    /// `noun.verb`, as the registry lists it.
    public var name: String
    /// By the positional names of the command line in lower case, and the long names of its options.
    public var arguments: [String: JSONValue]

    /// A command.
    public init(id: String, name: String, arguments: [String: JSONValue] = [:]) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }

    enum CodingKeys: String, CodingKey {
        case id
        case name = "do"
        case arguments = "args"
    }

    /// Reads a line of stdin or of the socket; absent arguments are none.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(String.self, forKey: .id)
        name = try container.decode(String.self, forKey: .name)
        arguments = try container.decodeIfPresent([String: JSONValue].self, forKey: .arguments) ?? [:]
    }
}

/// What a command did, after its commit.
public struct CommandReply: Hashable, Sendable, Codable {
    /// One line for a person, raw; shown as `SafeText`.
    public var message: String
    /// The thing it made or changed, as its JSON shape.
    public var value: JSONValue?
    /// Not `done` where it ran and the outcome is negative, or it waits for a person.
    public var code: ExitCode

    /// A reply.
    public init(_ message: String, value: JSONValue? = nil, code: ExitCode = .done) {
        self.message = message
        self.value = value
        self.code = code
    }
}

/// How careful a person must be with a command.
public enum Danger: String, Hashable, Sendable, Codable {
    /// Changes nothing, or nothing that matters.
    case none
    /// Can be undone: it is done and told, with the key that undoes it.
    case undoable
    /// Costs money or time: it asks.
    case costly
    /// Cannot be undone: it asks for the name.
    case irreversible
}

/// An argument of a command.
public struct ArgumentSpec: Hashable, Sendable {
    /// What it is, for checking, completion and help.
    public enum Kind: Hashable, Sendable {
        /// A session's id, prefix or name.
        case session
        /// A chain's id, prefix or name.
        case chain
        /// An item of the inbox.
        case item
        /// A checkpoint: its id, `cN` or its name.
        case checkpoint
        /// A path of the sender's machine.
        case path
        /// The rest of the line.
        case text
        /// One word.
        case word
        /// True when given.
        case flag
        /// May be given several times.
        case words
    }
    /// Lower case, as in `args`.
    public var name: String
    /// What it is.
    public var kind: Kind
    /// Whether the command needs it.
    public var isRequired: Bool
    /// One line of help.
    public var help: String

    /// An argument.
    public init(_ name: String, _ kind: Kind, required: Bool = true, help: String) {
        self.name = name
        self.kind = kind
        isRequired = required
        self.help = help
    }
}

/// A command as every surface knows it: keys, `:`, palette, help, footer, command line and docs read the same list.
public struct CommandSpec: Hashable, Sendable {
    /// `noun.verb`.
    public var name: String
    /// A few words, for a footer.
    public var title: String
    /// One sentence.
    public var help: String
    /// Positional arguments in order, then options.
    public var arguments: [ArgumentSpec]
    /// How careful a person must be.
    public var danger: Danger
    /// Whether it needs the role of an operator; a reader may not.
    public var changes: Bool

    /// A command.
    public init(
        _ name: String, _ title: String, help: String, _ arguments: [ArgumentSpec] = [],
        danger: Danger = .none,
        changes: Bool = true
    ) {
        self.name = name
        self.title = title
        self.help = help
        self.arguments = arguments
        self.danger = danger
        self.changes = changes
    }
}
