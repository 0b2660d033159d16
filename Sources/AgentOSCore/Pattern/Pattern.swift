/// A regular expression that is matched in time proportional to program × text, whatever the pattern.
///
/// Patterns come from models and texts from anywhere, so that an engine which backtracks, and one whose
/// automaton can grow without bound, would both be a way to stop us. Back-references and look-around are
/// refused with a word of what to use instead.
public struct Pattern: Sendable {
    /// One step of the program.
    enum Instruction: Sendable {
        case scalar(CharacterSet)
        case split(Int, Int)
        case jump(Int)
        case assert(Assertion)
        case match
    }

    /// A condition between two characters.
    enum Assertion: Sendable {
        case start, end, wordEdge, notWordEdge
    }

    /// A set of scalars, as ranges.
    struct CharacterSet: Sendable {
        var ranges: [ClosedRange<UInt32>] = []
        var negated = false

        func contains(_ value: UInt32) -> Bool { ranges.contains { $0.contains(value) } != negated }
    }

    private let program: [Instruction]
    private let ignoresCase: Bool

    /// Reads a pattern; the refusal says what is wrong with it.
    public init(_ text: String) throws(PatternRefusal) {
        var parser = PatternParser(text)
        let node = try parser.parse()
        ignoresCase = parser.ignoresCase
        var compiler = PatternCompiler()
        try compiler.emit(node)
        try compiler.add(.match)
        program = compiler.program
    }

    /// Whether the pattern is found anywhere in a line.
    public func isFound(in line: some StringProtocol) -> Bool {
        var scalars = line.unicodeScalars.map(\.value)
        if ignoresCase { scalars = scalars.map(Self.folded) }
        var current = Threads(program.count), next = Threads(program.count)
        for at in 0...scalars.count {
            if add(0, at, scalars, &current) { return true }
            guard at < scalars.count else { return false }
            next.removeAll()
            for index in 0..<current.count {
                guard case .scalar(let set) = program[current.members[index]] else { continue }
                if set.contains(scalars[at]), add(current.members[index] + 1, at + 1, scalars, &next) {
                    return true
                }
            }
            swap(&current, &next)
        }
        return false
    }

    /// Upper-case ASCII, Latin-1, Greek and Cyrillic letters to lower case.
    static func folded(_ value: UInt32) -> UInt32 {
        switch value {
        case 0x41...0x5A, 0xC0...0xD6, 0xD8...0xDE, 0x391...0x3A9, 0x410...0x42F: value + 32
        default: value
        }
    }

    /// The places of the program where a match may stand, each once.
    private struct Threads {
        var members: [Int]
        var positions: [Int]
        var count = 0

        init(_ size: Int) {
            members = Array(repeating: 0, count: size)
            positions = Array(repeating: 0, count: size)
        }

        mutating func removeAll() { count = 0 }

        mutating func insert(_ value: Int) -> Bool {
            let at = positions[value]
            if at < count, members[at] == value { return false }
            positions[value] = count
            members[count] = value
            count += 1
            return true
        }
    }

    /// Adds a place and all that follows from it without a character; true at the end of the program.
    private func add(_ start: Int, _ at: Int, _ text: [UInt32], _ threads: inout Threads) -> Bool {
        var open = [start]
        while let place = open.popLast() {
            guard threads.insert(place) else { continue }
            switch program[place] {
            case .match: return true
            case .scalar: break
            case .jump(let target): open.append(target)
            case .split(let left, let right):
                open.append(right)
                open.append(left)
            case .assert(let assertion): if holds(assertion, at, text) { open.append(place + 1) }
            }
        }
        return false
    }

    private func holds(_ assertion: Assertion, _ at: Int, _ text: [UInt32]) -> Bool {
        let edge = (at > 0 && Self.isWord(text[at - 1])) != (at < text.count && Self.isWord(text[at]))
        switch assertion {
        case .start: return at == 0
        case .end: return at == text.count
        case .wordEdge: return edge
        case .notWordEdge: return !edge
        }
    }

    private static func isWord(_ value: UInt32) -> Bool { PatternParser.word.contains { $0.contains(value) } }
}

/// Turns the tree of a pattern into its program.
struct PatternCompiler {
    private(set) var program: [Pattern.Instruction] = []

    mutating func add(_ instruction: Pattern.Instruction) throws(PatternRefusal) {
        guard program.count < 10_000 else {
            throw PatternRefusal(
                "The pattern is too large: its repetitions multiply. Use smaller counts, or `*`.")
        }
        program.append(instruction)
    }

    mutating func emit(_ node: PatternNode) throws(PatternRefusal) {
        switch node {
        case .empty: break
        case .set(let set): try add(.scalar(set))
        case .assert(let assertion): try add(.assert(assertion))
        case .sequence(let nodes): for node in nodes { try emit(node) }
        case .choice(let nodes): try emitChoice(nodes[...])
        case .repeated(let node, let least, let most): try emitRepeated(node, least, most)
        }
    }

    private mutating func emitChoice(_ nodes: ArraySlice<PatternNode>) throws(PatternRefusal) {
        guard let first = nodes.first else { return }
        guard nodes.count > 1 else { return try emit(first) }
        let split = program.count
        try add(.jump(0))
        try emit(first)
        let jump = program.count
        try add(.jump(0))
        program[split] = .split(split + 1, program.count)
        try emitChoice(nodes.dropFirst())
        program[jump] = .jump(program.count)
    }

    private mutating func emitRepeated(_ node: PatternNode, _ least: Int, _ most: Int?) throws(PatternRefusal)
    {
        for _ in 0..<least { try emit(node) }
        guard let most else {
            let split = program.count
            try add(.jump(0))
            try emit(node)
            try add(.jump(split))
            program[split] = .split(split + 1, program.count)
            return
        }
        var splits: [Int] = []
        for _ in least..<max(least, most) {
            splits.append(program.count)
            try add(.jump(0))
            try emit(node)
        }
        for split in splits { program[split] = .split(split + 1, program.count) }
    }
}

/// Why a pattern cannot be used.
public struct PatternRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// One or two sentences, for who wrote the pattern.
    public let description: String
    init(_ text: String) { description = text }
}
