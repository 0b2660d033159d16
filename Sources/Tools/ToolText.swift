import AgentOSCore

/// What a model is given of bytes from outside.
public enum ToolText {
    /// The most bytes of text in one answer.
    public static let cap = 30_000

    /// Text that is no longer than the cap: the first and the last part, and between them what was left out.
    static func capped(_ text: String) -> String {
        let bytes = Array(text.utf8)
        guard bytes.count > cap else { return text }
        return joined(
            head: bytes[..<(cap / 2)], tail: bytes[(bytes.count - cap / 2)...], total: Int64(bytes.count))
    }

    /// The kept output of a command as text, capped, with its true size said where something is missing.
    ///
    /// The bytes stay as they were in the spool; what is not UTF-8 becomes U+FFFD here, and a NUL too.
    public static func output(_ bytes: [UInt8], result: ConfinedResult) -> String {
        let dropped = result.totalBytes > Int64(bytes.count)
        guard bytes.count > cap || dropped else { return decode(bytes[...]) }
        let head = min(Int(result.headBytes), bytes.count)
        let front = dropped ? bytes[..<min(head, cap / 2)] : bytes[..<min(bytes.count, cap / 2)]
        let back = bytes[max(front.endIndex, bytes.count - cap / 2)...]
        let more =
            Int64(bytes.count) > Int64(front.count + back.count)
            ? "; \(bytes.count) bytes of it are kept" : ""
        return joined(head: front, tail: back, total: result.totalBytes, more: more)
    }

    private static func joined(
        head: ArraySlice<UInt8>, tail: ArraySlice<UInt8>, total: Int64, more: String = ""
    ) -> String {
        let left = total - Int64(head.count + tail.count)
        return decode(head) + "\n[… \(left) of \(total) bytes are not shown here\(more) …]\n" + decode(tail)
    }

    /// Bytes as text: what is not UTF-8, and NUL, becomes U+FFFD; a long run of those is told by its length.
    static func decode(_ bytes: ArraySlice<UInt8>) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.unicodeScalars.contains(where: { $0 == "\0" || $0 == "\u{FFFD}" }) else { return text }
        var out = String.UnicodeScalarView()
        var run = 0
        func endRun() {
            if run > 4 { out.append(contentsOf: "[… \(run) such]".unicodeScalars) }
            run = 0
        }
        for scalar in text.unicodeScalars {
            if scalar == "\0" || scalar == "\u{FFFD}" {
                run += 1
                if run <= 4 { out.append("\u{FFFD}") }
            } else {
                endRun()
                out.append(scalar)
            }
        }
        endRun()
        return String(out)
    }
}
