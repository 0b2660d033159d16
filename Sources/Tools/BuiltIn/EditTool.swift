import AgentOSCore

/// `edit{path,old,new,all?}`: one exact piece of text for another.
struct EditTool: FileTool {
    let spec = ToolSpec(
        "edit",
        "Replaces text in a file of the workspace. `old` must be found exactly once, byte for byte, unless `all` is true.",
        [
            ("path", "string", "The file, relative to the workspace."),
            ("old", "string", "The text that stands there now, with its indentation."),
            ("new", "string", "The text to put in its place."),
            ("all", "boolean", "Replace every occurrence."),
        ], required: ["path", "old", "new"])

    func effect(of arguments: JSONValue, network: Bool) -> EffectClass { .confined }

    func perform(_ arguments: ToolArguments, in folder: borrowing WorkspaceFolder) throws -> String {
        let path = try folder.relative(arguments.string("path") ?? "")
        let old = Array((arguments.string("old") ?? "").utf8),
            new = Array((arguments.string("new") ?? "").utf8)
        guard !old.isEmpty else { throw Refusal("`old` is empty. Use `write` for a whole file.") }
        guard old != new else {
            throw Refusal("`old` and `new` are the same, so there is nothing to change.")
        }
        let bytes = try folder.read(path).bytes
        let places = Self.places(of: old, in: bytes)
        guard !places.isEmpty else { throw Refusal(NearestText(bytes, old).explanation(path)) }
        guard places.count == 1 || arguments.bool("all") == true else {
            throw Refusal(Self.ambiguous(path, places.map { Self.line(of: $0, in: bytes) }))
        }
        var out: [UInt8] = []
        var from = 0
        for place in places {
            out += bytes[from..<place] + new
            from = place + old.count
        }
        out += bytes[from...]
        guard out.count <= WorkspaceFolder.maxBytes else {
            throw Refusal("The file would be larger than 16 MiB.")
        }
        _ = try folder.write(path, out)
        let line = Self.line(of: places[0], in: bytes)
        return places.count == 1
            ? "Edited `\(path)` at line \(line)."
            : "Edited `\(path)` in \(places.count) places, the first at line \(line)."
    }

    private static func ambiguous(_ path: String, _ lines: [Int]) -> String {
        let shown =
            lines.prefix(10).map(String.init).joined(separator: ", ") + (lines.count > 10 ? ", …" : "")
        return "`old` is found \(lines.count) times in `\(path)`, at lines \(shown). "
            + "Add lines around it until it is unique, or set `all` to true."
    }

    /// Where the text begins, occurrences not overlapping.
    static func places(of needle: [UInt8], in bytes: [UInt8]) -> [Int] {
        var places: [Int] = []
        var at = 0
        while at + needle.count <= bytes.count {
            guard let next = bytes[at...(bytes.count - needle.count)].firstIndex(of: needle[0]) else { break }
            if bytes[next..<(next + needle.count)].elementsEqual(needle) {
                places.append(next)
                at = next + needle.count
            } else {
                at = next + 1
            }
        }
        return places
    }

    private static func line(of place: Int, in bytes: [UInt8]) -> Int {
        1 + bytes[..<place].count { $0 == UInt8(ascii: "\n") }
    }
}

/// The region of a file that is most like a text which is not in it.
struct NearestText {
    private let lines: [ArraySlice<UInt8>]
    private let wanted: [ArraySlice<UInt8>]
    private let hasReturns: Bool

    init(_ bytes: [UInt8], _ wanted: [UInt8]) {
        lines = bytes.lines
        self.wanted = Array(wanted.lines.prefix(40))
        hasReturns = bytes.contains(UInt8(ascii: "\r")) && !wanted.contains(UInt8(ascii: "\r"))
    }

    func explanation(_ path: String) -> String {
        let start = "`old` is not in `\(path)`. "
        guard let (first, score) = best(), score > 0.4 else {
            return start + "Nothing in it is alike; `read` the file and copy the text from there."
        }
        let region = lines[first..<min(first + wanted.count, lines.count)]
        let text = region.prefix(20).map { ToolText.decode($0.prefix(400)) }.joined(separator: "\n")
        return start + hint(region)
            + "The nearest text is at lines \(first + 1)–\(first + region.count):\n\(text)"
    }

    private func hint(_ region: ArraySlice<ArraySlice<UInt8>>) -> String {
        guard region.count == wanted.count,
            zip(region, wanted).allSatisfy({ trimmed($0).elementsEqual(trimmed($1)) })
        else { return "" }
        return hasReturns
            ? "It differs in line ends: the file has \\r\\n. "
            : "It differs in spaces alone: indentation (tabs or spaces) or blanks at the ends of lines. "
    }

    /// The first line of the region with the highest mean likeness; a bounded number of comparisons.
    private func best() -> (Int, Double)? {
        guard !wanted.isEmpty, !lines.isEmpty else { return nil }
        let height = max(1, min(wanted.count, 200_000 / lines.count))
        var best: (Int, Double)?
        for first in 0...max(0, lines.count - height) where first < 200_000 {
            var sum = 0.0
            for offset in 0..<height where first + offset < lines.count {
                sum += Similarity.of(trimmed(lines[first + offset]), trimmed(wanted[offset]))
                // Not even perfect lines from here on would win.
                if let best, sum + Double(height - 1 - offset) <= best.1 * Double(height) { break }
            }
            let score = sum / Double(height)
            if score > best?.1 ?? 0 { best = (first, score) }
        }
        return best
    }

    private func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        var line = line.drop(while: isBlank)
        while let last = line.last, isBlank(last) { line.removeLast() }
        return line
    }
}
