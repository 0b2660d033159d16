/// A value of a YAML file: text as it was written, never a guess at its type.
struct YAMLNode: Hashable, Sendable {
    /// What it is.
    enum Content: Hashable, Sendable {
        /// Text; `plain` when it stands without quotes and is not a block.
        case scalar(String, plain: Bool)
        /// A list.
        case list([YAMLNode])
        /// Keys and values in the order of the file.
        case mapping([Pair])
    }

    /// A key and its value.
    struct Pair: Hashable, Sendable {
        /// The key.
        var key: YAMLNode
        /// The value.
        var value: YAMLNode
    }

    /// What it is.
    var content: Content
    /// Where it starts, from 1; for what an alias stands for, where the anchor is.
    var line: Int
    /// The column, from 1.
    var column: Int

    /// Whether nothing stands where a value could.
    var isAbsent: Bool { content == .scalar("", plain: true) }

    /// `text`, `a list` or `a mapping`, for messages.
    var kind: String {
        switch content {
        case .scalar: "text"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }
}
