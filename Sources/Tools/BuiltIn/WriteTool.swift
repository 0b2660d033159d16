import AgentOSCore

/// `write{path,content}`: a file, whole.
struct WriteTool: FileTool {
    let spec = ToolSpec(
        "write",
        "Writes a whole file of the workspace, making it and its folders if needed. To change a part, use `edit`.",
        [
            ("path", "string", "The file, relative to the workspace."),
            ("content", "string", "The whole new content."),
        ], required: ["path", "content"])

    func effect(of arguments: JSONValue, network: Bool) -> EffectClass { .confined }

    func perform(_ arguments: ToolArguments, in folder: borrowing WorkspaceFolder) throws -> String {
        let path = try folder.relative(arguments.string("path") ?? "")
        let bytes = Array((arguments.string("content") ?? "").utf8)
        guard bytes.count <= WorkspaceFolder.maxBytes else {
            throw Refusal("The content is larger than 16 MiB.")
        }
        let replaced = try folder.write(path, bytes)
        let lines = bytes.lines.count
        return
            "\(replaced ? "Replaced" : "Made") `\(path)`: \(lines) \(lines == 1 ? "line" : "lines"), \(bytes.count) bytes."
    }
}
