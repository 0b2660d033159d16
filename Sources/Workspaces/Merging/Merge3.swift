/// Lines that both sides changed, each in its own way.
public struct ConflictHunk: Sendable, Hashable, Codable {
    /// The first line of it in the file as it is now, counted from 1.
    public var line: Int
    /// How many lines it has there.
    public var count: Int
    /// Both versions between git's markers, raw.
    public var text: String
}

/// Three versions of a text made into one.
enum Merge3: Equatable {
    case merged([UInt8])
    case conflicts([ConflictHunk])

    /// Merges what `ours` (as it is now) and `theirs` (the session) changed in `base`.
    ///
    /// Changes that overlap or touch and are not the same are conflicts.
    static func merge(base: [UInt8], ours: [UInt8], theirs: [UInt8]) -> Merge3 {
        if ours == theirs || base == theirs { return .merged(ours) }
        if base == ours { return .merged(theirs) }
        let (old, left, right) = (Lines(base), Lines(ours), Lines(theirs))
        var leftChanges = LineDiff.changes(from: old, to: left)[...]
        var rightChanges = LineDiff.changes(from: old, to: right)[...]
        var merged: [UInt8] = []
        var conflicts: [ConflictHunk] = []
        var done = 0
        while let start = [leftChanges.first, rightChanges.first].compactMap({ $0?.old.lowerBound }).min() {
            var end = start
            var (mine, others): ([LineChange], [LineChange]) = ([], [])
            while true {
                if let next = leftChanges.first, next.old.lowerBound <= end {
                    mine.append(leftChanges.removeFirst())
                    end = max(end, next.old.upperBound)
                } else if let next = rightChanges.first, next.old.lowerBound <= end {
                    others.append(rightChanges.removeFirst())
                    end = max(end, next.old.upperBound)
                } else {
                    break
                }
            }
            merged += old.slice(done..<start)
            done = end
            switch (side(mine, start..<end), side(others, start..<end)) {
            case (let lines?, nil): merged += left.slice(lines)
            case (nil, let lines?): merged += right.slice(lines)
            case (let our?, let their?):
                if left.slice(our) == right.slice(their) {
                    merged += left.slice(our)
                } else {
                    conflicts.append(hunk(left, our, right, their))
                }
            case (nil, nil): break
            }
        }
        merged += old.slice(done..<old.count)
        return conflicts.isEmpty ? .merged(merged) : .conflicts(conflicts)
    }

    /// The lines of one side that stand for a region of the base; nil when that side did not change it.
    private static func side(_ changes: [LineChange], _ region: Range<Int>) -> Range<Int>? {
        guard let first = changes.first, let last = changes.last else { return nil }
        let start = first.new.lowerBound - (first.old.lowerBound - region.lowerBound)
        return start..<(last.new.upperBound + (region.upperBound - last.old.upperBound))
    }

    private static func hunk(_ left: Lines, _ our: Range<Int>, _ right: Lines, _ their: Range<Int>)
        -> ConflictHunk
    {
        func text(_ bytes: ArraySlice<UInt8>) -> String {
            let text = String(decoding: bytes, as: UTF8.self)
            return text.isEmpty || bytes.last == 0x0A ? text : text + "\n"
        }
        return ConflictHunk(
            line: our.lowerBound + 1, count: our.count,
            text: "<<<<<<< now\n\(text(left.slice(our)))=======\n\(text(right.slice(their)))>>>>>>> session\n"
        )
    }
}
