/// What differs between two trees: the JSON shape `diff` of the contract, and the unified text.
public struct TreeDiff: Hashable, Sendable, Codable {
    /// How a path differs.
    public enum Change: String, Hashable, Sendable, Codable {
        /// It is new.
        case added
        /// Its content differs.
        case modified
        /// It is gone.
        case deleted
        /// Only its mode differs.
        case mode
        /// It became something else: a file a link, a link a file.
        case type
    }

    /// One path.
    public struct File: Hashable, Sendable, Codable {
        /// Relative to the workspace, raw; shown as `SafeText`.
        public var path: String
        /// How it differs.
        public var change: Change
        /// Lines added; 0 for binary files.
        public var added: Int
        /// Lines removed; 0 for binary files.
        public var removed: Int
        /// Whether it is not text.
        public var isBinary: Bool
        /// Its part of the unified text, header included, raw.
        public var text: String
        /// Whether it runs by itself, or tells other programs what to run, and needs to be named to be delivered.
        public var isQuarantined: Bool

        /// One path.
        public init(
            path: String, change: Change, added: Int, removed: Int, isBinary: Bool, text: String,
            isQuarantined: Bool = false
        ) {
            self.path = path
            self.change = change
            self.added = added
            self.removed = removed
            self.isBinary = isBinary
            self.text = text
            self.isQuarantined = isQuarantined
        }
    }

    /// The paths that differ, sorted.
    public var files: [File]

    /// A difference.
    public init(files: [File]) { self.files = files }

    /// Lines added in all.
    public var added: Int { files.reduce(0) { $0 + $1.added } }
    /// Lines removed in all.
    public var removed: Int { files.reduce(0) { $0 + $1.removed } }
    /// The unified text of all files.
    public var text: String { files.map(\.text).joined() }
}
