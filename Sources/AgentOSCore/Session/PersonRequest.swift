/// Something a session asks a person.
public struct PersonRequest: Hashable, Sendable, Codable {
    /// What sort of answer is wanted.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// Yes or no to a call.
        case approval
        /// A text.
        case question
        /// Yes to run the command that prepares the workspace again though its cut run may have acted, no to end.
        case setup
        /// Yes or no to the work as it is.
        case gate
    }
    /// Its id in the inbox.
    public var itemId: ItemID
    /// What sort of answer is wanted.
    public var kind: Kind
    /// The call that waits.
    public var call: ToolCall
    /// What is asked, as raw text; screens show it as `SafeText`.
    public var text: String

    /// A request.
    public init(itemId: ItemID, kind: Kind, call: ToolCall, text: String) {
        self.itemId = itemId
        self.kind = kind
        self.call = call
        self.text = text
    }
}

/// A person's answer.
public enum Answer: Hashable, Sendable, Codable {
    /// The call may run.
    case yes
    /// It may not; why, if said.
    case no(String?)
    /// The answer to a question.
    case text(String)
    /// Nobody answered and the session's policy is to deny.
    case unattended
}
