import ObjectStore

/// A pattern for paths, as `--only` and `include` take it: `*` `?` `[…]` within a name, `**` for any folders,
/// `{a,b}` for alternatives.
///
/// It is relative to the root of the workspace; one that names a folder means all in it.
public struct Glob: Hashable, Sendable, CustomStringConvertible {
    /// The pattern as it was written.
    public let description: String
    private let alternatives: [[Wildcard]]

    /// A pattern of this text.
    public init(_ text: String) {
        description = text
        alternatives = Self.expand(Array(text.utf8)).map { pattern in
            pattern.split(separator: 0x2F).filter { !$0.elementsEqual([0x2E]) }.map { Wildcard(Array($0)) }
        }
    }

    /// Whether it means a path, or a folder above it.
    public func matches(_ path: TreePath) -> Bool {
        let names = path.names
        return alternatives.contains { Self.matches($0[...], names[...]) }
    }

    /// Whether something below a folder could match: how a walk knows where not to look.
    public func mayMatch(below folder: TreePath) -> Bool {
        let names = folder.names
        return alternatives.contains { pattern in
            for (index, name) in names.enumerated() {
                guard index < pattern.count else { return true }
                if pattern[index].text == Self.anyDepth { return true }
                guard pattern[index].matches(name) else { return false }
            }
            return true
        }
    }

    /// Whether a name is spelled in it, without wildcards; one that holds wildcards itself, as it is or escaped.
    func names(_ name: [UInt8]) -> Bool {
        alternatives.contains { $0.contains { $0.text == name || $0.spelled == name } }
    }

    private static let anyDepth: [UInt8] = [0x2A, 0x2A]

    private static func matches(_ pattern: ArraySlice<Wildcard>, _ names: ArraySlice<[UInt8]>) -> Bool {
        guard let first = pattern.first else { return true }
        if first.text == anyDepth {
            if pattern.count == 1 { return !names.isEmpty }
            return names.indices.contains { matches(pattern.dropFirst(), names[$0...]) }
        }
        guard let name = names.first, first.matches(name) else { return false }
        return matches(pattern.dropFirst(), names.dropFirst())
    }

    /// Spells out `{a,b}`; at most 64 alternatives, the rest stays as it is written.
    private static func expand(_ text: [UInt8]) -> [[UInt8]] {
        var done: [[UInt8]] = []
        var open = [text]
        while let next = open.popLast() {
            guard done.count + open.count < 64, let start = next.firstIndex(of: 0x7B),
                let end = next[start...].firstIndex(of: 0x7D)
            else {
                done.append(next)
                continue
            }
            for choice in next[(start + 1)..<end].split(separator: 0x2C, omittingEmptySubsequences: false)
                .reversed()
            {
                open.append(Array(next[..<start]) + Array(choice) + Array(next[(end + 1)...]))
            }
        }
        return done
    }
}
