/// Matches one name against a pattern with `*`, `?`, `[…]` and `\`; none of them matches a slash.
struct Wildcard: Hashable, Sendable {
    private enum Form: Hashable, Sendable { case literal([UInt8]), suffix([UInt8]), any, pattern }

    let text: [UInt8]
    private let form: Form

    init(_ text: [UInt8]) {
        self.text = text
        let special: Set<UInt8> = [0x2A, 0x3F, 0x5B, 0x5C]
        if !text.contains(where: special.contains) {
            form = .literal(text)
        } else if text == [0x2A] {
            form = .any
        } else if text.first == 0x2A, !text.dropFirst().contains(where: special.contains) {
            form = .suffix(Array(text.dropFirst()))
        } else {
            form = .pattern
        }
    }

    /// The one name that it means, its escapes undone; nil where it has a wildcard.
    var spelled: [UInt8]? {
        var out: [UInt8] = []
        var isEscaped = false
        for byte in text {
            if !isEscaped, byte == 0x5C {
                isEscaped = true
                continue
            }
            if !isEscaped, byte == 0x2A || byte == 0x3F || byte == 0x5B { return nil }
            out.append(byte)
            isEscaped = false
        }
        return isEscaped ? nil : out
    }

    var isLiteral: Bool { if case .literal = form { true } else { false } }

    func matches(_ name: some RandomAccessCollection<UInt8>) -> Bool {
        switch form {
        case .literal(let bytes): return bytes.count == name.count && bytes.elementsEqual(name)
        case .any: return true
        case .suffix(let bytes):
            return name.count >= bytes.count && name.suffix(bytes.count).elementsEqual(bytes)
        case .pattern: return Self.matches(text[...], Array(name)[...])
        }
    }

    private static func matches(_ pattern: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool {
        var p = pattern.startIndex
        var n = name.startIndex
        var retry: (p: Int, n: Int)?
        while n < name.endIndex {
            if p < pattern.endIndex, pattern[p] == 0x2A {
                retry = (p + 1, n)
                p += 1
            } else if p < pattern.endIndex, let next = step(pattern, p, name, n) {
                (p, n) = next
            } else if let last = retry {
                retry = (last.p, last.n + 1)
                (p, n) = (last.p, last.n + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == 0x2A }
    }

    /// Matches one element; nil when it does not.
    private static func step(_ pattern: ArraySlice<UInt8>, _ p: Int, _ name: ArraySlice<UInt8>, _ n: Int) -> (
        Int, Int
    )? {
        switch pattern[p] {
        case 0x3F:
            var end = n + 1
            while end < name.endIndex, name[end] & 0xC0 == 0x80 { end += 1 }
            return (p + 1, end)
        case 0x5B:
            guard let set = bracket(pattern, p, name[n]) else {
                return name[n] == 0x5B ? (p + 1, n + 1) : nil
            }
            return set.matches ? (set.end, n + 1) : nil
        case 0x5C where p + 1 < pattern.endIndex: return pattern[p + 1] == name[n] ? (p + 2, n + 1) : nil
        default: return pattern[p] == name[n] ? (p + 1, n + 1) : nil
        }
    }

    /// Reads `[…]`; nil when it is not closed.
    private static func bracket(_ pattern: ArraySlice<UInt8>, _ start: Int, _ byte: UInt8) -> (
        end: Int, matches: Bool
    )? {
        var index = start + 1
        guard index < pattern.endIndex else { return nil }
        let isNegated = pattern[index] == 0x21 || pattern[index] == 0x5E
        if isNegated { index += 1 }
        var found = false
        var isFirst = true
        while index < pattern.endIndex, isFirst || pattern[index] != 0x5D {
            isFirst = false
            if pattern[index] == 0x5C, index + 1 < pattern.endIndex { index += 1 }
            let low = pattern[index]
            if index + 2 < pattern.endIndex, pattern[index + 1] == 0x2D, pattern[index + 2] != 0x5D {
                if low <= byte, byte <= pattern[index + 2] { found = true }
                index += 3
            } else {
                if low == byte { found = true }
                index += 1
            }
        }
        guard index < pattern.endIndex else { return nil }
        return (index + 1, found != isNegated)
    }
}
