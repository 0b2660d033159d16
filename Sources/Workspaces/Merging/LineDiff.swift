/// The lines of a text, each with the newline that ends it.
struct Lines {
    let bytes: [UInt8]
    let ranges: [Range<Int>]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var ranges: [Range<Int>] = []
        var start = 0
        for (index, byte) in bytes.enumerated() where byte == 0x0A {
            ranges.append(start..<(index + 1))
            start = index + 1
        }
        if start < bytes.count { ranges.append(start..<bytes.count) }
        self.ranges = ranges
    }

    var count: Int { ranges.count }

    subscript(_ line: Int) -> ArraySlice<UInt8> { bytes[ranges[line]] }

    /// The bytes of neighbouring lines.
    func slice(_ lines: Range<Int>) -> ArraySlice<UInt8> {
        guard let first = lines.first, let last = lines.last else { return [] }
        return bytes[ranges[first].lowerBound..<ranges[last].upperBound]
    }

    /// Whether bytes are no text: git's rule, a NUL near the start, and ours, a NUL anywhere.
    static func isBinary(_ bytes: [UInt8]) -> Bool { bytes.contains(0) }
}

/// Lines of the old text that became lines of the new one; one of the ranges may be empty.
struct LineChange: Equatable {
    var old: Range<Int>
    var new: Range<Int>
}

/// The difference of two texts: Myers' shortest edit where that is cheap, else split at lines that occur once
/// in both (patience), else whole pieces replaced.
///
/// Bounded in time and memory for any input.
struct LineDiff {
    private let old: [Int32]
    private let new: [Int32]
    private var steps = 0
    private var same: [(old: Int, new: Int, count: Int)] = []

    /// An edit longer than this is not searched for.
    private static let maximumEdits = 1000
    /// Comparisons in all, after which what is left counts as replaced.
    private static let maximumSteps = 40_000_000

    /// What differs, in order; no two changes touch.
    static func changes(from old: Lines, to new: Lines) -> [LineChange] {
        var ids: [ArraySlice<UInt8>: Int32] = [:]
        func number(_ lines: Lines) -> [Int32] {
            (0..<lines.count).map { line in
                let text = lines[line]
                if let known = ids[text] { return known }
                let id = Int32(truncatingIfNeeded: ids.count)
                ids[text] = id
                return id
            }
        }
        var diff = LineDiff(old: number(old), new: number(new))
        diff.compare(0..<old.count, 0..<new.count, depth: 0)
        return diff.changes()
    }

    private init(old: [Int32], new: [Int32]) {
        self.old = old
        self.new = new
    }

    private func changes() -> [LineChange] {
        var out: [LineChange] = []
        var left = 0
        var right = 0
        for run in same + [(old.count, new.count, 0)] {
            if run.old > left || run.new > right {
                out.append(LineChange(old: left..<run.old, new: right..<run.new))
            }
            left = run.old + run.count
            right = run.new + run.count
        }
        return out
    }

    private mutating func keep(_ oldLine: Int, _ newLine: Int, _ count: Int) {
        guard count > 0 else { return }
        if let last = same.last, last.old + last.count == oldLine, last.new + last.count == newLine {
            same[same.count - 1].count += count
        } else {
            same.append((oldLine, newLine, count))
        }
    }

    private mutating func compare(_ left: Range<Int>, _ right: Range<Int>, depth: Int) {
        var (a, b) = (left, right)
        var head = 0
        while head < min(a.count, b.count), old[a.lowerBound + head] == new[b.lowerBound + head] { head += 1 }
        keep(a.lowerBound, b.lowerBound, head)
        a = (a.lowerBound + head)..<a.upperBound
        b = (b.lowerBound + head)..<b.upperBound
        var tail = 0
        while tail < min(a.count, b.count), old[a.upperBound - 1 - tail] == new[b.upperBound - 1 - tail] {
            tail += 1
        }
        a = a.lowerBound..<(a.upperBound - tail)
        b = b.lowerBound..<(b.upperBound - tail)
        if !a.isEmpty, !b.isEmpty, !shortestEdit(a, b), depth < 50 {
            var (x, y) = (a.lowerBound, b.lowerBound)
            for anchor in anchors(a, b) {
                compare(x..<anchor.old, y..<anchor.new, depth: depth + 1)
                keep(anchor.old, anchor.new, 1)
                (x, y) = (anchor.old + 1, anchor.new + 1)
            }
            if x > a.lowerBound { compare(x..<a.upperBound, y..<b.upperBound, depth: depth + 1) }
        }
        keep(a.upperBound, b.upperBound, tail)
    }

