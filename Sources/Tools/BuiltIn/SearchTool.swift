import AgentOSCore
import Glibc

/// `search{pattern,path?,glob?}`: the lines that a regular expression finds.
struct SearchTool: FileTool {
    let spec = ToolSpec(
        "search",
        "Finds lines by a regular expression in the text files of the workspace; answers path:line: text. "
            + "Begin the pattern with (?i) to ignore case. Links, binary files and .git are left out.",
        [
            ("pattern", "string", "A regular expression: . [] * + ? {m,n} | () ^ $ \\d \\w \\s \\b."),
            ("path", "string", "The file or folder to search; the workspace by default."),
            ("glob", "string", "Only files whose path matches, as `*.swift` or `Sources/**/*.c`."),
        ], required: ["pattern"])

    func effect(of arguments: JSONValue, network: Bool) -> EffectClass { .read }

    func perform(_ arguments: ToolArguments, in folder: borrowing WorkspaceFolder) throws -> String {
        let path = try folder.relative(arguments.string("path") ?? ".")
        var walk = SearchWalk(
            pattern: try pattern(arguments.string("pattern") ?? ""),
            glob: try arguments.string("glob").map { glob throws(Refusal) in try Glob(glob) })
        let info = try folder.open(path, O_RDONLY).info()
        if info.isFolder {
            try walk.visit(path == "." ? "" : path, folder, depth: 0)
        } else {
            walk.search(path, folder)
        }
        return walk.answer
    }

    private func pattern(_ text: String) throws(Refusal) -> Pattern {
        do { return try Pattern(text) } catch { throw Refusal(error.description) }
    }
}

/// One search: what was found, and how much is left of time and room.
private struct SearchWalk {
    let pattern: Pattern
    let glob: Glob?
    private let start = ContinuousClock.now
    private var found: [String] = []
    private var bytes = 0
    private var files = 0
    private var large = 0
    private var stop: String?

    private static let mostLines = 300
    private static let mostFileBytes = 2 << 20
    private static let seconds = 10

    init(pattern: Pattern, glob: Glob?) {
        self.pattern = pattern
        self.glob = glob
    }

    mutating func visit(_ path: String, _ folder: borrowing WorkspaceFolder, depth: Int) throws {
        let handle = try folder.open(path.isEmpty ? "." : path, O_RDONLY | O_DIRECTORY)
        for name in handle.names() where stop == nil && name != ".git" {
            guard let info = handle.info(of: name) else { continue }
            let inner = path.isEmpty ? name : "\(path)/\(name)"
            if info.isFolder, depth < 60 {
                try? visit(inner, folder, depth: depth + 1)
            } else if info.isFile, glob?.matches(inner) ?? true {
                if info.size > Self.mostFileBytes { large += 1 } else { search(inner, folder) }
            }
        }
    }

    mutating func search(_ path: String, _ folder: borrowing WorkspaceFolder) {
        guard let content = try? folder.read(path).bytes, !content.prefix(8192).contains(0) else { return }
        files += 1
        for (number, line) in content.lines.enumerated() {
            if number % 64 == 0, start.millisecondsUntilNow > Int64(Self.seconds) * 1000 {
                stop = "stopped after \(Self.seconds) seconds; search a folder, or use a glob"
                return
            }
            let text = String(decoding: line.prefix(20_000), as: UTF8.self)
            guard pattern.isFound(in: text) else { continue }
            let entry = "\(SafeText(path).text):\(number + 1): \(shortened(text))"
            found.append(entry)
            bytes += entry.utf8.count + 1
            if found.count >= Self.mostLines || bytes > ToolText.cap - 500 {
                stop =
                    "stopped after \(found.count) \(found.count == 1 ? "line" : "lines"); there may be more: use a narrower pattern, path or glob"
                return
            }
        }
    }

    private func shortened(_ text: String) -> String { text.count > 300 ? text.prefix(300) + "…" : text }

    var answer: String {
        var notes = [stop].compactMap { $0 }
        if large > 0 { notes.append("\(large) \(large == 1 ? "file" : "files") over 2 MiB left out") }
        let tail = notes.isEmpty ? "" : "\n[\(notes.joined(separator: "; "))]"
        if found.isEmpty { return "Nothing found in \(files) \(files == 1 ? "file" : "files")." + tail }
        return found.joined(separator: "\n") + tail
    }
}
