import AgentOSCore

/// One thing that is wrong in a file, with its address.
public struct DocumentFault: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The file as the person named it.
    public var file: String
    /// The line, from 1; nil where the file could not be read at all.
    public var line: Int?
    /// The column, from 1, where it is known.
    public var column: Int?
    /// The path of the key, `gates[0].run`; empty for the file as a whole.
    public var key: String
    /// What is wrong, without a final full stop.
    public var message: String
    /// What to write instead.
    public var suggestion: String?

    /// A fault with its address.
    public init(
        file: String, line: Int?, column: Int? = nil, key: String = "", message: String,
        suggestion: String? = nil
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.key = key
        self.message = message
        self.suggestion = suggestion
    }

    /// One line, as in `session.yaml:12: gates[0].rum: unknown key; did you mean run?`.
    public var description: String {
        var text = file
        if let line { text += ":\(line)" }
        if !key.isEmpty { text += ": \(key)" }
        text += ": \(message)"
        if let suggestion { text += "; \(suggestion)" }
        return String(text.map { $0.isNewline ? " " : $0 })
    }
}

/// Everything that is wrong in a file and those that it names, in the order of their lines; never empty.
public struct DocumentFaults: Error, Hashable, Sendable, CustomStringConvertible {
    /// The faults.
    public let faults: [DocumentFault]

    init(_ faults: [DocumentFault]) {
        var order: [String: Int] = [:]
        for fault in faults where order[fault.file] == nil { order[fault.file] = order.count }
        self.faults = faults.enumerated().sorted { left, right in
            let (first, second) = (left.element, right.element)
            return (order[first.file] ?? 0, first.line ?? 0, left.offset)
                < (order[second.file] ?? 0, second.line ?? 0, right.offset)
        }.map(\.element)
    }

    /// One line for each fault, as a person reads them; past a hundred their number.
    public var lines: [String] {
        let shown = faults.prefix(100).map(\.description)
        return faults.count > 100 ? shown + ["\(faults.count - 100) more faults"] : shown
    }

    /// The lines.
    public var description: String { lines.joined(separator: "\n") }

    /// The first fault and the number of the others as one error (exit 2).
    public var fault: Fault {
        guard let first = faults.first else { return .usage("invalid file") }
        return .usage(faults.count > 1 ? "\(first) (and \(faults.count - 1) more)" : first.description)
    }
}
