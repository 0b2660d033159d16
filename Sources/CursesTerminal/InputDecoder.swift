import Terminal

/// What bytes from a terminal mean.
enum DecodedInput: Hashable {
    case key(KeyStroke)
    case paste(String)
    case focus(Bool)
    /// The answer to a question about a private mode: its number and state (1 and 3 on, 2 and 4 off, 0 unknown).
    case mode(Int, state: Int)
    /// The answer that every terminal gives; questions asked before it that were not answered will not be.
    case deviceAttributes
    /// A sequence that means nothing to us, so that no part of it is taken for a key.
    case unknown
}

/// Turns bytes into keys, pastes and answers; a value without a clock or a descriptor.
///
/// Pasted text is one value, whatever it holds, and no byte of a sequence ever becomes a key: a paste or an answer
/// cannot press anything. When a sequence stops half-way, the owner waits for `patience` and calls `expire`.
struct InputDecoder {
    /// How much pasted text is kept; the rest of a paste is dropped.
    static let pasteLimit = 1 << 20
    private static let sequenceLimit = 4096

    /// Sequences of this terminal that do not follow the common grammar.
    private let table: [[UInt8]: KeyStroke]
    private var pending: [UInt8] = []
    private var paste: [UInt8]?

    init(table: [[UInt8]: KeyStroke] = [:]) { self.table = table }

    /// How long to wait for the rest; nil when nothing has begun.
    var patience: Duration? {
        if paste != nil { return .seconds(2) }
        if pending.isEmpty { return nil }
        return pending.count == 1 ? .milliseconds(25) : .milliseconds(250)
    }

    /// Takes bytes in; gives everything that is complete.
    mutating func feed(_ bytes: some Sequence<UInt8>) -> [DecodedInput] {
        pending += bytes
        var out: [DecodedInput] = []
        var index = 0
        while index < pending.count {
            if paste != nil {
                guard takePaste(&index, &out) else { break }
            } else if let (used, input) = one(pending[index...]) {
                index += used
                if case .pasteStart = input { paste = [] }
                if case .input(let decoded) = input { out.append(decoded) }
            } else {
                break
            }
        }
        pending.removeFirst(index)
        return out
    }

    /// The rest will not come: what has begun is taken for what it can mean alone.
    mutating func expire() -> [DecodedInput] {
        if let text = paste {
            paste = nil
            defer { pending = [] }
            return [.paste(Self.text(text + pending))]
        }
        let rest = pending
        pending = []
        guard rest.first == 0x1B else { return rest.isEmpty ? [] : [.unknown] }
        if rest.count == 1 { return [.key(KeyStroke(.escape))] }
        if rest.count == 2 { return [.key(KeyStroke(.character(Character(Unicode.Scalar(rest[1]))), .alt))] }
        return [.unknown]
    }

    private enum Step {
        case input(DecodedInput)
        case pasteStart
        case nothing
    }

    private mutating func takePaste(_ index: inout Int, _ out: inout [DecodedInput]) -> Bool {
        let end: [UInt8] = [0x1B, 0x5B, 0x32, 0x30, 0x31, 0x7E]
        while index < pending.count {
            guard pending[index] == 0x1B else {
                let run = pending[index...].prefix { $0 != 0x1B }
                keep(run)
                index += run.count
                continue
            }
            let rest = pending[index...].prefix(end.count)
            if rest.elementsEqual(end) {
                index += end.count
                out.append(.paste(Self.text(paste ?? [])))
                paste = nil
                return true
            }
            if rest.count < end.count, end.starts(with: rest) { return false }
            keep(pending[index...index])
            index += 1
        }
        return true
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        let room = Self.pasteLimit - (paste?.count ?? 0)
        paste?.append(contentsOf: bytes.prefix(max(0, room)))
    }

