import AgentOSCore

/// The conversation that a fork goes on from, as what unfolds beneath one line of its transcript.
func conversationText(_ messages: [Message]) -> String {
    messages.map { message in
        switch message {
        case .user(let text): "said: \(text)"
        case .assistant(let text, let calls):
            ([text].filter { !$0.isEmpty } + calls.map { "→ \($0.name) \(callSubject($0))" })
                .joined(separator: "\n")
        case .tool(_, let text, let isError): (isError ? "! " : "← ") + line(text)
        }
    }.joined(separator: "\n")
}

/// What was cleared of a session, for its transcript and its audit.
func evictionNote(_ eviction: Eviction) -> String {
    var parts: [String] = []
    if eviction.workspace { parts.append("its workspace (\(eviction.bytes) bytes)") }
    if eviction.checkpoints { parts.append("the files of its checkpoints") }
    return "cleared: " + parts.joined(separator: " and ")
}

/// What is told where files are wanted that were cleared.
func clearedFault(_ id: SessionID) -> Fault {
    Fault.refused(
        "the files of \(id)'s checkpoints were cleared, as keep says",
        hint: "its transcript is kept: agentos session log \(id)")
}
