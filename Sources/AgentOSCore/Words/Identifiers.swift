/// A short, lower-case name for one thing, unique in its tenant.
///
/// Every identifier is a distinct type over one string, so that a session's id cannot be handed to
/// something that wants a tenant's. Stored and sent as the bare string.
public protocol Identifier: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// The text as users type it.
    var rawValue: String { get }
    /// Wraps a text without checking it; text from outside is checked where it enters.
    init(_ rawValue: String)
}

extension Identifier {
    /// The bare text.
    public var description: String { rawValue }

    /// Orders by the bytes of the text.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// Reads the bare string.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the bare string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

/// Whose data a thing is (INV-1).
public struct TenantID: Identifier {
    /// The slug: `[a-z0-9][a-z0-9-]{0,62}`.
    public let rawValue: String
    /// Wraps a slug.
    public init(_ rawValue: String) { self.rawValue = rawValue }
    /// The first tenant of every home.
    public static let main = TenantID("main")
    /// What belongs to the machine and not to a customer.
    public static let host = TenantID("host")

    /// Whether the text can name a tenant: it becomes a folder name and a column value.
    public var isValid: Bool {
        let bytes = Array(rawValue.utf8)
        guard (1...63).contains(bytes.count), bytes[0] != UInt8(ascii: "-") else { return false }
        return bytes.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
        }
    }
}

/// One run of an agent.
public struct SessionID: Identifier {
    /// Six characters of Crockford's base 32, lower case.
    public let rawValue: String
    /// Wraps an id.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// A point of a session to which its files and transcript can be put back: `SESSION.cN`.
public struct CheckpointID: Identifier {
    /// `SESSION.cN`, N counting from 0 in the session.
    public let rawValue: String
    /// Wraps an id.
    public init(_ rawValue: String) { self.rawValue = rawValue }
    /// The id of the session's checkpoint with this number.
    public init(session: SessionID, number: Int) { rawValue = "\(session).c\(number)" }
}

/// One call of a tool or a model within a session: `SESSION.tN` or `SESSION.mN`.
public struct CallID: Identifier {
    /// The text.
    public let rawValue: String
    /// Wraps an id.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// A thing that waits for the person: `SESSION.aN` (approval), `.qN` (question), `.r` (result) and so on.
public struct ItemID: Identifier {
    /// The text.
    public let rawValue: String
    /// Wraps an id.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// Something a person said to a session: `SESSION.sN`.
public struct MessageID: Identifier {
    /// The text.
    public let rawValue: String
    /// Wraps an id.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// The content address of a file tree: 64 lower-case hexadecimal digits of a SHA-256.
public struct TreeID: Identifier {
    /// The digits.
    public let rawValue: String
    /// Wraps a digest.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// The content address of a blob: 64 lower-case hexadecimal digits of a SHA-256.
public struct BlobID: Identifier {
    /// The digits.
    public let rawValue: String
    /// Wraps a digest.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}