    private static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n").replacing("\r", with: "\n")
    }

    /// One key or sequence from the start of the bytes; nil when it is not complete.
    private func one(_ bytes: ArraySlice<UInt8>) -> (Int, Step)? {
        guard let first = bytes.first else { return nil }
        if first == 0x1B { return escape(bytes) }
        if first < 0x20 || first == 0x7F {
            let stroke = table[[first]] ?? KeyNames.control(first)
            return (1, .input(.key(stroke)))
        }
        guard let (used, character) = Self.character(bytes) else { return nil }
        return (used, .input(character.map { .key(.character($0)) } ?? .unknown))
    }

    /// A character of UTF-8; nil inside for bytes that are none.
    private static func character(_ bytes: ArraySlice<UInt8>) -> (Int, Character?)? {
        guard let first = bytes.first else { return nil }
        let length =
            first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0
        guard length > 0 else { return (1, nil) }
        let present = bytes.prefix(length)
        if let bad = present.dropFirst().firstIndex(where: { $0 & 0xC0 != 0x80 }) {
            return (bad - bytes.startIndex, nil)
        }
        guard present.count == length else { return nil }
        guard let scalar = String(validating: present, as: UTF8.self)?.unicodeScalars.first else {
            return (length, nil)
        }
        return (length, (0x80...0x9F).contains(scalar.value) ? nil : Character(scalar))
    }

    private func escape(_ bytes: ArraySlice<UInt8>) -> (Int, Step)? {
        guard let second = bytes.dropFirst().first else { return nil }
        switch second {
        case UInt8(ascii: "["): return control(bytes)
        case UInt8(ascii: "O"):
            guard let third = bytes.dropFirst(2).first else { return nil }
            guard third != 0x1B else { return (2, .input(.key(.alt("O")))) }
            if let key = KeyNames.application(third) { return (3, .input(.key(KeyStroke(key)))) }
            return (3, .input(known(bytes.prefix(3))))
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"), UInt8(ascii: "^"), UInt8(ascii: "X"):
            return string(bytes)
        case 0x1B: return (1, .input(.key(KeyStroke(.escape))))
        default:
            guard second >= 0x20, second != 0x7F else {
                let stroke = table[[second]] ?? KeyNames.control(second)
                return (2, .input(.key(KeyStroke(stroke.key, stroke.modifiers.union(.alt)))))
            }
            guard let (used, character) = Self.character(bytes.dropFirst()) else { return nil }
            return (used + 1, .input(character.map { .key(.alt($0)) } ?? .unknown))
        }
    }

    /// A string that a terminal sends as an answer: skipped whole.
    private func string(_ bytes: ArraySlice<UInt8>) -> (Int, Step)? {
        let body = bytes.dropFirst(2)
        guard let end = body.firstIndex(where: { $0 == 7 || $0 == 0x1B || $0 == 0x9C }) else {
            return bytes.count > Self.sequenceLimit ? (bytes.count, .input(.unknown)) : nil
        }
        if end == body.startIndex, bytes[end] == 0x1B {
            return (2, .input(.key(.alt(Character(Unicode.Scalar(bytes[end - 1]))))))
        }
        guard bytes[end] == 0x1B else { return (end - bytes.startIndex + 1, .nothing) }
        guard end + 1 < bytes.endIndex else { return nil }
        return (end - bytes.startIndex + (bytes[end + 1] == UInt8(ascii: "\\") ? 2 : 0), .nothing)
    }

    private func control(_ bytes: ArraySlice<UInt8>) -> (Int, Step)? {
        let body = bytes.dropFirst(2)
        guard let first = body.first else { return nil }
        if first == UInt8(ascii: "[") {
            // The Linux console: ESC [ [ A is F1.
            guard let letter = body.dropFirst().first else { return nil }
            guard (UInt8(ascii: "A")...UInt8(ascii: "E")).contains(letter) else {
                return (3, .input(.unknown))
            }
            return (4, .input(.key(KeyStroke(.function(Int(letter) - 64)))))
        }
        guard let end = body.firstIndex(where: { !(0x20...0x3F).contains($0) }) else {
            return bytes.count > Self.sequenceLimit ? (bytes.count, .input(.unknown)) : nil
        }
        let used = end - bytes.startIndex
        guard (0x40...0x7E).contains(bytes[end]) else {
            // Cut off by another sequence or a control: what stands before it is nothing.
            return (used, .input(.unknown))
        }
        let text = String(decoding: body[..<end], as: UTF8.self)
        let step = KeyNames.sequence(text, Character(Unicode.Scalar(bytes[end])))
        switch step {
        case .some(.mode(200, state: -1)): return (used + 1, .pasteStart)
        case .some(let input): return (used + 1, .input(input))
        case .none: return (used + 1, .input(known(bytes[...end])))
        }
    }

    private func known(_ bytes: ArraySlice<UInt8>) -> DecodedInput {
        table[Array(bytes)].map { .key($0) } ?? .unknown
    }
}
