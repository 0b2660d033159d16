import AgentOSCore

/// `ask{question}`: a question to the person, which the session delivers and answers.
struct AskTool: Tool {
    let spec = ToolSpec(
        "ask", "Asks the person who started this session a question and waits for the answer.",
        [("question", "string", "The question, with what they need to know to answer it.")],
        required: ["question"])

    func effect(of arguments: JSONValue, network: Bool) -> EffectClass { .read }

    /// Only checks the call: a session that has a person answers it in place of this.
    func run(_ arguments: JSONValue, in context: ToolContext) async -> ToolResult {
        do {
            _ = try ToolArguments(arguments, for: spec)
            return ToolResult(
                text: "Nobody can be asked here. Decide yourself, and say what you assumed.", isError: true)
        } catch {
            return ToolResult(text: error.text, isError: true)
        }
    }
}
