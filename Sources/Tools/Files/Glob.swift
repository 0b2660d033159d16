/// A shell pattern over a relative path: `*` and `?` within a component, `**` across, `[a-z]`, `{a,b}`.
///
/// A pattern without a slash is matched against the last component, as `.gitignore` does.
struct Glob {
    private let alternatives: [[UInt8]]
    private let nameOnly: Bool

    init(_ pattern: String) throws(Refusal) {
        guard pattern.utf8.count <= 1000 else { throw Refusal("The glob is too long.") }
        alternatives = try Self.expand(Array(pattern.utf8), depth: 0)
        nameOnly = !pattern.contains("/")
    }

    func matches(_ path: String) -> Bool {
        var bytes = Array(path.utf8)
        if nameOnly, let slash = bytes.lastIndex(of: UInt8(ascii: "/")) { bytes.removeFirst(slash + 1) }
        return alternatives.contains { Self.match($0, bytes) }
    }

    /// Writes out the braces.
    private static func expand(_ pattern: [UInt8], depth: Int) throws(Refusal) -> [[UInt8]] {
        guard let open = pattern.firstIndex(of: UInt8(ascii: "{")),
            let close = pattern[open...].firstIndex(of: UInt8(ascii: "}"))
        else { return [pattern] }
        guard depth < 6 else { throw Refusal("The glob has too many braces.") }
        var all: [[UInt8]] = []
        for part in pattern[(open + 1)..<close].split(
            separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        {
            all += try expand(Array(pattern[..<open]) + part + pattern[(close + 1)...], depth: depth + 1)
            guard all.count <= 200 else { throw Refusal("The glob has too many alternatives.") }
        }
        return all
    }

    /// Walks pattern and text together; `reach` holds the pattern positions that are possible so far, so that
    /// the time is bounded by the product of both lengths.
    private static func match(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        var reach = close([0], pattern)
        for byte in text {
            var next: Set<Int> = []
            for at in reach where at < pattern.count { next.formUnion(step(pattern, at, byte)) }
            if next.isEmpty { return false }
            reach = close(next, pattern)
        }
        return reach.contains(pattern.count)
    }

    /// Adds the positions that are reached without a byte: past a star, and past `**/`.
    private static func close(_ positions: Set<Int>, _ pattern: [UInt8]) -> Set<Int> {
        var all = positions
        var open = Array(positions)
        while let at = open.popLast() {
            guard at < pattern.count, pattern[at] == UInt8(ascii: "*") else { continue }
            var next = [at + 1]
            if at + 2 < pattern.count, pattern[at + 1] == UInt8(ascii: "*"),
                pattern[at + 2] == UInt8(ascii: "/")
            {
                next.append(at + 3)
            }
            for position in next where all.insert(position).inserted { open.append(position) }
        }
        return all
    }

    private static func step(_ pattern: [UInt8], _ at: Int, _ byte: UInt8) -> [Int] {
        let slash = UInt8(ascii: "/")
        switch pattern[at] {
        case UInt8(ascii: "*"):
            let double = at + 1 < pattern.count && pattern[at + 1] == UInt8(ascii: "*")
            return byte != slash || double ? [at] : []
        case UInt8(ascii: "?"): return byte == slash ? [] : [at + 1]
        case UInt8(ascii: "["):
            guard let end = pattern[(at + 1)...].dropFirst().firstIndex(of: UInt8(ascii: "]")) else {
                return byte == pattern[at] ? [at + 1] : []
            }
            return byte != slash && inSet(pattern[(at + 1)..<end], byte) ? [end + 1] : []
        case byte: return [at + 1]
        default: return []
        }
    }

    private static func inSet(_ set: ArraySlice<UInt8>, _ byte: UInt8) -> Bool {
        let negated = set.first == UInt8(ascii: "!") || set.first == UInt8(ascii: "^")
        var members = negated ? set.dropFirst() : set
        var found = false
        while let first = members.popFirst() {
            if members.count >= 2, members.first == UInt8(ascii: "-"), let last = members.dropFirst().first {
                members = members.dropFirst(2)
                found = found || (first <= byte && byte <= last)
            } else {
                found = found || first == byte
            }
        }
        return found != negated
    }
}
