import AgentOSCore

/// `read{path,start?,end?}`: the text of a file, or some of its lines.
struct ReadTool: FileTool {
    let spec = ToolSpec(
        "read", "Reads a text file of the workspace, whole or from line `start` to line `end`.",
        [
            ("path", "string", "The file, relative to the workspace."),
            ("start", "integer", "The first line, from 1."), ("end", "integer", "The last line, inclusive."),
        ], required: ["path"])

    func effect(of arguments: JSONValue, network: Bool) -> EffectClass { .read }

    func perform(_ arguments: ToolArguments, in folder: borrowing WorkspaceFolder) throws -> String {
        let path = try folder.relative(arguments.string("path") ?? "")
        let bytes = try folder.read(path).bytes
        guard !bytes.prefix(8192).contains(0) else {
            return
                "`\(path)` is a binary file of \(bytes.count) bytes. Use `shell` with od, file or strings to look into it."
        }
        let lines = bytes.lines
        let start = arguments.int("start") ?? 1
        let end = min(arguments.int("end") ?? lines.count, lines.count)
        guard start >= 1, arguments.int("end").map({ $0 >= start }) ?? true else {
            throw Refusal("`start` counts from 1 and `end` must not be before it.")
        }
        if bytes.isEmpty { return "`\(path)` is empty." }
        guard start <= lines.count else {
            throw Refusal(
                "`\(path)` has \(lines.count) \(lines.count == 1 ? "line" : "lines"); `start` is \(start).")
        }
        var last = start - 1
        var size = 0
        while last < end, size + lines[last].count + 1 <= ToolText.cap {
            size += lines[last].count + 1
            last += 1
        }
        guard last >= start else {
            return
                "[line \(start) of \(lines.count) has \(lines[start - 1].count) bytes; its first \(ToolText.cap) follow]\n"
                + ToolText.decode(lines[start - 1].prefix(ToolText.cap - 200))
        }
        let from = lines[start - 1].startIndex
        let to = last == lines.count ? bytes.count : lines[last].startIndex
        let text = ToolText.decode(bytes[from..<to])
        if start == 1, last == lines.count { return text }
        let more = last < end ? "; the rest with start=\(last + 1)" : ""
        return "[lines \(start)–\(last) of \(lines.count)\(more)]\n" + text
    }
}

extension [UInt8] {
    /// The lines, without their newlines; a newline at the end begins no further line.
    var lines: [ArraySlice<UInt8>] {
        var lines = split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}
