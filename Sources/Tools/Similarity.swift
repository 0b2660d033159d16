/// How alike two texts are, for answers that name what was probably meant.
enum Similarity {
    /// The candidate that is at most a third of its letters away; nil when none is near.
    static func nearest(to text: String, in candidates: [String]) -> String? {
        let best = candidates.sorted().min { distance(text, $0) < distance(text, $1) }
        guard let best, distance(text, best) <= max(1, max(text.count, best.count) / 3) else { return nil }
        return best
    }

    /// Insertions, deletions and replacements between two short texts.
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.unicodeScalars.prefix(64)), right = Array(right.unicodeScalars.prefix(64))
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let next = min(row[j] + 1, row[j + 1] + 1, diagonal + (a == b ? 0 : 1))
                diagonal = row[j + 1]
                row[j + 1] = next
            }
        }
        return row[right.count]
    }

    /// 1 for equal bytes, else the share of neighbouring byte pairs that both have (Dice).
    static func of(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Double {
        if left.elementsEqual(right) { return 1 }
        let a = pairs(left), b = pairs(right)
        guard !a.isEmpty, !b.isEmpty else { return 0 }
        return 2 * Double(a.intersection(b).count) / Double(a.count + b.count) * 0.99
    }

    private static func pairs(_ bytes: ArraySlice<UInt8>) -> Set<UInt16> {
        let bytes = bytes.prefix(300)
        return Set(zip(bytes, bytes.dropFirst()).map { UInt16($0) << 8 | UInt16($1) })
    }
}