    /// Myers' greedy algorithm; false when the edit is longer than the bound.
    private mutating func shortestEdit(_ a: Range<Int>, _ b: Range<Int>) -> Bool {
        let bound = min(a.count + b.count, Self.maximumEdits)
        var reach = [Int32](repeating: 0, count: 2 * bound + 3)
        let middle = bound + 1
        var trace: [[Int32]] = []
        for edits in 0...bound {
            trace.append(Array(reach[(middle - edits)...(middle + edits)]))
            for diagonal in stride(from: -edits, through: edits, by: 2) {
                let isDown =
                    diagonal == -edits
                    || (diagonal != edits && reach[middle + diagonal - 1] < reach[middle + diagonal + 1])
                var x = Int(isDown ? reach[middle + diagonal + 1] : reach[middle + diagonal - 1] + 1)
                var y = x - diagonal
                let start = x
                while x < a.count, y < b.count, old[a.lowerBound + x] == new[b.lowerBound + y] {
                    (x, y) = (x + 1, y + 1)
                }
                steps += x - start + 1
                reach[middle + diagonal] = Int32(x)
                if x >= a.count, y >= b.count {
                    backtrack(trace, a, b)
                    return true
                }
            }
            if steps > Self.maximumSteps { return false }
        }
        return false
    }

    /// Follows the furthest points back and keeps the diagonals.
    private mutating func backtrack(_ trace: [[Int32]], _ a: Range<Int>, _ b: Range<Int>) {
        var (x, y) = (a.count, b.count)
        var runs: [(Int, Int, Int)] = []
        for edits in stride(from: trace.count - 1, through: 0, by: -1) {
            let diagonal = x - y
            func reached(_ at: Int) -> Int {
                let index = at + edits
                return trace[edits].indices.contains(index) ? Int(trace[edits][index]) : -1
            }
            let previous: Int
            if edits == 0 {
                runs.append((0, 0, x))
                break
            } else if diagonal == -edits
                || (diagonal != edits && reached(diagonal - 1) < reached(diagonal + 1))
            {
                previous = diagonal + 1
            } else {
                previous = diagonal - 1
            }
            let beforeX = reached(previous)
            let beforeY = beforeX - previous
            let afterX = previous == diagonal + 1 ? beforeX : beforeX + 1
            runs.append((afterX, afterX - diagonal, x - afterX))
            (x, y) = (beforeX, beforeY)
        }
        for run in runs.reversed() { keep(a.lowerBound + run.0, b.lowerBound + run.1, run.2) }
    }

    /// Lines that occur once in each text, as the longest list that is in order in both.
    private func anchors(_ a: Range<Int>, _ b: Range<Int>) -> [(old: Int, new: Int)] {
        guard steps <= 2 * Self.maximumSteps else { return [] }
        var places: [Int32: (old: Int, new: Int)] = [:]  // -1: not yet, -2: more than once
        for index in a { places[old[index], default: (-1, -1)].old = places[old[index]] == nil ? index : -2 }
        for index in b {
            guard let place = places[new[index]] else { continue }
            places[new[index]]?.new = place.new == -1 ? index : -2
        }
        let unique = places.values.filter { $0.old >= 0 && $0.new >= 0 }.sorted { $0.old < $1.old }
        var piles: [Int] = []  // index into `unique` of the top of each pile
        var previous = [Int](repeating: -1, count: unique.count)
        for (index, pair) in unique.enumerated() {
            var low = 0
            var high = piles.count
            while low < high {
                let middle = (low + high) / 2
                if unique[piles[middle]].new < pair.new { low = middle + 1 } else { high = middle }
            }
            if low > 0 { previous[index] = piles[low - 1] }
            if low == piles.count { piles.append(index) } else { piles[low] = index }
        }
        var out: [(old: Int, new: Int)] = []
        var index = piles.last ?? -1
        while index >= 0 {
            out.append(unique[index])
            index = previous[index]
        }
        return out.reversed()
    }
}
