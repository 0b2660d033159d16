/// How large the aliases of a text could make it, judged before it is parsed.
///
/// The parser shares what an alias names, but compares keys by their whole content: a few lines of nested
/// aliases could keep it busy for ever. What is counted here is never too little: an anchored value ends
/// before the first alias to it, so the bytes up to there, with what aliases among them stand for, bound it.
enum ExpansionBound {
    /// More than any file that people write: bytes that aliases stand for in all.
    static let limit = 1_000_000
    /// Open brackets, or explicit keys, which the parser compares again at each level.
    static let nesting = 64

    /// A place where a text goes beyond a bound.
    struct Excess {
        var line: Int
        var message: String
        var suggestion: String
    }

    private struct Anchor {
        var position: Int
        var weightBefore: Int
        var size: Int?
    }

    /// The first place that goes beyond; nil for a text that is safe to parse.
    static func excess(in bytes: [UInt8]) -> Excess? {
        func line(at offset: Int) -> Int { 1 + bytes[..<offset].count(where: { $0 == UInt8(ascii: "\n") }) }
        var anchors: [ArraySlice<UInt8>: [Anchor]] = [:]
        var weight = 0
        var brackets = 0
        var explicitKeys = 0
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                brackets += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                brackets = max(0, brackets - 1)
            case UInt8(ascii: "?"):
                if opensKey(bytes, index) { explicitKeys += 1 }
            case UInt8(ascii: "&"), UInt8(ascii: "*"):
                let name = bytes[(index + 1)...].prefix(while: isAnchorByte)
                if byte == UInt8(ascii: "&"), !name.isEmpty {
                    anchors[name, default: []].append(Anchor(position: index, weightBefore: weight))
                } else if var named = anchors[name] {
                    weight += size(of: &named, at: index, weight: weight)
                    anchors[name] = named
                }
                index += name.count
            default: break
            }
            if weight > limit {
                return Excess(
                    line: line(at: min(index, bytes.count - 1)), message: "aliases expand to too many values",
                    suggestion: "write the values out")
            }
            if brackets > nesting || explicitKeys > nesting {
                return Excess(
                    line: line(at: index), message: "nested more than \(nesting) levels deep",
                    suggestion: "close the brackets, or quote the text")
            }
            index += 1
        }
        return nil
    }

    /// The largest value that a name may stand for here; closes the anchors that are still open.
    private static func size(of named: inout [Anchor], at position: Int, weight: Int) -> Int {
        var largest = 0
        for index in named.indices {
            let size =
                named[index].size
                ?? min(limit + 1, position - named[index].position + weight - named[index].weightBefore)
            named[index].size = size
            largest = max(largest, size)
        }
        if named.count > 8 { named = [Anchor(position: position, weightBefore: weight, size: largest)] }
        return largest
    }

    private static func isAnchorByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            return true
        default: return false
        }
    }

    /// Whether a question mark stands where an explicit key could begin.
    private static func opensKey(_ bytes: [UInt8], _ index: Int) -> Bool {
        if index + 1 < bytes.count {
            switch bytes[index + 1] {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): break
            default: return false
            }
        }
        var before = index - 1
        while before >= 0, bytes[before] == UInt8(ascii: " ") || bytes[before] == UInt8(ascii: "\t") {
            before -= 1
        }
        guard before >= 0 else { return true }
        switch bytes[before] {
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"),
            UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: ","):
            return true
        default: return false
        }
    }
}
