import AgentOSCore

/// The tools of one session, in the order in which the model is told of them.
public struct ToolSet: Sendable {
    private let tools: [any Tool]

    /// Every tool that runs in this engine; `ask` is told to models here and answered by the session.
    private static let known: [any Tool] = [
        ReadTool(), WriteTool(), EditTool(), ListTool(), SearchTool(), ShellTool(), AskTool(),
    ]

    /// The names that a session file can use.
    public static var names: [String] { known.map(\.spec.name) }

    /// The tools of these names; an unknown one is a fault with the nearest known name.
    public init(names: [String]) throws(Fault) {
        var tools: [any Tool] = []
        for name in names where !tools.contains(where: { $0.spec.name == name }) {
            guard let tool = Self.known.first(where: { $0.spec.name == name }) else {
                let near = Similarity.nearest(to: name, in: Self.names)
                throw .usage(
                    "no tool is called `\(name)`",
                    hint: near.map { "did you mean `\($0)`?" }
                        ?? "use one of \(Self.names.joined(separator: ", "))")
            }
            tools.append(tool)
        }
        self.tools = tools
    }

    /// What the model is told of each.
    public var specs: [ToolSpec] { tools.map(\.spec) }

    /// The tool of this name, if the session has it.
    public subscript(name: String) -> (any Tool)? { tools.first { $0.spec.name == name } }

    /// Runs a call of a model; a tool that the session does not have is an answer that names those it has.
    public func run(_ call: ToolCall, in context: ToolContext) async -> ToolResult {
        guard let tool = self[call.name] else {
            let names = specs.map(\.name)
            let near = Similarity.nearest(to: call.name, in: names).map { " Did you mean `\($0)`?" } ?? ""
            return ToolResult(
                text:
                    "There is no tool `\(call.name)` here.\(near) The tools are: \(names.joined(separator: ", ")).",
                isError: true)
        }
        return await tool.run(call.arguments, in: context)
    }
}
