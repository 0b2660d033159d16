/// What CONTRACT describes and this version does not bring: told by name instead of taken for a typing error.
///
/// A feature removes its row when it arrives.
struct NotYet {
    /// The kind of file.
    let kind: DocumentKind
    /// The key's path, indexes as `[]`, free names as `*`.
    let pattern: String
    /// The value that is missing, where `mcp.*` is every one that starts so; nil when the key itself is.
    let value: String?
    /// What to do instead, if there is something.
    let instead: String?

    private init(_ kind: DocumentKind, _ pattern: String, _ value: String? = nil, instead: String? = nil) {
        self.kind = kind
        self.pattern = pattern
        self.value = value
        self.instead = instead
    }

    /// The rows.
    static let rows: [NotYet] = [
        NotYet(.configuration, "checks", instead: "leave it out"),
        NotYet(.configuration, "mcp", instead: "leave it out"),
        NotYet(.session, "agent.protocol", "acp", instead: "use stream-json or text"),
        NotYet(.session, "skills", instead: "leave it out"),
        NotYet(.session, "tools[]", "fetch"), NotYet(.session, "tools[]", "skill"),
        NotYet(.session, "tools[]", "mcp.*"),
    ]

    /// The row for a key.
    static func row(_ kind: DocumentKind, key pattern: String) -> NotYet? {
        rows.first { $0.kind == kind && $0.pattern == pattern && $0.value == nil }
    }

    /// The row for a value.
    static func row(_ kind: DocumentKind, _ pattern: String, value: String) -> NotYet? {
        rows.first { row in
            guard row.kind == kind, row.pattern == pattern, let wanted = row.value else { return false }
            return wanted.hasSuffix("*") ? value.hasPrefix(wanted.dropLast()) : value == wanted
        }
    }
}
