import AgentOSCore
import Glibc

/// `list{path?,depth?}`: what a folder holds.
struct ListTool: FileTool {
    let spec = ToolSpec(
        "list", "Lists a folder of the workspace, and what lies below it down to `depth` (1 by default).",
        [
            ("path", "string", "The folder, relative to the workspace; the workspace itself by default."),
            ("depth", "integer", "How deep to go, 1 to 10."),
        ], required: [])

    private static let most = 1000

    func effect(of arguments: JSONValue, network: Bool) -> EffectClass { .read }

    func perform(_ arguments: ToolArguments, in folder: borrowing WorkspaceFolder) throws -> String {
        let path = try folder.relative(arguments.string("path") ?? ".")
        let depth = arguments.int("depth") ?? 1
        guard (1...10).contains(depth) else { throw Refusal("`depth` must be from 1 to 10.") }
        var lines: [String] = []
        try visit(path, "", depth, folder, &lines)
        guard !lines.isEmpty else { return "`\(path)` is empty." }
        let more =
            lines.count > Self.most
            ? "\n[more than \(Self.most) entries; list a folder below, or use `search`]" : ""
        return lines.prefix(Self.most).joined(separator: "\n") + more
    }

    private func visit(
        _ path: String, _ prefix: String, _ depth: Int, _ folder: borrowing WorkspaceFolder,
        _ lines: inout [String]
    ) throws {
        let handle = try folder.open(path, O_RDONLY | O_DIRECTORY | (prefix.isEmpty ? 0 : O_NOFOLLOW))
        for name in handle.names() where lines.count <= Self.most {
            let info = handle.info(of: name)
            let shown = SafeText(prefix + name).text
            if info?.isFolder == true {
                lines.append(shown + "/")
                guard depth > 1, name != ".git" else { continue }
                // What vanishes or closes while we walk is left out, not an error.
                try? visit("\(path)/\(name)", prefix + name + "/", depth - 1, folder, &lines)
            } else if info?.isLink == true {
                lines.append("\(shown) -> \(SafeText(handle.target(of: name)).text)")
            } else {
                lines.append("\(shown)  \(info?.size ?? 0)")
            }
        }
    }
}
