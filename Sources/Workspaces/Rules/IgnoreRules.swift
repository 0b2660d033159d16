import ObjectStore

/// The ignore rules in force in a folder: those of the `.gitignore` files from the root down to it, as git reads them.
struct IgnoreRules: Sendable {
    private struct Rule: Sendable {
        var parts: [Wildcard]
        var isNegated: Bool
        var foldersOnly: Bool
        /// Whether it is matched against the path from its file's folder, not against the last name.
        var isAnchored: Bool
    }

    private struct Level: Sendable {
        var folder: TreePath
        var rules: [Rule]
    }

    private var levels: [Level] = []
    /// Stands for all rules in force, so that a verdict can be kept as long as they are the same.
    private(set) var digest = Digest(hashing: [])

    static let fileName = Array(".gitignore".utf8)
    static let none = IgnoreRules()

    /// The rules in a folder that has a `.gitignore` with this text.
    func adding(_ text: [UInt8], in folder: TreePath) -> IgnoreRules {
        var copy = self
        copy.digest = Digest(hashing: digest.bytes + folder.bytes + [0] + text)
        let rules = text.split(separator: 0x0A).compactMap { Self.rule(Array($0)) }
        if !rules.isEmpty { copy.levels.append(Level(folder: folder, rules: rules)) }
        return copy
    }

    /// The rules in a folder that is ignored as a whole, in which only what is asked for by name belongs to the tree.
    func addingAll(in folder: TreePath) -> IgnoreRules { adding([0x2A], in: folder) }

    /// Whether the rules ignore a path, given that no folder above it is ignored.
    func ignores(_ path: TreePath, isFolder: Bool) -> Bool {
        for level in levels.reversed() where path.isWithin(level.folder) {
            let skip = level.folder.bytes.isEmpty ? 0 : level.folder.bytes.count + 1
            let relative = path.bytes[skip...]
            let nameStart = relative.lastIndex(of: 0x2F).map { $0 + 1 } ?? relative.startIndex
            let name = relative[nameStart...]
            for rule in level.rules.reversed() where isFolder || !rule.foldersOnly {
                let isHit: Bool
                if rule.isAnchored {
                    let names = relative.split(separator: 0x2F)
                    isHit = Self.matches(rule.parts[...], names[...])
                } else {
                    isHit = rule.parts[0].matches(name)
                }
                if isHit { return !rule.isNegated }
            }
        }
        return false
    }

    private static func matches(_ parts: ArraySlice<Wildcard>, _ names: ArraySlice<ArraySlice<UInt8>>) -> Bool
    {
        guard let first = parts.first else { return names.isEmpty }
        if first.text == [0x2A, 0x2A] {
            if parts.count == 1 { return !names.isEmpty }
            return names.indices.contains { matches(parts.dropFirst(), names[$0...]) }
        }
        guard let name = names.first, first.matches(name) else { return false }
        return matches(parts.dropFirst(), names.dropFirst())
    }

    private static func rule(_ line: [UInt8]) -> Rule? {
        var text = line[...]
        if text.last == 0x0D { text.removeLast() }
        while text.last == 0x20, text.dropLast().last != 0x5C { text.removeLast() }
        guard let first = text.first, first != 0x23 else { return nil }
        let isNegated = first == 0x21
        if isNegated { text.removeFirst() }
        let foldersOnly = text.last == 0x2F
        if foldersOnly { text.removeLast() }
        let isAnchored = text.contains(0x2F)
        let parts = text.split(separator: 0x2F).map { Wildcard(Array($0)) }
        guard !parts.isEmpty else { return nil }
        return Rule(parts: parts, isNegated: isNegated, foldersOnly: foldersOnly, isAnchored: isAnchored)
    }
}
