/// Sets of characters in brackets.
extension PatternParser {
    mutating func brackets() throws(PatternRefusal) -> Pattern.CharacterSet {
        let start = at
        at += 1
        var set = Pattern.CharacterSet()
        set.negated = take("^")
        var first = true
        while let scalar = current, scalar != "]" || first {
            first = false
            if scalar == "[", at + 1 < text.count, text[at + 1] == ":" {
                set.ranges += try posixClass()
                continue
            }
            if scalar == "\\", at + 1 < text.count, let (ranges, negated) = Self.classOf(text[at + 1]) {
                at += 2
                set.ranges += negated ? Self.complement(ranges) : ranges
                continue
            }
            let low = try member()
            if current == "-", at + 1 < text.count, text[at + 1] != "]" {
                at += 1
                let high = try member()
                guard low <= high else { throw wrong("a range out of order") }
                set.ranges.append(low...high)
            } else {
                set.ranges.append(low...low)
            }
        }
        guard take("]") else {
            at = start
            throw wrong("a `[` without its `]`")
        }
        if ignoresCase { fold(&set) }
        return set
    }

    private mutating func member() throws(PatternRefusal) -> UInt32 {
        guard let scalar = current else { throw wrong("a `[` without its `]`") }
        at += 1
        guard scalar == "\\" else { return scalar.value }
        if current == "b" {
            at += 1
            return 8
        }
        return try escaped()
    }

    private mutating func posixClass() throws(PatternRefusal) -> [ClosedRange<UInt32>] {
        let classes: [(String, [ClosedRange<UInt32>])] = [
            ("digit", Self.digits), ("space", Self.space), ("alpha", [0x41...0x5A, 0x61...0x7A]),
            ("alnum", [0x30...0x39, 0x41...0x5A, 0x61...0x7A]), ("upper", [0x41...0x5A]),
            ("lower", [0x61...0x7A]),
            ("punct", [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E]),
            ("blank", [0x09...0x09, 0x20...0x20]),
            ("xdigit", [0x30...0x39, 0x41...0x46, 0x61...0x66]),
        ]
        for (name, ranges) in classes where text[at...].starts(with: Array("[:\(name):]".unicodeScalars)) {
            at += name.count + 4
            return ranges
        }
        throw wrong("an unknown class `[:…:]`")
    }

    private static func complement(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var out: [ClosedRange<UInt32>] = []
        var from: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > from { out.append(from...(range.lowerBound - 1)) }
            from = range.upperBound + 1
        }
        if from <= 0x10FFFF { out.append(from...0x10FFFF) }
        return out
    }

    /// The text is folded to lower case, so upper-case members count as their lower-case ones.
    private func fold(_ set: inout Pattern.CharacterSet) {
        for range in set.ranges {
            let low = max(range.lowerBound, 0x41), high = min(range.upperBound, 0x5A)
            if low <= high { set.ranges.append((low + 32)...(high + 32)) }
            if range.count == 1 {
                let value = Pattern.folded(range.lowerBound)
                set.ranges.append(value...value)
            }
        }
    }
}
