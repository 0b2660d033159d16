/// The tree of a pattern.
indirect enum PatternNode: Sendable {
    case empty
    case set(Pattern.CharacterSet)
    case assert(Pattern.Assertion)
    case sequence([PatternNode])
    case choice([PatternNode])
    case repeated(PatternNode, least: Int, most: Int?)
}

/// Reads a pattern in the common dialect: `. [] ^ $ * + ? {m,n} | () (?:) (?i) \d \w \s \b` and escapes.
struct PatternParser {
    let text: [Unicode.Scalar]
    var at = 0
    private var depth = 0
    /// Whether the pattern began with `(?i)`.
    private(set) var ignoresCase = false

    static let digits: [ClosedRange<UInt32>] = [0x30...0x39]
    static let word: [ClosedRange<UInt32>] = [
        0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A, 0xAA...0x10FFFF,
    ]
    static let space: [ClosedRange<UInt32>] = [0x09...0x0D, 0x20...0x20, 0x85...0x85, 0xA0...0xA0]

    init(_ text: String) { self.text = Array(text.unicodeScalars) }

    mutating func parse() throws(PatternRefusal) -> PatternNode {
        guard !text.isEmpty else { throw PatternRefusal("The pattern is empty.") }
        guard text.count <= 2000 else { throw PatternRefusal("The pattern is longer than 2000 characters.") }
        if text.starts(with: Array("(?i)".unicodeScalars)) {
            ignoresCase = true
            at = 4
        }
        let node = try choice()
        guard at == text.count else { throw wrong("an unmatched `)`") }
        return node
    }

    func wrong(_ what: String) -> PatternRefusal {
        PatternRefusal(
            "The pattern is not a valid regular expression: \(what) at character \(at + 1). Escape it with \\ to find it as it is."
        )
    }

    var current: Unicode.Scalar? { at < text.count ? text[at] : nil }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard current == scalar else { return false }
        at += 1
        return true
    }

    private mutating func choice() throws(PatternRefusal) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 50 else { throw wrong("parentheses nested too deeply") }
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(PatternRefusal) -> PatternNode {
        var nodes: [PatternNode] = []
        while let scalar = current, scalar != "|", scalar != ")" { nodes.append(try repeated(try atom())) }
        return nodes.isEmpty ? .empty : .sequence(nodes)
    }

    private mutating func repeated(_ node: PatternNode) throws(PatternRefusal) -> PatternNode {
        var node = node
        var times = 0
        while let (least, most) = try quantifier() {
            times += 1
            guard times <= 2 else { throw wrong("a repeated repetition") }
            node = .repeated(node, least: least, most: most)
            // Lazy and possessive forms find the same lines.
            if !take("?") { _ = take("+") }
        }
        return node
    }

    private mutating func quantifier() throws(PatternRefusal) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard current == "{" else { return nil }
        let start = at
        at += 1
        let least = number()
        var most = least
        if take(",") { most = number() }
        let open = text[start..<at].last == ","
        guard take("}"), least != nil || most != nil else {
            at = start
            return nil
        }
        guard (least ?? 0) <= 1000, (most ?? 0) <= 1000, open || (least ?? 0) <= (most ?? 0) else {
            throw wrong("a repetition out of order or above 1000")
        }
        return (least ?? 0, open ? nil : most)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let scalar = current, (0x30...0x39).contains(scalar.value), (value ?? 0) < 100_000 {
            value = (value ?? 0) * 10 + Int(scalar.value - 0x30)
            at += 1
        }
        return value
    }

    private mutating func atom() throws(PatternRefusal) -> PatternNode {
        guard let scalar = current else { return .empty }
        switch scalar {
        case "(": return try group()
        case "[": return .set(try brackets())
        case "*", "+", "?": throw wrong("`\(scalar)` with nothing before it")
        case "\\": return try escape()
        default: break
        }
        at += 1
        switch scalar {
        case ".": return .set(.init(ranges: [0x0A...0x0A], negated: true))
        case "^": return .assert(.start)
        case "$": return .assert(.end)
        default: return literal(scalar.value)
        }
    }

    private func literal(_ value: UInt32) -> PatternNode {
        let value = ignoresCase ? Pattern.folded(value) : value
        return .set(.init(ranges: [value...value]))
    }

    private mutating func group() throws(PatternRefusal) -> PatternNode {
        at += 1
        if take("?") {
            if take("P") || current == "<" {
                if at + 1 < text.count, text[at + 1] == "=" || text[at + 1] == "!" {
                    throw wrong("look-behind, which is not supported,")
                }
                while let scalar = current, scalar != ">" { _ = take(scalar) }
                at += 1
            } else if !take(":") {
                throw wrong("look-ahead or an option that is not supported (only `(?i)` at the start is)")
            }
        }
        let node = try choice()
        guard take(")") else { throw wrong("a `(` without its `)`") }
        return node
    }

    private mutating func escape() throws(PatternRefusal) -> PatternNode {
        at += 1
        guard let scalar = current else { throw wrong("a `\\` at the end") }
        if let (ranges, negated) = Self.classOf(scalar) {
            at += 1
            return .set(.init(ranges: ranges, negated: negated))
        }
        switch scalar {
        case "b", "B":
            at += 1
            return .assert(scalar == "b" ? .wordEdge : .notWordEdge)
        case "A", "z", "Z":
            at += 1
            return .assert(scalar == "A" ? .start : .end)
        case "1"..."9": throw wrong("a back-reference, which is not supported,")
        default: return literal(try escaped())
        }
    }

    static func classOf(_ scalar: Unicode.Scalar) -> ([ClosedRange<UInt32>], Bool)? {
        switch scalar {
        case "d": (digits, false)
        case "D": (digits, true)
        case "w": (word, false)
        case "W": (word, true)
        case "s": (space, false)
        case "S": (space, true)
        default: nil
        }
    }

    /// The scalar that an escape stands for, from the character after the backslash on.
    mutating func escaped() throws(PatternRefusal) -> UInt32 {
        guard let scalar = current else { throw wrong("a `\\` at the end") }
        at += 1
        switch scalar {
        case "n": return 0x0A
        case "t": return 0x09
        case "r": return 0x0D
        case "f": return 0x0C
        case "v": return 0x0B
        case "e": return 0x1B
        case "0": return 0
        case "x", "u": return try hexadecimal(scalar == "x" ? 2 : 4)
        default:
            let isLetter = (0x41...0x5A).contains(scalar.value) || (0x61...0x7A).contains(scalar.value)
            guard !isLetter else { throw wrong("an unknown escape `\\\(scalar)`") }
            return scalar.value
        }
    }

    private mutating func hexadecimal(_ digits: Int) throws(PatternRefusal) -> UInt32 {
        let braces = take("{")
        var value: UInt32 = 0, count = 0
        while count < (braces ? 6 : digits), let scalar = current, let digit = Character(scalar).hexDigitValue
        {
            value = value * 16 + UInt32(digit)
            count += 1
            at += 1
        }
        guard count > 0, !braces || take("}"), value <= 0x10FFFF else {
            throw wrong("a broken hexadecimal escape")
        }
        return value
    }
}
