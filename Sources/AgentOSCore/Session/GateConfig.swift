/// Something that must hold at the end.
public struct GateConfig: Hashable, Sendable, Codable {
    /// What is looked at.
    ///
    /// How it is stored is in `GateCoding`.
    public enum Kind: Hashable, Sendable {
        /// A command for `/bin/sh -c` that must exit with 0 within so many milliseconds, and have run a test where
        /// its output counts them.
        case run(command: String, timeout: Int64)
        /// How much was changed, and where.
        case diff(DiffLimits)
        /// What the text of files must or must not hold.
        case match(MatchRule)
        /// A JSON file that must meet a JSON Schema.
        case schema(file: String, schema: String)
        /// Files that must be there: for each of these globs one at least.
        case present(files: [String])
        /// What other models than the work's own say of it.
        case judge(JudgeRule)
        /// A question that a person answers with yes.
        case human(question: String)
    }
    /// Its name, unique in the session.
    public var name: String
    /// What is looked at.
    public var kind: Kind
    /// Whether a red one holds the session back; otherwise it is only told.
    public var required = true
    /// Globs of files that are taken from checkpoint 0 before a command runs, so that the agent cannot have bent them.
    public var files: [String]?
    /// The name of the gate that a session's `deliverables` make.
    public static let deliverables = "deliverables"

    /// A gate.
    public init(name: String, kind: Kind, required: Bool = true, files: [String]? = nil) {
        self.name = name
        self.kind = kind
        self.required = required
        self.files = files
    }
}

/// How much a session may change, compared with checkpoint 0.
public struct DiffLimits: Hashable, Sendable, Codable {
    /// Files at most.
    public var maxFiles: Int?
    /// Lines added and removed, at most.
    public var maxLines: Int?
    /// Globs that each changed path must match one of; none allows every path.
    public var only: [String]
    /// Limits.
    public init(maxFiles: Int? = nil, maxLines: Int? = nil, only: [String] = []) {
        self.maxFiles = maxFiles
        self.maxLines = maxLines
        self.only = only
    }
}

/// What the text of files must or must not hold.
public struct MatchRule: Hashable, Sendable, Codable {
    /// A glob of the files.
    public var files: String
    /// A regular expression that no line of them may hold.
    public var never: String?
    /// A regular expression that a line of each of them must hold; without a file that matches, the gate is red.
    public var always: String?
    /// A rule.
    public init(files: String, never: String? = nil, always: String? = nil) {
        self.files = files
        self.never = never
        self.always = always
    }
}
