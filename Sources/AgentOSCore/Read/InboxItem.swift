/// A thing that waits for a person, or has ended lately: the JSON shape `inbox item` of the contract.
public struct InboxItem: Hashable, Sendable, Codable {
    /// What sort of thing.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// Yes or no to a call.
        case approval
        /// A question of the agent's.
        case question
        /// A result that waits to be taken.
        case result
        /// A limit or a budget is reached.
        case limit
        /// It failed, or was taken over too often.
        case stuck
        /// A gate is red and the policy is to wait.
        case gate
        /// It ended and nothing waits; only in the list of the recently ended.
        case ended
    }
    /// Its id.
    public var itemId: ItemID
    /// What sort of thing.
    public var kind: Kind
    /// The session.
    public var sessionId: SessionID?
    /// The chain; nil for what is a session's or the home's.
    public var chainId: ChainID?
    /// The name of the session or chain.
    public var name: String
    /// What it is, raw; screens show it as `SafeText`.
    public var text: String
    /// Since when it waits.
    public var askedAt: Timestamp
    /// The whole of what is asked (a command in full), raw.
    public var detail: String
    /// Why a person is asked, to be read after *because*; nil where the text says it.
    public var why: String?

    /// An item.
    public init(
        itemId: ItemID, kind: Kind, sessionId: SessionID?, name: String, text: String, askedAt: Timestamp,
        detail: String = "", chainId: ChainID? = nil, why: String? = nil
    ) {
        self.chainId = chainId
        self.itemId = itemId
        self.kind = kind
        self.sessionId = sessionId
        self.name = name
        self.text = text
        self.askedAt = askedAt
        self.detail = detail
        self.why = why
    }
}
