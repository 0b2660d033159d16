/// The hunks of a unified diff.
struct UnifiedText {
    var text = ""
    var added = 0
    var removed = 0

    /// More than this of one file is not shown.
    private static let maximumBytes = 512 << 10

    init(from old: [UInt8], to new: [UInt8], context: Int) {
        let (left, right) = (Lines(old), Lines(new))
        let changes = LineDiff.changes(from: left, to: right)
        for change in changes {
            added += change.new.count
            removed += change.old.count
        }
        var out: [UInt8] = []
        var index = 0
        while index < changes.count {
            var end = index
            while end + 1 < changes.count,
                changes[end + 1].old.lowerBound - changes[end].old.upperBound <= 2 * context
            {
                end += 1
            }
            Self.hunk(changes[index...end], left, right, context, into: &out)
            index = end + 1
            if out.count > Self.maximumBytes, index < changes.count {
                out += Array("… \(changes.count - index) more changes are not shown\n".utf8)
                break
            }
        }
        text = String(decoding: out, as: UTF8.self)
    }

    private static func hunk(
        _ changes: ArraySlice<LineChange>, _ left: Lines, _ right: Lines, _ context: Int,
        into out: inout [UInt8]
    ) {
        guard let first = changes.first, let last = changes.last else { return }
        let before = min(context, first.old.lowerBound)
        let after = min(context, left.count - last.old.upperBound)
        let old = (first.old.lowerBound - before)..<(last.old.upperBound + after)
        let new = (first.new.lowerBound - before)..<(last.new.upperBound + after)
        out += Array("@@ -\(position(old)) +\(position(new)) @@\n".utf8)
        var line = old.lowerBound
        for change in changes {
            for same in line..<change.old.lowerBound { append(0x20, left[same], &out) }
            for gone in change.old { append(0x2D, left[gone], &out) }
            for come in change.new { append(0x2B, right[come], &out) }
            line = change.old.upperBound
        }
        for same in line..<old.upperBound { append(0x20, left[same], &out) }
    }

    private static func position(_ lines: Range<Int>) -> String {
        let start = lines.isEmpty ? lines.lowerBound : lines.lowerBound + 1
        return lines.count == 1 ? "\(start)" : "\(start),\(lines.count)"
    }

    private static func append(_ sign: UInt8, _ line: ArraySlice<UInt8>, _ out: inout [UInt8]) {
        guard out.count <= 2 * maximumBytes else { return }
        out.append(sign)
        out += line
        if line.last != 0x0A { out += Array("\n\\ No newline at end of file\n".utf8) }
    }
}
