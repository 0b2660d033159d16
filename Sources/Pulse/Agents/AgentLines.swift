/// Cuts what an agent writes into lines, whatever the pieces in which it comes.
struct AgentLines {
    /// A longer line is not kept.
    static let limit = 4 << 20

    private var line: [UInt8] = []
    private var isTooLong = false
    /// How many lines were left out because they were too long.
    private(set) var left = 0

    /// Takes a piece; returns the lines that it completes, without the empty ones.
    mutating func take(_ bytes: ArraySlice<UInt8>) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = bytes
        while let end = rest.firstIndex(of: 0x0A) {
            add(rest[..<end])
            if let whole = finish() { lines.append(whole) }
            rest = rest[(end + 1)...]
        }
        add(rest)
        return lines
    }

    /// The last line, where it has no end.
    mutating func finish() -> [UInt8]? {
        defer { (line, isTooLong) = ([], false) }
        if isTooLong { left += 1 }
        return isTooLong || line.isEmpty ? nil : line
    }

    private mutating func add(_ bytes: ArraySlice<UInt8>) {
        if isTooLong { return }
        guard line.count + bytes.count <= Self.limit else {
            (line, isTooLong) = ([], true)
            return
        }
        line += bytes
    }
}
