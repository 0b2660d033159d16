/// What a gate found, bound to what it looked at.
public struct GateOutcome: Hashable, Sendable, Codable {
    /// The gate's name.
    public var gate: String
    /// Whether it is green.
    public var passed: Bool
    /// Whether it holds the session back.
    public var required: Bool
    /// The files it looked at.
    public var tree: TreeID
    /// The gate's own hash, so that another gate of this name does not inherit the result.
    public var gateHash: String
    /// Why it is red, in one line.
    public var reason: String?
    /// The end of its output.
    public var output: String
    /// The try, from 1.
    public var attempt: Int
    /// Wall time.
    public var milliseconds: Int64
    /// How many tests ran, where the output of the command counts them.
    public var tests: Int?
    /// Whether a person ran it, beside the session's own course.
    public var byHand: Bool?

    /// A gate's result.
    public init(
        gate: String, passed: Bool, required: Bool, tree: TreeID, gateHash: String, reason: String?,
        output: String,
        attempt: Int, milliseconds: Int64, tests: Int? = nil, byHand: Bool? = nil
    ) {
        self.gate = gate
        self.passed = passed
        self.required = required
        self.tree = tree
        self.gateHash = gateHash
        self.reason = reason
        self.output = output
        self.attempt = attempt
        self.milliseconds = milliseconds
        self.tests = tests
        self.byHand = byHand
    }
}

/// How a session's work ended.
public struct SessionOutcome: Hashable, Sendable, Codable {
    /// The agent's last words.
    public var text: String
    /// The files at the end.
    public var tree: TreeID
    /// How many files differ from checkpoint 0.
    public var files: Int
    /// Lines added.
    public var added: Int
    /// Lines removed.
    public var removed: Int

    /// An outcome.
    public init(text: String, tree: TreeID, files: Int, added: Int, removed: Int) {
        self.text = text
        self.tree = tree
        self.files = files
        self.added = added
        self.removed = removed
    }
}
